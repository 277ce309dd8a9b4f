"""What the shell offers for languages, tasks and choosers."""

import pytest

from bridgex.cli import app
from bridgex.cli.registered import (
    CHOOSERS,
    TASKS,
    complete_choosers,
    complete_languages,
    complete_tasks,
)
from tests.cli.running import RUNNER


def test_names_that_begin_so_are_offered() -> None:
    assert dict(complete_languages("i")) == {"id": "Indonesian", "it": "Italian"}
    assert dict(complete_languages("en,d")) == {"en,de": "German"}
    assert [name for name, _ in complete_tasks("")][: len(TASKS)] == list(TASKS)
    assert {name for name, _ in complete_choosers("typology:")} == {
        name for name in CHOOSERS if name.startswith("typology:")
    }


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("bridgex rank i", {"id", "it"}),
        ("bridgex rank id h", {"he", "hu"}),
        ("bridgex rank id he --candidates en,f", {"en,fi", "en,fr"}),
        ("bridgex evaluate id he --task to", {"topic"}),
        ("bridgex evaluate id he --chooser eng", {"english"}),
        (
            "bridgex validate --choosers english,chain",
            {"english,chain_likelihood", "english,chain_likelihood:relative"},
        ),
        ("bridgex spectrum --languages z", {"zh"}),
        ("bridgex prompt id he api --bridge p", {"pt"}),
        ("bridgex neurons export out.json --languages z", {"zh"}),
    ],
)
def test_the_shell_is_told(line: str, offered: set[str]) -> None:
    words = {
        "_BRIDGEX_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    done = RUNNER.invoke(app, [], env=words, prog_name="bridgex")
    assert set(done.stdout.split()) == offered

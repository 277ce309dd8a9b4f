"""What the demo says of the first bridge."""

import io

from bridgex.report.console import PlainConsole
from bridgex.report.demo import print_bridged
from tests.report.made import evaluation


def said(direct: int, through: int) -> list[str]:
    file = io.StringIO()
    print_bridged(evaluation(direct, through), PlainConsole(file=file, width=200))
    return file.getvalue().strip().splitlines()


def test_it_says_what_the_bridge_gains_and_shows_a_word_that_it_gains() -> None:
    values, answer, word = said(direct=4, through=8)
    assert values == "Is the bridge worth it? On 10 words: direct 40.0 %, through English 80.0 %."
    assert "+40.0 points over direct" in answer
    assert word.startswith("One of them: Indonesian ")
    assert "right. Directly: " in word
    assert word.endswith("wrong.")


def test_a_word_is_shown_where_the_bridge_loses_too() -> None:
    values, answer, word = said(direct=8, through=0)
    assert "through English 0.0 %" in values
    assert answer.startswith("Go direct: ")
    assert ", wrong. Directly: " in word


def test_what_a_model_wrote_is_shown_and_never_sent() -> None:
    assert "\x1b" not in "".join(said(direct=0, through=1) + said(direct=10, through=10))

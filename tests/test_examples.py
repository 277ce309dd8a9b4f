"""The notebook for newcomers runs, and shows what it was recorded with."""

import re
from typing import Any

import pytest
from tools.notebook import NOTEBOOK, run

ANSWER = re.compile(r'<p dir="auto" style="font-size:1.1em">(.*?)</p>')


def read() -> Any:
    import nbformat

    return nbformat.read(NOTEBOOK, as_version=4)


def shown(notebook: Any) -> list[dict[str, Any]]:
    """What each cell of code shows in the end, by type; nothing for what prints nothing."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [dict(cell.outputs[-1].get("data", {})) if cell.outputs else {} for cell in cells]


def test_the_notebook_was_run_and_names_no_machine() -> None:
    notebook = read()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code[1:])
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert not re.search(r"/(root|home|work|Users)/", text)
    assert "Traceback" not in text
    assert len(ANSWER.findall(str(shown(notebook)))) == 2


@pytest.mark.slow
def test_the_notebook_runs_and_answers_as_recorded() -> None:
    recorded, now = shown(read()), shown(run(NOTEBOOK))
    assert [set(each) for each in now] == [set(each) for each in recorded]
    answers = [ANSWER.findall(str(each)) for each in (recorded, now)]
    assert [each.split(" ")[0] for each in answers[0]] == [
        each.split(" ")[0] for each in answers[1]
    ]

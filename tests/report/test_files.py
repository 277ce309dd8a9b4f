"""Results as files: CSV that spreadsheets do not run, JSON that terminals do not obey."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from bridgex.errors import StoreError
from bridgex.report.files import (
    csv_text,
    write_json,
    write_json_lines,
    write_text,
    write_texts,
)


class Result:
    def to_dict(self) -> dict[str, Any]:
        return {"word": "火\x9b", "path": "caf\udce9", "value": -0.5}


def test_cells_that_a_spreadsheet_would_run_are_text() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
    harmless = ["a=1", " =1", "1-2", "", "火", "'x"]
    rows = [[text] for text in (*texts, *harmless)]
    read = list(csv.reader(io.StringIO(csv_text(["-head"], rows), newline="")))
    assert [row[0] if row else "" for row in read] == [
        "'-head",
        *(f"'{text}" for text in texts),
        *harmless,
    ]


def test_numbers_are_written_as_they_are() -> None:
    text = csv_text(["a", "b", "c", "d"], [[-1, -0.25, None, 3]])
    assert text == "a,b,c,d\n-1,-0.25,,3\n"


def test_json_is_utf_8_whatever_it_holds(tmp_path: Path) -> None:
    write_json(Result(), tmp_path / "result.json")
    content = (tmp_path / "result.json").read_bytes()
    assert "火\\u009b".encode() in content
    assert json.loads(content) == Result().to_dict()
    write_json_lines([{"answer": "a\nb"}, {"answer": "\u2028"}], tmp_path / "items.jsonl")
    lines = (tmp_path / "items.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"answer": "a\nb"}, {"answer": "\u2028"}]


def test_text_that_utf_8_cannot_say_is_written_out(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "caf\udce9")
    assert (tmp_path / "file").read_text("utf-8") == r"caf\udce9"


def test_a_dash_is_standard_output(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(Result(), Path("-"))
    assert json.loads(capsysbinary.readouterr().out) == Result().to_dict()
    assert list(tmp_path.iterdir()) == []


def test_tables_are_written_together(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        write_texts(tmp_path, {"a.csv": "1", "x" * 300: "2"})
    assert list(tmp_path.iterdir()) == []
    write_texts(tmp_path, {"a.csv": "1", "b.csv": "2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]

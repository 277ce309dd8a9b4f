"""Figures as files: every format, the numbers beside them, fonts that are missing."""

import csv
import shutil
from pathlib import Path

import pytest

from bridgex.bridges import Score
from bridgex.errors import RequestError, StoreError
from bridgex.report.figures import draw
from bridgex.report.figures.files import FORMATS, write_figure
from bridgex.report.figures.fonts import font_folders, font_warning, missing_letters
from tests.report.made import HOSTILE, ranking

BEGINNINGS = {".svg": b"<svg", ".png": b"\x89PNG", ".pdf": b"%PDF", ".html": b"<!doctype html>"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_figure_is_written_with_its_numbers_beside_it(suffix: str, tmp_path: Path) -> None:
    figure = draw([ranking()], "scores")
    data = write_figure(figure, tmp_path / f"scores{suffix}")
    content = (tmp_path / f"scores{suffix}").read_bytes()
    assert content.startswith(BEGINNINGS[suffix])
    with data.open(encoding="utf-8", newline="") as lines:
        read = list(csv.DictReader(lines))
    assert [row["code"] for row in read] == ["fr", "pt", "en"]
    assert float(read[0]["score"]) == 0.40
    if suffix in {".svg", ".html"}:
        assert "seed 3" in content.decode()  # the signature


def test_a_page_wide_figure_is_sixteen_centimetres_wide_on_paper(tmp_path: Path) -> None:
    write_figure(draw([ranking()], "scores"), tmp_path / "scores.pdf")
    content = (tmp_path / "scores.pdf").read_bytes()
    box = content.partition(b"/MediaBox [")[2].partition(b"]")[0].split()
    assert 14.5 < float(box[2]) / 72 * 2.54 <= 16.2


def test_a_suffix_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"\.svg, \.png, \.pdf, \.html, not as '\.gif'"):
        write_figure(draw([ranking()], "scores"), tmp_path / "scores.gif")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        write_figure(draw([ranking()], "scores"), tmp_path / "file" / "scores.svg")


def test_formulas_of_spreadsheets_are_texts_in_the_numbers(tmp_path: Path) -> None:
    result = ranking(scores={text: Score(0.1) for text in (*HOSTILE, "en")}, skipped={}, layers=())
    data = write_figure(draw([result], "scores"), tmp_path / "scores.svg")
    with data.open(encoding="utf-8", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not any(cell.startswith("=") for cell in cells)


def test_letters_without_a_font_are_said_with_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bridgex.report.figures.fonts.font_folders", lambda: [tmp_path])
    assert font_warning(["Latin ő ω ж → ≥ –"]) == ""
    said = font_warning(["中文", "日本語"])
    assert "中" in said
    assert "fonts-noto-cjk" in said
    assert "fonts-noto-core" not in said
    assert "fonts-noto-core" in font_warning(["ไทย"])
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert font_warning(["中文"])


def test_letters_of_a_font_that_is_here_are_not_missing(tmp_path: Path) -> None:
    found = [path for folder in font_folders() for path in folder.rglob("DejaVuSans.ttf")]
    if not found:
        pytest.skip("needs the font DejaVu Sans, which is absent here")
    shutil.copy(found[0], tmp_path / "copy.ttf")
    assert missing_letters(["العربية ქართული"], [tmp_path]) == set()
    assert missing_letters(["中"], [tmp_path]) == {"中"}

"""Results as frames and figures in Python, and without the libraries that draw them."""

import subprocess
import sys
from pathlib import Path

import pytest

import bridgex
from bridgex.errors import ResultError
from tests.report.made import case, evaluation, ranking, spectrum, validation


@pytest.mark.parametrize("made", [ranking, spectrum, evaluation, case, validation])
def test_a_polars_frame_has_the_rows(made: type) -> None:
    result = made()
    assert result.to_polars().to_dicts() == result.rows()


def test_plot_writes_where_it_is_told(tmp_path: Path) -> None:
    figure = ranking().plot("layers", tmp_path / "layers.svg", width="column", labels="code")
    assert (tmp_path / "layers.svg").read_text("utf-8").startswith("<svg")
    assert (tmp_path / "layers.csv").is_file()
    assert figure.chart.to_dict()["vconcat"]


@pytest.mark.parametrize(
    ("library", "words", "remedy"),
    [
        ("altair", "ranking().plot()", "bridgex\\[report\\]"),
        ("vl_convert", "ranking().plot()._repr_svg_()", "bridgex\\[report\\]"),
        ("polars", "ranking().to_polars()", "polars"),
    ],
)
def test_a_library_that_is_missing_is_said_with_the_remedy(
    library: str, words: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for name in [name for name in sys.modules if name.startswith("bridgex.report.figures.scores")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ResultError, match=remedy):
        eval(words, {"ranking": ranking})  # noqa: S307  the words above


def test_a_notebook_without_the_charting_library_shows_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    for name in [name for name in sys.modules if name.startswith("bridgex.report.figures.scores")]:
        monkeypatch.delitem(sys.modules, name)
    shown = ranking()._repr_html_()
    assert "<table>" in shown
    assert "pip install" in shown


def test_importing_bridgex_loads_neither_charts_nor_torch() -> None:
    code = (
        "import sys, bridgex, bridgex.cli\n"
        "heavy = {'altair', 'vl_convert', 'fontTools', 'jinja2', 'torch'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert bridgex.__version__

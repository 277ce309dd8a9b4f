"""``bridgex spectrum`` and ``bridgex.spectrum`` on a tiny model, from text to files."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import bridgex
from bridgex.analysis.settings import RankSettings
from bridgex.cli import app
from bridgex.dependence import p_text
from bridgex.errors import RequestError
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.neurons import Selection, Spectrum
from bridgex.report.spectrum_files import MATRICES
from bridgex.storage.store import Store
from bridgex.texts import sample_corpus

CODES = ("zh", "ja", "ar", "he", "de", "fr", "es")
RATE = 0.1


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for code in (*CODES, "en"):
        sentences = sample_corpus(find(code)).sentences[:8]
        (folder / f"{code}.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
    (folder / "ko.txt").write_text("물이 맑다.\n바람이 분다.\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def compare(
    tiny: Path,
    corpus: Path,
    store: Store,
    *codes: str,
    selection: Selection | None = None,
    budget: Budget | None = None,
) -> Spectrum:
    return bridgex.spectrum(
        codes or CODES,
        model=str(tiny),
        texts=Texts(corpus=corpus, budget=budget or Budget()),
        settings=RankSettings(selection=selection or Selection(rate=RATE)),
        permutations=99,
        device="cpu",
        dtype="float32",
        store=store,
    )


def test_a_second_run_does_no_model_work(tiny_folder: Path, corpus: Path, store: Path) -> None:
    first = compare(tiny_folder, corpus, Store(store))
    again = Store(store)
    assert compare(tiny_folder, corpus, again).to_dict() == first.to_dict()
    lift = compare(tiny_folder, corpus, again, selection=Selection(method="lift", count=30))
    assert again.computed == []
    assert lift.whole.matrices.sizes == (30,) * len(CODES)
    assert "lift 30 neurons" in lift.signature


def test_what_it_came_from(tiny_folder: Path, corpus: Path, store: Path) -> None:
    found = compare(tiny_folder, corpus, Store(store), *CODES, "ko")
    assert found.provenance["languages"]["fr"] == {
        "name": "French",
        "family": "Indo-European",
        "branch": "Romance",
    }
    assert found.provenance["corpora"]["he"]["sentences"] == 8
    assert found.provenance["neurons"]["he"]["selected"] == 40
    assert found.whole.agreement["family"].left_out == ("ko",)
    assert any("family not known here: ko" in note for note in found.notes)
    assert any("fewer than 10,000 tokens" in note for note in found.notes)
    for shown in ("tiny", "top 10 %", "8 languages", "99 permutations, seed 0"):
        assert shown in found.signature


def test_a_budget_reads_equally_much_of_each_language(
    tiny_folder: Path, corpus: Path, store: Path
) -> None:
    found = compare(tiny_folder, corpus, Store(store), budget=Budget(sentences=3))
    assert {each["sentences"] for each in found.provenance["corpora"].values()} == {3}
    assert "by sentences, 3 sentences" in found.signature
    more = compare(tiny_folder, corpus, Store(store), budget=Budget(sentences=9))
    assert any("Less text than the budget of 9 sentences" in note for note in more.notes)


def test_universal_neurons_are_left_out_and_said(
    tiny_folder: Path, corpus: Path, store: Path
) -> None:
    codes = ("de", "fr", "es")
    with_all = compare(tiny_folder, corpus, Store(store), *codes)
    selection = Selection(rate=RATE, without_universal=True)
    without = compare(tiny_folder, corpus, Store(store), *codes, selection=selection)
    universal = with_all.whole.matrices.universal
    assert universal > 0
    assert without.left_out == universal
    assert without.whole.matrices.universal == 0
    assert without.whole.matrices.sizes == (40 - universal,) * 3
    assert any(f"{universal} universal neurons" in note for note in without.notes)
    assert "universal left out" in without.signature


def test_the_rate_is_picked_unless_settings_say_it(
    tiny_folder: Path, corpus: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When which rate is picked: ``tests/neurons/test_saturation.py``."""
    monkeypatch.setattr("bridgex.analysis.spectrum.unsaturated", lambda _: Selection(rate=0.05))
    session = bridgex.Session(str(tiny_folder), dtype="float32", store=Store(store))
    texts = Texts(corpus=corpus)

    def of(**given: Any) -> Spectrum:
        return session.spectrum(CODES, texts=texts, permutations=9, **given)

    picked, usual = of(), of(settings="default")
    assert picked.provenance["selection"]["rate"] == 0.05
    assert usual.provenance["selection"]["rate"] == 0.01
    assert any("Selected by top 5 %, the lowest rate" in note for note in picked.notes)
    assert not any("the lowest rate" in note for note in usual.notes)
    seeded = of(settings=RankSettings().changed({"bridges.seed": 3}), pick_rate=True)
    assert (seeded.provenance["seed"], seeded.provenance["selection"]["rate"]) == (3, 0.05)


@pytest.mark.parametrize(
    ("words", "picks"),
    [
        ([], True),
        (["--seed", "3", "--special"], True),
        (["--set", "bridges.level=0.8"], True),
        (["--preset", "default"], False),
        (["--preset", "paper"], False),
        (["--rate", "0.01"], False),
        (["--method", "top"], False),
        (["--without-universal"], False),
        (["--set", "selection.rate=0.01"], False),
    ],
)
def test_any_word_about_the_selection_is_kept(
    monkeypatch: pytest.MonkeyPatch, words: list[str], picks: bool
) -> None:
    given: dict[str, Any] = {}

    def asked(_session: object, _names: object, **more: Any) -> None:
        given.update(more)
        raise RequestError("Only asking.")

    monkeypatch.setattr(bridgex.Session, "spectrum", asked)
    result = CliRunner().invoke(app, ["spectrum", *words])
    assert "Only asking" in result.stderr
    assert given["pick_rate"] is picks
    assert given["settings"].selection.rate == 0.01


@pytest.mark.parametrize(
    ("codes", "message"),
    [(("de",), "at least two"), (("de", "deu"), "named twice")],
)
def test_too_few_languages(codes: tuple[str, ...], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        bridgex.spectrum(codes, model="not/looked-for")


@pytest.fixture(scope="module")
def printed(
    tiny_folder: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """What a whole run prints into a pipe, and the folder of its files."""
    folder = tmp_path_factory.mktemp("run")
    words = ["spectrum", "--model", str(tiny_folder), "--dtype", "float32", "--rate", str(RATE)]
    words += ["--languages", ",".join(CODES), "--corpus", str(corpus)]
    words += ["--csv", str(folder / "tables"), "--json", str(folder / "s.json")]
    cache = {"BRIDGEX_CACHE": str(folder / "cache"), "COLUMNS": "80"}
    done = CliRunner().invoke(app, words, env=cache)
    assert done.exit_code == 0, done.stderr
    return done.stdout, folder


def test_what_is_printed(printed: tuple[str, Path]) -> None:
    text, folder = printed
    found = json.loads((folder / "s.json").read_text(encoding="utf-8"))
    assert "\x1b" not in text
    assert "…" not in text
    lines = text.splitlines()
    if found["derived"]["saturated"]:
        assert lines.pop(0).startswith("Saturated: ")
    matrices = Spectrum.from_dict(found).whole.matrices
    codes = matrices.languages
    order = lines[1].split()
    assert sorted(order) == sorted(CODES)
    rows = {line.split()[0]: line.split()[1:] for line in lines[2 : 2 + len(CODES)]}
    for i, first in enumerate(order):
        for j, second in enumerate(order):
            name, form = ("shared", ".0f") if j <= i else ("chance", ".1f")
            value = getattr(matrices, name)[codes.index(first)][codes.index(second)]
            assert rows[first][j] == f"{value:{form}}"
    mantel = found["whole"]["agreement"]["family"]["mantel"]
    (row,) = [line for line in lines if "│ family" in line and "r of Jaccard" in line]
    assert f" {mantel['value']:.2f} " in row
    assert f" {p_text(mantel['p_value'], at_floor=mantel['at_floor'])} " in row
    assert all(f"─ {code} {find(code).name} (" in text for code in CODES)
    assert len([line for line in lines if line.startswith("│") and "–" in line]) == 10
    assert f"Universal: {matrices.universal} neurons are of all 7 languages" in text
    assert found["signature"] in text
    drawn = [line for line in lines if "Signature" not in line and "Note" not in line]
    assert max(map(len, drawn)) <= 100


def test_fifteen_languages_fit_in_a_hundred_columns() -> None:
    from bridgex.languages import PAPER_LANGUAGES
    from bridgex.report.spectrum import _square

    codes = [each.code for each in PAPER_LANGUAGES]
    shared = tuple((99_999.0,) * 15 for _ in codes)
    alike = tuple((-0.999,) * 15 for _ in codes)
    for lines in (
        _square(codes, codes, (shared, ".0f"), (shared, ".0f")),
        _square(codes, codes, (shared, ".0f"), (alike, ".2f")),
    ):
        assert max(map(len, lines)) <= 100


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_written(printed: tuple[str, Path]) -> None:
    folder = printed[1] / "tables"
    found = json.loads((printed[1] / "s.json").read_text(encoding="utf-8"))
    read_back = Spectrum.from_dict(found)
    for name in MATRICES:
        rows = read(folder / f"{name}.csv")
        for at, row in enumerate(rows):
            assert row.pop("language") == CODES[at]
            values = [None if cell == "" else float(cell) for cell in row.values()]
            assert values == list(getattr(read_back.whole.matrices, name)[at])
    pairs = read(folder / "pairs.csv")
    assert len(pairs) == 11 * 21
    for row in pairs:
        whole = row["layer"] == "whole"
        part = read_back.whole if whole else read_back.layers[int(row["layer"])]
        i, j = CODES.index(row["first"]), CODES.index(row["second"])
        for name in MATRICES:
            value = getattr(part.matrices, name)[i][j]
            assert (None if row[name] == "" else float(row[name])) == value
    tree = (folder / "tree.nwk").read_text(encoding="utf-8").strip()
    assert tree == found["derived"]["newick"]["whole"]
    assert len(read(folder / "trees.csv")) == 1 + sum(
        part["tree"] is not None for part in found["layers"]
    )
    assert len(read(folder / "languages.csv")) == 11 * 7
    mantel = [row for row in read(folder / "agreement.csv") if row["statistic"] == "mantel"]
    assert float(mantel[0]["p"]) == found["whole"]["agreement"]["family"]["mantel"]["p_value"]
    assert not list(folder.glob(".partial*"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--languages", "de"], "at least two languages"),
        (["--languages", ""], "at least two languages"),
        (["--languages", "de,German"], "named twice"),
        (["--languages", "de,Hebrw"], "Did you mean 'Hebrew'"),
        (["--languages", "de,ko"], "--corpus DIR"),
        (["--method", "tops"], "Did you mean 'top'"),
        (["--rate", "0.1", "--count", "3"], "give one of them"),
        (["--rate", "0.7"], "selection.rate cannot be 0.7: input should be less"),
        (["--count", "-1"], "selection.count cannot be -1: input should be greater"),
        (["--corpus", "not-there"], "not-there is not there"),
        (["--model", "./not-there"], "no model folder or GGUF file"),
    ],
)
def test_bad_input(words: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["spectrum", *words])
    assert result.exit_code == 1, result.output
    (sentence,) = result.stderr.strip().splitlines()
    assert message in sentence
    assert "Traceback" not in result.output


def test_a_folder_that_cannot_be_written(tiny_folder: Path, corpus: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    words = ["--model", str(tiny_folder), "--corpus", str(corpus), "--languages", "de,fr"]
    words += ["--rate", "0.1", "--csv", str(blocked / "tables")]
    result = CliRunner().invoke(app, ["spectrum", *words])
    assert result.exit_code == 1
    assert "Cannot write to" in result.stderr

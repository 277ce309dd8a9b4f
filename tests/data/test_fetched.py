"""Sources found by name where no such path exists, and what is said where they are not there."""

from pathlib import Path

import pytest

from bridgex.data.catalogue import SOURCES, Kind
from bridgex.data.fetched import data_folder, source_folder
from bridgex.errors import TextError
from bridgex.texts.lock import LOCK_NAME, Lock, write_lock


def fetched(data: Path, name: str, *paths: str) -> Path:
    """A source's folder as if it had been fetched."""
    for path in paths:
        (data / name / path).parent.mkdir(parents=True, exist_ok=True)
        (data / name / path).write_text("text\n")
    write_lock(
        data / name,
        Lock(name, name, "CC0", noncommercial=False, accepted=None, origin="there", revision=None),
    )
    return data / name


@pytest.fixture
def data(own_cache: Path) -> Path:
    assert data_folder() == own_cache / "data"
    fetched(data_folder(), "omw-wikt", "wns/wikt/wn-wikt-heb.tab")
    fetched(data_folder(), "flores200", "dev/heb_Hebr.dev", "devtest/heb_Hebr.devtest")
    fetched(data_folder(), "muse", "en-fr.txt")
    fetched(data_folder(), "xcopa", "own/layout.jsonl")
    return data_folder()


@pytest.mark.parametrize(
    ("name", "kind", "folder"),
    [
        ("omw-wikt", "lexicon", "omw-wikt/wns/wikt"),
        ("omw-wikt/wns", "lexicon", "omw-wikt/wns"),
        ("omw-wikt/wns/wikt/wn-wikt-heb.tab", "lexicon", "omw-wikt/wns/wikt/wn-wikt-heb.tab"),
        ("flores200", "corpus", "flores200/devtest"),
        ("flores200/", "corpus", "flores200/devtest"),
        ("flores200/devtest", "corpus", "flores200/devtest"),
        ("flores200/dev", "corpus", "flores200/dev"),
        ("muse", "lexicon", "muse"),
        ("muse/en-fr.txt", "lexicon", "muse/en-fr.txt"),
        ("xcopa", "benchmark", "xcopa"),
    ],
)
def test_a_name_means_what_was_fetched(data: Path, name: str, kind: Kind, folder: str) -> None:
    for given in (name, Path(name)):
        assert source_folder(given, kind) == data / folder


def test_a_path_that_exists_is_meant_as_it_is(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flores200").mkdir()
    assert source_folder("flores200", "corpus") == Path("flores200")
    assert source_folder(tmp_path, "lexicon") == tmp_path
    (tmp_path / "muse").symlink_to("nowhere")
    assert source_folder("muse", "lexicon") == Path("muse")


def test_another_data_folder(tmp_path: Path) -> None:
    folder = fetched(tmp_path, "flores200", "devtest/heb_Hebr.devtest")
    assert source_folder("flores200", "corpus", tmp_path) == folder / "devtest"


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("flores-plus", "corpus", r"was not fetched; fetch it with 'bridgex data get flores-plus'"),
        ("ntrex/NTREX-128", "corpus", r"fetch it with 'bridgex data get ntrex'"),
        ("sib200", "benchmark", r"fetch it with 'bridgex data get sib200'"),
        ("flores20", "corpus", r"is not there; check the path\. Did you mean 'flores200'\?"),
        ("OMW-Wikt", "lexicon", r"Did you mean 'omw-wikt'\?"),
        ("flores2000/devtest", "corpus", r"flores2000/devtest is not there.*'flores200'"),
        ("my/corpora", "corpus", r"^my/corpora is not there; check the path\.$"),
        ("/nowhere/flores200", "corpus", r"^/nowhere/flores200 is not there; check the path\.$"),
        ("./flores2/../x", "corpus", "is not there; check the path"),
        ("flores200/../muse", "corpus", "is not there; check the path"),
        ("flores200/devtset", "corpus", r"look into .*/flores200\. Did you mean 'devtest'\?"),
        ("flores200/devtest/x", "corpus", "flores200 has no devtest/x here"),
        (
            "flores200",
            "lexicon",
            r"a source of corpora, not of dictionaries; those are muse, .*omw-wikt\.",
        ),
        ("muse", "corpus", r"of dictionaries, not of corpora; those are flores200"),
        ("muse", "benchmark", r"not of benchmarks; .*belebele"),
        ("a\0b", "corpus", "is not there"),
        ("n" * 5000, "corpus", "is not there"),
    ],
)
def test_what_is_said_where_nothing_is(data: Path, name: str, kind: Kind, message: str) -> None:
    with pytest.raises(TextError, match=message):
        source_folder(name, kind)


def test_every_source_by_its_name(own_cache: Path) -> None:
    for source in SOURCES:
        with pytest.raises(TextError, match=f"bridgex data get {source.name}'"):
            source_folder(source.name, source.kind)
        folder = fetched(data_folder(), source.name, f"{source.part or '.'}/file")
        assert source_folder(source.name, source.kind) == folder / source.part


def test_a_folder_without_a_lock_was_not_fetched(own_cache: Path) -> None:
    (data_folder() / "flores200" / "devtest").mkdir(parents=True)
    with pytest.raises(TextError, match="was not fetched"):
        source_folder("flores200", "corpus")
    (data_folder() / "flores200" / LOCK_NAME).write_text("{")
    with pytest.raises(TextError, match="is damaged"):
        source_folder("flores200", "corpus")

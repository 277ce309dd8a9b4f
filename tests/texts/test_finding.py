"""Which files of a folder are a language's."""

from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts.finding import find

NTREX = (
    "-src.eng -ref.deu -ref.eng-GB -ref.eng-US -ref.fra -ref.fra-CA -ref.por -ref.por-BR "
    "-ref.zho-CN -ref.zho-TW -ref.swa -ref.fil"
).split()


def found(folder: Path, code: str) -> list[str]:
    return [path.name for path in find(folder, languages.find(code), lambda _: True, "text").paths]


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "-src.eng"), ("de", "-ref.deu"), ("fr", "-ref.fra"), ("pt", "-ref.por"),
     ("zh", "-ref.zho-CN"), ("zh-Hant", "-ref.zho-TW"), ("sw", "-ref.swa"), ("tl", "-ref.fil")],
)  # fmt: skip
def test_ntrex_names_are_told_apart_by_region(tmp_path: Path, code: str, name: str) -> None:
    folder = touched(tmp_path, *(f"newstest2019{each}.txt" for each in NTREX))
    assert found(folder, code) == [f"newstest2019{name}.txt"]


def test_a_region_serves_where_nothing_goes_without(tmp_path: Path) -> None:
    folder = touched(tmp_path, "pt_BR.txt", "zh-TW.txt", "fra-CA.txt", "corpus-DE.txt")
    assert found(folder, "pt") == ["pt_BR.txt"]
    assert found(folder, "de") == ["corpus-DE.txt"]
    with pytest.raises(TextError, match=r"no file for Chinese .*; it has .*zh-TW"):
        found(folder, "zh")
    with pytest.raises(TextError, match="no file for Catalan"):
        found(folder, "ca")


def test_codes_of_any_language_are_named_but_not_other_parts(tmp_path: Path) -> None:
    folder = touched(tmp_path, "et/val.et.jsonl", "qu/val.qu.jsonl", "id/val.id.jsonl")
    with pytest.raises(TextError, match=r"it has et, id, qu\.$"):
        found(folder, "en")

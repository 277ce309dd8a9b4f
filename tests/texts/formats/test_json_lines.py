"""An object a line, keys language codes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import TextError
from bridgex.languages import find
from bridgex.texts import read_lexicon
from bridgex.texts.files import normalised, trimmed

ENGLISH, INDONESIAN = find("en"), find("id")


def write(folder: Path, *rows: str) -> Path:
    path = folder / "words.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_values_are_a_word_or_a_list_of_words(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '{"id": "bulan", "en": ["moon", " month ", "moon"], "rank": 3}',
        "",
        '{"id": "api", "en": "f\\u200bire"}',
        '{"ind_Latn": "laut", "eng": "sea"}',
        '{"id": "garam"}',
        '{"id": "gula", "en": []}',
    )
    entries = read_lexicon(path, INDONESIAN, ENGLISH).entries
    assert entries == {"bulan": ("moon", "month"), "api": ("fire",), "laut": ("sea",)}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "not JSON"),
        ('["api", "fire"]', "no JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"id": "api", "en": 7}', "'en' is neither a word nor a list of words"),
        ('{"id": "api", "en": null}', "'en' is neither"),
        ('{"id": "api", "en": ["fire", 7]}', "'en' is neither"),
        ('{"id": "api", "en": "\\ud800"}', "'en' contains invalid characters: half of"),
        ('{"id": "api", "en": ["a\\u0000"]}', "'en' contains invalid characters: a NUL"),
        (
            f'{{"id": "api", "en": "e{chr(0x301) * 31}"}}',
            "more than 30 combining marks in a row",
        ),
        (
            '{"id": "api", "en": "e' + "\\u0301" * 31 + '"}',
            "'en' contains invalid characters: more than 30 combining marks in a row",
        ),
        ('{"id": "api", "en": "fire", "eng": "fire"}', "en and eng are both English"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, row: str, said: str) -> None:
    path = write(tmp_path, '{"id": "air", "en": "water"}', row)
    with pytest.raises(TextError) as caught:
        read_lexicon(path, INDONESIAN, ENGLISH)
    assert f"{path}, line 2: {said}" in str(caught.value)


def test_a_language_it_lacks_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, '{"id": "air", "en": "water", "question": "?"}')
    with pytest.raises(TextError, match=r"No dictionary for .* JSON Lines \(en, id\)"):
        read_lexicon(path, INDONESIAN, find("fi"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jsonl")


TEXT = st.text(st.characters(exclude_characters="\0"), max_size=6)
OBJECTS = st.lists(
    st.dictionaries(st.sampled_from(["en", "id", "x"]), TEXT | st.lists(TEXT) | st.none()).map(
        json.dumps
    )
).map(lambda rows: "\n".join(['{"en": "sea", "id": "laut"}', *rows]).encode())


@given(st.binary() | OBJECTS)
def test_any_bytes_are_read_or_refused_by_name(folder: Path, content: bytes) -> None:
    path = folder / "words.jsonl"
    path.write_bytes(content)
    try:
        lexicon = read_lexicon(path, ENGLISH, INDONESIAN)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = path.name
        assert lexicon.digest
        assert all(word and all(targets) for word, targets in lexicon.entries.items())
    assert path.name in said


WORD = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
    .map(lambda word: trimmed(normalised(word)))
    .filter(lambda word: word and word == trimmed(normalised(word)))
)


@given(st.dictionaries(WORD, st.lists(WORD, min_size=1, unique=True), min_size=1), st.booleans())
def test_what_json_writes_is_read(folder: Path, entries: dict[str, list[str]], ascii: bool) -> None:  # noqa: A002
    rows = (json.dumps({"id": w, "en": t}, ensure_ascii=ascii) for w, t in entries.items())
    lexicon = read_lexicon(write(folder, *rows), INDONESIAN, ENGLISH)
    assert lexicon.entries == {word: tuple(targets) for word, targets in entries.items()}

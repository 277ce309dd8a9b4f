"""Finding and reading a language's file in a folder."""

import gzip
import hashlib
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex import languages
from bridgex.errors import RequestError, TextError
from bridgex.texts import LICENCE_NOT_STATED, Corpus, read_corpus, read_parallel
from bridgex.texts.corpus import CorpusReader

HEBREW = languages.find("he")
CHINESE = languages.find("zh")


def folder_with(root: Path, *names: str, content: str = "שלום\n") -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    "name",
    ["he.txt", "heb_Hebr.devtest", "corpus.heb.txt", "Hebrew.txt", "iw.txt", "news-he.txt",
     "heb_Hebr/devtest.txt", "dev/heb_Hebr.dev"],
)  # fmt: skip
def test_a_file_is_found_by_any_usual_code(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path, name, "fr.txt", "de/dev.txt", "README.md")
    assert read_corpus(folder, HEBREW).provenance.files == (Path(name).name,)


def test_another_script_is_another_language(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "zho_Hant.devtest", "zho_Hans.devtest")
    assert read_corpus(folder, CHINESE).provenance.files == ("zho_Hans.devtest",)
    (tmp_path / "zho_Hans.devtest").unlink()
    with pytest.raises(TextError, match=r"no file for Chinese .*; it has zho_hant"):
        read_corpus(folder, CHINESE)


def test_a_macrolanguage_finds_the_file_of_the_one_that_stands_for_it(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "pes_Arab.devtest", "prs_Arab.devtest")
    for name, file in (("fa", "pes_Arab"), ("pes", "pes_Arab"), ("prs", "prs_Arab")):
        corpus = read_corpus(folder, languages.find(name))
        assert corpus.provenance.files == (f"{file}.devtest",)


def test_a_file_that_names_its_language_is_not_its_folders(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "he/fr.txt")
    with pytest.raises(TextError, match=r"no file for Hebrew .*; it has fr"):
        read_corpus(folder, HEBREW)


def test_several_files_for_a_language_are_named(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "he.txt", "dev/heb_Hebr.dev")
    with pytest.raises(TextError, match=r"several files for Hebrew: he.txt, dev/heb_Hebr.dev"):
        read_corpus(folder, HEBREW)


def test_a_missing_language_says_which_are_there(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "deu_Latn.txt", "fr.txt", "rus_Cyrl.txt")
    with pytest.raises(TextError, match=r"no file for Hebrew .*; it has de, fr, rus_cyrl"):
        read_corpus(folder, HEBREW)
    with pytest.raises(TextError, match="no file whose name has a language code"):
        read_corpus(folder_with(tmp_path / "other", "notes.txt"), HEBREW)


@pytest.mark.parametrize("name", ["heb_Hebr/train.csv", "he.tar.gz", "heb_Hebr.html"])
def test_other_formats_are_not_taken_for_plain_text(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path, name)
    with pytest.raises(TextError, match=r"is not plain text, JSON Lines, tab-.* or Parquet"):
        read_corpus(folder, HEBREW)
    folder_with(tmp_path, "he.txt")
    assert read_corpus(folder, HEBREW).provenance.files == ("he.txt",)


def test_a_corpus_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    folder_with(tmp_path, "he.txt")
    with pytest.raises(TextError, match="is a file; give a folder"):
        read_corpus(tmp_path / "he.txt", HEBREW)
    with pytest.raises(TextError, match="is not there; give a folder"):
        read_corpus(tmp_path / "absent", HEBREW)


def test_blank_lines_go_and_characters_are_normalised(tmp_path: Path) -> None:
    content = "\ufeff  one\u00a0two \r\n\r\n \u200b \nthre\u0301e\u3000four\n"
    (tmp_path / "en.txt").write_text(content, encoding="utf-8", newline="")
    corpus = read_corpus(tmp_path, languages.find("en"))
    assert corpus.sentences == ("one two", "thrée four")
    assert corpus.provenance.licence == LICENCE_NOT_STATED
    raw = (tmp_path / "en.txt").read_bytes()
    assert corpus.provenance.digest == hashlib.sha256(raw).hexdigest()


def test_only_blank_lines_are_no_corpus(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "he.txt", content="\n\u200b\n")
    with pytest.raises(TextError, match="has no sentences"):
        read_corpus(folder, HEBREW)


def test_the_digest_is_of_content_and_language(tmp_path: Path) -> None:
    corpus = read_corpus(folder_with(tmp_path / "lf", "he.txt", content="a\nb\n"), HEBREW)
    crlf = read_corpus(folder_with(tmp_path / "crlf", "he.txt", content="a\r\nb\r\n"), HEBREW)
    assert crlf.digest == corpus.digest
    assert crlf.provenance.digest != corpus.provenance.digest
    others = [
        Corpus(HEBREW, ("a b",), corpus.provenance),
        Corpus(HEBREW, ("b", "a"), corpus.provenance),
        Corpus(CHINESE, ("a", "b"), corpus.provenance),
    ]
    assert len({corpus.digest, *(other.digest for other in others)}) == 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused_by_name(folder: Path, content: bytes) -> None:
    (folder / "he.txt").write_bytes(content)
    try:
        corpus = read_corpus(folder, HEBREW)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = "he.txt"
        assert corpus.sentences
        assert all(sentence == sentence.strip() != "" for sentence in corpus.sentences)
    assert "he.txt" in said


def parallel(folder: Path, **contents: str) -> Path:
    for code, content in contents.items():
        folder_with(folder, f"{code}.txt", content=content)
    return folder


def test_parallel_languages_keep_their_lines(tmp_path: Path) -> None:
    folder = parallel(tmp_path, he="a\n\nb\n\n\n", fr="c\n\u200b\nd\n")
    hebrew, french = read_parallel(folder, [HEBREW, languages.find("fr")])
    assert (hebrew.sentences, french.sentences) == (("a", "b"), ("c", "d"))
    assert hebrew == read_corpus(folder, HEBREW)


def test_unequal_line_counts_are_named_with_their_files(tmp_path: Path) -> None:
    folder = parallel(tmp_path, he="a\nb\n", fr="c\n", zh="d\ne\n")
    with pytest.raises(TextError) as caught:
        read_parallel(folder, [HEBREW, languages.find("fr"), CHINESE])
    for name, count in (("he", 2), ("fr", 1), ("zh", 2)):
        assert f"{folder / name}.txt has {count}" in str(caught.value)


def test_a_line_blank_in_one_language_is_named(tmp_path: Path) -> None:
    folder = parallel(tmp_path, he="a\nb\n\nc\n", fr="a\n\nb\nc\n")
    with pytest.raises(TextError, match=r"fr\.txt, line 2: blank, where its translation is not"):
        read_parallel(folder, [HEBREW, languages.find("fr")])


def test_unequal_numbers_of_files_are_named(tmp_path: Path) -> None:
    for name in ("he/dev.tsv", "he/test.tsv", "fr/dev.tsv"):
        folder_with(tmp_path, name, content="text\na\n")
    with pytest.raises(
        TextError, match=r"as many files as each other: .*he.dev.tsv, .*he.test.tsv"
    ):
        read_parallel(tmp_path, [HEBREW, languages.find("fr")])


def test_the_files_of_a_languages_folder_are_read_together(tmp_path: Path) -> None:
    for name in ("b", "a"):
        folder_with(tmp_path, f"heb_Hebr/{name}.tsv", content=f"text\n{name}\n")
    corpus = read_corpus(tmp_path, HEBREW)
    assert corpus.sentences == ("a", "b")
    assert corpus.provenance.files == ("a.tsv", "b.tsv")
    assert corpus.provenance.name == "tab-separated columns"


ENGLISH = languages.find("en")
LINES = "".join(f"\nline {at}\n" for at in range(1, 201))


@pytest.mark.parametrize("packed", [False, True])
def test_reading_stops_after_the_sentences_asked_for(tmp_path: Path, packed: bool) -> None:
    content = LINES.encode() + b"\xff no text"
    name = "en.txt.gz" if packed else "en.txt"
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    corpus = read_corpus(tmp_path, ENGLISH, sentences=200)
    assert corpus.sentences == tuple(f"line {at}" for at in range(1, 201))
    read = "".join(f"line {at}\n" for at in range(1, 201))
    assert corpus.provenance.digest == hashlib.sha256(read.encode()).hexdigest()
    assert corpus.provenance.steps == ("first 200 sentences",)
    with pytest.raises(TextError, match=r"en\.txt.*, line 401: not UTF-8"):
        read_corpus(tmp_path, ENGLISH, sentences=201)


def test_a_file_that_was_read_to_its_end_is_the_whole_corpus(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text(LINES + "\n \n", encoding="utf-8")
    whole = read_corpus(tmp_path, ENGLISH)
    assert len(whole.sentences) == 200
    assert read_corpus(tmp_path, ENGLISH, sentences=200) == whole
    assert read_corpus(tmp_path, ENGLISH, sentences=1000) == whole
    some = read_corpus(tmp_path, ENGLISH, sentences=199)
    assert some.sentences == whole.sentences[:199]
    assert some.digest != whole.digest
    assert some.provenance.digest != whole.provenance.digest
    with pytest.raises(RequestError, match="0 sentences cannot be read"):
        read_corpus(tmp_path, ENGLISH, sentences=0)


def test_files_that_were_not_needed_are_not_named(tmp_path: Path) -> None:
    for name, content in (("a", "text\na\nb\n"), ("b", "text\nc\n"), ("c", "text\tn\nd\n")):
        folder_with(tmp_path, f"eng_Latn/{name}.tsv", content=content)
    assert read_corpus(tmp_path, ENGLISH, sentences=2).provenance.files == ("a.tsv",)
    three = read_corpus(tmp_path, ENGLISH, sentences=3)
    assert (three.sentences, three.provenance.files) == (("a", "b", "c"), ("a.tsv", "b.tsv"))
    with pytest.raises(TextError, match=r"c\.tsv"):
        read_corpus(tmp_path, ENGLISH)


def test_a_reader_goes_on_where_it_was_left(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_bytes(b"a\nb\nc\n\xff\n")
    reader = CorpusReader(tmp_path, ENGLISH)
    for sentence in reader:
        if sentence == "b":
            break
    assert reader.corpus().sentences == ("a", "b")
    assert next(iter(reader)) == "c"
    assert reader.corpus().sentences == ("a", "b", "c")
    with pytest.raises(TextError, match="line 4: not UTF-8"):
        next(iter(reader))


def test_a_few_sentences_of_a_large_corpus_take_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "en.txt").open("wb") as file:
        file.writelines(b"a sentence of some length, number %d\n" % at for at in range(500_000))
    tracemalloc.start()
    try:
        assert len(read_corpus(tmp_path, ENGLISH, sentences=8).sentences) == 8
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000

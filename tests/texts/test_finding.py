"""Which files of a folder are a language's."""

import os
import re
from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.tasks.translation import Translation
from bridgex.texts import finding, read_corpus
from bridgex.texts.benchmarks import read_benchmark
from bridgex.texts.finding import LanguageFiles, files_in, find
from tests.texts import published_names as published

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


def asked(folder: Path, code: str) -> LanguageFiles:
    return find(folder, languages.find(code), lambda _: True, "text")


REGIONAL = ("eng-GB", "eng-IN", "eng-US", "fra-CA", "por-BR", "spa-MX")
DATA_SETS = {
    "FLORES-200": {each: f"devtest/{each}.devtest" for each in published.FLORES_200},
    "FLORES+": {each: f"devtest/{each}.jsonl" for each in published.FLORES_PLUS},
    "SIB-200": {each: f"data/{each}/dev.tsv" for each in published.FLORES_200},
    "Belebele": {each: f"data/{each}.jsonl" for each in published.BELEBELE},
    "NTREX-128": {
        "eng": "newstest2019-src.eng.txt",
        **{each: f"newstest2019-ref.{each}.txt" for each in published.NTREX_128},
    },
    "MASSIVE": {each: f"{each}.jsonl" for each in published.MASSIVE},
    "FLEURS": {each: f"data/{each}/dev.tsv" for each in published.FLEURS},
    "FLEURS in one folder": {each: f"{each}.txt" for each in published.FLEURS},
    "XNLI": {each: f"dev-{each}.tsv" for each in published.XNLI},
    "XNLI of the Hub": {
        each: f"{each}/validation-00000-of-00001.parquet" for each in published.XNLI
    },
    "XCOPA": {each: f"data/{each}/val.{each}.jsonl" for each in published.XCOPA},
    "MGSM": {each: f"mgsm_{each}.tsv" for each in published.MGSM},
    "OMW": {each: f"wns/{each}/wn-data-{each}.tab" for each in published.OMW if each != "zsm"},
    "OMW-wikt": {each: f"wns/wikt/wn-wikt-{each}.tab" for each in published.OMW if each != "msa"},
    "Tatoeba": {each: f"Tatoeba.eng-{each}.{each}" for each in published.TATOEBA},
    "Tatoeba challenge": {
        each: f"eng-{each}/test.trg" for each in published.TATOEBA if each != "vec"
    },
}


@pytest.mark.parametrize("name", DATA_SETS)
def test_every_language_of_a_data_set_finds_its_own_file_and_no_other(
    tmp_path: Path, name: str
) -> None:
    folder = touched(tmp_path, *DATA_SETS[name].values())
    for code, path in DATA_SETS[name].items():
        if code not in REGIONAL:
            assert asked(folder, code) == LanguageFiles((folder / path,)), code


@pytest.mark.parametrize(
    ("code", "file"),
    [("es", "es_419"), ("zh", "cmn_hans_cn"), ("yue", "yue_hant_hk"), ("tl", "fil_ph"),
     ("pt", "pt_br"), ("id", "id_id"), ("jv", "jv_id"), ("sd", "sd_in"), ("ckb", "ckb_iq")],
)  # fmt: skip
def test_fleurs_serves_languages_without_their_region(tmp_path: Path, code: str, file: str) -> None:
    folder = touched(tmp_path, *(f"{each}.txt" for each in published.FLEURS))
    assert asked(folder, code) == LanguageFiles((folder / f"{file}.txt",))


@pytest.mark.parametrize("code", ["id", "es", "ms", "hy", "ca", "zh", "no"])
def test_a_region_serves_no_language(tmp_path: Path, code: str) -> None:
    folder = touched(tmp_path, "jv-ID.txt", "eu-ES.txt", "ta-MS.txt", "ar-HY.txt", "fr-CA.txt")
    with pytest.raises(TextError, match="has no file for"):
        asked(folder, code)


@pytest.mark.parametrize(
    ("code", "file", "step"),
    [
        ("no", "nob_Latn", "read from nob_Latn, the usual variety of Norwegian"),
        ("nb", "no", "read from no, which usually means Norwegian Bokmål"),
        ("nob_Latn", "nor_Latn", "read from nor_Latn, which usually means Norwegian Bokmål"),
        ("ps", "pbt_Arab", "read from pbt_Arab, the usual variety of Pashto"),
        ("pbt", "pus", "read from pus, which usually means Southern Pashto"),
        ("qu", "quy_Latn", "read from quy_Latn, the usual variety of Quechua"),
        ("quy", "qu", "read from qu, which usually means Ayacucho Quechua"),
        ("ff", "fuv_Latn", "read from fuv_Latn, the usual variety of Fula"),
        ("fuv", "ff_sn", "read from ff_sn, which usually means Nigerian Fulfulde"),
        ("kok", "gom_Deva", "read from gom_Deva, the usual variety of Konkani"),
        ("ca", "cat_Latn_vale1252", "read from cat_Latn_vale1252, a variety of Catalan"),
        ("ca", "ca@valencia", "read from ca@valencia, a variety of Catalan"),
        ("ar", "arb_Latn", "read from arb_Latn, Arabic in another script"),
        ("hi", "hin_Latn", "read from hin_Latn, Hindi in another script"),
        ("azb", "azb_Arab", "read from azb_Arab, South Azerbaijani in another script"),
        ("zh_Hant", "zh-tw", "of a region rather than as a pair"),
        ("es", "newstest2019-ref-2.spa", "an alternative reference .ref-2."),
    ],
)
def test_what_is_taken_for_want_of_the_file_asked_for_is_said(
    tmp_path: Path, code: str, file: str, step: str
) -> None:
    folder = touched(tmp_path, f"{file}.txt", "fr.txt")
    files = asked(folder, code)
    assert [path.stem for path in files.paths] == [file]
    assert files.step is not None
    assert re.search(step, files.step)


@pytest.mark.parametrize(
    ("code", "near", "far"),
    [("no", "no", "nob_Latn"), ("nb", "nob_Latn", "no"), ("ca", "cat_Latn", "cat_Latn_vale1252"),
     ("cat_Latn_vale1252", "cat_Latn_vale1252", "cat_Latn"), ("arb_Latn", "arb_Latn", "arb_Arab"),
     ("ar", "arb_Arab", "arb_Latn"), ("es", "newstest2019-ref.spa", "newstest2019-ref-2.spa"),
     ("pt", "pt", "pt_BR"), ("ff", "fuc", "fuv"), ("no", "nob", "nno")],
)  # fmt: skip
def test_the_nearest_file_is_taken(tmp_path: Path, code: str, near: str, far: str) -> None:
    folder = touched(tmp_path, f"{near}.txt", f"{far}.txt")
    assert found(folder, code) == [f"{near}.txt"]


@pytest.mark.parametrize(
    ("code", "file"),
    [("sr", "sr-latn"), ("zh", "zh-tw"), ("zh", "zho_Hant"), ("uz", "uz_cyrl"), ("az", "az-arab"),
     ("kk", "kk_latn"), ("pa", "pa-PK"), ("nn", "no"), ("nn", "nob"), ("no", "nno"), ("fa", "prs"),
     ("prs", "fa"), ("ku", "ckb"), ("ckb", "kmr"), ("ms", "id"), ("id", "ms"), ("ar", "arz"),
     ("arz", "arb"), ("zh", "yue"), ("yue", "zh"), ("fuv", "fuc"), ("ps", "pst"), ("qu", "quh"),
     ("ak", "tw"), ("az", "azb"), ("lv", "ltg"), ("cat_Latn_vale1252", "cat_Latn"),
     ("de", "europarl-v7.de-en.en"), ("en", "europarl-v7.de-en.de"), ("to", "how-to-use.de"),
     ("to", "how-to"), ("is", "what-is-it"), ("no", "no-header"), ("my", "my-corpus"),
     ("it", "make-it"), ("de", "de-en.dev"), ("de", "de-fr"), ("fr", "de-fr"), ("en", "en-vi"),
     ("vi", "en-vi"), ("id", "log-in"), ("wa", "war-and-peace")],
)  # fmt: skip
def test_another_language_is_never_taken(tmp_path: Path, code: str, file: str) -> None:
    folder = touched(tmp_path, f"{file}.txt")
    with pytest.raises(TextError, match="has no file for"):
        asked(folder, code)


def test_the_sides_of_a_pair_are_source_and_target(tmp_path: Path) -> None:
    folder = touched(tmp_path, "eng-heb/test.src", "eng-heb/test.trg", "eng-heb/test.id")
    assert found(folder, "en") == ["test.src"]
    assert found(folder, "he") == ["test.trg"]
    folder = touched(tmp_path / "other", "train.de-fr.src", "train.de-fr.tgt")
    assert found(folder, "de") == ["train.de-fr.src"]
    assert found(folder, "fr") == ["train.de-fr.tgt"]


def test_another_script_of_the_language_is_offered(tmp_path: Path) -> None:
    folder = touched(tmp_path, "crh_Latn.txt", "sr-Latn.txt", "cat_Latn_vale1252.txt", "de-en.txt")
    with pytest.raises(
        TextError, match=r"it has .*crh_latn, de-en \(a pair\).*: crh_Latn; ask for"
    ):
        asked(folder, "crh")
    assert found(folder, "crh_Latn") == ["crh_Latn.txt"]


def test_an_error_names_some_of_very_many_languages(tmp_path: Path) -> None:
    folder = touched(tmp_path, *(f"{each}.txt" for each in published.FLORES_200))
    with pytest.raises(TextError, match=r"no file for Hawaiian .* and 144 others\.$"):
        asked(folder, "haw")


def test_corpora_and_benchmarks_say_what_they_were_read_from(tmp_path: Path) -> None:
    (tmp_path / "nob_Latn.jsonl").write_text('{"text": "Hei."}\n', encoding="utf-8")
    (tmp_path / "en.jsonl").write_text('{"text": "Hi."}\n', encoding="utf-8")
    step = "read from nob_Latn, the usual variety of Norwegian"
    norwegian, english = languages.find("no"), languages.find("en")
    assert read_corpus(tmp_path, norwegian).provenance.steps == (step,)
    assert read_corpus(tmp_path, english).provenance.steps == ()
    for pair in ((english, norwegian), (norwegian, english), (norwegian, norwegian)):
        flores = Translation.benchmark_format(pair[1])
        assert read_benchmark(flores, tmp_path, *pair).provenance.steps == (step,)


def test_a_word_that_is_a_code_never_hides_the_folder(tmp_path: Path) -> None:
    folder = touched(tmp_path, "heb_Hebr/dev.tsv", "heb_Hebr/val.tsv", "dev/fr.tab", "src/ig.txt")
    assert found(folder, "he") == ["dev.tsv", "val.tsv"]
    assert found(folder, "fr") == ["fr.tab"]
    assert found(folder, "ig") == ["ig.txt"]


def test_folders_are_entered_once_and_to_the_third_level(tmp_path: Path) -> None:
    touched(tmp_path, "c/he.txt", "c/d/fr.txt", "c/d/e/de.txt", ".hidden/it.txt", "c/.es.txt")
    (tmp_path / "a").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "c")
    (tmp_path / "c" / "up").symlink_to(tmp_path / "c")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "linked.txt").symlink_to(tmp_path / "c" / "he.txt")
    os.mkfifo(tmp_path / "en.txt")
    names = [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)]
    assert names == ["linked.txt", "c/he.txt", "c/d/fr.txt"]


def test_a_folder_of_very_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_FILES", 3)
    assert len(list(files_in(touched(tmp_path, "a.txt", "b.txt", "c.txt")))) == 3
    touched(tmp_path, "d.txt")
    with pytest.raises(TextError, match=r"has more than 3 files and folders; give the folder of"):
        asked(tmp_path, "he")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to the superuser")
def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    touched(tmp_path, "he/dev.txt")
    (tmp_path / "he").chmod(0)
    try:
        with pytest.raises(TextError, match=r"he cannot be read: Permission denied\.$"):
            asked(tmp_path, "he")
    finally:
        (tmp_path / "he").chmod(0o700)

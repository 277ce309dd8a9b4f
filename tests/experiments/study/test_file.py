"""The study file: checked whole, with line and key."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from bridgex import languages
from bridgex.data.catalogue import SOURCES
from bridgex.errors import RequestError
from bridgex.experiments.study.file import Study, file_schema
from bridgex.experiments.study.lines import line_of
from bridgex.experiments.study.presets import PRESETS, preset_text
from bridgex.experiments.study.reading import read_study

PAIRS = 'pairs = ["de-id"]\n'


def read(folder: Path, text: str) -> Study:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (PAIRS + 'choosrs = ["english"]', 2, "no key 'choosrs'. Did you mean 'choosers'?"),
        (PAIRS + '[[tasks]]\nname = "bli"\n[[tasks]]\nname = "bly"', 5, "Did you mean 'bli'?"),
        (PAIRS + '[[tasks]]\nname = "bli"\nshot = 1', 4, "'tasks[1].shot'. Did you mean 'shots'?"),
        ('name = "x"\npairs = [\n  "de-id",\n  "de-xx",\n]', 2, "pairs[2]: 'xx' is not a language"),
        (PAIRS + "\n# why\nitems = 0", 4, "items cannot be 0"),
        (PAIRS + '[[models]]\ndevice = "cpu"', 2, "'models[1].name' is missing"),
        (PAIRS + '[[models]]\nname = "demo"\ndtype = "f32"', 4, "models[1].dtype cannot be 'f32'"),
        (PAIRS + "[settings.x]\n[settings.x.selection]\nrat = 3", 2, "'selection.rate'"),
        (PAIRS + '[settings.x]\npreset = "papr"', 3, "Did you mean 'paper'?"),
        (PAIRS + 'choosers = ["oracle"]', 2, "The oracle is no chooser"),
        (PAIRS + "choosers = []", 2, "choosers cannot be []"),
        (PAIRS + 'strategies = ["bridge:auto"]', 2, "every chooser is judged"),
        (PAIRS + "[texts]\nsentences = 3\ntokens = 3", 2, "sentences or in tokens"),
        (PAIRS + 'candidates = ["en", "de"]', 1, "Fewer than two candidates are left for de-id"),
        (PAIRS + 'folder = "x"', 2, "no key 'folder'"),
        ('pairs = ["de-de"]', 1, "both German"),
        ('languages = ["de"]', 1, "a pair needs two"),
        (PAIRS + 'languages = ["de", "id"]', 1, "give one of the two"),
        ("", 1, "pairs, or languages"),
    ],
)
def test_an_error_names_line_and_key(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(RequestError) as raised:
        read(tmp_path, text)
    assert f"line {line}: " in str(raised.value)
    assert says in str(raised.value)


def test_what_is_no_study_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="is not TOML"):
        read(tmp_path, "pairs = [")
    with pytest.raises(RequestError, match="bridgex study init"):
        read_study(tmp_path / "absent.toml")
    with pytest.raises(RequestError, match="is not a file"):
        read_study(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RequestError, match="UTF-8"):
        read_study(tmp_path / "bytes.toml")


def test_line_of_is_where_the_statement_begins() -> None:
    text = 'a = 1\n\n# b = 2\nb = [\n  "x = 3",\n]\n[[t]]\nk = 1\n[[t]]\nk = """\na = 2\n"""\nz = 1'
    assert line_of(text, ["a"]) == 1
    assert line_of(text, ["b", 0]) == 4
    assert line_of(text, ["t", 1, "k"]) == 10
    assert line_of(text, ["t", 1, "z"]) == 13
    assert line_of(text, ["t", 1, "absent"]) == 9


def test_languages_are_paired_both_ways(tmp_path: Path) -> None:
    study = read(tmp_path, 'languages = ["de", "ind", "he", "German"]')
    pairs = [f"{source.code}-{target.code}" for source, target in study.each_pair()]
    assert pairs == ["de-id", "de-he", "id-de", "id-he", "he-de", "he-id"]
    assert "de" not in [bridge.code for bridge in study.bridges(study.each_pair()[0])]


def test_internal_is_one_chooser_for_each_settings_and_seed(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        PAIRS + 'choosers = ["english", "internal"]\nseeds = [1, 2]\n'
        '[settings.a]\npreset = "paper"\n[settings.b]\nselection = {rate = 0.05}',
    )
    assert [chooser.name for chooser in study.each_chooser()] == [
        "english",
        "internal:paper[bridges.seed=1]",
        "internal:paper[bridges.seed=2]",
        "internal:default[selection.rate=0.05,bridges.seed=1]",
        "internal:default[selection.rate=0.05,bridges.seed=2]",
    ]


def test_by_default_every_chooser_is_judged_that_learns_of_no_other_pair(tmp_path: Path) -> None:
    names = {chooser.name for chooser in read(tmp_path, PAIRS).each_chooser()}
    assert {"development", "halving", "round_trip", "mexa"} <= names
    assert not {"development+prior", "combined"} & names


def test_paths_begin_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    text = PAIRS + '[[tasks]]\nname = "mrc"\ndata = "belebele"\n[texts]\nlexicon = "words"'
    study = read(tmp_path, text)
    texts = study.texts_of(study.tasks[0])
    assert texts.lexicon == (tmp_path / "words",)
    assert texts.data == Path("belebele")


def test_a_bridge_of_the_pair_is_no_strategy_of_it(tmp_path: Path) -> None:
    study = read(tmp_path, 'pairs = ["de-id", "en-id"]\nstrategies = ["replace:en", "bridge:ja"]')
    kept = [study.strategies_of(pair) for pair in study.each_pair()]
    assert kept == [("replace:en", "bridge:ja"), ("bridge:ja",)]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_studies_by_their_schema(tmp_path: Path, name: str) -> None:
    import tomllib

    study = read(tmp_path, preset_text(name))
    assert study.name == name
    jsonschema.validate(tomllib.loads(preset_text(name)), file_schema())


def test_the_paper_preset_is_the_papers(tmp_path: Path) -> None:
    study = read(tmp_path, preset_text("paper"))
    pairs = study.each_pair()
    assert len(pairs) == 15
    known = {"zh-ja", "zh-he", "id-he", "en-sw", "id-sw", "ar-he", "id-tl"}
    assert known <= {f"{source.code}-{target.code}" for source, target in pairs}
    assert study.candidates == ["en", "de", "fr", "it", "pt", "es"]
    names = [chooser.name for chooser in study.each_chooser()]
    assert {"internal:paper", "internal:default", "development", "english"} <= set(names)
    with pytest.raises(RequestError, match="Did you mean 'paper'"):
        preset_text("papr")


def test_the_paper_preset_names_its_sources_and_why_each_pair(tmp_path: Path) -> None:
    text = preset_text("paper")
    study = read(tmp_path, text)
    spoken = {language for pair in study.each_pair() for language in pair}
    spoken |= set(map(languages.find, study.candidates))
    assert spoken == set(languages.PAPER_LANGUAGES)
    texts = study.texts
    assert texts.corpus
    named = {texts.corpus, *texts.lexicon, *(task.data for task in study.tasks if task.data)}
    fetched = dict(re.findall(r"bridgex data get (\S+) +# ([^;\n]+)", text))
    assert set(fetched) == named
    sources = {source.name: source.licence for source in SOURCES}
    assert all(sources[name] == licence for name, licence in fetched.items())
    reasons = re.findall(r'^  "([a-z]+-[a-z]+)",  # \w.{20}', text, re.MULTILINE)
    assert reasons == study.pairs


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    schema = file_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"pairs": ["de-id"], "choosrs": []}, schema)
    assert "folder" not in json.dumps(schema["properties"])

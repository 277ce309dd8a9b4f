"""Results as files: written, read again, compared with their schemas, merged, and damaged."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pandas
import pytest
from tools import schemas

import bridgex
from bridgex.analysis.settings import RankSettings
from bridgex.api import RESULTS
from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.errors import ResultError
from bridgex.experiments.case import Case
from bridgex.experiments.recommend import TRIALS
from bridgex.experiments.validation import Validation
from bridgex.inputs import Budget, Texts
from bridgex.report.files import write_json
from bridgex.result import LONGEST_REPR, Result
from bridgex.storage.store import Store

KINDS = [result.kind for result in RESULTS]
SETTINGS = RankSettings().changed(
    {
        "selection.rate": 0.3,
        "probe.words": 10,
        "bridges.null_draws": 5,
        "bridges.matching_draws": 2,
        "bridges.full_activation": 0.4,
    }
)
TEXTS = Texts(budget=Budget(sentences=6))
ASKING = bridgex.TaskSettings(items=4)


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bridgex.Session:
    store = Store(tmp_path_factory.mktemp("store"))
    return bridgex.Session(str(tiny_folder), device="cpu", dtype="float32", store=store)


def validation(session: bridgex.Session, *pairs: str, **changed: Any) -> Validation:
    request: dict[str, Any] = {
        "choosers": ["internal:default", "overlap", "english"],
        "candidates": ["en", "es", "it"],
        "development": 6,
        "texts": TEXTS,
        "settings": SETTINGS,
        "asking": ASKING,
    }
    return session.validate(pairs, **request | changed)


@pytest.fixture(scope="module")
def real(session: bridgex.Session) -> dict[str, Result]:
    """A result of each kind, from a model."""
    validated = validation(session, "id-he", "de-fr")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TRIALS, "medium", replace(TRIALS["medium"], items=8))
        advice = session.recommend("id", "he", candidates=["en", "es"], budget="medium")
    made: list[Result] = [
        session.rank("id", "he", texts=TEXTS, settings=SETTINGS),
        session.evaluate("id", "he", texts=TEXTS, settings=SETTINGS, asking=ASKING),
        session.spectrum(["id", "he", "de", "fr"], texts=TEXTS, settings=SETTINGS, permutations=9),
        validated,
        validated.cases[0],
        session.ablate(
            "id",
            "he",
            bridges=("de", "fr"),
            draws=1,
            texts=TEXTS,
            settings=SETTINGS,
            asking=bridgex.TaskSettings(items=2),
        ),
        advice,
    ]
    by_kind = {result.kind: result for result in made}
    assert set(by_kind) == set(KINDS)
    return by_kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_equals_itself_read(real: dict[str, Result], kind: str, tmp_path: Path) -> None:
    result, path = real[kind], tmp_path / "result.json"
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert type(result).from_dict(json.loads(text)) == result
    assert type(result).from_dict(result.to_dict()) == result
    write_json(result, path)
    assert type(result).load(path) == result
    loaded = bridgex.load(path)
    assert loaded == result
    assert type(loaded) is type(result)
    assert loaded.to_dict() == result.to_dict()
    assert repr(loaded) == repr(result)


@pytest.mark.parametrize("kind", KINDS)
def test_a_repr_is_a_few_lines(real: dict[str, Result], kind: str) -> None:
    text = repr(real[kind])
    assert text.startswith(f"<{type(real[kind]).__name__}: ")
    assert 20 < len(text) < LONGEST_REPR
    assert len(text.splitlines()) <= 4


def test_a_ranking_says_verdict_scores_and_signature(real: dict[str, Result]) -> None:
    ranking = real["ranking"]
    assert isinstance(ranking, BridgeRanking)
    first, scores, signature = repr(ranking).splitlines()
    assert first == f"<BridgeRanking: id-he, {ranking.verdict_text}"
    assert scores == " " + ", ".join(
        f"{code} {score.value:.4g}" for code, score in ranking.scores.items()
    )
    assert signature == f" {ranking.signature}>"
    assert len(ranking.scores) == 6


def test_no_repr_is_long(real: dict[str, Result]) -> None:
    ranking = real["ranking"]
    assert isinstance(ranking, BridgeRanking)
    many = {f"x{at}": Score(None) for at in range(200)}
    text = repr(replace(ranking, scores=many))
    assert len(text) == LONGEST_REPR
    assert text.endswith("…>")


def keys(values: Any) -> Iterator[str]:
    """Every key of plain values, however deep."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield key
            yield from keys(value)
    elif isinstance(values, list):
        for value in values:
            yield from keys(value)


CODE = r"[a-z]{2,3}(_[A-Z][a-z]{3})?"
DATA = re.compile(
    rf"{CODE}|{CODE}-{CODE}|\d+|(bridge|replace):{CODE}|internal:[a-z]+",
)
"""Languages, pairs, layers, strategies and choosers."""


@pytest.mark.parametrize("kind", KINDS)
def test_keys_are_in_snake_case(real: dict[str, Result], kind: str) -> None:
    found = set(keys(real[kind].to_dict()))
    assert {key for key in found if not re.fullmatch("[a-z][a-z0-9_]*", key)} == {
        key for key in found if DATA.fullmatch(key) and not re.fullmatch("[a-z][a-z0-9_]*", key)
    }
    columns = set(keys(real[kind].rows()))
    assert {key for key in columns if not re.fullmatch("[a-z][a-z0-9_]*", key)} == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_data_frame_has_the_rows(real: dict[str, Result], kind: str) -> None:
    rows = real[kind].rows()
    frame = real[kind].to_pandas()
    assert len(frame) == len(rows) > 0
    assert list(frame.columns) == list(rows[0])
    for at, row in enumerate(rows):
        for name, value in row.items():
            cell = frame.iloc[at][name]
            assert pandas.isna(cell) if value is None else cell == value


def test_a_data_frame_needs_pandas(
    real: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ResultError, match=r"needs pandas; pip install 'bridgex\[pandas\]'\."):
        real["ranking"].to_pandas()


def test_schemas_are_up_to_date() -> None:
    shipped = {path.name: path.read_text(encoding="utf-8") for path in schemas.FOLDER.iterdir()}
    assert shipped == schemas.texts(), "run python tools/schemas.py"


@pytest.mark.parametrize("kind", KINDS)
def test_real_results_are_as_their_schema_says(real: dict[str, Result], kind: str) -> None:
    schema = json.loads((schemas.FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    values = json.loads(json.dumps(real[kind].to_dict()))
    assert list(validator.iter_errors(values)) == []
    for field in fields(real[kind]):  # type: ignore[arg-type]
        lacking = {name: value for name, value in values.items() if name != field.name}
        assert not validator.is_valid(lacking), field.name
    for wrong in ({"kind": "other"}, {"schema": 0}, {"more": 1}):
        assert not validator.is_valid(values | wrong)


def written(values: Any, folder: Path) -> Path:
    path = folder / "result.json"
    path.write_text(values if isinstance(values, str) else json.dumps(values), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_that_result_is_refused_in_one_sentence(
    real: dict[str, Result], kind: str, tmp_path: Path
) -> None:
    result = real[kind]
    good, schema = result.to_dict(), type(result).schema
    another = next(name for name in KINDS if name != kind)
    text = json.dumps(good)
    lacking = next(field.name for field in fields(result))  # type: ignore[arg-type]
    bad: list[tuple[Any, str]] = [
        (
            good | {"schema": schema + 1},
            f"This {kind} has schema {schema + 1} and bridgex reads {schema}; upgrade bridgex to "
            "read it.",
        ),
        (
            good | {"schema": schema - 1},
            f"This {kind} has schema {schema - 1} and bridgex reads {schema}; make it again with "
            "this version.",
        ),
        (
            good | {"kind": another},
            f"This result is of the kind '{another}', not '{kind}'; read it with bridgex.load.",
        ),
        ({"a": 1}, "This is not a result of bridgex; give the JSON of one, as --json writes it."),
        ([good], "is not a result of bridgex; give the JSON of one, as --json writes it."),
        (text[: len(text) // 2], "is not JSON, or was cut short; make it again."),
        ("", "is not JSON, or was cut short; make it again."),
        ("<html></html>", "is not JSON, or was cut short; make it again."),
        ("[" * 100_000, "is not JSON, or was cut short; make it again."),
        (
            {name: value for name, value in good.items() if name != lacking},
            f"This {kind} is damaged: the field '{lacking}' is missing; make it again.",
        ),
        (
            good | {"more": 1},
            f"This {kind} is damaged: it has a field 'more' that no {kind} has; make it again.",
        ),
        (
            good | {lacking: {"a": float("nan")}},
            f"This {kind} is damaged: it has a number that is not finite (NaN or infinity); make "
            "it again.",
        ),
        (good | {lacking: None}, f"This {kind} is damaged: {lacking}: "),
    ]
    for values, message in bad:
        path = written(values, tmp_path)
        with pytest.raises(ResultError, match=re.escape(message)) as raised:
            type(result).load(path)
        sentence = str(raised.value)
        assert sentence.startswith(str(path))
        assert sentence.endswith(".")
        assert "\n" not in sentence
        if values != good | {"kind": another}:
            with pytest.raises(ResultError):
                bridgex.load(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, reason in [(tmp_path / "no.json", "No such file"), (tmp_path, "Is a directory")]:
        with pytest.raises(ResultError, match=f"^{re.escape(str(path))} cannot be read .{reason}"):
            bridgex.load(path)
    with pytest.raises(ResultError, match="is not JSON"):
        path = tmp_path / "binary.json"
        path.write_bytes(b"\xff\xfe{}")
        bridgex.load(path)


@pytest.mark.parametrize("kind", ["study", None, ["ranking"], {"a": 1}])
def test_a_kind_not_known_here_is_refused(tmp_path: Path, kind: object) -> None:
    path = written({"kind": kind, "schema": 1}, tmp_path)
    with pytest.raises(ResultError, match="is not a result that this version of bridgex knows"):
        bridgex.load(path)


def test_a_damaged_place_deep_inside_is_named(real: dict[str, Result]) -> None:
    values = real["validation"].to_dict()
    values["cases"][1]["results"][0]["measures"][0]["value"] = "high"
    with pytest.raises(ResultError, match=r"damaged: cases\.1\.results\.0\.measures\.0\.value: "):
        Validation.from_dict(values)


def test_what_is_derived_is_not_read(real: dict[str, Result]) -> None:
    values = real["spectrum"].to_dict()
    assert values["derived"]["newick"]["whole"].endswith(";")
    assert type(real["spectrum"]).from_dict(values | {"derived": {}}) == real["spectrum"]


@pytest.fixture(scope="module")
def parts(session: bridgex.Session) -> tuple[Validation, Validation]:
    """The same validation of two pairs, one at a time."""
    return validation(session, "id-he"), validation(session, "de-fr")


def test_validations_merge(real: dict[str, Result], parts: tuple[Validation, Validation]) -> None:
    whole, merged = real["validation"], parts[0].merge(parts[1])
    assert isinstance(whole, Validation)
    assert merged.cases == whole.cases
    assert merged.summaries == whole.summaries
    assert merged.settings == whole.settings
    assert merged.provenance == whole.provenance
    assert set(merged.notes) == set(whole.notes)
    assert (
        merged.signature
        == " + ".join(part.signature for part in parts).replace(
            f"{parts[1].signature}", parts[1].signature
        )
        or parts[0].signature == parts[1].signature
    )
    assert Validation.from_dict(json.loads(json.dumps(merged.to_dict()))) == merged


def test_the_same_case_twice_is_one(parts: tuple[Validation, Validation]) -> None:
    both = parts[0].merge(parts[1])
    assert both.merge(parts[0]) == both
    assert parts[0].merge(parts[0]).cases == parts[0].cases


def test_the_same_case_with_another_result_is_refused(
    parts: tuple[Validation, Validation],
) -> None:
    case: Case = replace(parts[0].cases[0], items=3)
    with pytest.raises(ResultError, match="have different results for bli id-he; leave one"):
        parts[0].merge(replace(parts[0], cases=(case,)))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"asking": ASKING.model_copy(update={"shots": 2})}, r"asking\.shots \(0 and 2\)"),
        ({"development": 5}, r"development \(6 and 5\)"),
        ({"candidates": ["en", "es"]}, r"candidates \(\['en', 'es', 'it'\] and \['en', 'es'\]\)"),
        ({"settings": SETTINGS.changed({"bridges.seed": 1})}, "settings"),
        ({"texts": Texts(budget=Budget(sentences=5))}, r"texts\.budget\.sentences \(6 and 5\)"),
        ({"choosers": ["english"]}, r"choosers \("),
    ],
)
def test_validations_that_differ_are_not_merged(
    session: bridgex.Session,
    parts: tuple[Validation, Validation],
    changed: dict[str, Any],
    field: str,
) -> None:
    other = validation(session, "de-fr", **changed)
    with pytest.raises(ResultError, match=f"These validations differ in {field}.*be merged; run"):
        parts[0].merge(other)


def test_validations_of_two_models_are_not_merged(parts: tuple[Validation, Validation]) -> None:
    settings = parts[1].to_dict()["settings"]
    settings["model"]["digest"] = "another"
    with pytest.raises(ResultError, match=r"These validations differ in model\.digest \("):
        parts[0].merge(replace(parts[1], settings=settings))


def test_plain_values_of_any_kind_come_back_as_they_were() -> None:
    odd: dict[Any, Any] = {
        "path": Path("a/b"),
        "tuple": (1, 2.5),
        3: {"x": None},
        "text": "עִברִית\ud800",
    }
    verdict = Verdict("clear", ("en",), "Why.")
    ranking = BridgeRanking(
        ("id", "he"), {"en": Score(1.0)}, (1,), {}, {}, 0, {}, {}, verdict, 0.9, provenance=odd
    )
    again = BridgeRanking.from_dict(json.loads(json.dumps(ranking.to_dict())))
    assert again == ranking
    assert again.provenance["tuple"] == [1, 2.5]

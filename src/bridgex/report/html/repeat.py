"""The commands that make a result again, from what it says it came from."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from bridgex.analysis.settings import RankSettings, changed_from, nearest_preset
from bridgex.bridges import BridgeRanking
from bridgex.choosers import ORACLE
from bridgex.errors import RequestError
from bridgex.evaluation.results import Evaluation
from bridgex.experiments.advice import Advice
from bridgex.experiments.validation import Validation
from bridgex.neurons import Spectrum
from bridgex.result import Result

EMBEDDED = "bridgex sample"
"""How the names of texts begin that come with the package."""
_CHANGED = re.compile(r"(?P<preset>\w+)(?:\[(?P<changes>.*)\])?$")


def commands(result: Result) -> list[str]:
    """Return the commands that make a result again; none where it does not say enough."""
    words: list[str]
    match result:
        case BridgeRanking():
            words = _rank(result)
        case Spectrum():
            words = _spectrum(result)
        case Evaluation():
            words = _evaluate(result)
        case Validation():
            words = _validate(result)
        case Advice():
            words = _recommend(result)
        case _:
            return []
    return [shlex.join(words)] if words else []


def hints(result: Result) -> list[str]:
    """Say what a command cannot name: where the texts that were read are."""
    named = sorted(
        name
        for name in _text_names(getattr(result, "provenance", {}))
        if not name.startswith(EMBEDDED)
    )
    if not named:
        return []
    return [
        f"It read {', '.join(named)}: give --corpus, --lexicon or --data the folder that has them; "
        "the digests of their files are below."
    ]


def _rank(ranking: BridgeRanking) -> list[str]:
    facts = ranking.provenance
    if "settings" not in facts or "model" not in facts:
        return []
    return [
        "bridgex",
        "rank",
        *ranking.pair,
        *_model(facts["model"]),
        "--candidates",
        ",".join(code for code in facts.get("corpora", {}) if code in ranking.scores)
        or ",".join(ranking.scores),
        *_budget(facts.get("budget")),
        *_settings(facts["settings"]),
        *_endonyms(facts.get("endonyms")),
        "--json",
        "ranking.json",
    ]


def _spectrum(spectrum: Spectrum) -> list[str]:
    facts = spectrum.provenance
    if "model" not in facts:
        return []
    settings = {
        "sequences": facts.get("sequences", "sentences"),
        "selection": facts.get("selection", {}),
        "special": facts.get("special", False),
        "bridges": {"seed": facts.get("seed", 0)},
    }
    return [
        "bridgex",
        "spectrum",
        *_model(facts["model"]),
        "--languages",
        ",".join(spectrum.languages),
        *_budget(facts.get("budget")),
        *_settings(settings),
        "--permutations",
        str(facts.get("permutations", "")),
        "--json",
        "spectrum.json",
    ]


def _evaluate(evaluation: Evaluation) -> list[str]:
    facts = evaluation.provenance
    if "model" not in facts:
        return []
    ranking = facts.get("ranking") or {}
    candidates = list(ranking.get("scores") or ())
    inner = (ranking.get("provenance") or {}).get("settings")
    chooser = facts.get("chooser")
    return [
        "bridgex",
        "evaluate",
        *evaluation.pair,
        "--task",
        evaluation.task,
        *_model(facts["model"]),
        "--strategies",
        ",".join(result.name for result in evaluation.results),
        *(["--candidates", ",".join(candidates)] if candidates else []),
        *(["--chooser", str(chooser).partition("[")[0]] if chooser else []),
        *(_settings(inner) if inner else []),
        "--items",
        str(evaluation.items),
        *(["--shots", str(facts["shots"])] if facts.get("shots") else []),
        *(["--answer", str(facts["answering"])] if facts.get("answering") else []),
        *(["--prompt", str(facts["style"])] if facts.get("style") else []),
        *(["--chat"] if facts.get("chat") else []),
        *_endonyms(facts.get("endonyms")),
        "--json",
        "evaluation.json",
    ]


def _recommend(advice: Advice) -> list[str]:
    facts = advice.provenance
    if "model" not in facts:
        return []
    return [
        "bridgex",
        "recommend",
        *advice.pair,
        "--task",
        advice.task,
        "--budget",
        advice.budget,
        *_model(facts["model"]),
        *(["--candidates", ",".join(facts["candidates"])] if facts.get("candidates") else []),
        *(["--shots", str(facts["shots"])] if facts.get("shots") else []),
        *(["--prompt", str(facts["style"])] if facts.get("style") else []),
        *(["--chat"] if facts.get("chat") else []),
        "--json",
        "recommendation.json",
    ]


def _validate(validation: Validation) -> list[str]:
    facts = validation.settings
    if "model" not in facts:
        return []
    asking = facts.get("asking") or {}
    pairs = dict.fromkeys("-".join(case.pair) for case in validation.cases)
    tasks = dict.fromkeys(case.task for case in validation.cases)
    choosers = [name for name in validation.choosers if name != ORACLE]
    return [
        "bridgex",
        "validate",
        "--pairs",
        ",".join(pairs),
        "--tasks",
        ",".join(tasks),
        *_model(facts["model"]),
        *(["--candidates", ",".join(facts["candidates"])] if facts.get("candidates") else []),
        "--choosers",
        ",".join(dict.fromkeys(name.partition("[")[0] for name in choosers)),
        *_labelled(facts.get("settings")),
        *(["--items", str(asking["items"])] if asking.get("items") else []),
        *(["--shots", str(asking["shots"])] if asking.get("shots") else []),
        *(["--answer", str(asking["answer"])] if asking.get("answer") else []),
        *(["--prompt", str(asking["prompt"])] if asking.get("prompt") else []),
        *(["--chat"] if asking.get("chat") else []),
        "--development",
        str(facts.get("development", "")),
        *_budget((facts.get("texts") or {}).get("budget")),
        "--json",
        "validation.json",
    ]


def _model(facts: Mapping[str, Any]) -> list[str]:
    dtype = ["--dtype", str(facts["dtype"])] if facts.get("dtype") else []
    revision = f"@{facts['revision']}" if facts.get("revision") else ""
    return ["--model", f"{facts.get('name', 'demo')}{revision}", *dtype]


def _budget(budget: Mapping[str, Any] | None) -> list[str]:
    return [
        word
        for name, value in (budget or {}).items()
        if value is not None
        for word in (f"--{name}", str(value))
    ]


def _settings(values: Mapping[str, Any]) -> list[str]:
    try:
        settings = RankSettings(**values)
    except RequestError:  # of another version
        return []
    name = nearest_preset(settings)
    return _preset(name, {field: str(value) for field, value in changed_from(settings, name)})


def _labelled(label: object) -> list[str]:
    match = _CHANGED.match(str(label or ""))
    if not match:
        return []
    pairs = re.findall(r"([\w.]+)=((?:\([^)]*\)|[^,])*)", match["changes"] or "")
    return _preset(match["preset"], dict(pairs))


def _preset(name: str, changes: Mapping[str, str]) -> list[str]:
    words = [] if name == "default" else ["--preset", name]
    for field, value in changes.items():
        words += ["--set", f"{field}={value}"]
    return words


def _endonyms(named: Mapping[str, str] | None) -> list[str]:
    from bridgex.report.names import language_of

    return [
        word
        for code, name in (named or {}).items()
        if (language := language_of(code)) is None or language.endonym != name
        for word in ("--endonym", f"{code}={name}")
    ]


def _text_names(facts: Any) -> set[str]:
    if isinstance(facts, Mapping):
        own = {str(facts["name"])} if "licence" in facts and facts.get("name") else set()
        return own.union(*(_text_names(each) for each in facts.values()))
    if isinstance(facts, Sequence) and not isinstance(facts, str):
        return set().union(*(_text_names(each) for each in facts))
    return set()

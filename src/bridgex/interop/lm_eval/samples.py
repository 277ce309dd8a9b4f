"""The samples that ``lm_eval --log_samples`` wrote, read as an evaluation."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bridgex.errors import BridgexError, RequestError, ResultError, reason
from bridgex.evaluation.results import Evaluation, evaluation_of, scored_by
from bridgex.evaluation.run import Run
from bridgex.interop.lm_eval.documents import (
    METRICS,
    Document,
    Header,
    Response,
    outcome,
    read_document,
)
from bridgex.result import read_json
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.scoring import Rule

LARGEST = 2**32
"""Bytes of a file of samples."""


@dataclass(frozen=True)
class Samples:
    """The samples of one exported task.

    Attributes:
        path: the file.
        header: of its documents.
        documents: in their order.
        outcomes: what became of each.
        altered: prompts that lm-eval changed before it asked them.
    """

    path: Path
    header: Header
    documents: tuple[Document, ...]
    outcomes: tuple[Outcome, ...]
    altered: int


def read_samples(paths: Sequence[Path], scoring: str | None = None) -> Evaluation:
    """Read samples of one task and pair as an evaluation, a strategy from each file.

    Args:
        paths: files, or folders with ``samples_*.jsonl`` in them.
        scoring: the rule by which an option is the answer; by default that of the export.

    Raises:
        ResultError: a file is missing, damaged, or holds samples of a task that bridgex did not
            export.
        RequestError: files of several tasks or pairs, asked in several ways or on several items;
            two of one strategy; or a rule that the samples cannot be scored by.
    """
    asked = next((rule for rule in METRICS if rule == scoring), None)
    if asked != scoring:
        raise RequestError(
            f"Samples of lm-eval do not hold what {scoring} needs; use one of {', '.join(METRICS)}."
        )
    read = [_read(path, asked) for path in _files(paths)]
    first = read[0]
    strategies: dict[str, Samples] = {}
    for each in read:
        _require_same(first, each)
        other = strategies.setdefault(each.header.strategy, each)
        if other is not each:
            raise RequestError(
                f"{other.path} and {each.path} are both of {each.header.strategy}; give one of "
                "them."
            )
    header = first.header
    task = header.read_task([document.item for document in first.documents])
    rule = header.scoring
    runs = {
        name: Run(each.header.read_strategy(), each.outcomes, header.shots, header.shots, 0, rule)
        for name, each in strategies.items()
    }
    model = _model(first.path)
    return evaluation_of(
        task,
        runs,
        recommendation=None,
        notes=tuple(_notes(read)),
        provenance={
            "lm_eval": {"model": model, "samples": [each.path.name for each in read]},
            "task": task.digest,
            **{
                key: value
                for key, value in asdict(header).items()
                if key in ("answering", "scoring", "style", "instruction_language", "shots")
            },
            "bridgex": header.version,
        },
        signature=" · ".join(
            [
                f"{model or 'a model that the samples do not name'} in lm-eval",
                f"{task.name} {header.source}-{header.target} {task.digest[:8]}",
                f"{len(task.items)} items",
                scored_by(rule) if rule else task.answering,
                f"{task.style} prompts",
                f"{header.shots} shots",
                f"bridgex {header.version}",
            ]
        ),
    )


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob("samples_*.jsonl")) if path.is_dir() else [path]
        if not found:
            raise ResultError(f"{path} has no samples_*.jsonl; run lm_eval with --log_samples.")
        files += found
    return files


def _read(path: Path, scoring: Rule | None) -> Samples:
    documents: dict[int, Document] = {}
    outcomes: dict[int, Outcome] = {}
    altered = 0
    for line, sample in _lines(path):
        try:
            place = int(sample["doc_id"])
            document = read_document(sample["doc"])
            if scoring is not None and document.bridgex.scoring is not None:
                document = replace(document, bridgex=replace(document.bridgex, scoring=scoring))
            shown = [str(each["arg_0"]) for each in sample["arguments"].values()]
            judged = outcome(document, [_response(document, each) for each in sample["resps"]])
        except BridgexError as problem:
            raise ResultError(f"{path}, line {line}: {problem}") from problem
        except (LookupError, TypeError, ValueError, AttributeError) as problem:
            raise ResultError(
                f"{path}, line {line} is no sample of lm-eval ({reason(problem)}); run it again "
                "with --log_samples."
            ) from problem
        if place in documents:
            raise ResultError(f"{path}, line {line}: document {place} for the second time.")
        exported = [each.prompt for each in document.asked for _ in range(each.responses)]
        if shown != exported:
            altered += 1
            if len(document.asked) == 1:
                judged = replace(judged, prompt=shown[0] if judged.prompt else "")
        documents[place], outcomes[place] = document, judged
    if not documents:
        raise ResultError(f"{path} has no samples; run lm_eval again with --log_samples.")
    headers = {document.bridgex for document in documents.values()}
    if len(headers) > 1:
        raise ResultError(f"{path} has samples of several tasks; run lm_eval again.")
    order = sorted(documents)
    return Samples(
        path,
        headers.pop(),
        tuple(documents[place] for place in order),
        tuple(outcomes[place] for place in order),
        altered,
    )


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        if path.stat().st_size > LARGEST:
            raise ResultError(f"{path} is too large for samples of lm-eval; name another file.")
        with path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, json.loads(line)
    except OSError as problem:
        raise ResultError(
            f"{path} cannot be read ({reason(problem)}); check the path."
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise ResultError(f"{path} is not JSON Lines, or was cut short; run lm_eval again.") from (
            problem
        )


def _response(document: Document, response: Any) -> Response:
    """Return the answer to one request: lm-eval writes numbers as strings."""
    (value,) = response
    if document.asked[0].choices is None:
        if not isinstance(value, str):
            raise TypeError("an answer that is no text")
        return value
    nats = float(value[0])
    if math.isnan(nats):
        raise ValueError("a log-probability that is not a number")
    return nats


def _require_same(first: Samples, other: Samples) -> None:
    """Refuse files that do not belong to one evaluation."""
    one, two = first.header, other.header
    if (one.task, one.source, one.target) != (two.task, two.source, two.target):
        raise RequestError(
            f"{first.path} is of {one.task} {one.source}-{one.target} and {other.path} of "
            f"{two.task} {two.source}-{two.target}; import one task and pair at a time."
        )
    if replace(two, strategy=one.strategy, version=one.version) != one:
        raise RequestError(
            f"{first.path} and {other.path} were exported with other items or asked in another way "
            "(digest, shots, prompts or scoring); export and run them together."
        )
    if [each.id for each in first.documents] != [each.id for each in other.documents]:
        raise RequestError(
            f"{first.path} has other items than {other.path}; run lm_eval on the same ones "
            "(--limit or --samples) for every strategy."
        )


def _notes(read: Sequence[Samples]) -> Iterator[str]:
    first = read[0]
    if len(first.documents) < first.header.items:
        yield f"Only {len(first.documents)} of {first.header.items} exported items were run."
    for each in read:
        if each.altered:
            yield (
                f"{each.header.strategy}: lm-eval asked {each.altered} items with other prompts "
                "than were exported (a chat template, or examples of its own)."
            )


def _model(path: Path) -> str:
    """Return the model as lm-eval's results beside the samples name it; empty without those."""
    date = path.stem.rpartition("_")[2]
    results = path.with_name(f"results_{date}.json")
    if not results.is_file():
        return ""
    return str(read_json(results).get("model_name") or "")

"""The result: candidates best first, how sure it is, and everything it came from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from bridgex.bridges.published import PublishedScore
from bridgex.dependence import Interval
from bridgex.errors import RequestError

SCHEMA = 2


@dataclass(frozen=True)
class Null:
    """What random sets of neurons of the same layers and sizes score.

    Attributes:
        mean: mean over the draws.
        high: their 95th percentile.
        p_value: (1 + draws that reach the score) / (draws + 1).
        p_corrected: the same, corrected for the number of candidates (Holm).
    """

    mean: float
    high: float
    p_value: float
    p_corrected: float


@dataclass(frozen=True)
class Score:
    """One candidate's score.

    Attributes:
        value: mean over the layers used; None where nothing could be computed.
        interval: jackknife interval, or None.
        null: the random-neuron null, or None; a note says why where one was asked for.
        permuted: p-value of the candidate's whole sets against anchors with permuted prompts, or
            None. A sanity check, no part of the verdict: on a real model nearly any neurons pass
            it, for prompts share a template and differ in length.
        per_layer: layer → score.
        sizes: layer → number of the candidate's neurons after full activation.
        removed: neurons that full activation took from its set in the band.
    """

    value: float | None
    interval: Interval | None = None
    null: Null | None = None
    permuted: float | None = None
    per_layer: Mapping[int, float] = field(default_factory=dict)
    sizes: Mapping[int, int] = field(default_factory=dict)
    removed: int = 0

    @property
    def size(self) -> int:
        """Number of the candidate's neurons in the band."""
        return sum(self.sizes.values())


@dataclass(frozen=True)
class Verdict:
    """How sure the ranking is of its first place.

    Attributes:
        kind: ``clear``, ``tie`` or ``undetermined``.
        members: the first place, or all candidates it cannot be told apart from.
        reason: one sentence.
        beats_null: whether the first place scores above random neurons; None without a null.
    """

    kind: Literal["clear", "tie", "undetermined"]
    members: tuple[str, ...]
    reason: str
    beats_null: bool | None = None


@dataclass(frozen=True)
class BridgeRanking:
    """Candidate bridges of a pair, best first.

    Attributes:
        pair: codes of source and target language.
        scores: candidate → score, best first.
        layers: the layers averaged over.
        skipped: layer of the band → why it does not count.
        anchor: layer → number of anchor neurons after full activation.
        anchor_removed: neurons that full activation took from the anchor.
        matched: layer → size every candidate was drawn down to; empty if sizes are not matched.
        differences: ``a-b`` → interval of the difference of two candidates' scores.
        verdict: how sure it is.
        published: candidate → what the authors' released script would give; empty if not asked.
        notes: what a reader should know about the input.
        evidence: what it was computed from: settings, texts, model, words and answers.
        signature: the same in one line.
    """

    pair: tuple[str, str]
    scores: Mapping[str, Score]
    layers: tuple[int, ...]
    skipped: Mapping[int, str]
    anchor: Mapping[int, int]
    anchor_removed: int
    matched: Mapping[int, int]
    differences: Mapping[str, Interval]
    verdict: Verdict
    published: Mapping[str, PublishedScore] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    @property
    def best(self) -> str | None:
        """The candidate in first place, or None when the verdict is undetermined."""
        return None if self.verdict.kind == "undetermined" else next(iter(self.scores))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "BridgeRanking":
        """Return the ranking that `to_dict` gave, also after a passage through JSON.

        Raises:
            RequestError: the values are of another schema or not of a ranking.
        """
        fields = dict(values)
        schema = fields.pop("schema", None)
        if schema != SCHEMA:
            raise RequestError(
                f"This ranking has schema {schema} and bridgex reads {SCHEMA}; rank again."
            )
        try:
            return TypeAdapter(cls).validate_python(fields)
        except ValidationError as problem:
            raise RequestError(
                f"These values are not a ranking ({problem.error_count()} fields are wrong); "
                "rank again."
            ) from problem

"""The per-item explorer: what was asked, what was answered, and what was right."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bridgex.bridges import BridgeRanking
from bridgex.evaluation.results import StrategyResult
from bridgex.report.html.tables import NO_VALUE, shortened
from bridgex.report.names import strategy_name
from bridgex.tasks.items import reason_text
from bridgex.tasks.outcomes import Outcome

MOST_BYTES = 1_600_000
"""Of the items of a whole page, which then stays below 4 MB."""
LONGEST_PROMPT, LONGEST_ANSWER = 2_000, 600
EXAMPLES = 2
"""Of right and of wrong answers, for each strategy."""
RIGHT = 1.0


@dataclass(frozen=True)
class Example:
    """A prompt and its answer, to be read; where answers were combined, those instead."""

    prompt: str
    members: str
    pivot: str
    answer: str
    accepted: str
    right: bool
    problem: str


@dataclass(frozen=True)
class Explorer:
    """The items of a result.

    Attributes:
        name: unique in the page.
        ways: the strategies by name.
        items: an item per entry: its id, accepted answers and, by strategy, what came of it.
        total: items that the result has.
        examples: strategy → some right and some wrong answers.
        graded: whether a score is more than right or wrong.
    """

    name: str
    ways: Sequence[str]
    items: Sequence[Mapping[str, Any]]
    total: int
    examples: Mapping[str, Sequence[Example]]
    graded: bool

    @property
    def data(self) -> Markup:
        """The items as JSON within a page."""
        return script_json({"ways": self.ways, "items": self.items, "graded": self.graded})


def script_json(value: Any) -> Markup:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704  no letter of it is of HTML


def explorer_of(
    results: Sequence[StrategyResult], name: str, most: int = MOST_BYTES
) -> Explorer | None:
    """Return the explorer of the outcomes of some strategies on the same items.

    Args:
        results: by strategy.
        name: unique in the page.
        most: bytes it may take.
    """
    unlike = {result.strategy: result for result in results if result.outcomes}
    if not unlike:
        return None
    ways = [strategy_name(strategy) for strategy in unlike]
    outcomes = [result.outcomes for result in unlike.values()]
    items: list[dict[str, Any]] = []
    taken = 0
    for each in zip(*outcomes, strict=True):
        item = _item(each)
        taken += len(json.dumps(item, ensure_ascii=False).encode())
        if taken > most:
            break
        items.append(item)
    graded = any(outcome.score not in {0.0, RIGHT} for some in outcomes for outcome in some)
    examples = {
        way: _examples(some, graded=graded) for way, some in zip(ways, outcomes, strict=True)
    }
    return Explorer(name, ways, items, len(outcomes[0]), examples, graded)


def _item(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    first = outcomes[0]
    return {
        "id": shortened(first.item, LONGEST_ANSWER),
        "options": [shortened(text, LONGEST_ANSWER) for text in first.options],
        "right": [shortened(text, LONGEST_ANSWER) for text in first.accepted],
        "ways": [
            {
                "prompt": shortened(outcome.prompt, LONGEST_PROMPT),
                "members": _members(outcome),
                "pivot": shortened(outcome.pivot or "", LONGEST_ANSWER),
                "written": shortened(outcome.written or "", LONGEST_ANSWER),
                "answer": shortened(outcome.answer or "", LONGEST_ANSWER),
                "score": round(outcome.score, 2),
                "problem": reason_text(outcome.problem) if outcome.problem else "",
            }
            for outcome in outcomes
        ],
    }


def _examples(outcomes: Sequence[Outcome], *, graded: bool) -> list[Example]:
    ordered = sorted(outcomes, key=lambda outcome: -outcome.score) if graded else list(outcomes)
    right = [outcome for outcome in ordered if outcome.score > 0][:EXAMPLES]
    wrong = [outcome for outcome in ordered if outcome.score < RIGHT][-EXAMPLES:]
    return [
        Example(
            shortened(outcome.prompt, LONGEST_ANSWER),
            _members(outcome),
            shortened(outcome.pivot or "", LONGEST_ANSWER),
            shortened(outcome.answer or outcome.written or "", LONGEST_ANSWER),
            shortened(", ".join(outcome.accepted), LONGEST_ANSWER),
            outcome.score >= RIGHT,
            reason_text(outcome.problem) if outcome.problem else "",
        )
        for outcome in {outcome.item: outcome for outcome in (*right, *wrong)}.values()
    ]


def _members(outcome: Outcome) -> str:
    """Return the answers that became one, a line for each; empty where there were none."""
    answers = outcome.combined.answers if outcome.combined else {}
    return "\n".join(
        f"{strategy_name(member)}: {shortened(answer or NO_VALUE, LONGEST_ANSWER)}"
        for member, answer in answers.items()
    )


def probe_words(ranking: BridgeRanking) -> list[tuple[object, ...]]:
    """Return word, accepted translations, the model's own and whether that is right."""
    answers = (ranking.provenance.get("probe") or {}).get("answers") or ()
    return [
        (
            answer["word"],
            ", ".join(answer["accepted"]),
            answer["answer"],
            "understood" if answer["understood"] else "not understood",
        )
        for answer in answers
    ]

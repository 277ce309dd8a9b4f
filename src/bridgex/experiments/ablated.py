"""What silencing neurons changed: the result of `bridgex ablate`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bridgex.evaluation.ablation import ANCHOR, RANDOM, SAME_SCRIPT
from bridgex.evaluation.significance import LEVEL, Bounds, Difference
from bridgex.experiments.measures import kendall
from bridgex.lm.ablation import How
from bridgex.result import Result

ALPHA = 0.05
"""Of the comparison with random neurons, corrected for the number of bridges."""


@dataclass(frozen=True)
class Control:
    """A set's change against that of matched sets, on the same items.

    Attributes:
        draws: number of matched sets.
        neurons: mean number of their neurons.
        rate: mean activation rate of their neurons.
        value: change that they make, mean over draws and items, in nats.
        low, high: 5th and 95th percentile of the draws' changes.
        difference: change of the set minus that of the matched sets, mean over items.
        interval: of that difference, over items; None with fewer than two.
        p_value: two-sided, that the difference is 0 (paired t-test over items); None likewise.
        p_draws: one-sided, (1 + matched sets whose change is as low) / (draws + 1).
        p_set: one-sided, that a further matched set lowers it as much, where their changes are
            normal (`bridgex.experiments.contrasts.further_draw`).
        p_corrected: the latter, corrected for the number of bridges (Holm) where this is a bridge's
            own chain and the sets are random; elsewhere as it is.
    """

    draws: int
    neurons: float
    rate: float
    value: float
    low: float
    high: float
    difference: float
    interval: Bounds | None
    p_value: float | None
    p_draws: float
    p_set: float
    p_corrected: float


@dataclass(frozen=True)
class Change:
    """What silencing does to one way of answering.

    Attributes:
        strategy: ``direct`` or ``bridge:K``.
        items: number of items compared.
        value: mean change of the log-probability of the accepted answers, in nats.
        interval: of that mean, over items (Student); None with fewer than two.
        p_value: two-sided, that it is 0 (paired t-test over items); None likewise.
        controls: ``random`` and ``same_script`` → what matched neurons do.
        accuracy: of written answers, silenced minus whole, renderings written anew as well; None
            where a set is resampled, which answers differently each time.
    """

    strategy: str
    items: int
    value: float
    interval: Bounds | None
    p_value: float | None
    controls: Mapping[str, Control]
    accuracy: Difference | None


@dataclass(frozen=True)
class PerplexityChange:
    """Perplexity of the second half of sentences after their first.

    Attributes:
        intact: of the whole model.
        silenced: of the model with neurons silenced.
        p_value: two-sided, that nats per token do not change (paired t-test over sentences); None
            with fewer than two sentences.
    """

    intact: float
    silenced: float
    p_value: float | None


@dataclass(frozen=True)
class SilencedSet:
    """Neurons that were silenced.

    Attributes:
        name: ``anchor`` or ``bridge:K``.
        how: what they were held at.
        neurons: their number.
        rate: their mean activation rate.
        changes: of each way of answering: directly, and through the bridge; for the anchor through
            every bridge.
        perplexity: language → its change.
    """

    name: str
    how: How
    neurons: int
    rate: float
    changes: tuple[Change, ...]
    perplexity: Mapping[str, PerplexityChange]

    def change(self, strategy: str) -> Change | None:
        """Return the change of one way of answering, if it was measured."""
        return next((each for each in self.changes if each.strategy == strategy), None)


@dataclass(frozen=True)
class Intact:
    """The whole model in one way of answering.

    Attributes:
        accuracy: of written answers.
        nats: mean log-probability of the accepted answers.
        items: number of items that the latter is a mean over.
    """

    accuracy: float
    nats: float
    items: int


@dataclass(frozen=True, repr=False)
class Ablation(Result):
    """What silencing the anchor and each candidate's bridge neurons does to a model.

    Attributes:
        pair: codes of source and target language.
        bridges: codes of the candidates.
        task: name of the task.
        items: number of its items.
        intact: way of answering → the whole model.
        sets: per way to silence, the anchor and every bridge that has neurons.
        level: confidence level of the intervals.
        notes: what a reader should know.
        provenance: what it was computed from.
        signature: the same in one line.
    """

    kind: ClassVar[str] = "ablation"
    schema: ClassVar[int] = 1

    pair: tuple[str, str]
    bridges: tuple[str, ...]
    task: str
    items: int
    intact: Mapping[str, Intact]
    sets: tuple[SilencedSet, ...]
    level: float = LEVEL
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    @property
    def hows(self) -> tuple[How, ...]:
        """The ways neurons were silenced."""
        return tuple(dict.fromkeys(each.how for each in self.sets))

    def own_chains(self, how: How) -> dict[str, Change]:
        """Return bridge → what silencing its neurons does to the chain through it."""
        found = {}
        for each in self.sets:
            change = each.change(each.name)
            if each.how == how and each.name != ANCHOR and change is not None:
                found[each.name.partition(":")[2]] = change
        return found

    def harmful(self, how: How) -> tuple[str, ...]:
        """Return the bridges whose neurons matter to their chains more than random ones do.

        That is at 5 %, corrected for the number of bridges.
        """
        return tuple(
            code
            for code, change in self.own_chains(how).items()
            if RANDOM in change.controls and change.controls[RANDOM].p_corrected <= ALPHA
        )

    def agreement(self, how: How) -> float | None:
        """Return Kendall's τ-b between harm beyond random neurons and accuracy over the bridges.

        None with fewer than two bridges, or where either is the same for all.
        """
        harm = {
            code: -change.controls[RANDOM].difference
            for code, change in self.own_chains(how).items()
            if RANDOM in change.controls
        }
        if len(harm) < 2:
            return None
        accuracy = [self.intact[f"bridge:{code}"].accuracy for code in harm]
        return kendall(list(harm.values()), accuracy)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per silenced set and way of answering."""
        return [
            {
                "source": self.pair[0],
                "target": self.pair[1],
                "silenced": each.name,
                "how": each.how,
                "neurons": each.neurons,
                "rate": each.rate,
                "strategy": change.strategy,
                "items": change.items,
                "nats": change.value,
                "low": change.interval and change.interval.low,
                "high": change.interval and change.interval.high,
                "p": change.p_value,
                **_control_cells(RANDOM, change),
                **_control_cells(SAME_SCRIPT, change),
                "accuracy": self.intact[change.strategy].accuracy,
                "accuracy_change": change.accuracy and change.accuracy.value,
                "accuracy_p": change.accuracy and change.accuracy.p_value,
            }
            for each in self.sets
            for change in each.changes
        ]

    def summary(self) -> str:
        """Return what silencing each bridge's neurons does to its chain, in a few lines."""
        chains = "; ".join(
            f"{how}: "
            + ", ".join(f"{code} {each.value:+.3g}" for code, each in self.own_chains(how).items())
            for how in self.hows
        )
        return (
            f"{'-'.join(self.pair)}, {self.items} items, change in nats through each bridge "
            f"\n {chains}\n {self.signature}"
        )

    def _derived(self) -> dict[str, Any]:
        return {
            how: {"harmful": list(self.harmful(how)), "agreement": self.agreement(how)}
            for how in self.hows
        }


def _control_cells(kind: str, change: Change) -> dict[str, Any]:
    control = change.controls.get(kind)
    return {
        f"{kind}_nats": control and control.value,
        f"minus_{kind}": control and control.difference,
        f"minus_{kind}_low": control and control.interval and control.interval.low,
        f"minus_{kind}_high": control and control.interval and control.interval.high,
        f"p_{kind}": control and control.p_corrected,
    }

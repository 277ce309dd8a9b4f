"""How bridges are scored."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bridgex.dependence.estimator import Aggregation, Estimator, Kernel, Measure

SHOWN_IF_CHANGED = ("full_activation", "matching_draws", "null_draws", "level", "band")
"""Settings that a signature names only where they differ from the default."""


class BridgeSettings(BaseModel):
    """How candidates are scored against the anchor.

    Attributes:
        measure: dependence measure.
        aggregation: how two sets of neurons are compared: ``joint`` or ``best_match``.
        kernel: kernel over prompts.
        bandwidth: of the Gaussian kernel; None is the median distance.
        bridge_set: a candidate's neurons without the anchor (``specific``, the paper), without
            all neurons of source and target (``exclusive``), or all of them (``all``).
        full_activation: a neuron stays if its pooled value is positive on at least this share of
            the prompts (the paper).
        size_matched: whether, in each layer, every candidate is drawn down to the smallest.
        matching_draws: draws averaged over when sizes are matched.
        null_draws: random sets that the null is made of; 0 leaves it out.
        level: confidence level of the intervals.
        band: first (included) and last (left out) relative depth of the layers that count; the
            paper's layers 10–21 of 32.
        seed: of the draws.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: Measure = "cka_debiased"
    aggregation: Aggregation = "joint"
    kernel: Kernel = "gaussian"
    bandwidth: float | None = None
    bridge_set: Literal["specific", "exclusive", "all"] = "specific"
    full_activation: float = Field(default=0.95, ge=0, le=1)
    size_matched: bool = True
    matching_draws: int = Field(default=50, ge=1)
    null_draws: int = Field(default=1000, ge=0)
    level: float = Field(default=0.90, gt=0, lt=1)
    band: tuple[float, float] = (10 / 32, 22 / 32)
    seed: int = Field(default=0, ge=0)

    @property
    def estimator(self) -> Estimator:
        """The dependence measure these settings ask for."""
        return Estimator(self.measure, self.aggregation, self.kernel, self.bandwidth)

    def layers(self, depth: int) -> tuple[int, ...]:
        """Return the layers of the band in a model of ``depth`` layers."""
        low, high = self.band
        return tuple(layer for layer in range(depth) if low <= layer / depth < high)

    def __str__(self) -> str:
        sizes = "size-matched" if self.size_matched else "sets as they come"
        kernel = self.kernel if self.bandwidth is None else f"{self.kernel} σ={self.bandwidth:g}"
        fields = type(self).model_fields
        changed = [
            f"{name.replace('_', ' ')} {value}"
            for name, value in self
            if name in SHOWN_IF_CHANGED and value != fields[name].default
        ]
        main = f"{self.bridge_set} · {self.measure} {self.aggregation} {kernel} · {sizes}"
        return " · ".join([main, *changed])

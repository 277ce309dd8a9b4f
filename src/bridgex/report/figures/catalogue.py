"""The figures by name, and which result can give which."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from bridgex.errors import RequestError, ResultError, nearest
from bridgex.report.figures.base import Figure, Look
from bridgex.result import Result

ABOUT_CASES = ("validation", "case")


@dataclass(frozen=True)
class Drawing:
    """A kind of figure.

    Attributes:
        what: it shows, in a few words.
        kinds: of results that can give it.
        home: module and function that draw it; loaded when first needed, with the charting library.
    """

    what: str
    kinds: tuple[str, ...]
    home: tuple[str, str]

    def __call__(self, results: Sequence[Result], look: Look) -> Figure:
        """Draw it."""
        module, name = self.home
        try:
            drawing: Callable[[Any, Look], Figure] = getattr(
                import_module(f"bridgex.report.figures.{module}"), name
            )
        except ModuleNotFoundError as problem:
            if (problem.name or "").partition(".")[0] != "altair":
                raise
            raise ResultError(
                "Figures need the charting library; pip install 'bridgex[report]'."
            ) from problem
        return drawing(results, look)


FIGURES: Mapping[str, Drawing] = {
    "scores": Drawing(
        "scores with intervals and what random neurons score", ("ranking",), ("scores", "scores")
    ),
    "layers": Drawing("layer × bridge heat map", ("ranking",), ("layers", "layers")),
    "curves": Drawing("scores over the layers", ("ranking",), ("layers", "curves")),
    "growth": Drawing(
        "how scores grow with text or words, from several rankings",
        ("ranking",),
        ("growth", "growth"),
    ),
    "jaccard": Drawing("Jaccard indices beside the tree", ("spectrum",), ("matrices", "jaccard")),
    "overlap": Drawing("shared neurons beside the tree", ("spectrum",), ("matrices", "overlap")),
    "similarity": Drawing(
        "similarities beside the tree", ("spectrum",), ("matrices", "similarity")
    ),
    "map": Drawing("languages in two dimensions", ("spectrum",), ("languages", "languages_map")),
    "by-layer": Drawing(
        "overlap and families over the layers", ("spectrum",), ("by_layer", "by_layer")
    ),
    "strategies": Drawing(
        "strategies and their paired differences",
        ("evaluation", "case"),
        ("strategies", "strategies"),
    ),
    "agreement": Drawing(
        "score against what was measured", ABOUT_CASES, ("agreement", "agreement")
    ),
    "regret": Drawing("regret by chooser", ABOUT_CASES, ("regret", "regret")),
    "cost": Drawing("cost against regret", ABOUT_CASES, ("cost", "cost")),
    "silenced": Drawing(
        "what silencing neurons does to answers", ("ablation",), ("silenced", "silenced")
    ),
}


def figures_of(kind: str) -> list[str]:
    """Return the names of the figures that a kind of result can give, the main one first."""
    return [name for name, drawing in FIGURES.items() if kind in drawing.kinds]


def draw(results: Sequence[Result], name: str | None = None, look: Look | None = None) -> Figure:
    """Draw a figure.

    Args:
        results: what to draw, all of kinds that the figure is of; most figures draw the first.
        name: of the figure; by default the main one of the first result.
        look: width and labels.

    Raises:
        RequestError: no such figure.
        ResultError: the results cannot give it, or the charting library is missing.
    """
    known = figures_of(results[0].kind)
    name = name or (known[0] if known else "")
    if name not in FIGURES:
        raise RequestError(
            f"There is no figure '{name}'.{nearest(name, FIGURES)} Use "
            f"{', '.join(known or FIGURES)}."
        )
    drawing = FIGURES[name]
    for result in results:
        if result.kind not in drawing.kinds:
            others = figures_of(result.kind)
            own = f"; a {result.kind} gives {', '.join(others)}" if others else ""
            raise ResultError(
                f"The figure '{name}' is of a {' or a '.join(drawing.kinds)}, and this is a "
                f"{result.kind}{own}."
            )
    return drawing(results, look or Look())

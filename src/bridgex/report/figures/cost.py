"""The figure of what a choice costs against what it loses."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import altair as alt
import numpy as np

from bridgex.choosers import ORACLE
from bridgex.experiments.case import Case
from bridgex.experiments.validation import Validation
from bridgex.report.explain.explanation import counted
from bridgex.report.figures.base import (
    ACCENT,
    MUTED,
    TEXT,
    Figure,
    Look,
    needs,
    told,
    values,
)
from bridgex.report.figures.cases import by_task, cases_of, regrets_of, signature_of
from bridgex.report.figures.labels import SIDES, placed
from bridgex.report.text import visible


def cost(results: Sequence[Validation | Case], look: Look) -> Figure:
    """Draw regret against what a chooser asks of the model, and the choosers that none beats."""
    cases = cases_of(results)
    task, some = max(by_task(cases).items(), key=lambda each: len(each[1]))
    rows: list[dict[str, Any]] = [
        row for row in regrets_of(some) if row["regret"] is not None and row["name"] != ORACLE
    ]
    if not rows:
        raise needs("result", "no chooser with a first place, so no regret to draw")
    front = pareto([(row["texts read"], row["regret"]) for row in rows])
    for at, row in enumerate(rows):
        row["front"] = at in front
    width, height = look.pixels - 66, 300 if look.wide else 220
    grouped = _grouped(rows)
    names = [row["label"] for row in grouped]
    reach = max(row["texts read"] for row in rows) * 1.6 + 1
    most = max(1.0, *(row["regret"] for row in rows)) * 1.1
    places = np.array([[np.arcsinh(row["texts read"] / 2), row["regret"]] for row in grouped])
    domain = ((float(np.arcsinh(-0.3)), float(np.arcsinh(reach / 2))), (-0.06 * most, most))
    for row, side in zip(grouped, placed(places, names, (width, height), domain), strict=True):
        row["side"] = side
    x = alt.X(
        "texts read:Q",
        title="Texts the model reads for a choice, mean over pairs",
        scale=alt.Scale(type="symlog", constant=1, domain=[-0.6, reach], nice=False),
        axis=alt.Axis(values=[0, 1, 10, 100, 1000, 10000, 100000], format=",.0f"),
    )
    unit = f"points of {some[0].metric}"
    y = alt.Y(
        "regret:Q",
        title=f"Mean regret, {unit}",
        scale=alt.Scale(domain=[-0.06 * most, most], nice=False),
        axis=alt.Axis(minExtent=32, maxExtent=32, tickCount=5),
    )
    on_front = sorted(
        (grouped[at] for at in range(len(grouped)) if grouped[at]["front"]),
        key=lambda row: row["texts read"],
    )
    base = alt.Chart(values(grouped)).encode(
        x=x,
        y=y,
        **told(
            [
                alt.Tooltip("label:N", title="chooser"),
                alt.Tooltip("regret:Q", format=".1f"),
                alt.Tooltip("texts read:Q", format=",.0f"),
                alt.Tooltip("tokens generated:Q", format=",.0f"),
            ]
        ),
    )
    layers: list[Any] = []
    if len(on_front) > 1:
        layers.append(
            alt.Chart(values(on_front))
            .mark_line(interpolate="step-after", color=ACCENT, strokeWidth=1.2, strokeDash=[4, 3])
            .encode(x=x, y=y)
        )
    layers.append(
        base.mark_point(filled=True, size=60, opacity=1).encode(
            color=alt.condition("datum.front", alt.value(ACCENT), alt.value(MUTED))
        )
    )
    layers += [
        base.transform_filter(alt.datum.side == side)
        .mark_text(fontSize=TEXT - 1, **mark)
        .encode(text="label:N")
        for side, mark in SIDES.items()
        if side in {row["side"] for row in grouped}
    ]
    return Figure(
        "cost",
        f"Cost of a choice against its regret, {visible(task, keep='')}, "
        f"{counted(len(some), 'pair')}",
        "Blue: no chooser that costs less has less regret",
        "Mean regret against the texts that the model reads for a choice. No "
        "chooser that costs less than one in blue has less regret (the Pareto front, dashed).",
        alt.layer(*layers).properties(width=width, height=height),
        rows,
        names,
        signature_of(results),
        look,
    )


def _grouped(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Choosers at the same point as one mark, so that their labels do not lie on each other."""
    places: dict[tuple[float, float], list[Mapping[str, Any]]] = {}
    for row in rows:
        places.setdefault((round(row["texts read"], 1), round(row["regret"], 3)), []).append(row)
    grouped = []
    for some in places.values():
        names = [row["chooser"] for row in some]
        short = f"{names[0]} and {len(names) - 1} more" if len(names) > 2 else " and ".join(names)
        grouped.append({**some[0], "label": short})
    return grouped


def pareto(points: Sequence[tuple[float, float]]) -> set[int]:
    """Return the points that no other is better than in one coordinate and as good in both."""
    order = sorted(range(len(points)), key=lambda at: points[at])
    least = list(accumulate((points[at][1] for at in order), min))
    front = set()
    for place, at in enumerate(order):
        before = least[place - 1] if place else float("inf")
        same = place and points[order[place - 1]] == points[at] and order[place - 1] in front
        if points[at][1] < before or same:
            front.add(at)
    return front

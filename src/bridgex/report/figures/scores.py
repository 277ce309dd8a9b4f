"""The figure of a ranking's scores."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.bridges import BridgeRanking
from bridgex.report.figures.base import (
    ACCENT,
    BAND,
    COLOURS,
    MUTED,
    SHAPES,
    Figure,
    Look,
    needs,
    room,
    told,
    values,
)
from bridgex.report.names import pair_name

FIRST, LEVEL_WITH, BEHIND = "first place", "cannot be told apart from it", "behind"
OPEN, UNTESTED = "no verdict", "not tested"
STANDINGS = {
    FIRST: ACCENT,
    LEVEL_WITH: COLOURS[5],
    BEHIND: MUTED,
    OPEN: MUTED,
    UNTESTED: MUTED,
}
"""How a candidate can stand → its colour."""


def standing(ranking: BridgeRanking, code: str) -> str:
    """Return how a candidate stands to the first place, no surer than the verdict."""
    if ranking.best is None:
        return OPEN
    if ranking.verdict.kind == "untested":
        return UNTESTED
    if code == ranking.best:
        return FIRST
    return LEVEL_WITH if code in ranking.verdict.members else BEHIND


def scores(rankings: Sequence[BridgeRanking], look: Look) -> Figure:
    """Draw the candidates' scores with intervals and what random neurons score."""
    ranking = rankings[0]
    rows: list[dict[str, Any]] = [
        {
            "bridge": look.label(code),
            "code": code,
            "score": score.value,
            "low": score.interval.low if score.interval else None,
            "high": score.interval.high if score.interval else None,
            "null mean": score.null.mean if score.null else None,
            "null 95th percentile": score.null.high if score.null else None,
            "p": score.null.p_corrected if score.null else None,
            "neurons": score.size,
            "standing": standing(ranking, code),
        }
        for code, score in ranking.scores.items()
        if score.value is not None
    ]
    if not rows:
        raise needs("ranking", "no score to draw; its verdict says why")
    names = [row["bridge"] for row in rows]
    extent = room(names)
    level = f"{ranking.level * 100:g} % interval"
    present = [each for each in STANDINGS if each in {row["standing"] for row in rows}]
    y = alt.Y(
        "bridge:N",
        sort=names,
        title=None,
        axis=alt.Axis(minExtent=extent, maxExtent=extent, ticks=False, domain=False),
    )
    tooltip = [
        alt.Tooltip("bridge:N"),
        alt.Tooltip("score:Q", format=".4f"),
        alt.Tooltip("low:Q", format=".4f", title=f"{level}, from"),
        alt.Tooltip("high:Q", format=".4f", title="to"),
        alt.Tooltip("null 95th percentile:Q", format=".4f", title="random neurons, 95 % below"),
        alt.Tooltip("p:Q", format=".3g", title="p against random neurons"),
        alt.Tooltip("neurons:Q"),
        alt.Tooltip("standing:N"),
    ]
    legend = alt.Legend(title=None, orient="top", direction="horizontal", columns=2)
    colours = [STANDINGS[each] for each in present]
    colour = alt.Color("standing:N", scale=alt.Scale(domain=present, range=colours), legend=legend)
    shape = alt.Shape(
        "standing:N",
        scale=alt.Scale(domain=present, range=list(SHAPES[: len(present)])),
        legend=legend,
    )
    zero = alt.Scale(zero=False, nice=True, padding=8)
    ticks = alt.Axis(tickCount=6 if look.wide else 4, labelFlush=False)
    base = alt.Chart(values(rows)).encode(y=y, **told(tooltip))
    layers = []
    if any(row["null mean"] is not None for row in rows):
        layers.append(
            base.mark_bar(color=BAND, size=14, cornerRadius=2).encode(
                x=alt.X("null mean:Q", scale=zero, axis=ticks), x2="null 95th percentile:Q"
            )
        )
    layers.append(
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", scale=zero, title=f"Score, {level}", axis=ticks),
            x2="high:Q",
            color=colour,
        )
    )
    layers.append(
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=alt.X("score:Q", scale=zero, title=f"Score, {level}", axis=ticks),
            color=colour,
            shape=shape,
        )
    )
    view = alt.layer(*layers).properties(
        width=look.pixels - extent - 24, height=alt.Step(26 if look.wide else 20)
    )
    null = "The grey bar is what random neurons of the same layers and number score, from their "
    return Figure(
        "scores",
        f"Bridges from {pair_name(ranking.pair)}",
        "Grey: random neurons of the same layers and number, from mean to 95th percentile"
        if len(layers) == 3
        else "",
        f"Score of each candidate with its {level}. "
        + (
            f"{null}mean to their 95th percentile."
            if len(layers) == 3
            else "It was not compared with random neurons."
        ),
        view,
        rows,
        names,
        ranking.signature,
        look,
    )

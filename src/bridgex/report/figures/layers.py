"""Figures of a ranking layer by layer: a heat map, and curves."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.bridges import BridgeRanking
from bridgex.report.figures.base import (
    BAND,
    INK,
    MUTED,
    SEQUENTIAL,
    SMALL,
    Figure,
    Look,
    by_name,
    needs,
    room,
    told,
    values,
)
from bridgex.report.names import pair_name


def _band(ranking: BridgeRanking) -> list[int]:
    return sorted({*ranking.layers, *ranking.skipped})


def _all_layers(ranking: BridgeRanking) -> list[int]:
    """Every layer of the model, or of the band where the result does not say how many."""
    counted = ranking.provenance.get("neurons") or {}
    depth = max((len(facts.get("per_layer", ())) for facts in counted.values()), default=0)
    band = _band(ranking)
    return sorted({*range(depth), *band})


def layers(rankings: Sequence[BridgeRanking], look: Look) -> Figure:
    """Draw layer × bridge as a heat map; the band is framed and layers left out are marked."""
    ranking = rankings[0]
    rows = _layer_rows(ranking, look)
    names = list(dict.fromkeys(row["bridge"] for row in rows))
    every, band = _all_layers(ranking), _band(ranking)
    extent = room(names)
    step = max(8, (look.pixels - extent - 24) / len(every))
    x = alt.X(
        "layer:O",
        scale=alt.Scale(domain=every, paddingInner=0.06, paddingOuter=0),
        axis=alt.Axis(
            title="Layer", labelAngle=0, ticks=False, domain=False, labelOverlap="parity"
        ),
    )
    y = alt.Y(
        "bridge:N",
        sort=names,
        title=None,
        scale=alt.Scale(paddingInner=0.06),
        axis=alt.Axis(minExtent=extent, maxExtent=extent, ticks=False, domain=False),
    )
    tooltip = [
        alt.Tooltip("bridge:N"),
        alt.Tooltip("layer:O"),
        alt.Tooltip("score:Q", format=".4f"),
        alt.Tooltip("neurons:Q"),
        alt.Tooltip("left out:N"),
    ]
    chosen = alt.selection_point(fields=["layer"], name="layer", on="click", clear="dblclick")
    base = alt.Chart(values(rows)).encode(x=x, y=y, **told(tooltip))
    used = (
        base.transform_filter("isValid(datum.score)")
        .mark_rect(cornerRadius=1)
        .encode(
            color=alt.Color(
                "score:Q",
                scale=alt.Scale(scheme=SEQUENTIAL),
                legend=alt.Legend(
                    title="Score",
                    orient="top",
                    gradientLength=120,
                    gradientThickness=8,
                    tickCount=4,
                    titleOrient="left",
                ),
            ),
            opacity=alt.condition(chosen, alt.value(1), alt.value(0.35)),
        )
        .add_params(chosen)
    )
    skipped = base.transform_filter("!isValid(datum.score)").mark_rect(color=BAND, opacity=0.6)
    crosses = base.transform_filter("!isValid(datum.score)").mark_text(
        text="×", color=MUTED, fontSize=SMALL + 2
    )
    edge = (
        alt.Chart(values([{"from": band[0], "to": band[-1]}]))
        .mark_rect(fill=None, stroke=INK, strokeWidth=1, strokeDash=[3, 2])
        .encode(
            x=alt.X("from:O", bandPosition=0),
            x2=alt.X2("to:O", bandPosition=1),
        )
    )
    view = alt.layer(skipped, crosses, used, edge).properties(
        width=step * len(every), height=alt.Step(22 if look.wide else 17)
    )
    return Figure(
        "layers",
        f"Where the score comes from, {pair_name(ranking.pair)}",
        "Dashed: the band of middle layers; ×: a layer that does not count",
        "Score of each candidate in each layer. The dashed frame is the band of middle layers; × "
        "marks layers of it that do not count, since a set has too few neurons there.",
        view,
        rows,
        names,
        ranking.signature,
        look,
    )


def _layer_rows(ranking: BridgeRanking, look: Look) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "bridge": look.label(code),
            "code": code,
            "layer": at,
            "score": score.per_layer.get(at),
            "neurons": score.sizes.get(at),
            "anchor": ranking.anchor.get(at),
            "left out": ranking.skipped.get(at, ""),
        }
        for code, score in ranking.scores.items()
        for at in _band(ranking)
    ]
    if not any(row["score"] is not None for row in rows):
        raise needs("ranking", "no scores by layer; draw that of a chooser that looks inside")
    return rows


def curves(rankings: Sequence[BridgeRanking], look: Look) -> Figure:
    """Draw the score of each candidate over the layers."""
    ranking = rankings[0]
    rows = _layer_rows(ranking, look)
    names = list(dict.fromkeys(row["bridge"] for row in rows))
    band = _band(ranking)
    x = alt.X(
        "layer:O",
        scale=alt.Scale(domain=band, paddingInner=0, paddingOuter=0.5),
        axis=alt.Axis(title="Layer", labelAngle=0, labelOverlap="parity"),
    )
    out = [{"layer": at, "left out": why} for at, why in ranking.skipped.items()]
    shade = (
        alt.Chart(values(out))
        .mark_bar(color=BAND, opacity=0.6, size=_step(look, band))
        .encode(x=x, **told([alt.Tooltip("layer:O"), alt.Tooltip("left out:N")]))
    )
    lines = alt.Chart(values(rows)).encode(
        x=x,
        y=alt.Y(
            "score:Q",
            title="Score",
            scale=alt.Scale(zero=False),
            axis=alt.Axis(minExtent=38, maxExtent=38, tickCount=5),
        ),
        **told(
            [
                alt.Tooltip("bridge:N"),
                alt.Tooltip("layer:O"),
                alt.Tooltip("score:Q", format=".4f"),
                alt.Tooltip("neurons:Q"),
            ]
        ),
        **by_name(names, look),
    )
    view = alt.layer(
        *([shade] if out else []),
        lines.mark_line(strokeWidth=1.5, invalid="break-paths-show-domains"),
        lines.mark_point(filled=True, size=36, opacity=1, invalid="filter"),
    ).properties(width=look.pixels - 76, height=200 if look.wide else 140)
    return Figure(
        "curves",
        f"Scores over the layers, {pair_name(ranking.pair)}",
        "Grey: layers of the band that do not count" if out else "",
        "Score of each candidate by layer of the band; layers in grey do not count, since a set "
        "has too few neurons there.",
        view,
        rows,
        names,
        ranking.signature,
        look,
    )


def _step(look: Look, band: Sequence[int]) -> float:
    return (look.pixels - 76) / len(band)

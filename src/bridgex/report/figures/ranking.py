"""Figures of a ranking: scores, layers, and how scores grow with what was read."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.bridges import BridgeRanking, Score
from bridgex.errors import ResultError
from bridgex.report.figures.base import (
    ACCENT,
    BAND,
    COLOURS,
    INK,
    MUTED,
    SEQUENTIAL,
    SHAPES,
    SMALL,
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
    base = alt.Chart(values(rows)).encode(y=y, **told(tooltip))
    layers = []
    if any(row["null mean"] is not None for row in rows):
        layers.append(
            base.mark_bar(color=BAND, size=14, cornerRadius=2).encode(
                x=alt.X("null mean:Q", scale=zero), x2="null 95th percentile:Q"
            )
        )
    layers.append(
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", scale=zero, title=f"Score, {level}"),
            x2="high:Q",
            color=colour,
        )
    )
    layers.append(
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=alt.X("score:Q", scale=zero, title=f"Score, {level}"),
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
        "Grey: random neurons of the same layers and number" if len(layers) == 3 else "",
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
            title="Layer", labelAngle=0, ticks=False, domain=False, labelOverlap="greedy"
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
        axis=alt.Axis(title="Layer", labelAngle=0, labelOverlap="greedy"),
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
        **_by_name(names, look),
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


def _by_name(names: Sequence[str], look: Look) -> dict[str, Any]:
    """Colour and shape of each of some names."""
    legend = alt.Legend(
        title=None, orient="top", direction="horizontal", columns=6 if look.wide else 3
    )
    palette = [COLOURS[at % len(COLOURS)] for at in range(len(names))]
    shapes = [SHAPES[(at + at // len(COLOURS)) % len(SHAPES)] for at in range(len(names))]
    return {
        "color": alt.Color(
            "bridge:N", scale=alt.Scale(domain=list(names), range=palette), legend=legend
        ),
        "shape": alt.Shape(
            "bridge:N", scale=alt.Scale(domain=list(names), range=shapes), legend=legend
        ),
    }


def growth(rankings: Sequence[BridgeRanking], look: Look) -> Figure:
    """Draw how scores grow with the text that was read, or with the probe's words."""
    pairs = {ranking.pair for ranking in rankings}
    if len(rankings) < 2 or len(pairs) > 1:
        raise ResultError(
            "How a score grows takes two rankings or more of one pair, with more and more text "
            "or words; give them all."
        )
    tokens, words = ([of(ranking) for ranking in rankings] for of in (_tokens, _words))
    grows, title = (
        (tokens, "Tokens of text of the language with the least")
        if len(set(tokens)) > 1
        else (words, "Words of the probe")
    )
    if len(set(grows)) < 2 or None in grows:
        raise ResultError(
            "These rankings read the same amount of text and the same words; make them with "
            "other values of --tokens or of --set probe.words."
        )
    rows: list[dict[str, Any]] = [
        _grown(look, code, score, at)
        for at, ranking in sorted(zip(grows, rankings, strict=True), key=lambda each: each[0] or 0)
        for code, score in ranking.scores.items()
        if score.value is not None
    ]
    names = list(dict.fromkeys(row["bridge"] for row in rows))
    base = alt.Chart(values(rows)).encode(
        x=alt.X("read:Q", title=title, scale=alt.Scale(zero=False, padding=12)),
        **told(
            [
                alt.Tooltip("bridge:N"),
                alt.Tooltip("read:Q", format=","),
                alt.Tooltip("score:Q", format=".4f"),
                alt.Tooltip("low:Q", format=".4f"),
                alt.Tooltip("high:Q", format=".4f"),
            ]
        ),
        **_by_name(names, look),
    )
    y = alt.Y(
        "score:Q",
        title=f"Score, {rankings[0].level * 100:g} % interval",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(minExtent=38, maxExtent=38, tickCount=5),
    )
    view = alt.layer(
        base.mark_line(strokeWidth=1.5).encode(y=y),
        base.mark_rule(strokeWidth=1, opacity=0.7).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=40, opacity=1).encode(y=y),
    ).properties(width=look.pixels - 76, height=200 if look.wide else 140)
    return Figure(
        "growth",
        f"How scores grow with what is read, {pair_name(rankings[0].pair)}",
        "",
        "Score of each candidate against the amount of text or the number of words read.",
        view,
        rows,
        names,
        " | ".join(dict.fromkeys(ranking.signature for ranking in rankings)),
        look,
    )


def _grown(look: Look, code: str, score: Score, at: int | None) -> dict[str, Any]:
    return {
        "bridge": look.label(code),
        "code": code,
        "read": at,
        "score": score.value,
        "low": score.interval.low if score.interval else None,
        "high": score.interval.high if score.interval else None,
    }


def _tokens(ranking: BridgeRanking) -> int | None:
    corpora = ranking.provenance.get("corpora") or {}
    return min((facts["tokens"] for facts in corpora.values() if "tokens" in facts), default=None)


def _words(ranking: BridgeRanking) -> int | None:
    if ranking.words is None:
        return None
    asked = ranking.words.basis == "all"
    return ranking.words.asked if asked else ranking.words.understood

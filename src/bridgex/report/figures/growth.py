"""The figure of how scores grow with what was read."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.bridges import BridgeRanking, Score
from bridgex.errors import ResultError
from bridgex.report.figures.base import (
    Figure,
    Look,
    by_name,
    told,
    values,
)
from bridgex.report.names import pair_name


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
        **by_name(names, look),
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

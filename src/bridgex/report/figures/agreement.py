"""The figure of what choosers score against what was measured."""

from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev
from typing import Any

import altair as alt
import numpy as np

from bridgex.choosers import ORACLE
from bridgex.experiments.case import Case, Chosen
from bridgex.experiments.measures import over_pairs
from bridgex.experiments.validation import Validation
from bridgex.report.explain.explanation import counted
from bridgex.report.figures.base import (
    ACCENT,
    INK,
    Figure,
    Look,
    needs,
    told,
    values,
)
from bridgex.report.figures.cases import (
    cases_of,
    chooser_label,
    signature_of,
)
from bridgex.report.figures.labels import SIDES, placed
from bridgex.report.points import number, scale_of

FEW_CASES = 8
"""Whose candidates can be drawn one by one."""
FEW_LABELS = 16
"""In a panel, beside which its marks can still be seen."""
PADDING = 10
"""Pixels between the marks and the edge of a panel."""


def _bridges(case: Case) -> dict[str, float]:
    """Candidate → value of going through it."""
    return {
        strategy.partition(":")[2]: value
        for strategy, value in case.accuracy.items()
        if strategy.startswith("bridge:")
    }


def agreement(results: Sequence[Validation | Case], look: Look) -> Figure:
    """Draw score against what was measured, a panel per chooser.

    Of a few cases each candidate is a mark; of many, the candidates that a chooser puts in one
    place are, with their mean.
    """
    cases = cases_of(results)
    several, many = len(cases) > 1, len(cases) > FEW_CASES
    rows = [
        row
        for case in cases
        for name, chosen in case.chosen.items()
        if name != ORACLE
        for row in _against(case, name, chosen, look, several=several)
    ]
    if not rows:
        raise needs("result", "no chooser that scores candidates otherwise than all the same")
    shown = list(dict.fromkeys(row["chooser"] for row in rows))
    taus = {name: _mean_tau([row for row in rows if row["chooser"] == name]) for name in shown}
    unit = f"points of {rows[0]['metric']}"
    if many:
        rows = [row for name in shown for row in _by_place(rows, name)]
    across = "place that the chooser gives" if many else "score"
    axes = (
        f"Horizontal: {across}{'' if many else ', standardised'}; vertical: {unit} above the mean "
        "of the case"
        if several
        else f"Horizontal: score; vertical: {rows[0]['metric']}"
    )
    metric = cases[0].metric
    columns = min((4 if len(shown) > 6 else 3) if look.wide else 2, len(shown))
    size = (look.pixels - 30) / columns - 20
    labels = {name: f"{chooser_label(name)}\n{taus[name]}" for name in shown}
    if not many:
        rows = [
            row
            for name in shown
            for row in _labelled(
                [row for row in rows if row["chooser"] == name],
                rows if several else None,
                (size, size * 0.8),
            )
        ]
    named = [{**row, "panel": labels[row["chooser"]]} for row in rows]
    view = (
        _panel(named, many=many)
        .properties(width=size, height=size * 0.8)
        .facet(
            facet=alt.Facet(
                "panel:N",
                sort=list(labels.values()),
                title=None,
                header=alt.Header(
                    labelExpr="split(datum.value, '\\n')",
                    labelAnchor="start",
                    labelAlign="left",
                    labelFontSize=10,
                    labelColor=INK,
                    labelLimit=size + 30,
                ),
            ),
            columns=columns,
            spacing={"column": 14, "row": 14},
        )
        .resolve_scale(x="shared" if several else "independent", y="shared")
    )
    rises = "fall" if many else "rise"
    return Figure(
        "agreement",
        f"Choosers' scores against measured {metric}, {counted(len(cases), 'case')}",
        f"{axes}; τ: Kendall's",
        (
            "Mean of the candidates in each place of a chooser, with its 95 % interval over cases"
            if many
            else "One dot per candidate bridge and case"
        )
        + f"; τ is Kendall's, the mean over cases. A chooser whose dots {rises} to the right "
        "scores what helps."
        + (" Values are in points over the mean of their case." if several else ""),
        view,
        rows,
        [*map(chooser_label, shown), *{row["candidate"] for row in rows if "candidate" in row}],
        signature_of(results),
        look,
    )


def _panel(rows: Sequence[Mapping[str, Any]], *, many: bool) -> Any:
    """What a panel shows, of the rows of all."""
    field = "place:O" if many else "score:Q"
    base = alt.Chart(values(rows)).encode(
        x=alt.X(
            field,
            title=None,
            **({} if many else {"scale": alt.Scale(zero=False, padding=PADDING)}),
            axis=alt.Axis(tickCount=3, labelAngle=0),
        ),
        **told(
            [
                *(
                    (alt.Tooltip("place:O"), alt.Tooltip("cases:Q"))
                    if many
                    else (
                        alt.Tooltip("case:N"),
                        alt.Tooltip("candidate:N"),
                        alt.Tooltip("score:Q", format=".4g"),
                    )
                ),
                alt.Tooltip("value:Q", format="+.1f" if many else ".1f"),
            ]
        ),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(zero=False, padding=PADDING),
        axis=alt.Axis(tickCount=4, minExtent=26, maxExtent=26),
    )
    dots = base.mark_point(filled=True, size=36, color=ACCENT, opacity=0.9).encode(y=y)
    if many:
        bars = base.mark_rule(color=ACCENT).encode(y=alt.Y("low:Q"), y2="high:Q")
        return alt.layer(bars, dots)
    names = [
        base.transform_filter(alt.datum.side == side)
        .mark_text(fontSize=9, color=INK, **mark)
        .encode(y=y, text="code:N")
        for side, mark in SIDES.items()
        if side in {row["side"] for row in rows}
    ]
    return alt.layer(dots, *names)


def _labelled(
    rows: Sequence[dict[str, Any]],
    shared: Sequence[dict[str, Any]] | None,
    size: tuple[float, float],
) -> list[dict[str, Any]]:
    """Say where the labels of a panel go; nowhere where there are too many to be read."""
    if len(rows) > FEW_LABELS:
        return [{**row, "side": None} for row in rows]
    domain = [
        _padded([row[name] for row in shared or rows], pixels)
        for name, pixels in zip(("score", "value"), size, strict=True)
    ]
    places = np.array([(row["score"], row["value"]) for row in rows])
    sides = placed(places, [row["code"] for row in rows], size, (domain[0], domain[1]))
    return [{**row, "side": side} for row, side in zip(rows, sides, strict=True)]


def _padded(known: Sequence[float], pixels: float) -> tuple[float, float]:
    """The ends of a scale with the padding of the axes here."""
    low, high = min(known), max(known)
    margin = (high - low or 1) / (pixels - 2 * PADDING) * PADDING
    return low - margin, high + margin


def _mean_tau(rows: Sequence[Mapping[str, Any]]) -> str:
    taus = [row["tau"] for row in {row["case"]: row for row in rows}.values()]
    known = [tau for tau in taus if tau is not None]
    return f"τ = {number(fmean(known), '+.2f')}" if known else "τ —"


def _by_place(rows: Sequence[Mapping[str, Any]], chooser: str) -> list[dict[str, Any]]:
    """The mean of what candidates reached that a chooser put in one place, over cases."""
    by_case: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["chooser"] == chooser:
            by_case.setdefault(row["case"], []).append(row)
    places: dict[int, dict[tuple[str, str], float | None]] = {}
    for case, some in by_case.items():
        for place, row in enumerate(sorted(some, key=lambda row: -row["score"]), 1):
            places.setdefault(place, {})[case, ""] = row["value"]
    means = {place: over_pairs(reached) for place, reached in places.items()}
    return [
        {
            "chooser": chooser,
            "place": place,
            "value": mean.value,
            "low": mean.interval.low if mean.interval else None,
            "high": mean.interval.high if mean.interval else None,
            "cases": mean.pairs,
        }
        for place, mean in sorted(means.items())
    ]


def _against(
    case: Case, name: str, chosen: Chosen, look: Look, *, several: bool
) -> list[dict[str, Any]]:
    measured = _bridges(case)
    scale, _ = scale_of(case.metric)
    known = {
        code: score.value
        for code, score in chosen.ranking.scores.items()
        if score.value is not None and code in measured
    }
    spread = pstdev(known.values()) if known else 0.0
    if not spread:
        return []
    mean, level = fmean(known.values()), fmean(measured[code] for code in known)
    return [
        {
            "chooser": name,
            "case": f"{'-'.join(case.pair)} {case.task}",
            "candidate": look.label(code),
            "code": code,
            "score": (value - mean) / spread if several else value,
            "value": (measured[code] - (level if several else 0)) * scale,
            "metric": case.metric,
            "scale": scale,
            "tau": chosen.judgement.tau,
        }
        for code, value in known.items()
    ]

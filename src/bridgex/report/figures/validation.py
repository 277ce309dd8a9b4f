"""Figures of cases: what choosers said against what was measured."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import fmean, pstdev
from typing import Any

import altair as alt
import numpy as np

from bridgex.choosers import ORACLE
from bridgex.experiments.case import Case, Chosen
from bridgex.experiments.measures import over_pairs
from bridgex.experiments.validation import Validation
from bridgex.report.figures.base import (
    ACCENT,
    COLOURS,
    INK,
    MUTED,
    TEXT,
    Figure,
    Look,
    needs,
    room,
    told,
    values,
)
from bridgex.report.figures.evaluation import metric_scale
from bridgex.report.figures.labels import SIDES, placed
from bridgex.report.text import visible

ENGLISH_ACCENT = COLOURS[1]
LONGEST = 26
"""Letters of a chooser's name in a figure; the settings in a longer one are cut."""


def cases_of(results: Sequence[Validation | Case]) -> list[Case]:
    """Return the cases of validations and cases, each once."""
    cases: list[Case] = []
    for result in results:
        cases += [result] if isinstance(result, Case) else list(result.cases)
    return list({id(case): case for case in cases}.values())


def signature_of(results: Sequence[Validation | Case]) -> str:
    """Return what the results came from, in one line."""
    lines = (each.model if isinstance(each, Case) else each.signature for each in results)
    return " | ".join(dict.fromkeys(lines))


def chooser_label(name: str) -> str:
    """Return a chooser's name, cut where it is long."""
    text = visible(name, keep="")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _by_task(cases: Sequence[Case]) -> dict[str, list[Case]]:
    return {
        task: [case for case in cases if case.task == task]
        for task in dict.fromkeys(case.task for case in cases)
    }


def _choosers(cases: Sequence[Case]) -> list[str]:
    return list(dict.fromkeys(name for case in cases for name in case.chosen))


def _bridges(case: Case) -> dict[str, float]:
    """Candidate → value of going through it."""
    return {
        strategy.partition(":")[2]: value
        for strategy, value in case.accuracy.items()
        if strategy.startswith("bridge:")
    }


def agreement(results: Sequence[Validation | Case], look: Look) -> Figure:
    """Draw score against what was measured, per candidate, a panel per chooser."""
    cases = cases_of(results)
    rows: list[dict[str, Any]] = [
        row
        for case in cases
        for name, chosen in case.chosen.items()
        if name != ORACLE
        for row in _against(case, name, chosen, look, several=len(cases) > 1)
    ]
    if not rows:
        raise needs("result", "no chooser that scores candidates otherwise than all the same")
    several = len(cases) > 1
    shown = list(dict.fromkeys(row["chooser"] for row in rows))
    columns = (4 if len(shown) > 6 else 3) if look.wide else 2
    columns = min(columns, len(shown))
    size = (look.pixels - 20) / columns - 44
    unit = "points" if rows[0]["scale"] == 100 else rows[0]["metric"]
    x_title = "score, standardised" if several else "score"
    y_title = f"{unit} over the mean" if several else f"{rows[0]['metric']}"
    panels = []
    for name in shown:
        some = [row for row in rows if row["chooser"] == name]
        taus = [row["tau"] for row in {row["case"]: row for row in some}.values()]
        known = [tau for tau in taus if tau is not None]
        tau = f"τ = {fmean(known):+.2f}" if known else "τ —"
        base = alt.Chart(values(some)).encode(
            x=alt.X(
                "score:Q",
                scale=alt.Scale(zero=False, padding=10),
                title=None,
                axis=alt.Axis(tickCount=3),
            ),
            y=alt.Y(
                "value:Q",
                scale=alt.Scale(zero=False, padding=10),
                title=None,
                axis=alt.Axis(tickCount=4, minExtent=26, maxExtent=26),
            ),
            **told(
                [
                    alt.Tooltip("case:N"),
                    alt.Tooltip("candidate:N"),
                    alt.Tooltip("score:Q", format=".4g"),
                    alt.Tooltip("value:Q", format=".1f"),
                    alt.Tooltip("tau:Q", format="+.2f", title="τ of the case"),
                ]
            ),
        )
        few = len(some) <= 8
        marks = [
            base.mark_point(
                filled=True, size=36 if few else 22, color=ACCENT, opacity=0.9 if few else 0.6
            )
        ]
        if few:
            marks.append(
                base.mark_text(dx=6, align="left", fontSize=9, color=INK).encode(text="code:N")
            )
        panels.append(
            alt.layer(*marks).properties(
                width=size,
                height=size * 0.8,
                title=alt.TitleParams(
                    [chooser_label(name), tau],
                    fontSize=10,
                    anchor="start",
                    fontWeight="normal",
                    offset=4,
                ),
            )
        )
    pairs = f"{len(cases)} {'case' if len(cases) == 1 else 'cases'}"
    several_text = (
        " Scores are standardised within a case and values are in points over its mean, so that "
        "cases lie together."
        if several
        else ""
    )
    return Figure(
        "agreement",
        f"What choosers score and what was measured, {pairs}",
        f"Across: {x_title}; up: {y_title}; τ: Kendall's",
        "One dot per candidate bridge and case; τ is Kendall's, the mean over cases. A chooser "
        f"whose dots rise to the right scores what helps.{several_text}",
        alt.concat(*panels, columns=columns, spacing=14),
        rows,
        [*map(chooser_label, shown), *{row["candidate"] for row in rows}],
        signature_of(results),
        look,
    )


def _against(
    case: Case, name: str, chosen: Chosen, look: Look, *, several: bool
) -> list[dict[str, Any]]:
    measured = _bridges(case)
    scale, _ = metric_scale(case.metric)
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


def _regrets(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """A row per chooser: mean regret over the cases with its interval, and what it cost."""
    scale, _ = metric_scale(cases[0].metric)
    rows: list[dict[str, Any]] = []
    for name in _choosers(cases):
        served = {case.pair: case.chosen[name] for case in cases if name in case.chosen}
        mean = over_pairs({pair: each.judgement.regret for pair, each in served.items()})
        bounds = mean.interval
        rows.append(
            {
                "chooser": chooser_label(name),
                "name": name,
                "task": cases[0].task,
                "regret": None if mean.value is None else mean.value * scale,
                "low": bounds.low * scale if bounds else None,
                "high": bounds.high * scale if bounds else None,
                "pairs": mean.pairs,
                "of": len(cases),
                "texts read": fmean(each.cost.passes for each in served.values()),
                "tokens generated": fmean(each.cost.generated for each in served.values()),
            }
        )
    return sorted(rows, key=lambda row: (row["regret"] is None, row["regret"] or 0, row["name"]))


def regret(results: Sequence[Validation | Case], look: Look) -> Figure:
    """Draw each chooser's regret: pairs one by one, and the mean with its interval."""
    cases = cases_of(results)
    rows: list[dict[str, Any]] = []
    panels: list[Any] = []
    extent = room([chooser_label(name) for name in _choosers(cases)], 170)
    for task, some in _by_task(cases).items():
        means = _regrets(some)
        scale, _ = metric_scale(some[0].metric)
        single: list[dict[str, Any]] = [
            {
                "chooser": chooser_label(name),
                "case": "-".join(case.pair),
                "task": task,
                "regret": chosen.judgement.regret * scale,
            }
            for case in some
            for name, chosen in case.chosen.items()
            if chosen.judgement.regret is not None
        ]
        if not single:
            continue
        rows += means
        names = [row["chooser"] for row in means]
        most = max(1.0, *(row["regret"] for row in single)) * 1.08
        unit = "points of accuracy" if some[0].metric == "accuracy" else some[0].metric
        y = alt.Y(
            "chooser:N",
            sort=names,
            title=None,
            scale=alt.Scale(domain=names),
            axis=alt.Axis(
                minExtent=extent, maxExtent=extent, ticks=False, domain=False, labelLimit=extent
            ),
        )
        x = {
            "scale": alt.Scale(domain=[-0.03 * most, most], nice=False),
            "title": f"Regret in {unit}",
            "axis": alt.Axis(tickCount=6),
        }
        base = alt.Chart(values(means)).encode(
            y=y,
            **told(
                [
                    alt.Tooltip("chooser:N"),
                    alt.Tooltip("regret:Q", format=".1f"),
                    alt.Tooltip("low:Q", format=".1f"),
                    alt.Tooltip("high:Q", format=".1f"),
                    alt.Tooltip("pairs:Q", title="pairs with a first place"),
                    alt.Tooltip("of:Q", title="of"),
                ]
            ),
        )
        panels.append(
            alt.layer(
                base.mark_rule(strokeWidth=2, clip=True, color=ACCENT).encode(
                    x=alt.X("low:Q", **x), x2="high:Q"
                ),
                alt.Chart(values(single))
                .mark_tick(thickness=1.5, size=10, color=MUTED)
                .encode(
                    y=y,
                    x=alt.X("regret:Q", **x),
                    **told(
                        [
                            alt.Tooltip("chooser:N"),
                            alt.Tooltip("case:N"),
                            alt.Tooltip("regret:Q", format=".1f"),
                        ]
                    ),
                ),
                base.mark_point(filled=True, size=60, opacity=1, color=ACCENT, clip=False).encode(
                    x=alt.X("regret:Q", **x)
                ),
                base.transform_filter("!isValid(datum.regret)")
                .mark_text(text="no first place", align="left", color=MUTED, fontSize=TEXT - 1)
                .encode(x=alt.value(4)),
            ).properties(
                width=look.pixels - extent - 24,
                height=alt.Step(19 if look.wide else 17),
                **({"title": visible(task, keep="")} if len(_by_task(cases)) > 1 else {}),
            )
        )
    if not panels:
        raise needs("result", "no chooser with a first place, so no regret to draw")
    return Figure(
        "regret",
        f"Regret by chooser, {len(cases)} {'case' if len(cases) == 1 else 'cases'}",
        "Dots: means over pairs with their 95 % interval; ticks: pairs",
        "What the chosen bridge falls short of the best one: 0 is the best. Dots are means over "
        "pairs, ticks are pairs; an interval that leaves the frame is wider than all that was "
        "measured. A pair on which a chooser has no first place does not count for it.",
        alt.vconcat(*panels, spacing=18) if len(panels) > 1 else panels[0],
        rows,
        [row["chooser"] for row in rows],
        signature_of(results),
        look,
    )


def cost(results: Sequence[Validation | Case], look: Look) -> Figure:
    """Draw regret against what a chooser asks of the model, and the choosers that none beats."""
    cases = cases_of(results)
    task, some = max(_by_task(cases).items(), key=lambda each: len(each[1]))
    rows: list[dict[str, Any]] = [
        row for row in _regrets(some) if row["regret"] is not None and row["name"] != ORACLE
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
    unit = "points of accuracy" if some[0].metric == "accuracy" else some[0].metric
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
        f"What a choice costs and what it loses, {visible(task, keep='')}, {len(some)} "
        f"{'pair' if len(some) == 1 else 'pairs'}",
        "Blue: beaten by none that costs less",
        "Mean regret against the texts that the model reads for a choice. Choosers in blue are "
        "beaten by none that costs less (the Pareto front, dashed).",
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

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
from bridgex.report.figures.labels import SIDES, placed
from bridgex.report.points import scale_of
from bridgex.report.text import visible

ENGLISH_ACCENT = COLOURS[1]
FEW_CASES = 8
"""Whose candidates can be drawn one by one."""
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
        f"Across: {across}{'' if many else ', standardised'}; up: {unit} over the mean of the case"
        if several
        else f"Across: score; up: {rows[0]['metric']}"
    )
    columns = min((4 if len(shown) > 6 else 3) if look.wide else 2, len(shown))
    size = (look.pixels - 20) / columns - 44
    panels = [
        _panel([row for row in rows if row["chooser"] == name], many=many).properties(
            width=size,
            height=size * 0.8,
            title=alt.TitleParams(
                [chooser_label(name), taus[name]],
                fontSize=10,
                anchor="start",
                fontWeight="normal",
                offset=4,
            ),
        )
        for name in shown
    ]
    rises = "fall" if many else "rise"
    return Figure(
        "agreement",
        f"What choosers score and what was measured, {len(cases)} "
        f"{'case' if len(cases) == 1 else 'cases'}",
        f"{axes}; τ: Kendall's",
        (
            "Mean of the candidates in each place of a chooser, with its 95 % interval over cases"
            if many
            else "One dot per candidate bridge and case"
        )
        + f"; τ is Kendall's, the mean over cases. A chooser whose dots {rises} to the right "
        "scores what helps."
        + (" Values are in points over the mean of their case." if several else ""),
        alt.concat(*panels, columns=columns, spacing=14),
        rows,
        [*map(chooser_label, shown), *{row["candidate"] for row in rows if "candidate" in row}],
        signature_of(results),
        look,
    )


def _panel(rows: Sequence[Mapping[str, Any]], *, many: bool) -> Any:
    """One chooser's marks."""
    field = "place:O" if many else "score:Q"
    base = alt.Chart(values(rows)).encode(
        x=alt.X(
            field,
            title=None,
            **({} if many else {"scale": alt.Scale(zero=False, padding=10)}),
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
        scale=alt.Scale(zero=False, padding=10),
        axis=alt.Axis(tickCount=4, minExtent=26, maxExtent=26),
    )
    few = len(rows) <= 8
    dots = base.mark_point(filled=True, size=36, color=ACCENT, opacity=0.9).encode(y=y)
    if many:
        return alt.layer(base.mark_rule(color=ACCENT).encode(y=alt.Y("low:Q"), y2="high:Q"), dots)
    names = base.mark_text(dx=6, align="left", fontSize=9, color=INK).encode(y=y, text="code:N")
    return alt.layer(dots, names) if few else dots


def _mean_tau(rows: Sequence[Mapping[str, Any]]) -> str:
    taus = [row["tau"] for row in {row["case"]: row for row in rows}.values()]
    known = [tau for tau in taus if tau is not None]
    return f"τ = {fmean(known):+.2f}" if known else "τ —"


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


def _regrets(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """A row per chooser: mean regret over the cases with its interval, and what it cost."""
    scale, _ = scale_of(cases[0].metric)
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
        scale, _ = scale_of(some[0].metric)
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
        unit = f"points of {some[0].metric}"
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

"""The figure of an evaluation: strategies side by side and their paired differences."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.evaluation.results import RIVALS, Evaluation, StrategyResult
from bridgex.evaluation.strategies import AUTO
from bridgex.experiments.case import Case
from bridgex.report.figures.base import (
    ACCENT,
    INK,
    MUTED,
    Figure,
    Look,
    room,
    told,
    values,
)
from bridgex.report.names import language_name
from bridgex.report.points import scale_of
from bridgex.report.text import visible

LEVEL = 95


def strategy_label(strategy: str, look: Look, name: str = "") -> str:
    """Return a strategy in words: ``through French``, ``French instead``, ``direct``."""
    kind, _, code = strategy.partition(":")
    if not code:
        label = visible(strategy, keep="")
    elif kind == "bridge":
        label = f"through {look.label(code)}"
    elif kind == "replace":
        label = f"{look.label(code)} instead"
    else:
        label = visible(strategy, keep="")
    return f"auto: {label}" if name.endswith(AUTO) else label


def strategies(results: Sequence[Evaluation | Case], look: Look) -> Figure:
    """Draw each strategy's value, and beside it the paired difference from a rival."""
    result = results[0]
    metric = result.results[0].measures[0].metric
    scale, unit = scale_of(metric)
    rival = next(
        (each for each in RIVALS if any(each in one.differences for one in result.results)), None
    )
    rows: list[dict[str, Any]] = [_row(each, metric, scale, rival, look) for each in result.results]
    names = [row["strategy"] for row in rows]
    extent = room(names)
    free = look.pixels - extent - 40
    y = alt.Y(
        "strategy:N",
        sort=names,
        title=None,
        axis=alt.Axis(minExtent=extent, maxExtent=extent, ticks=False, domain=False),
    )
    tooltip = [
        alt.Tooltip("strategy:N"),
        alt.Tooltip("value:Q", format=".1f", title=metric),
        alt.Tooltip("low:Q", format=".1f", title=f"{LEVEL} % interval, from"),
        alt.Tooltip("high:Q", format=".1f", title="to"),
        *(
            [
                alt.Tooltip("difference:Q", format="+.1f", title=f"minus {rival}"),
                alt.Tooltip("difference low:Q", format="+.1f", title="from"),
                alt.Tooltip("difference high:Q", format="+.1f", title="to"),
                alt.Tooltip("p:Q", format=".3g"),
            ]
            if rival
            else []
        ),
    ]
    base = alt.Chart(values(rows)).encode(y=y, **told(tooltip))
    axis = alt.Axis(tickCount=4)
    left_title = [f"{metric}{f' ({unit})' if unit else ''},", f"{LEVEL} % interval"]
    both = rival is not None
    chance = (
        result.baselines.chance if isinstance(result, Evaluation) and result.baselines else None
    )
    blind = (
        []
        if chance is None
        else [
            alt.Chart(values([{"chance": chance * scale}]))
            .mark_rule(color=MUTED, strokeDash=[3, 2])
            .encode(x="chance:Q")
        ]
    )
    left = alt.layer(
        *blind,
        base.mark_rule(strokeWidth=2, color=ACCENT).encode(
            x=alt.X("low:Q", title=left_title, axis=axis, scale=alt.Scale(zero=False, padding=8)),
            x2="high:Q",
        ),
        base.mark_point(filled=True, size=70, opacity=1, color=ACCENT).encode(x="value:Q"),
    ).properties(width=free * (0.5 if both else 1), height=alt.Step(26))
    view: Any = left
    if rival is not None:
        compared = base.transform_filter("isValid(datum.difference)").encode(
            y=alt.Y("strategy:N", sort=names, axis=None, scale=alt.Scale(domain=names))
        )
        title = [
            f"minus {strategy_label(rival, look)}",
            "points" if not look.wide else f"points, {LEVEL} % interval",
        ]
        certain = "datum['difference low'] > 0 || datum['difference high'] < 0"
        colour = alt.condition(certain, alt.value(ACCENT), alt.value(MUTED))
        right = alt.layer(
            alt.Chart(values([{"zero": 0}]))
            .mark_rule(color=INK, strokeDash=[3, 2])
            .encode(x="zero:Q"),
            compared.mark_rule(strokeWidth=2).encode(
                x=alt.X("difference low:Q", title=title, axis=axis),
                x2="difference high:Q",
                color=colour,
            ),
            compared.mark_point(size=70, opacity=1, filled=True, shape="diamond").encode(
                x="difference:Q", color=colour
            ),
        ).properties(width=free * 0.5, height=alt.Step(26))
        view = alt.hconcat(left, right, spacing=16)
    pair = " to ".join(language_name(code) for code in result.pair)
    signature = result.signature if isinstance(result, Evaluation) else result.model
    beside = (
        f" On the right, each one minus {strategy_label(rival, look)} on the same items; in "
        "grey where the interval holds 0, so that no difference is shown."
        if rival
        else ""
    )
    return Figure(
        "strategies",
        f"{visible(result.task, keep='')}, {pair}, {result.items} items",
        "; ".join(
            [
                *(["On the right on the same items, grey where the interval holds 0"] * both),
                *(["dashed on the left: blind choice"] * bool(blind)),
            ]
        ),
        f"{metric} of each strategy with its {LEVEL} % interval.{beside}",
        view,
        rows,
        names,
        signature,
        look,
    )


def _row(
    result: StrategyResult, metric: str, scale: float, rival: str | None, look: Look
) -> dict[str, Any]:
    bounds = result.intervals[metric]
    difference = result.differences.get(rival, {}).get(metric) if rival else None
    return {
        "strategy": strategy_label(result.strategy, look, result.name),
        "name": result.name,
        "value": result.value * scale,
        "low": bounds.low * scale,
        "high": bounds.high * scale,
        "rival": rival,
        "difference": difference.value * scale if difference else None,
        "difference low": difference.interval.low * scale if difference else None,
        "difference high": difference.interval.high * scale if difference else None,
        "p": difference.p_value if difference else None,
    }

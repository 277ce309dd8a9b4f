"""The figure of an evaluation: strategies side by side and their paired differences."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from bridgex.evaluation.results import RIVALS, Evaluation, StrategyResult
from bridgex.evaluation.strategies import AUTO
from bridgex.experiments.case import Case
from bridgex.report.explain.explanation import percent
from bridgex.report.figures.base import (
    ACCENT,
    INK,
    MUTED,
    TEXT,
    Figure,
    Look,
    looked_up,
    room,
    told,
    values,
    wrapped,
)
from bridgex.report.names import pair_name, strategy_name
from bridgex.report.points import scale_of
from bridgex.report.text import visible


def strategy_label(strategy: str, look: Look, name: str = "") -> str:
    """Return a strategy in words: ``through French``, ``French instead``, ``direct``."""
    label = strategy_name(strategy, look.label)
    return f"auto: {label}" if name.endswith(AUTO) else label


def strategies(results: Sequence[Evaluation | Case], look: Look) -> Figure:
    """Draw each strategy's value, and the paired difference from a rival: beside it, or below."""
    result = results[0]
    metric = result.results[0].measures[0].metric
    scale, _ = scale_of(metric)
    rival = next(
        (each for each in RIVALS if any(each in one.differences for one in result.results)), None
    )
    rows: list[dict[str, Any]] = [_row(each, metric, scale, rival, look) for each in result.results]
    names = [row["strategy"] for row in rows]
    chance = (
        result.baselines.chance if isinstance(result, Evaluation) and result.baselines else None
    )
    level = percent(result.level)
    panels = _Panels(rows, metric, level, look)
    view = panels.values(None if chance is None else chance * scale, alone=rival is None)
    if rival is not None:
        both = (view, panels.differences(rival))
        view = alt.hconcat(*both, spacing=16) if look.wide else alt.vconcat(*both, spacing=12)
    place, other = ("right", "left") if look.wide else ("below", "above")
    said = {
        f"{place}: differences on the same items, grey where the interval holds 0": rival,
        f"{other}, dashed: blind choice": chance is not None,
    }
    subtitle = "; ".join(words for words, needed in said.items() if needed)
    beside = (
        f" {place.capitalize()}: each one minus {strategy_label(rival, look)} on the same items, "
        "in grey where the interval holds 0, so that no difference is shown."
        if rival
        else ""
    )
    return Figure(
        "strategies",
        f"{visible(result.task, keep='')}, {pair_name(result.pair)}, {result.items} items",
        f"{subtitle[:1].upper()}{subtitle[1:]}",
        f"Each strategy's {metric} with its {level} interval.{beside}",
        view,
        rows,
        names,
        result.signature if isinstance(result, Evaluation) else result.model,
        look,
    )


class _Panels:
    """What a figure of strategies is made of."""

    def __init__(
        self, rows: Sequence[Mapping[str, Any]], metric: str, level: str, look: Look
    ) -> None:
        self.rows, self.metric, self.level, self.look = rows, metric, level, look
        self.names = [row["strategy"] for row in rows]
        most = 190 if look.wide else 120
        self.lines = {name: wrapped(name, most) for name in self.names}
        self.extent = room([line for lines in self.lines.values() for line in lines], most)
        self.step = max(26, TEXT * 1.3 * max(map(len, self.lines.values())))

    def axis(self, *, shown: bool = True) -> Any:
        """Return the strategies from top to bottom."""
        axis = alt.Axis(
            minExtent=self.extent,
            maxExtent=self.extent,
            ticks=False,
            domain=False,
            labelExpr=looked_up(self.lines),
            labelOffset=alt.ExprRef(f"-{TEXT * 0.6} * (length({looked_up(self.lines)}) - 1)"),
        )
        return alt.Y(
            "strategy:N",
            sort=self.names,
            title=None,
            scale=alt.Scale(domain=self.names),
            axis=axis if shown else None,
        )

    def width(self, *, alone: bool) -> float:
        """Return the width of a panel in pixels."""
        free = self.look.pixels - self.extent - 40
        return free * 0.5 if self.look.wide and not alone else free

    def base(self, tooltips: Sequence[Any], y: Any) -> Any:
        """Return a chart of the rows."""
        return alt.Chart(values(self.rows)).encode(
            y=y, **told([alt.Tooltip("strategy:N"), *tooltips])
        )

    def values(self, chance: float | None, *, alone: bool) -> Any:
        """Return the panel with each strategy's value, and what blind choice comes to."""
        _, unit = scale_of(self.metric)
        tooltips = [
            alt.Tooltip("value:Q", format=".1f", title=self.metric),
            alt.Tooltip("low:Q", format=".1f", title=f"{self.level} interval, from"),
            alt.Tooltip("high:Q", format=".1f", title="to"),
        ]
        base = self.base(tooltips, self.axis())
        title = [f"{self.metric}{f' ({unit})' if unit else ''},", f"{self.level} interval"]
        x = {
            "title": title if self.look.wide else " ".join(title),
            "axis": alt.Axis(tickCount=4),
            "scale": alt.Scale(zero=False, padding=8),
        }
        blind = (
            alt.Chart(values([{"chance": chance}]))
            .mark_rule(color=MUTED, strokeDash=[3, 2])
            .encode(x="chance:Q")
        )
        return alt.layer(
            *([] if chance is None else [blind]),
            base.mark_rule(strokeWidth=2, color=ACCENT).encode(x=alt.X("low:Q", **x), x2="high:Q"),
            base.mark_point(filled=True, size=70, opacity=1, color=ACCENT).encode(x="value:Q"),
        ).properties(width=self.width(alone=alone), height=alt.Step(self.step))

    def differences(self, rival: str) -> Any:
        """Return the panel with each strategy's paired difference from a rival."""
        shown = strategy_label(rival, self.look)
        tooltips = [
            alt.Tooltip("difference:Q", format="+.1f", title=f"minus {shown}"),
            alt.Tooltip("difference low:Q", format="+.1f", title=f"{self.level} interval, from"),
            alt.Tooltip("difference high:Q", format="+.1f", title="to"),
            alt.Tooltip("p:Q", format=".3g"),
        ]
        y = self.axis(shown=not self.look.wide)
        compared = self.base(tooltips, y).transform_filter("isValid(datum.difference)")
        title = [f"minus {shown},", f"points, {self.level} interval"]
        certain = "datum['difference low'] > 0 || datum['difference high'] < 0"
        colour = alt.condition(certain, alt.value(ACCENT), alt.value(MUTED))
        return alt.layer(
            alt.Chart(values([{"zero": 0}]))
            .mark_rule(color=INK, strokeDash=[3, 2])
            .encode(x="zero:Q"),
            compared.mark_rule(strokeWidth=2).encode(
                x=alt.X(
                    "difference low:Q",
                    title=title if self.look.wide else " ".join(title),
                    axis=alt.Axis(tickCount=4),
                ),
                x2="difference high:Q",
                color=colour,
            ),
            compared.mark_point(size=70, opacity=1, filled=True, shape="diamond").encode(
                x="difference:Q", color=colour
            ),
        ).properties(width=self.width(alone=False), height=alt.Step(self.step))


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

"""The figure of an ablation: what silencing each set does, against random neurons."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.evaluation.ablation import ANCHOR, RANDOM, SAME_SCRIPT
from bridgex.experiments.ablated import Ablation, Change, SilencedSet
from bridgex.report.figures.base import (
    ACCENT,
    BAND,
    INK,
    MUTED,
    Figure,
    Look,
    needs,
    room,
    told,
    values,
)
from bridgex.report.names import language_name


def silenced(results: Sequence[Ablation], look: Look) -> Figure:
    """Draw the change of each chain by its bridge's neurons, and the range of random ones."""
    result = results[0]
    rows = [
        _row(each, change, look)
        for each in result.sets
        for change in each.changes
        if change.strategy == ("direct" if each.name == ANCHOR else each.name)
    ]
    if not rows:
        raise needs(result.kind, "no set whose answers were compared")
    names = list(dict.fromkeys(row["silenced"] for row in rows))
    extent = room(names)
    y = alt.Y(
        "silenced:N",
        sort=names,
        title=None,
        axis=alt.Axis(minExtent=extent, maxExtent=extent, ticks=False, domain=False),
    )
    tooltip = [
        alt.Tooltip("silenced:N"),
        alt.Tooltip("how:N"),
        alt.Tooltip("answers:N"),
        alt.Tooltip("neurons:Q"),
        alt.Tooltip("change:Q", format="+.2f", title="change in nats"),
        alt.Tooltip("low:Q", format="+.2f", title="95 % interval, from"),
        alt.Tooltip("high:Q", format="+.2f", title="to"),
        alt.Tooltip("random:Q", format="+.2f", title="random neurons"),
        alt.Tooltip("random low:Q", format="+.2f", title="90 % of them, from"),
        alt.Tooltip("random high:Q", format="+.2f", title="to"),
        alt.Tooltip("same script:Q", format="+.2f", title="neurons of others in its script"),
        alt.Tooltip("p:Q", format=".3g", title="p against random neurons, corrected"),
    ]
    base = alt.Chart(values(rows)).encode(y=y, **told(tooltip))
    layered = alt.layer(
        alt.Chart(values([{"zero": 0}])).mark_rule(color=INK, strokeDash=[3, 2]).encode(x="zero:Q"),
        base.transform_filter("isValid(datum['random low'])")
        .mark_bar(height=12, color=BAND)
        .encode(
            x=alt.X(
                "random low:Q",
                title="change of the answers' log-probability, nats",
                axis=alt.Axis(tickCount=5),
            ),
            x2="random high:Q",
        ),
        base.transform_filter("isValid(datum['same script'])")
        .mark_point(size=50, opacity=1, shape="diamond", color=MUTED, filled=False)
        .encode(x="same script:Q"),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2, color=ACCENT)
        .encode(x="low:Q", x2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1, color=ACCENT).encode(x="change:Q"),
    )
    several = len(result.hows) > 1
    free = look.pixels - extent - 40
    view: Any = layered.properties(width=free, height=alt.Step(26))
    if several:
        view = alt.vconcat(
            *(
                layered.transform_filter(f"datum.how === '{how}'").properties(
                    width=free, height=alt.Step(26), title=alt.Title(how, anchor="start")
                )
                for how in result.hows
            )
        )
    pair = " to ".join(language_name(code) for code in result.pair)
    return Figure(
        "silenced",
        f"Neurons silenced, {pair}, {result.items} words",
        "Dot: the set's own neurons, 95 % interval; grey bar: 90 % of matched random sets; "
        "diamond: neurons of other bridges in the same script",
        "Change of the log-probability of accepted answers when neurons are silenced: the anchor's "
        "when answering directly, a bridge's when going through it. A dot left of the grey bar "
        "costs more than random neurons of the same layers, number and activation rate.",
        view,
        rows,
        names,
        result.signature,
        look,
    )


def _row(each: SilencedSet, change: Change, look: Look) -> dict[str, Any]:
    random, script = change.controls.get(RANDOM), change.controls.get(SAME_SCRIPT)
    code = each.name.partition(":")[2]
    return {
        "silenced": look.label(code) if code else "anchor, direct",
        "how": each.how,
        "answers": change.strategy,
        "neurons": each.neurons,
        "change": change.value,
        "low": change.interval and change.interval.low,
        "high": change.interval and change.interval.high,
        "random": random and random.value,
        "random low": random and random.low,
        "random high": random and random.high,
        "same script": script and script.value,
        "p": random and random.p_corrected,
    }

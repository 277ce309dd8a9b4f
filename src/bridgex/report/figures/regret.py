"""The figure of what choosers lose."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.experiments.case import Case
from bridgex.experiments.validation import Validation
from bridgex.report.explain.explanation import counted
from bridgex.report.figures.base import (
    ACCENT,
    MUTED,
    TEXT,
    Figure,
    Look,
    needs,
    room,
    told,
    values,
)
from bridgex.report.figures.cases import (
    by_task,
    cases_of,
    chooser_label,
    choosers_of,
    regrets_of,
    signature_of,
)
from bridgex.report.points import scale_of
from bridgex.report.text import visible


def regret(results: Sequence[Validation | Case], look: Look) -> Figure:
    """Draw each chooser's regret: pairs one by one, and the mean with its interval."""
    cases = cases_of(results)
    rows: list[dict[str, Any]] = []
    panels: list[Any] = []
    extent = room([chooser_label(name) for name in choosers_of(cases)], 170)
    for task, some in by_task(cases).items():
        means = regrets_of(some)
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
                minExtent=extent,
                maxExtent=extent,
                ticks=False,
                domain=False,
                labelLimit=extent,
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
                **({"title": visible(task, keep="")} if len(by_task(cases)) > 1 else {}),
            )
        )
    if not panels:
        raise needs("result", "no chooser with a first place, so no regret to draw")
    return Figure(
        "regret",
        f"Regret by chooser, {counted(len(cases), 'case')}",
        "Dots: mean over pairs with its 95 % interval; ticks: single pairs",
        "What the chosen bridge falls short of the best one: 0 is the best. Dots are means over "
        "pairs, ticks are pairs; an interval that leaves the frame is wider than all that was "
        "measured. A pair on which a chooser has no first place does not count for it.",
        alt.vconcat(*panels, spacing=18) if len(panels) > 1 else panels[0],
        rows,
        [row["chooser"] for row in rows],
        signature_of(results),
        look,
    )

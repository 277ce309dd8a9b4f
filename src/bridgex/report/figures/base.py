"""What a figure is: a view, its title, the numbers it shows, and how it looks on paper."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from bridgex.errors import RequestError, ResultError, nearest
from bridgex.report.figures.rendering import drawn_svg
from bridgex.report.names import language_of
from bridgex.report.text import visible

if TYPE_CHECKING:
    import altair as alt

Width = Literal["column", "page"]
Labels = Literal["name", "endonym", "code"]

WIDTHS: Mapping[Width, int] = {"column": 290, "page": 604}
"""Pixels at 96 to the inch: 7.7 and 16 cm, the column and the page of an ACL paper."""

SMALL, TEXT, HEADING = 8, 10.5, 12.5
"""Font sizes in pixels; 10.5 is 8 points."""

COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#7f7f7f",
    "#000000",
)
"""Okabe and Ito's, told apart by the colour-blind; the yellow, invisible on white, is a grey."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
ACCENT, MUTED, BAND, GRID, INK = COLOURS[0], "#8c8c8c", "#d9d9d9", "#e8e8e8", "#333333"
SEQUENTIAL, DIVERGING = "viridis", "purpleorange"

_FULL = ("\u1100", "\uffdc")
"""Letters about as wide as high lie between these: Hangul, Han, Kana."""


@dataclass(frozen=True)
class Look:
    """How figures look.

    Attributes:
        width: that of a paper's ``column`` or ``page``.
        labels: what languages are called: by English ``name``, ``endonym`` or ``code``.

    Raises:
        RequestError: no such width or label.
    """

    width: Width = "page"
    labels: Labels = "name"

    def __post_init__(self) -> None:
        """Refuse what no figure has."""
        for name, value, known in (
            ("width", self.width, get_args(Width)),
            ("labels", self.labels, get_args(Labels)),
        ):
            if value not in known:
                raise RequestError(
                    f"There is no {name} '{value}'.{nearest(str(value), known)} Use "
                    f"{' or '.join(known)}."
                )

    @property
    def pixels(self) -> int:
        """The whole figure's width."""
        return WIDTHS[self.width]

    @property
    def wide(self) -> bool:
        """Whether there is room for numbers within a figure."""
        return self.width == "page"

    def label(self, code: str) -> str:
        """Return what a language is called."""
        language = language_of(code)
        if language is None or self.labels == "code":
            return visible(code, keep="")
        return visible(language.name if self.labels == "name" else language.endonym, keep="")


@dataclass(frozen=True, repr=False)
class Figure:
    """A figure.

    Attributes:
        name: what it is asked for by: ``scores``.
        title: what it shows, short.
        subtitle: how to read it, in a few words, drawn below the title.
        caption: how to read it, in sentences; also what a screen reader says.
        view: the chart without title and signature.
        rows: the numbers in it, a mapping per mark.
        labels: every text it draws that comes from data.
        signature: what the numbers came from.
        notes: what a reader should know about the drawing.
    """

    name: str
    title: str
    subtitle: str
    caption: str
    view: "alt.TopLevelMixin"
    rows: Sequence[Mapping[str, Any]]
    labels: Sequence[str]
    signature: str
    look: Look
    notes: tuple[str, ...] = field(default=())

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text in it."""
        return (self.title, self.subtitle, self.signature, *self.labels)

    @property
    def spec(self) -> dict[str, Any]:
        """The whole figure for paper as a Vega-Lite specification: title, view, signature."""

        def lines(text: str, size: float) -> list[str]:
            return textwrap.wrap(visible(text, keep=""), int(self.look.pixels / size / 0.5))

        above = {
            "text": lines(self.title, HEADING),
            **({"subtitle": lines(self.subtitle, TEXT)} if self.subtitle else {}),
            "anchor": "start",
            "fontSize": HEADING,
            "subtitleFontSize": TEXT - 1,
            "subtitleColor": MUTED,
            "subtitlePadding": 4,
            "offset": 10,
        }
        below = {
            "text": lines(self.signature, SMALL),
            "orient": "bottom",
            "anchor": "start",
            "fontSize": SMALL,
            "fontWeight": "normal",
            "color": MUTED,
            "offset": 10,
        }
        view = self.bare
        whole = {name: view.pop(name) for name in _WHOLE if name in view}
        return {
            **whole,
            "title": above,
            "padding": 4,
            "background": "white",
            "vconcat": [{"title": below, "vconcat": [view]}],
        }

    @property
    def bare(self) -> dict[str, Any]:
        """The specification of the view alone, for a page that has the title itself."""
        spec: dict[str, Any] = self.view.to_dict(validate=False)  # which takes longer than to draw
        description = f"{self.title}. {self.caption}"
        return {**spec, "description": description, "config": _CONFIG}

    @property
    def chart(self) -> "alt.TopLevelMixin":
        """The whole figure as a chart of the charting library."""
        import altair as alt

        return alt.Chart.from_dict(self.spec)

    def table(self) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
        """Return header and rows of the numbers in it."""
        header = tuple(dict.fromkeys(name for row in self.rows for name in row))
        return header, [tuple(row.get(name) for name in header) for row in self.rows]

    def __repr__(self) -> str:
        return f"<Figure {self.name}: {self.title}>"

    def _repr_svg_(self) -> str:
        return drawn_svg(self.spec)


_WHOLE = ("$schema", "config", "datasets", "params", "description")
"""What of a view's specification belongs to the figure that it becomes part of."""
_TEXT = {
    "labelFontSize": TEXT,
    "titleFontSize": TEXT,
    "titleFontWeight": "normal",
    "labelColor": INK,
    "titleColor": INK,
}
_CONFIG = {
    "font": "sans-serif",
    "background": "transparent",
    "concat": {"spacing": 6},
    "title": {"color": INK},
    "view": {"stroke": None},
    "axis": {
        **_TEXT,
        "domainColor": MUTED,
        "tickColor": MUTED,
        "gridColor": GRID,
        "gridDash": [2, 2],
        "labelLimit": 400,
    },
    "axisYDiscrete": {"labelPadding": 6},
    "legend": {**_TEXT, "symbolStrokeWidth": 1.5, "labelLimit": 300, "offset": 8},
    "text": {"color": INK},
}
"""Fonts, lines and colours of all figures."""


def values(rows: Sequence[Mapping[str, Any]]) -> "alt.Data":
    """Return rows as the data of a chart.

    They are one text, since the charting library copies lists value by value at every step.
    """
    import altair as alt

    text = json.dumps([dict(row) for row in rows], ensure_ascii=False)
    return alt.Data(values=text, format=alt.JsonDataFormat(type="json"))


def told(tooltips: "Sequence[alt.Tooltip]") -> dict[str, Any]:
    """Return what is said of a mark: when it is pointed at, and to a screen reader."""
    import altair as alt

    parts = []
    for tooltip in tooltips:
        about = tooltip.to_dict()
        title, value = about.get("title", about["field"]), f"datum[{json.dumps(about['field'])}]"
        shown = f"format({value}, {json.dumps(about['format'])})" if "format" in about else value
        parts.append(f"{json.dumps(f'{title}: ')} + (isValid({value}) ? {shown} : '—')")
    return {
        "tooltip": list(tooltips),
        "description": alt.value(alt.ExprRef(" + '; ' + ".join(parts))),
    }


def by_name(names: Sequence[str], look: Look) -> dict[str, Any]:
    """Return colour and shape of each of some names, for the field ``bridge``."""
    import altair as alt

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


def text_width(text: str, size: float = TEXT) -> float:
    """Return about how wide a text is drawn, in pixels."""
    wide = sum(
        _FULL[0] <= letter <= _FULL[1] and not "\u1e00" <= letter <= "\u2fff" for letter in text
    )
    return size * (0.56 * (len(text) - wide) + wide)


def room(labels: Sequence[str], most: float = 150) -> int:
    """Return the pixels that the longest of some labels needs beside an axis."""
    return int(min(most, max((text_width(label) for label in labels), default=0)) + 14)


def wrapped(label: str, pixels: float) -> list[str]:
    """Return a label in lines that fit so many pixels."""
    return textwrap.wrap(label, int(pixels / text_width("n")), break_long_words=False) or [label]


def looked_up(labels: Mapping[str, str | Sequence[str]]) -> str:
    """Return the expression that gives an axis label's own text, in several lines if it has some.

    It is JSON, so that nothing in a label ends a string of the expression.
    """
    return f"({json.dumps(labels)})[datum.label]"


def needs(kind: str, what: str) -> ResultError:
    """Return the error that a figure cannot be drawn of this result."""
    return ResultError(f"This {kind} has {what}.")

"""What is printed never steers the terminal, whatever the text says."""

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bridgex.report.console import PlainConsole
from bridgex.report.text import json_text, visible

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
ANY = st.text(st.characters(), max_size=30) | st.text(
    st.sampled_from("a火א \x00\x07\x1b[\n\r\t\x7f\x85\x9b\u200e\u202e\u2028\u2066\ud800\udfff\\")
)


def steering(text: str) -> list[str]:
    return [
        each
        for each in text
        if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(each) in BIDI
        or each in "\u061c\u200e\u200f"
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J", r"\x9b2J"),
        ("a\x7fb\x00", r"a\x7fb\x00"),
        ("abc\rd", r"abc\rd"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("שלום\u200f!", r"שלום\u200f!"),
        ("caf\udce9", r"caf\udce9"),
        ("a\u2028b\x85", r"a\u2028b\x85"),
        ("two\nlines\tcells", "two\nlines\tcells"),
        ("می‌خواهم ക്‍ 火 é 🙂 [bold]x[/]", "می‌خواهم ക്‍ 火 é 🙂 [bold]x[/]"),
    ],
)
def test_controls_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_breaks_and_tabs_stay_only_where_asked() -> None:
    assert visible("a\nb\tc", keep="") == r"a\nb\tc"
    assert visible("a\nb\tc", keep="\n") == "a\nb\\tc"


@given(ANY)
def test_no_output_holds_what_could_steer_a_terminal(text: str) -> None:
    assert steering(visible(text, keep="")) == []
    assert set(steering(visible(text))) <= {"\n", "\t"}
    assert visible(visible(text)) == visible(text)
    visible(text).encode()


# Without low surrogates: JSON reads a high one with a low one behind it as one character.
JSONABLE = ANY.map(lambda text: text.translate(dict.fromkeys(range(0xDC00, 0xE000))))


@given(
    st.recursive(
        JSONABLE, lambda inner: st.lists(inner) | st.dictionaries(JSONABLE, inner), max_leaves=20
    )
)
def test_json_says_the_same_with_controls_escaped(value: object) -> None:
    for text in (json_text(value), json_text(value, indent=2)):
        assert set(steering(text)) <= {"\n"}
        assert json.loads(text) == value


def test_json_escapes_as_json_does_and_leaves_letters() -> None:
    assert json_text("\x9bשלום火\x1b\x7f\ud800") == '"\\u009bשלום火\\u001b\\u007f\\ud800"'
    with pytest.raises(ValueError, match="JSON"):
        json_text(float("nan"))


def printed(*items: object, terminal: bool = True) -> str:
    file = io.StringIO()
    console = PlainConsole(file=file, force_terminal=terminal, color_system=None, width=60)
    for each in items:
        console.print(each)
    return file.getvalue()


@given(ANY)
def test_no_way_to_print_lets_a_control_through(text: str) -> None:
    table = Table(text, title=text, caption=text)
    table.add_row(text)
    table.add_row(Text(text))
    group = Group(text, Text.assemble((text, "bold"), text), Panel(text, title=text))
    assert set(steering(printed(text, Text(text), table, group))) <= {"\n"}


def test_words_are_neither_markup_nor_emoji() -> None:
    table = Table("[red]x[/red]")
    table.add_row("[link=file:///etc/passwd]y[/link] :smile:")
    shown = printed("[bold]z[/bold] :smile:", table, terminal=False)
    for text in ("[bold]z[/bold] :smile:", "[red]x[/red]", "[link=file:///etc/passwd]y[/link]"):
        assert text in shown
    assert "[/x] unbalanced" in printed("[/x] unbalanced")


def test_cells_are_as_wide_as_what_is_shown() -> None:
    table = Table(box=None, show_header=False, padding=0)
    table.add_column()
    table.add_column()
    table.add_row("\x1b[2J", "|")
    table.add_row("a", "|")
    lines = printed(table).splitlines()
    assert [line.rstrip().index("|") for line in lines if "|" in line] == [7, 7]


def test_an_ascii_terminal_gets_replacements() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="replace", newline="")
    PlainConsole(file=stream, width=40).print("0.1 … 0.2 火")
    stream.flush()
    assert raw.getvalue() == b"0.1 ? 0.2 ?\n"


def test_indented_json_keeps_the_rows_of_a_matrix_on_a_line() -> None:
    """One number a line made a spectrum of 200 languages two thirds white space."""
    value = {
        "whole": {"jaccard": [[1.0, None, 3], [0.1, 2, True]]},
        "notes": ["a", "b"],
        "empty": {},
    }
    assert json_text(value, indent=2) == (
        '{\n  "whole": {\n    "jaccard": [\n      [1.0, null, 3],\n      [0.1, 2, true]\n'
        '    ]\n  },\n  "notes": [\n    "a",\n    "b"\n  ],\n  "empty": {}\n}'
    )
    assert json.loads(json_text(value, indent=2)) == value

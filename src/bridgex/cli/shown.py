"""How the commands that make results print them: the answer first, then as much as is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridgex.cli.options import Options, output
from bridgex.cli.request import Request

if TYPE_CHECKING:
    from bridgex.result import Result

SHOWING: Options = {
    "quiet": (
        Annotated[
            bool,
            typer.Option("-q", "--quiet", help="Print the answer alone, and no progress."),
        ],
        False,
    ),
    "verbose": (
        Annotated[
            bool,
            typer.Option(
                "-v", "--verbose", help="Print what the answer rests on and what would change it."
            ),
        ],
        False,
    ),
}
Csv = Annotated[Path | None, output("--csv", "Write the table to this file as CSV (- to print).")]


def show(
    result: "Result",
    request: Request,
    print_result: Callable[[Any, Any], None],
    *,
    json: Path | None = None,
    table: Path | None = None,
    beside: Path | None = None,
) -> None:
    """Write a result where it was asked for, and print it.

    Args:
        result: what a command made.
        request: whether little or much of it is printed.
        print_result: prints its tables on a console.
        json: file for everything behind it.
        table: file for its table as CSV.
        beside: another file that was written; nothing is printed where it has standard output.
    """
    from rich.text import Text

    from bridgex.report.console import console_beside
    from bridgex.report.explain import explain
    from bridgex.report.files import csv_text, write_json, write_text
    from bridgex.report.sentences import print_sections

    if table is not None:
        rows = result.rows()
        header = list(rows[0]) if rows else []
        write_text(table, csv_text(header, [list(row.values()) for row in rows]))
    if json is not None:
        write_json(result, json)
    console = console_beside(json, table, beside)
    explanation = explain(result)
    console.print(Text(explanation.answer, style="bold"))
    if request.values["quiet"]:
        return
    console.print()
    print_result(result, console)
    if request.values["verbose"]:
        print_sections(explanation, console)
    if json is not None and str(json) != "-":
        console.print(f"Everything behind it: {json}", soft_wrap=True)

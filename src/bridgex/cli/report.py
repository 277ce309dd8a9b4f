"""``bridgex report``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import command
from bridgex.cli.request import Request
from bridgex.cli.results import Results, loaded


@command()
def report(
    request: Request,
    results: Results,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", readable=False, help="HTML file to write (- to print)."),
    ] = Path("report.html"),
) -> None:
    """Put results on one page that needs no network: answer, figures, tables, items, origins."""
    del request
    from bridgex.report.files import write_text
    from bridgex.report.html import report_page

    page = report_page(loaded(results))
    write_text(output, page)
    if str(output) != "-":
        typer.echo(f"Report: {output} ({len(page.encode()) / 1e6:.1f} MB)")

"""``bridgex serve-check``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import MODEL, command, output
from bridgex.cli.process import FAILED
from bridgex.cli.request import Request


@command(MODEL, name="serve-check")
def serve_check(
    request: Request,
    url: Annotated[str, typer.Argument(help="Address of the server: http://localhost:8000/v1.")],
    server_model: Annotated[
        str | None,
        typer.Option(help="The model's name there.", show_default="the one called like the model"),
    ] = None,
    json: Annotated[
        Path | None, output("--json", "Write the report to this file (- to print).")
    ] = None,
) -> None:
    """Show what a server can do, and whether its model is the one named with --model."""
    from bridgex.lm.server import Server
    from bridgex.lm.server_report import MISMATCHES
    from bridgex.report.console import console_beside
    from bridgex.report.files import write_json
    from bridgex.report.server import print_server

    report = request.session(Server(url, server_model, allow=MISMATCHES)).server_report()
    if json is not None:
        write_json(report, json)
    print_server(report, console_beside(json))
    if report.mismatches:
        raise typer.Exit(FAILED)

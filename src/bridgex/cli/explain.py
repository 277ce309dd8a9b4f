"""``bridgex explain``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import command
from bridgex.cli.request import Request


@command()
def explain(
    request: Request,
    result: Annotated[Path, typer.Argument(help="JSON file of a result, as --json writes it.")],
) -> None:
    """Say in plain sentences what a result is, why, and what would change it."""
    del request
    from bridgex.api import load
    from bridgex.report.console import PlainConsole
    from bridgex.report.explain import explain as explained
    from bridgex.report.sentences import print_explanation

    print_explanation(explained(load(result)), PlainConsole())

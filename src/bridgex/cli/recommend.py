"""``bridgex recommend``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import ASKING, CHAT, EARLIER, MODEL, SERVER, TEXTS, command, output
from bridgex.cli.rank import Candidates
from bridgex.cli.registered import tasks_help
from bridgex.cli.request import Request, names_or_none
from bridgex.cli.shown import SHOWING, Csv, show

HOW = {name: option for name, option in ASKING.items() if name != "items"}


@command(SHOWING, HOW, EARLIER, TEXTS, MODEL, CHAT, SERVER)
def recommend(
    request: Request,
    source: Annotated[str, typer.Argument(help="Language of what is read: id, ind, Indonesian, …")],
    target: Annotated[str, typer.Argument(help="Language of what is asked and answered.")],
    task: Annotated[str, typer.Option(help=f"The task: {tasks_help()}.")] = "bli",
    budget: Annotated[
        str,
        typer.Option(
            help="What may be tried. small: one bridge, some 250 answers; medium: every candidate, "
            "and several together; large: the same on four times as many items."
        ),
    ] = "small",
    candidates: Candidates = None,
    json: Annotated[
        Path | None,
        output("--json", "Write the recommendation to this file (- to print)."),
    ] = None,
    csv_file: Csv = None,
) -> None:
    """Say how to prompt for a task: directly, through a bridge, or several ways together."""
    from bridgex.report.recommendation import print_recommendation

    advice = request.session().recommend(
        source,
        target,
        task=task,
        budget=budget,
        candidates=names_or_none(candidates),
        earlier=request.measured(),
        texts=request.texts([task]),
        asking=request.asking(),
    )
    show(advice, request, print_recommendation, json=json, table=csv_file)

"""``bridgex validate``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import (
    ASKED,
    ASKING,
    CHAT,
    EARLIER,
    MODEL,
    SERVER,
    SETTINGS,
    TEXTS,
    command,
    output,
)
from bridgex.cli.rank import Candidates
from bridgex.cli.registered import (
    choosers_help,
    complete_choosers,
    complete_tasks,
    tasks_help,
)
from bridgex.cli.request import Request, names, names_or_none
from bridgex.cli.shown import SHOWING, Csv, show

ITEMS = {
    **ASKING,
    "items": (
        Annotated[
            int,
            typer.Option(help="The most items to evaluate.", rich_help_panel=ASKED),
        ],
        100,
    ),
}


@command(SHOWING, ITEMS, EARLIER, TEXTS, SETTINGS, MODEL, CHAT, SERVER)
def validate(
    request: Request,
    pairs: Annotated[str, typer.Option(help="Language pairs, separated by commas: id-he,de-id.")],
    tasks: Annotated[
        str,
        typer.Option(
            help=f"Tasks, separated by commas: {tasks_help()}.", autocompletion=complete_tasks
        ),
    ] = "bli",
    candidates: Candidates = None,
    choosers: Annotated[
        str | None,
        typer.Option(
            help=f"Choosers, separated by commas: {choosers_help()}.",
            show_default="all of them",
            autocompletion=complete_choosers,
        ),
    ] = None,
    strategies: Annotated[
        str | None,
        typer.Option(
            help="Measured beside direct and every candidate, separated by commas: vote:auto, "
            "average:direct+en, … as for evaluate.",
            show_default="none",
        ),
    ] = None,
    measured: Annotated[
        list[Path] | None,
        typer.Option(
            help="JSON of an evaluation whose answers are taken instead of asking the model, such "
            "as 'bridgex import lm-eval' writes; repeatable.",
            show_default=False,
            metavar="<path>",
        ),
    ] = None,
    development: Annotated[
        int, typer.Option(min=0, help="The most items that choosers may try bridges on.")
    ] = 50,
    json: Annotated[
        Path | None,
        output("--json", "Write everything behind the table to this file (- to print)."),
    ] = None,
    csv_file: Csv = None,
) -> None:
    """Compare choosers with measured accuracy."""
    from bridgex.cli.results import loaded_evaluations
    from bridgex.report.validation import print_validation

    asked = names(tasks)
    texts, settings, asking = request.texts(asked), request.settings(), request.asking()
    validation = request.session().validate(
        names(pairs),
        tasks=asked,
        choosers=request.choosers(names_or_none(choosers)),
        candidates=names_or_none(candidates),
        strategies=names_or_none(strategies) or (),
        measured=loaded_evaluations(measured or ()),
        development=development,
        texts=texts,
        settings=settings,
        asking=asking,
    )
    show(validation, request, print_validation, json=json, table=csv_file)

"""``bridgex evaluate``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import (
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
    complete_languages,
    complete_tasks,
    tasks_help,
)
from bridgex.cli.request import Request, names_or_none
from bridgex.cli.shown import SHOWING, Csv, show

Chooser = Annotated[
    str,
    typer.Option(
        help=f"Who chooses the bridge where it is auto: {choosers_help()}.",
        autocompletion=complete_choosers,
    ),
]
Strategies = Annotated[
    str | None,
    typer.Option(
        help="direct, bridge:LANGUAGE, replace:LANGUAGE or bridge:auto, separated by commas; "
        "several together: vote:direct+en+fr, average:…, average_log:…, max:…, rescore:…, "
        "route:…, each also of auto.",
        show_default="direct,bridge:en,bridge:auto",
    ),
]


@command(SHOWING, ASKING, EARLIER, TEXTS, SETTINGS, MODEL, CHAT, SERVER)
def evaluate(
    request: Request,
    source: Annotated[
        str,
        typer.Argument(
            help="Language of what is read: id, ind, Indonesian, …",
            autocompletion=complete_languages,
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            help="Language of what is asked and answered.", autocompletion=complete_languages
        ),
    ],
    task: Annotated[
        str, typer.Option(help=f"The task: {tasks_help()}.", autocompletion=complete_tasks)
    ] = "bli",
    strategies: Strategies = None,
    candidates: Candidates = None,
    chooser: Chooser = "internal",
    json: Annotated[
        Path | None,
        output("--json", "Write the evaluation to this file (- to print)."),
    ] = None,
    csv_file: Csv = None,
    items_out: Annotated[
        Path | None,
        output(
            "--items-out", "Write every prompt and answer to this file as JSON Lines (- to print)."
        ),
    ] = None,
) -> None:
    """Measure strategies on a task: direct, or through a bridge."""
    from bridgex.report.evaluation import print_evaluation, write_items

    texts, settings, asking = request.texts([task]), request.settings(), request.asking()
    evaluation = request.session().evaluate(
        source,
        target,
        task=task,
        strategies=names_or_none(strategies),
        candidates=names_or_none(candidates),
        chooser=request.chooser(chooser),
        texts=texts,
        settings=settings,
        asking=asking,
    )
    if items_out is not None:
        write_items(evaluation.item_rows(), items_out)
    show(evaluation, request, print_evaluation, json=json, table=csv_file, beside=items_out)

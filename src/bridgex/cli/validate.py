"""``bridgex validate``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.app import app, friendly_errors, names, names_or_none
from bridgex.cli.options import Candidates, Chat, Corpus, Debug, Device, Dtype, Lexicon, Model


@app.command()
def validate(
    pairs: Annotated[
        str, typer.Option(help="Pairs of source and target, separated by commas: id-he,de-id.")
    ],
    tasks: Annotated[
        str, typer.Option(help="Tasks, as for evaluate, separated by commas.")
    ] = "bli",
    candidates: Candidates = None,
    choosers: Annotated[
        str | None,
        typer.Option(help="Choosers, separated by commas.", show_default="all of them"),
    ] = None,
    items: Annotated[int, typer.Option(min=1, help="The most items to evaluate.")] = 100,
    development: Annotated[
        int, typer.Option(min=0, help="The most items that choosers may try bridges on.")
    ] = 50,
    model: Model = "demo",
    lexicon: Lexicon = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="The benchmark's folder, or TASK=FOLDER once for each task."),
    ] = None,
    corpus: Corpus = None,
    shots: Annotated[int, typer.Option(min=0, help="Solved examples before each prompt.")] = 0,
    device: Device = "auto",
    dtype: Dtype = "auto",
    chat: Chat = False,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write everything behind the table to this file.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Hold every way to choose a bridge against the real accuracy of every bridge."""
    with friendly_errors(json, debug=debug):
        from rich.console import Console

        from bridgex.experiments.validate import validate as validate_choosers
        from bridgex.report.files import write_json
        from bridgex.report.progress import TerminalProgress
        from bridgex.report.validation import print_validation

        validation = validate_choosers(
            names(pairs),
            tasks=names(tasks),
            choosers=names_or_none(choosers),
            candidates=names_or_none(candidates),
            items=items,
            development=development,
            model=model,
            data=_folders(data or [], names(tasks)),
            lexicon=lexicon,
            corpus=corpus,
            shots=shots,
            chat=chat,
            device=device,
            dtype=dtype,
            progress=TerminalProgress(Console(stderr=True)),
        )
        if json is not None:
            write_json(validation, json)
        print_validation(validation, Console())


def _folders(given: list[str], tasks: list[str]) -> dict[str, str]:
    """Return task → folder; a folder without a task is for all that have none of their own."""
    named = [each.partition("=") for each in given]
    own = {task: folder for task, sign, folder in named if sign and task in tasks}
    common = [each for each in given if each.partition("=")[0] not in own]
    return {task: common[-1] for task in tasks if common} | own

"""``bridgex prompt``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.evaluate import Chooser
from bridgex.cli.options import CHAT, EARLIER, MODEL, SERVER, SETTINGS, TEXTS, command, output
from bridgex.cli.rank import Candidates
from bridgex.cli.registered import complete_languages
from bridgex.cli.request import Request, names_or_none

SHOTS = {
    "shots": (
        Annotated[int, typer.Option(help="Solved examples before a word.")],
        0,
    )
}


@command(SHOTS, EARLIER, TEXTS, SETTINGS, MODEL, CHAT, SERVER)
def prompt(
    request: Request,
    source: Annotated[
        str,
        typer.Argument(
            help="Language of the text: id, ind, Indonesian, …", autocompletion=complete_languages
        ),
    ],
    target: Annotated[
        str, typer.Argument(help="Language to translate into.", autocompletion=complete_languages)
    ],
    text: Annotated[str, typer.Argument(help="A word, or a text.")],
    bridge: Annotated[
        str, typer.Option(help="A language, direct, or auto.", autocompletion=complete_languages)
    ] = "auto",
    candidates: Candidates = None,
    chooser: Chooser = "internal",
    json: Annotated[
        Path | None,
        output("--json", "Write the prompt and its bridge to this file (- to print)."),
    ] = None,
) -> None:
    """Print a prompt that translates a word or text through a bridge."""
    from bridgex.report.files import write_text
    from bridgex.report.text import json_text, visible
    from bridgex.storage.outputs import STANDARD_OUTPUT

    texts, settings, asking = request.texts(), request.settings(), request.asking()
    ready = request.session().prompt(
        source,
        target,
        text,
        bridge=bridge,
        candidates=names_or_none(candidates),
        chooser=request.chooser(chooser),
        texts=texts,
        settings=settings,
        asking=asking,
    )
    why = f" ({ready.reason})" if ready.reason else ""
    typer.echo(visible(f"{ready.strategy}{why}"), err=True)
    if ready.check:
        typer.echo(visible(f'The pivot "{ready.pivot}": {ready.check}'), err=True)
    if json is not None:
        write_text(json, json_text(asdict(ready), indent=2) + "\n")
    typer.echo(visible(ready.text), err=json == STANDARD_OUTPUT)

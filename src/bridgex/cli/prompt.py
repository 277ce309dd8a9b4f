"""``bridgex prompt``."""

from typing import Annotated

import typer

from bridgex.cli.evaluate import Chooser
from bridgex.cli.options import CHAT, MODEL, SETTINGS, TEXTS, Request, command, names_or_none
from bridgex.cli.rank import Candidates

SHOTS = {
    "shots": (
        Annotated[int, typer.Option(min=0, help="Solved examples before a word.")],
        0,
    )
}


@command(SHOTS, TEXTS, SETTINGS, MODEL, CHAT)
def prompt(
    request: Request,
    source: Annotated[str, typer.Argument(help="Language of the text: id, ind, Indonesian, …")],
    target: Annotated[str, typer.Argument(help="Language to translate into.")],
    text: Annotated[str, typer.Argument(help="A word, or a text.")],
    bridge: Annotated[str, typer.Option(help="A language, direct, or auto.")] = "auto",
    candidates: Candidates = None,
    chooser: Chooser = "internal",
) -> None:
    """Print a ready prompt that translates a word or text through a bridge."""
    from bridgex.report.text import visible

    texts, settings, asking = request.texts(), request.settings(), request.asking()
    ready = request.session().prompt(
        source,
        target,
        text,
        bridge=bridge,
        candidates=names_or_none(candidates),
        chooser=chooser,
        texts=texts,
        settings=settings,
        asking=asking,
    )
    why = f" ({ready.reason})" if ready.reason else ""
    typer.echo(visible(f"{ready.strategy}{why}"), err=True)
    typer.echo(visible(ready.text))

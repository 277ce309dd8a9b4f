"""``bridgex prompt``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.app import app, friendly_errors, names_or_none
from bridgex.cli.options import Chat, Debug, Device, Dtype, Lexicon, Model


@app.command()
def prompt(
    source: Annotated[str, typer.Argument(help="Language of the text: id, ind, Indonesian, …")],
    target: Annotated[str, typer.Argument(help="Language to translate into.")],
    text: Annotated[str, typer.Argument(help="A word, or a text.")],
    bridge: Annotated[str, typer.Option(help="A language, direct, or auto.")] = "auto",
    model: Model = "demo",
    lexicon: Lexicon = None,
    corpus: Annotated[
        Path | None, typer.Option(help="For auto: folder with a text file per language.")
    ] = None,
    candidates: Annotated[
        str | None, typer.Option(help="For auto: candidate bridges, separated by commas.")
    ] = None,
    chooser: Annotated[
        str,
        typer.Option(
            help="For auto: who chooses: internal:default, development, typology:syntax, …"
        ),
    ] = "internal:default",
    shots: Annotated[int, typer.Option(min=0, help="Solved examples before a word.")] = 0,
    device: Device = "auto",
    dtype: Dtype = "auto",
    chat: Chat = False,
    debug: Debug = False,
) -> None:
    """Print a ready prompt that translates a word or text through a bridge."""
    with friendly_errors(debug=debug):
        from rich.console import Console

        from bridgex.experiments.prompt import prompt as ready_prompt
        from bridgex.report.progress import TerminalProgress

        ready = ready_prompt(
            source,
            target,
            text,
            bridge=bridge,
            model=model,
            lexicon=lexicon,
            corpus=corpus,
            candidates=names_or_none(candidates),
            shots=shots,
            chat=chat,
            chooser=chooser,
            device=device,
            dtype=dtype,
            progress=TerminalProgress(Console(stderr=True)),
        )
        why = f" ({ready.reason})" if ready.reason else ""
        typer.echo(f"{ready.strategy}{why}", err=True)
        typer.echo(ready.text)

"""The program's frame: the application, the options many commands share, and how errors end it.

Heavy libraries load inside the commands, so that --help is instant.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bridgex import __version__
from bridgex.errors import BridgexError

INTERRUPTED = 130
"""Exit code of a program ended by Ctrl-C."""

app = typer.Typer(
    help="Which bridge language should a language model go through, and how sure is that?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Corpus = Annotated[
    Path | None, typer.Option(help="Folder with a text file per language (FLORES, …).")
]
Count = Annotated[
    int | None, typer.Option(help="Number of neurons selected per language, instead of a rate.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]
Dtype = Annotated[str, typer.Option(help="auto, bfloat16, float16 or float32.")]
Field = Annotated[
    str | None, typer.Option(help="Field or column of the corpus.", show_default="text or sentence")
]
Method = Annotated[
    str | None,
    typer.Option(help="How neurons are selected: top, lape or lift.", show_default="top"),
]
Model = Annotated[
    str, typer.Option(help="demo, a Hugging Face id (id@revision), a model folder or a GGUF file.")
]
Rate = Annotated[
    float | None,
    typer.Option(help="Share of neurons selected per language.", show_default="0.01"),
]
Sentences = Annotated[int | None, typer.Option(help="Read so many sentences of each language.")]
Tokens = Annotated[
    int | None, typer.Option(help="Read sentences of each language up to so many tokens.")
]
WithoutUniversal = Annotated[
    bool, typer.Option("--without-universal", help="Leave out neurons of every language.")
]


def listed(names: str | None) -> list[str] | None:
    """Return the names in a list separated by commas, or None where there is no list."""
    return None if names is None else [each.strip() for each in names.split(",") if each.strip()]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"bridgex {__version__}")
        raise typer.Exit


@contextmanager
def one_sentence(*, debug: bool) -> Iterator[None]:
    """Turn an error into one sentence and an exit code, unless the traceback is asked for."""
    try:
        yield
    except KeyboardInterrupt:
        if debug:
            raise
        typer.echo("Interrupted; what was finished is kept, so the same command goes on.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except BridgexError as error:
        if debug:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)

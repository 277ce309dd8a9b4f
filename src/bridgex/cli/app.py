"""The program's frame: the application, and how errors end it.

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


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"bridgex {__version__}")
        raise typer.Exit


@contextmanager
def friendly_errors(*writes: Path | None, debug: bool) -> Iterator[None]:
    """Turn an error into one sentence and an exit code, unless the traceback is asked for.

    Args:
        writes: files that the block will write in the end; refused before it begins if it could
            not.
        debug: whether the traceback is asked for.
    """
    try:
        for path in writes:
            if path is not None:
                from bridgex.storage.files import require_writable

                require_writable(path)
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except (KeyboardInterrupt, Exception) as problem:
        if debug:
            raise
        typer.echo(_sentence(problem), err=True)
        raise typer.Exit(INTERRUPTED if isinstance(problem, KeyboardInterrupt) else 1) from None


def _sentence(problem: BaseException) -> str:
    """Return what to tell a user: what is wrong and what helps."""
    if isinstance(problem, KeyboardInterrupt):
        return "Interrupted; what was finished is kept, so the same command goes on."
    if isinstance(problem, BridgexError):
        return f"Error: {problem}"
    said = next(iter(str(problem).splitlines()), "")
    if isinstance(problem, OSError):
        return f"Error: {said}; check the path, and that there is room."
    kind = type(problem).__name__
    if isinstance(problem, MemoryError) or kind == "OutOfMemoryError":
        return (
            f"Error: Memory ran out ({said or kind}); use a smaller model, --dtype bfloat16 or a "
            "device with more memory."
        )
    return (
        f"Error: bridgex itself failed ({kind}: {said}); run the same command with --debug and "
        "report what it shows."
    )


def names(text: str) -> list[str]:
    """Return names separated by commas."""
    return [each.strip() for each in text.split(",") if each.strip()]


def names_or_none(text: str | None) -> list[str] | None:
    """Return names separated by commas; None where the option was not given."""
    return None if text is None else names(text)


def main() -> None:
    """Run the command line."""
    try:
        app(prog_name="bridgex")
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)

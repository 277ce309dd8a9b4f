"""The program's frame: the application, and how errors end it.

Heavy libraries load inside the commands, so that --help is instant.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from bridgex.cli.process import FAILED, INTERRUPTED, run
from bridgex.errors import BridgexError
from bridgex.report.text import visible
from bridgex.version import __version__

COMMANDS = (
    *("demo", "rank", "recommend", "spectrum", "evaluate", "validate"),
    *("ablate", "study", "prompt"),
    *("explain", "plot", "report", "neurons", "export", "import", "serve-check"),
    *("list", "data", "cache", "config", "info"),
)
"""In the order a user meets them."""


class Command(TyperCommand):
    """A command whose help shows switches as switches, without a value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters; see `typer.core.TyperCommand`."""
        return _with_switches(super().get_params(ctx))


class Group(TyperGroup):
    """The program and its groups of commands; what a usage error quotes is shown, never sent."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters; see `typer.core.TyperGroup`."""
        return _with_switches(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in the order a user meets them."""
        names = super().list_commands(ctx)
        return sorted(
            names, key=lambda name: COMMANDS.index(name) if name in COMMANDS else len(COMMANDS)
        )

    def make_context(self, *words: Any, **options: Any) -> Any:
        """Read the words of a command line; see `typer.core.TyperGroup`."""
        with _shown_usage_errors():
            return super().make_context(*words, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; see `typer.core.TyperGroup`."""
        with _shown_usage_errors():
            return super().invoke(ctx)


def _with_switches(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
        elif parameter.param_type_name == "argument" and parameter.nargs == -1:
            parameter.display_type = _type_of_one(parameter)
    return parameters


def _type_of_one(argument: Any) -> Callable[[Any], str]:
    """Return what shows the type of one value of an argument that takes several."""
    one = argument.bare_type().removeprefix("list[").removesuffix("]").lower()
    return lambda _context: f"<{one}>"


@contextmanager
def _shown_usage_errors() -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        message = getattr(problem, "message", None)
        if hasattr(problem, "format_message") and isinstance(message, str):
            problem.message = visible(message)  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    cls=Group,
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
        from bridgex.environment import commit

        made_from = commit()
        typer.echo(f"bridgex {__version__}{f' (commit {made_from})' if made_from else ''}")
        raise typer.Exit


@contextmanager
def friendly_errors(
    *outputs: Path | None, folders: tuple[Path | None, ...] = (), debug: bool
) -> Iterator[None]:
    """Turn an error into one sentence and an exit code, unless the traceback is asked for.

    Args:
        outputs: files that the block will write in the end; refused before it begins if it could
            not.
        folders: folders that it will write files into.
        debug: whether the traceback is asked for.
    """
    try:
        if any(path is not None for path in (*outputs, *folders)):
            from bridgex.storage.outputs import require_outputs

            require_outputs(outputs, folders)
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except (KeyboardInterrupt, Exception) as problem:
        if debug:
            raise
        typer.echo(visible(_sentence(problem), keep=""), err=True)
        code = FAILED
        if isinstance(problem, KeyboardInterrupt):
            code = getattr(problem, "exit_code", INTERRUPTED)
        raise typer.Exit(code) from None


def _sentence(problem: BaseException) -> str:
    """Return what to tell a user: what is wrong and what helps."""
    if isinstance(problem, KeyboardInterrupt):
        return "Interrupted; what was finished is kept, so the same command goes on."
    message = " ".join(str(problem).split())
    if isinstance(problem, BridgexError):
        return f"Error: {message}"
    if isinstance(problem, OSError):
        return f"Error: {message}; check the path, and that there is room."
    kind = type(problem).__name__
    if isinstance(problem, MemoryError) or kind == "OutOfMemoryError":
        return (
            f"Error: Memory ran out ({message or kind}); use a smaller model, --dtype bfloat16 or "
            "a device with more memory."
        )
    return (
        f"Error: bridgex itself failed ({kind}: {message}); run the same command with --debug and "
        "report what it shows."
    )


def main() -> None:
    """Run the command line."""
    sys.exit(run(lambda: app(prog_name="bridgex")))

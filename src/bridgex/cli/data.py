"""``bridgex data list``, ``get`` and ``check``."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgex.cli.app import Command, Group, app, friendly_errors
from bridgex.cli.options import LIMIT, Debug, output
from bridgex.cli.request import limits, names

if TYPE_CHECKING:
    from bridgex.data.catalogue import Source
    from bridgex.texts.lock import Lock

data = typer.Typer(
    cls=Group,
    help="List, fetch and check dictionaries, corpora and benchmarks.",
    no_args_is_help=True,
)
app.add_typer(data, name="data")

Name = Annotated[
    str,
    typer.Argument(
        help="A source that 'bridgex data list' names; hf:OWNER/NAME for a data set of the Hub."
    ),
]
Kept = Annotated[
    Path | None,
    typer.Option("--in", help="The data folder.", show_default="in the user's cache folder"),
]
Limit = Annotated[list[str] | None, LIMIT]


@data.command("list", cls=Command)
def list_sources(
    kept: Kept = None,
    json: Annotated[
        Path | None, output("--json", "Write the list to this file (- to print).")
    ] = None,
    debug: Debug = False,
) -> None:
    """List the sources, their licences, and which of them are here."""
    with friendly_errors(json, debug=debug):
        from bridgex.data.fetched import data_folder
        from bridgex.report.console import console_beside
        from bridgex.report.files import write_text
        from bridgex.report.sources import print_sources, sources_json

        folder = kept or data_folder()
        if json is not None:
            write_text(json, sources_json(folder) + "\n")
        print_sources(folder, console_beside(json))


@data.command(cls=Command)
def get(
    name: Name,
    languages: Annotated[
        str | None,
        typer.Option(
            help="Languages, separated by commas, or all.", show_default="the paper's fifteen"
        ),
    ] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept a non-commercial licence.")
    ] = False,
    copy: Annotated[
        Path | None, typer.Option("--from", help="Register a copy of your own instead.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="The data folder.", show_default="in the user's cache folder"),
    ] = None,
    max_size: Annotated[
        int,
        typer.Option(
            min=1, help="Largest download, and the most an archive may unpack to, in GiB."
        ),
    ] = 2,
    debug: Debug = False,
) -> None:
    """Fetch a source, or go on with a fetch that stopped."""
    with friendly_errors(debug=debug):
        from rich.console import Console

        from bridgex.data import fetch
        from bridgex.data.catalogue import source
        from bridgex.data.fetched import data_folder
        from bridgex.data.hub import hub_folder, hub_name
        from bridgex.data.limits import GIB, Limits
        from bridgex.errors import RequestError
        from bridgex.languages import find
        from bridgex.report.progress import TerminalProgress

        if (named := hub_name(name)) is not None:
            if copy is not None or not languages:
                raise RequestError(
                    f"Of {name} the files of languages are fetched; name them with --languages, "
                    "and give no copy of your own."
                )
            spoken = [find(each) for each in names(languages)]
            place = hub_folder(
                named, "corpus", spoken, to or data_folder(), accept_licence=accept_licence
            )
            typer.echo(f"In {place}")
            return
        wanted = source(name)
        folder = to or data_folder()
        accept = accept_licence or (not fetch.accepted(wanted, folder) and _asked(wanted))
        limits = Limits(max_bytes=max_size * GIB)
        progress = TerminalProgress(Console(stderr=True))
        if copy is not None:
            if languages is not None:
                raise RequestError("--languages chooses what is fetched; a copy is taken whole.")
            lock = fetch.register(
                wanted, folder, copy, accept_licence=accept, limits=limits, progress=progress
            )
        else:
            lock = fetch.get(
                wanted,
                folder,
                names(languages or ""),
                accept_licence=accept,
                limits=limits,
                progress=progress,
            )
        _say_where(wanted, lock, folder / wanted.name)


@data.command(cls=Command)
def check(
    name: Annotated[
        str | None, typer.Argument(help="The source to check.", show_default="all that are here")
    ] = None,
    kept: Kept = None,
    limit: Limit = None,
    debug: Debug = False,
) -> None:
    """Check that files are as they were fetched, and that parallel corpora are aligned."""
    with friendly_errors(debug=debug):
        from bridgex.data.alignment import read_aligned
        from bridgex.data.catalogue import SOURCES, source
        from bridgex.data.fetched import data_folder
        from bridgex.errors import TextError
        from bridgex.texts.limits import reading_limits
        from bridgex.texts.lock import read_lock

        bounds = limits(limit or ())
        folder = kept or data_folder()
        wanted = SOURCES if name is None else (source(name),)
        locks = [lock for each in wanted if (lock := read_lock(folder / each.name))]
        if not locks:
            raise TextError(
                f"{name or 'Nothing'} was {'not ' if name else ''}fetched into {folder}; "
                f"fetch it with 'bridgex data get {name or 'NAME'}'."
            )
        altered = 0
        for lock in locks:
            problems = lock.problems(folder / lock.source)
            for problem in problems:
                typer.echo(f"{lock.source}: {problem}", err=True)
            typer.echo(
                f"{lock.source}: {len(lock.files) - len(problems)} of {len(lock.files)} files are "
                "as locked"
            )
            altered += len(problems)
            if problems:
                continue
            with reading_limits(bounds):
                corpora = read_aligned(source(lock.source), lock, folder / lock.source)
            if corpora:
                typer.echo(
                    f"{lock.source}: {len(corpora)} languages, each with the same "
                    f"{len(corpora[0].sentences):,} sentences"
                )
        if altered:
            raise typer.Exit(1)


def _asked(source: "Source") -> bool:
    """Ask whoever sits at the terminal about a non-commercial licence."""
    return _at_a_terminal() and typer.confirm(
        f"{source.title} is published by {source.publisher} under {source.licence}, which forbids "
        "commercial use. Accept?",
        err=True,
    )


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _say_where(source: "Source", lock: "Lock", folder: Path) -> None:
    revision = f", revision {lock.revision}" if lock.revision else ""
    typer.echo(f"{lock.title}: {len(lock.files)} files, {lock.licence}{revision}")
    place = folder / source.part if (folder / source.part).is_dir() else folder
    if source.kind == "benchmark":
        typer.echo(f"In {place}")
    else:
        option = {"lexicon": "--lexicon", "corpus": "--corpus"}[source.kind]
        typer.echo(f"For bridgex rank: {option} {shlex.quote(str(place))}")

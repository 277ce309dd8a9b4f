"""``bridgex cache info``, ``prune`` and ``verify``."""

from typing import Annotated

import typer

from bridgex.cli.app import Command, Group, app, friendly_errors
from bridgex.cli.options import Debug

cache = typer.Typer(
    cls=Group,
    help="Look at what bridgex keeps of models and their answers, bound and check it.",
    no_args_is_help=True,
)
app.add_typer(cache, name="cache")


@cache.command(cls=Command)
def info(debug: Debug = False) -> None:
    """Show the sizes of what is kept, by kind and model."""
    with friendly_errors(debug=debug):
        from bridgex.report.cache import print_inventory
        from bridgex.report.console import PlainConsole
        from bridgex.storage.files import cache_folder
        from bridgex.storage.inventory import folder_sizes, inventory
        from bridgex.storage.store import Store

        folder = cache_folder()
        print_inventory(folder, folder_sizes(folder), inventory(Store().folder), PlainConsole())


@cache.command(cls=Command)
def prune(
    size: Annotated[str, typer.Argument(help="Size that may be left of the store: 20GB.")],
    debug: Debug = False,
) -> None:
    """Remove stored results, least recently used first; they are made again when needed."""
    with friendly_errors(debug=debug):
        from bridgex.report.cache import size_text
        from bridgex.storage.bounds import parse_size
        from bridgex.storage.bounds import prune as prune_store
        from bridgex.storage.store import Store

        removed = prune_store(Store().folder, parse_size(size))
        freed = size_text(sum(file.size for file in removed))
        typer.echo(f"Removed {len(removed)} files, {freed}.")


@cache.command(cls=Command)
def verify(debug: Debug = False) -> None:
    """Read all that is stored, and the large files whose digests are remembered."""
    with friendly_errors(debug=debug):
        from bridgex.lm.digests import verify_digests
        from bridgex.report.progress import stderr_progress
        from bridgex.storage.inventory import verify as verify_store
        from bridgex.storage.store import Store

        progress = stderr_progress()
        whole, damaged = verify_store(Store().folder, progress)
        typer.echo(f"{whole} results are whole.")
        for path in damaged:
            typer.echo(f"Damaged, and made again when needed: {path}")
        check = verify_digests(progress)
        typer.echo(f"{len(check.same)} remembered files are unchanged.")
        for path in check.changed:
            typer.echo(f"Changed although nothing about it says so: {path}; fetch it again.")
        if damaged or check.changed:
            raise typer.Exit(1)

"""``bridgex spectrum``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import MODEL, SELECTION, SETTINGS, TEXTS, command, output
from bridgex.cli.registered import complete_languages
from bridgex.cli.request import Request, names_or_none
from bridgex.cli.shown import SHOWING, show

PRESET = {
    "preset": (
        Annotated[
            str | None,
            typer.Option(
                help="default, paper, or demo.",
                show_default="default, at a rate that is not saturated",
                rich_help_panel=SELECTION,
            ),
        ],
        None,
    )
}


@command(SHOWING, TEXTS, {**SETTINGS, **PRESET}, MODEL)
def spectrum(
    request: Request,
    languages: Annotated[
        str | None,
        typer.Option(
            help="Languages, separated by commas.",
            show_default="the paper's fifteen",
            autocompletion=complete_languages,
        ),
    ] = None,
    permutations: Annotated[
        int, typer.Option(min=1, help="Permutations of the languages, for p-values.")
    ] = 9999,
    csv: Annotated[Path | None, output("--csv", "Write tables and tree to this folder.")] = None,
    json: Annotated[
        Path | None, output("--json", "Write everything to this file (- to print).")
    ] = None,
) -> None:
    """Show how languages overlap in the model's neurons."""
    from bridgex.languages import find_all

    names = names_or_none(languages)
    find_all(names)
    from bridgex.report.spectrum import print_spectrum
    from bridgex.report.spectrum_files import write_tables

    texts, settings = request.texts(), request.settings()
    found = request.session().spectrum(
        names,
        texts=texts,
        settings=settings,
        pick_rate=not request.selects,
        permutations=permutations,
    )
    if csv is not None:
        write_tables(found, csv)
    show(found, request, print_spectrum, json=json)
    if csv is not None and not request.values["quiet"]:
        typer.echo(f"Tables and tree: {csv}", err=str(json) == "-")

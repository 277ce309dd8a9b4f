"""``bridgex ablate``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import ASKED, ASKING, CHAT, MODEL, SETTINGS, TEXTS, command, output
from bridgex.cli.request import Request, names, names_or_none
from bridgex.cli.shown import SHOWING, Csv, show

WORDS = {name: ASKING[name] for name in ("shots", "prompt")} | {
    "items": (
        Annotated[int, typer.Option(help="The most words to ask.", min=2, rich_help_panel=ASKED)],
        50,
    ),
}


@command(SHOWING, WORDS, TEXTS, SETTINGS, MODEL, CHAT)
def ablate(
    request: Request,
    source: Annotated[str, typer.Argument(help="Language to come from: id, ind, Indonesian, …")],
    target: Annotated[str, typer.Argument(help="Language to go to: he, heb_Hebr, Hebrew, …")],
    bridges: Annotated[
        str | None,
        typer.Option(
            help="Candidate bridges, separated by commas.", show_default="en,de,fr,it,pt,es"
        ),
    ] = None,
    how: Annotated[
        str,
        typer.Option(
            help="What silenced neurons are held at, separated by commas: zero, mean (over the "
            "texts), resample (their values on drawn tokens)."
        ),
    ] = "mean",
    draws: Annotated[
        int,
        typer.Option(min=1, help="Sets of matched neurons that each set is held against."),
    ] = 20,
    json: Annotated[
        Path | None,
        output("--json", "Write everything behind the table to this file (- to print)."),
    ] = None,
    csv_file: Csv = None,
) -> None:
    """Silence neurons: does the model need a bridge's to go through it?"""
    from bridgex import languages
    from bridgex.report.ablation import print_ablation

    named = names_or_none(bridges)
    languages.pair_and_candidates(source, target, named)
    texts, settings, asking = request.texts(), request.settings(), request.asking()
    found = request.session().ablate(
        source,
        target,
        bridges=named,
        hows=names(how),
        draws=draws,
        texts=texts,
        settings=settings,
        asking=asking,
    )
    show(found, request, print_ablation, json=json, table=csv_file)

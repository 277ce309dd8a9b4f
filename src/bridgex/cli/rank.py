"""``bridgex rank`` and ``bridgex demo``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgex.cli.options import CHAT, MODEL, PROBING, SERVER, SETTINGS, TEXTS, command, output
from bridgex.cli.request import Request, names_or_none

if TYPE_CHECKING:
    from bridgex.bridges import BridgeRanking

Json = Annotated[
    Path | None,
    output("--json", "Write everything behind the ranking to this file (- to print)."),
]
Candidates = Annotated[
    str | None,
    typer.Option(help="Candidate bridges, separated by commas.", show_default="en,de,fr,it,pt,es"),
]


@command(TEXTS, SETTINGS, PROBING, MODEL, CHAT, SERVER)
def rank(
    request: Request,
    source: Annotated[str, typer.Argument(help="Language to come from: id, ind, Indonesian, …")],
    target: Annotated[str, typer.Argument(help="Language to go to: he, heb_Hebr, Hebrew, …")],
    candidates: Candidates = None,
    json: Json = None,
) -> None:
    """Rank the candidate bridges of a language pair, looking inside a model."""
    from bridgex import languages

    named = names_or_none(candidates)
    languages.pair_and_candidates(source, target, named)
    texts, settings = request.texts(), request.settings()
    ranking = request.session().rank(
        source, target, candidates=named, texts=texts, settings=settings
    )
    _show(ranking, json)


@command()
def demo(request: Request, json: Json = Path("bridgex-demo.json")) -> None:
    """Rank bridges with the embedded model and data, offline."""
    del request
    from bridgex.analysis.settings import DEMO_PAIR
    from bridgex.api import Session
    from bridgex.report.progress import stderr_progress

    _show(Session(progress=stderr_progress()).rank(*DEMO_PAIR, settings="demo"), json)


def _show(ranking: "BridgeRanking", json: Path | None) -> None:
    from bridgex.report.console import console_beside
    from bridgex.report.files import write_json
    from bridgex.report.ranking import print_ranking

    if json is not None:
        write_json(ranking, json)
    console = console_beside(json)
    print_ranking(ranking, console)
    if json is not None and str(json) != "-":
        console.print(f"Everything behind it: {json}")

"""``bridgex rank`` and ``bridgex demo``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.options import CHAT, MODEL, PROBING, SERVER, SETTINGS, TEXTS, command, output
from bridgex.cli.registered import complete_languages
from bridgex.cli.request import Request, names_or_none
from bridgex.cli.shown import SHOWING, Csv, show

DEMO_WORDS = 60
"""Words on which the demo tries the first bridge."""

Json = Annotated[
    Path | None,
    output("--json", "Write everything behind the ranking to this file (- to print)."),
]
Candidates = Annotated[
    str | None,
    typer.Option(
        help="Candidate bridges, separated by commas.",
        show_default="en,de,fr,it,pt,es",
        autocompletion=complete_languages,
    ),
]


@command(SHOWING, TEXTS, SETTINGS, PROBING, MODEL, CHAT, SERVER)
def rank(
    request: Request,
    source: Annotated[
        str,
        typer.Argument(
            help="Language to come from: id, ind, Indonesian, …", autocompletion=complete_languages
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            help="Language to go to: he, heb_Hebr, Hebrew, …", autocompletion=complete_languages
        ),
    ],
    candidates: Candidates = None,
    json: Json = None,
    csv_file: Csv = None,
) -> None:
    """Rank the candidate bridges of a language pair, looking inside a model."""
    from bridgex import languages
    from bridgex.report.ranking import print_ranking

    named = names_or_none(candidates)
    languages.pair_and_candidates(source, target, named)
    texts, settings = request.texts(), request.settings()
    ranking = request.session().rank(
        source, target, candidates=named, texts=texts, settings=settings
    )
    show(ranking, request, print_ranking, json=json, table=csv_file)


@command(SHOWING)
def demo(request: Request, json: Json = Path("bridgex-demo.json")) -> None:
    """Rank bridges with the embedded model and data, offline, and try the first on some words."""
    from bridgex.analysis.settings import DEMO_PAIR
    from bridgex.api import Session
    from bridgex.evaluation.settings import TaskSettings
    from bridgex.report.console import console_beside
    from bridgex.report.demo import print_bridged
    from bridgex.report.ranking import print_ranking

    session = Session(progress=request.progress())
    ranking = session.rank(*DEMO_PAIR, settings="demo")
    show(ranking, request, print_ranking, json=json)
    if not request.values["quiet"]:
        tried = session.evaluate(
            *DEMO_PAIR,
            strategies=["direct", f"bridge:{next(iter(ranking.scores))}"],
            asking=TaskSettings(items=DEMO_WORDS, shots=4),
        )
        print_bridged(tried, console_beside(json))

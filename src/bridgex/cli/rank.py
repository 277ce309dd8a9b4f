"""``bridgex rank`` and ``bridgex demo``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bridgex.cli.app import app, friendly_errors, names_or_none
from bridgex.cli.options import (
    PROBE,
    TEXTS,
    Candidates,
    Chat,
    Corpus,
    Count,
    Debug,
    Device,
    Dtype,
    Field,
    Lexicon,
    Method,
    Model,
    Rate,
    Sentences,
    Tokens,
    WithoutUniversal,
)

Json = Annotated[
    Path | None, typer.Option("--json", help="Write everything behind the ranking to this file.")
]


@app.command()
def rank(
    source: Annotated[str, typer.Argument(help="Language to come from: id, ind, Indonesian, …")],
    target: Annotated[str, typer.Argument(help="Language to go to: he, heb_Hebr, Hebrew, …")],
    model: Model = "demo",
    candidates: Candidates = None,
    corpus: Corpus = None,
    field: Field = None,
    sentences: Sentences = None,
    tokens: Tokens = None,
    lexicon: Lexicon = None,
    pivot: Annotated[
        str | None,
        typer.Option(
            help="Compose the dictionary through this language where none serves the pair.",
            show_default="en, then others",
            rich_help_panel=TEXTS,
        ),
    ] = None,
    endonym: Annotated[
        list[str] | None,
        typer.Option(
            help='Name of a language in prompts, such as id="Bahasa Indonesia"; repeatable.',
            rich_help_panel=TEXTS,
        ),
    ] = None,
    convert_chinese: Annotated[
        bool,
        typer.Option(
            "--convert-chinese",
            help="Convert Chinese texts to the script of their code.",
            rich_help_panel=TEXTS,
        ),
    ] = False,
    preset: Annotated[
        str,
        typer.Option(
            help="default, paper, or demo for models of a few hundred million parameters."
        ),
    ] = "default",
    method: Method = None,
    rate: Rate = None,
    count: Count = None,
    without_universal: WithoutUniversal = False,
    shots: Annotated[
        int | None,
        typer.Option(
            help="Solved examples when asking which words are understood.",
            show_default="0; demo: 4",
            rich_help_panel=PROBE,
        ),
    ] = None,
    pooling: Annotated[
        str | None,
        typer.Option(
            help="Over a prompt's tokens: mean, last or word (the quoted word's).",
            show_default="last; paper: mean",
            rich_help_panel=PROBE,
        ),
    ] = None,
    special: Annotated[
        bool,
        typer.Option(
            "--special",
            help="Count and pool over special tokens (BOS, …) as well.",
            rich_help_panel=PROBE,
        ),
    ] = False,
    published: Annotated[
        bool,
        typer.Option(
            "--published",
            help="Add to the JSON what the paper's released script would compute (no HSIC).",
        ),
    ] = False,
    device: Device = "auto",
    dtype: Dtype = "auto",
    chat: Chat = False,
    json: Json = None,
    debug: Debug = False,
) -> None:
    """Rank the candidate bridges of a language pair, best first."""
    with friendly_errors(json, debug=debug):
        from bridgex import languages

        named_candidates = names_or_none(candidates)
        languages.pair_and_candidates(source, target, named_candidates)
        from bridgex.analysis.settings import adjusted
        from bridgex.analysis.settings import preset as named

        _show(
            json,
            source=source,
            target=target,
            candidates=named_candidates,
            settings=adjusted(
                named(preset),
                sentences=sentences,
                tokens=tokens,
                method=method,
                rate=rate,
                count=count,
                without_universal=without_universal,
                shots=shots,
                pooling=pooling,
                chat=chat,
                special=special,
                published=published,
            ),
            model=model,
            corpus=corpus,
            field=field,
            lexicon=lexicon,
            pivot=pivot,
            endonyms=_endonyms(endonym or []),
            convert_chinese=convert_chinese,
            device=device,
            dtype=dtype,
        )


@app.command()
def demo(json: Json = Path("bridgex-demo.json"), debug: Debug = False) -> None:
    """Rank bridges with the embedded model and data, offline."""
    with friendly_errors(json, debug=debug):
        from bridgex.analysis.settings import DEMO_PAIR, preset

        source, target = DEMO_PAIR
        _show(
            json,
            source=source,
            target=target,
            settings=preset("demo"),
        )


def _endonyms(given: Sequence[str]) -> dict[str, str]:
    """Return language → name from ``LANGUAGE=NAME``, one for each language."""
    from bridgex.errors import RequestError

    named: dict[str, str] = {}
    for each in given:
        language, equals, name = each.partition("=")
        if not equals or language in named:
            problem = "a second name for it" if equals else "no LANGUAGE=NAME"
            raise RequestError(f"--endonym {each} is {problem}; write one such as id=Indonesia.")
        named[language] = name
    return named


def _show(json: Path | None, **request: Any) -> None:
    """Compute the ranking asked for, write what is behind it, and print it."""
    from rich.console import Console

    from bridgex.analysis.rank import rank as rank_bridges
    from bridgex.report.files import write_json
    from bridgex.report.progress import TerminalProgress
    from bridgex.report.ranking import print_ranking

    ranking = rank_bridges(**request, progress=TerminalProgress(Console(stderr=True)))
    if json is not None:
        write_json(ranking, json)
    print_ranking(ranking, Console())
    if json is not None:
        typer.echo(f"Everything behind it: {json}")

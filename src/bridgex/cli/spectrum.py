"""``bridgex spectrum``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.app import app, friendly_errors, names_or_none
from bridgex.cli.options import (
    Corpus,
    Count,
    Debug,
    Device,
    Dtype,
    Field,
    Method,
    Model,
    Rate,
    Sentences,
    Tokens,
    WithoutUniversal,
)


@app.command()
def spectrum(
    model: Model = "demo",
    languages: Annotated[
        str | None,
        typer.Option(help="Languages, separated by commas.", show_default="the paper's fifteen"),
    ] = None,
    corpus: Corpus = None,
    field: Field = None,
    sentences: Sentences = None,
    tokens: Tokens = None,
    method: Method = None,
    rate: Rate = None,
    count: Count = None,
    without_universal: WithoutUniversal = False,
    device: Device = "auto",
    dtype: Dtype = "auto",
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write tables and tree to this folder.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write everything to this file.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Show which languages a model holds close, by the neurons they share."""
    with friendly_errors(json, csv and csv / "tree.nwk", debug=debug):
        from bridgex.languages import find_all

        names = names_or_none(languages)
        find_all(names)
        from rich.console import Console

        from bridgex.analysis.settings import RankSettings, adjusted
        from bridgex.analysis.spectrum import spectrum as compare
        from bridgex.report.files import write_json
        from bridgex.report.progress import TerminalProgress
        from bridgex.report.spectrum import print_spectrum
        from bridgex.report.spectrum_files import write_tables

        settings = adjusted(
            RankSettings(),
            sentences=sentences,
            tokens=tokens,
            method=method,
            rate=rate,
            count=count,
            without_universal=without_universal,
        )
        found = compare(
            names,
            model=model,
            corpus=corpus,
            field=field,
            budget=settings.budget,
            selection=settings.selection,
            device=device,
            dtype=dtype,
            progress=TerminalProgress(Console(stderr=True)),
        )
        if csv is not None:
            write_tables(found, csv)
        if json is not None:
            write_json(found, json)
        print_spectrum(found, Console())
        if csv is not None:
            typer.echo(f"Tables and tree: {csv}")
        if json is not None:
            typer.echo(f"Everything behind it: {json}")

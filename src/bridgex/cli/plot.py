"""``bridgex plot``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bridgex.cli.options import command
from bridgex.cli.request import Request
from bridgex.cli.results import Results, loaded


@command()
def plot(
    request: Request,
    results: Results,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            readable=False,
            help="File to write: .svg, .png, .pdf or .html; its numbers go beside it as .csv.",
            show_default="FIGURE.svg",
        ),
    ] = None,
    figure: Annotated[
        str | None,
        typer.Option(
            help="scores, layers, curves or growth of a ranking; jaccard, overlap, similarity, map "
            "or by-layer of a spectrum; strategies of an evaluation; agreement, regret or cost of "
            "a validation; silenced of an ablation.",
            show_default="the main one",
        ),
    ] = None,
    width: Annotated[
        Literal["column", "page"], typer.Option(help="Width of a paper's column or page.")
    ] = "page",
    labels: Annotated[
        Literal["name", "endonym", "code"], typer.Option(help="What languages are called.")
    ] = "name",
) -> None:
    """Draw a figure of a result for a paper or a page."""
    del request
    from bridgex.report.figures import Look, draw
    from bridgex.report.figures.files import require_format, write_figure
    from bridgex.report.figures.fonts import font_warning

    if output is not None:
        require_format(output)
    drawn = draw(loaded(results), figure, Look(width, labels))
    path = output or Path(f"{drawn.name}.svg")
    data = write_figure(drawn, path)
    warning = font_warning(drawn.texts)
    for note in (*drawn.notes, *([warning] if warning else [])):
        typer.echo(f"Note: {note}", err=True)
    typer.echo(f"{drawn.title}: {path} (its numbers: {data})")

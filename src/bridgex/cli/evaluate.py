"""``bridgex evaluate``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.app import app, friendly_errors, names_or_none
from bridgex.cli.options import Chat, Debug, Device, Dtype, Lexicon, Model


@app.command()
def evaluate(
    source: Annotated[str, typer.Argument(help="Language of what is read: id, ind, Indonesian, …")],
    target: Annotated[str, typer.Argument(help="Language of what is asked and answered.")],
    task: Annotated[
        str,
        typer.Option(help="bli, mrc, nli, commonsense, mathematics, topic or translation."),
    ] = "bli",
    strategies: Annotated[
        str | None,
        typer.Option(
            help="direct, bridge:LANGUAGE, replace:LANGUAGE or bridge:auto, separated by commas.",
            show_default="direct,bridge:en,bridge:auto",
        ),
    ] = None,
    model: Model = "demo",
    data: Annotated[
        Path | None, typer.Option(help="The benchmark's folder; bli needs none.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="dev, test, …, where a language has several files.")
    ] = None,
    lexicon: Lexicon = None,
    corpus: Annotated[
        Path | None, typer.Option(help="For auto: folder with a text file per language.")
    ] = None,
    candidates: Annotated[
        str | None, typer.Option(help="For auto: candidate bridges, separated by commas.")
    ] = None,
    chooser: Annotated[
        str,
        typer.Option(
            help="For auto: who chooses: internal:default, development, typology:syntax, …"
        ),
    ] = "internal:default",
    items: Annotated[
        int | None, typer.Option(min=1, help="The most items to evaluate; all by default.")
    ] = None,
    shots: Annotated[int, typer.Option(min=0, help="Solved examples before each prompt.")] = 0,
    answer: Annotated[
        str | None, typer.Option(help="likelihood of the options, or generate.")
    ] = None,
    prompt: Annotated[str, typer.Option(help="default or paper.")] = "default",
    device: Device = "auto",
    dtype: Dtype = "auto",
    chat: Chat = False,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the comparison to this file.")
    ] = None,
    items_out: Annotated[
        Path | None,
        typer.Option(help="Write every prompt and raw answer to this file, a JSON value a line."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Do a task with several strategies, and say which is better and how sure that is."""
    with friendly_errors(json, items_out, debug=debug):
        from rich.console import Console

        from bridgex.experiments.evaluate import evaluate as evaluate_strategies
        from bridgex.report.evaluation import print_evaluation, write_items
        from bridgex.report.files import write_json
        from bridgex.report.progress import TerminalProgress
        from bridgex.tasks.reading import answering_named, style_named

        evaluation = evaluate_strategies(
            source,
            target,
            task=task,
            strategies=names_or_none(strategies),
            model=model,
            data=data,
            split=split,
            lexicon=lexicon,
            corpus=corpus,
            candidates=names_or_none(candidates),
            items=items,
            shots=shots,
            answer=answering_named(answer),
            prompt=style_named(prompt),
            chat=chat,
            chooser=chooser,
            device=device,
            dtype=dtype,
            progress=TerminalProgress(Console(stderr=True)),
        )
        if json is not None:
            write_json(evaluation, json)
        if items_out is not None:
            write_items(evaluation.lines(), items_out)
        print_evaluation(evaluation, Console())

"""``bridgex export lm-eval`` and ``bridgex import lm-eval``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.app import Group, app
from bridgex.cli.evaluate import Chooser, Strategies
from bridgex.cli.options import (
    ASKING,
    EARLIER,
    MODEL,
    SERVER,
    SETTINGS,
    TEXTS,
    command,
    output,
)
from bridgex.cli.rank import Candidates
from bridgex.cli.registered import complete_languages, complete_tasks, tasks_help
from bridgex.cli.request import Request, names_or_none
from bridgex.cli.shown import SHOWING, Csv, show

export = typer.Typer(cls=Group, help="Write tasks for other tools.", no_args_is_help=True)
imported = typer.Typer(cls=Group, help="Read what other tools found.", no_args_is_help=True)
app.add_typer(export, name="export")
app.add_typer(imported, name="import")


@command(ASKING, EARLIER, TEXTS, SETTINGS, MODEL, SERVER, name="lm-eval", within=export)
def export_lm_eval(
    request: Request,
    source: Annotated[
        str,
        typer.Argument(
            help="Language of what is read: id, ind, Indonesian, …",
            autocompletion=complete_languages,
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            help="Language of what is asked and answered.", autocompletion=complete_languages
        ),
    ],
    folder: Annotated[
        Path, typer.Argument(help="Folder to write, for lm_eval --include_path.", readable=False)
    ],
    task: Annotated[
        str, typer.Option(help=f"The task: {tasks_help()}.", autocompletion=complete_tasks)
    ] = "bli",
    strategies: Strategies = None,
    candidates: Candidates = None,
    chooser: Chooser = "internal",
) -> None:
    """Write a task for lm-evaluation-harness: direct, bridged and combined, with every prompt."""
    from bridgex.experiments.evaluate import plan_evaluation
    from bridgex.interop.lm_eval.export import export_tasks
    from bridgex.report.text import visible

    texts, settings, asking = request.texts([task]), request.settings(), request.asking()
    session = request.session()
    plan = plan_evaluation(
        session,
        source,
        target,
        task=task,
        strategies=names_or_none(strategies),
        candidates=names_or_none(candidates),
        chooser=request.chooser(chooser),
        texts=texts,
        settings=settings,
        asking=asking,
    )
    exported = export_tasks(session, plan, folder, asking)
    for strategy, name in exported.tasks.items():
        typer.echo(visible(f"{strategy}: {name}"))
    for note in exported.notes:
        typer.echo(visible(f"Note: {note}"), err=True)
    run = ["lm_eval", "--include_path", str(folder), "--tasks", exported.tag, "--log_samples"]
    typer.echo(visible(f"Run: {shlex.join(run)} --output_path FOLDER --model …"))


@command(SHOWING, name="lm-eval", within=imported)
def import_lm_eval(
    request: Request,
    samples: Annotated[
        list[Path],
        typer.Argument(help="Files of samples (--log_samples), or the folder they are in."),
    ],
    scoring: Annotated[
        str | None,
        typer.Option(
            help="How an option becomes the answer: sum, per_character or per_byte.",
            show_default="as exported",
        ),
    ] = None,
    json: Annotated[
        Path | None,
        output("--json", "Write the evaluation to this file (- to print)."),
    ] = None,
    csv_file: Csv = None,
) -> None:
    """Compare strategies by the samples of lm-evaluation-harness, and write an evaluation."""
    from bridgex.interop.lm_eval.samples import read_samples
    from bridgex.report.evaluation import print_evaluation

    evaluation = read_samples(samples, scoring)
    show(evaluation, request, print_evaluation, json=json, table=csv_file)

"""``bridgex study``: a whole experiment from one file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bridgex.cli.app import Command, Group, app, friendly_errors
from bridgex.cli.options import Debug

PARTIAL = 3
"""Exit code of a study of which some cases cannot be done."""

study = typer.Typer(
    cls=Group,
    help="Run many models, pairs and tasks from one file; killed at any moment, go on.",
    no_args_is_help=True,
)
app.add_typer(study, name="study")

File = Annotated[Path, typer.Argument(help="The study file (TOML).")]
Kept = Annotated[Path, typer.Argument(help="The study file, or the folder with its cases.")]
Into = Annotated[
    Path | None,
    typer.Option("--in", help="Folder of its cases.", show_default="beside the file, its name"),
]


@study.command(cls=Command)
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("study.toml"),
    preset: Annotated[
        str, typer.Option(help="small (embedded model and words) or paper (Xu et al. 2025).")
    ] = "small",
    debug: Debug = False,
) -> None:
    """Write a commented study file to begin from."""
    with friendly_errors(path, debug=debug):
        from bridgex.errors import RequestError
        from bridgex.experiments.study.presets import preset_text
        from bridgex.report.files import write_text

        text = preset_text(preset)
        if path.exists():
            raise RequestError(f"{path} is there already; name another file.")
        write_text(path, text)
        typer.echo(f"Wrote {path}. Next: bridgex study check {path}")


@study.command(cls=Command)
def check(
    file: File,
    into: Into = None,
    timed: Annotated[
        bool,
        typer.Option(
            "--time", help="Load the models that are here and time them on a few of its texts."
        ),
    ] = False,
    debug: Debug = False,
) -> None:
    """Show what a study would do and what is missing for it; runs nothing of it."""
    with friendly_errors(debug=debug):
        from bridgex.experiments.study.check import check_study
        from bridgex.experiments.study.run import folder_of
        from bridgex.report.console import PlainConsole
        from bridgex.report.progress import stderr_progress
        from bridgex.report.study import print_check

        root = into or folder_of(file)
        checked = check_study(file, root, timed=timed, progress=stderr_progress())
        print_check(checked, PlainConsole())
        if checked.gaps:
            raise typer.Exit(PARTIAL)


@study.command(cls=Command)
def run(
    file: File,
    into: Into = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes on this machine, each with its model.")
    ] = 1,
    ray: Annotated[
        str | None,
        typer.Option(help="Run on Ray: local to start it, or the address of one."),
    ] = None,
    slurm: Annotated[
        int | None, typer.Option(min=1, help="Run as so many Slurm jobs, one worker each.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Do what is missing of a study, then show what it found."""
    with friendly_errors(folders=(into,), debug=debug):
        from bridgex.experiments.study.run import run_study
        from bridgex.report.console import PlainConsole
        from bridgex.report.progress import stderr_progress
        from bridgex.report.study import CaseCount, print_study

        folder = run_study(
            file,
            into,
            executor=_executor(workers, ray, slurm),
            progress=stderr_progress(),
            told=CaseCount(PlainConsole(stderr=True)),
        )
        print_study(folder, PlainConsole())
        if folder.gaps():
            raise typer.Exit(PARTIAL)


def _executor(workers: int, ray: str | None, slurm: int | None) -> Any:
    from bridgex.errors import RequestError

    if ray is not None and slurm is not None:
        raise RequestError("A study runs on Ray or on Slurm; give one of --ray and --slurm.")
    if ray is not None:
        from bridgex.experiments.study.on_ray import OnRay

        return OnRay(ray, workers)
    if slurm is not None:
        from bridgex.experiments.study.on_slurm import OnSlurm

        return OnSlurm(slurm)
    from bridgex.experiments.study.executors import Processes, Serial

    return Serial() if workers == 1 else Processes(workers)


@study.command(cls=Command)
def status(kept: Kept, debug: Debug = False) -> None:
    """Show how far a study is, and who is at what."""
    with friendly_errors(debug=debug):
        from bridgex.experiments.study.merge import study_folder
        from bridgex.report.console import PlainConsole
        from bridgex.report.study import print_status

        print_status(study_folder(kept), PlainConsole())


@study.command(cls=Command)
def report(kept: Kept, debug: Debug = False) -> None:
    """Show what a study found so far."""
    with friendly_errors(debug=debug):
        from bridgex.experiments.study.merge import study_folder
        from bridgex.report.console import PlainConsole
        from bridgex.report.study import print_study

        print_study(study_folder(kept), PlainConsole())


@study.command(cls=Command)
def export(
    kept: Kept,
    folder: Annotated[Path, typer.Argument(help="Folder for the tables.")],
    debug: Debug = False,
) -> None:
    """Write a study's tables: Parquet, CSV, LaTeX, Markdown and a manifest."""
    with friendly_errors(folders=(folder,), debug=debug):
        from bridgex.experiments.study.merge import study_folder
        from bridgex.report.study_files import export_study

        export_study(study_folder(kept), folder)
        typer.echo(f"Wrote the tables to {folder}.")


@study.command(cls=Command)
def merge(
    parts: Annotated[list[Path], typer.Argument(help="Studies: their files or folders.")],
    into: Annotated[Path, typer.Option("--in", help="Folder for all of their cases.")],
    debug: Debug = False,
) -> None:
    """Gather the cases of studies with the same settings in one folder."""
    with friendly_errors(folders=(into,), debug=debug):
        from bridgex.experiments.study.folder import StudyFolder
        from bridgex.experiments.study.merge import merge_studies, study_folder

        cases = merge_studies([study_folder(part) for part in parts], StudyFolder(into))
        typer.echo(f"{cases} cases are in {into}.")


@study.command(cls=Command)
def compare(
    first: Annotated[Path, typer.Argument(help="A study's file or folder.")],
    second: Annotated[Path, typer.Argument(help="Another one's.")],
    debug: Debug = False,
) -> None:
    """Show what is different between two studies, item by item where both have them."""
    with friendly_errors(debug=debug):
        from bridgex.experiments.study.merge import compare_studies, study_folder
        from bridgex.report.console import PlainConsole
        from bridgex.report.study import print_changes

        print_changes(compare_studies(study_folder(first), study_folder(second)), PlainConsole())

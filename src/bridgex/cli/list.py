"""``bridgex list``."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bridgex.cli.options import command, output
from bridgex.cli.request import Request


@command(name="list")
def list_known(
    request: Request,
    what: Annotated[
        Literal["tasks", "choosers", "languages", "models"],
        typer.Argument(
            help="tasks, choosers, languages or models (their families).", show_choices=False
        ),
    ],
    json: Annotated[
        Path | None, output("--json", "Write the list to this file (- to print).")
    ] = None,
) -> None:
    """List the tasks, choosers, languages or model families known by name."""
    del request
    from bridgex.report.console import console_beside
    from bridgex.report.files import write_text
    from bridgex.report.text import json_text, visible

    rows, note = _rows(what)
    if json is not None:
        write_text(json, json_text(rows, indent=2) + "\n")
    console = console_beside(json)
    widths = {key: max(len(str(row[key])) for row in rows) for key in rows[0]}
    for row in rows:
        cells = (f"{row[key]:<{width}}" for key, width in widths.items())
        console.print("  ".join(cells).rstrip(), soft_wrap=True)
    if note:
        typer.echo(visible(note), err=True)


def _rows(what: str) -> tuple[list[dict[str, Any]], str]:
    """Return what is listed, and what to say beside it."""
    if what == "languages":
        from bridgex.api import list_languages

        return list_languages(), (
            "Any other language is known by its ISO 639 or FLORES code or its English name."
        )
    if what == "models":
        return _families()
    if what == "tasks":
        from bridgex.tasks import TASKS

        rows = [
            {"task": name, "benchmark": task.benchmark or "dictionary", "metric": task.metric}
            for name, task in ((name, TASKS[name]) for name in TASKS)
        ]
        return rows, " ".join(TASKS.problems)
    from bridgex.choosers import CHOOSERS

    chooser_rows = [
        {"chooser": name, "what": (type(CHOOSERS[name]).__doc__ or "").splitlines()[0]}
        for name in CHOOSERS
    ]
    return chooser_rows, " ".join(CHOOSERS.problems)


def _families() -> tuple[list[dict[str, Any]], str]:
    from bridgex.lm.architectures import ARCHITECTURES, architecture_table

    families = architecture_table()
    rows = [
        {
            "family": family.family,
            "kind": family.kind,
            "proof": "proved by a test" if family.proved else family.reason or "not proved by one",
        }
        for family in families
    ]
    read = [family for family in families if family.kind != "refused"]
    proved = sum(family.proved for family in read)
    counts = (
        f"{len(read)} families can be read, {proved} of them proved by a test on a tiny model; "
        f"{len(families) - len(read)} are refused. Every model is proved again when it is loaded."
    )
    return rows, " ".join((counts, *ARCHITECTURES.problems))

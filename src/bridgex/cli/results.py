"""The results that a command is given: JSON files, or folders of them such as a study's."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bridgex.evaluation.results import Evaluation
    from bridgex.result import Result

Results = Annotated[
    list[Path],
    typer.Argument(
        help="JSON files of results, as --json writes them, or folders, such as a study's.",
    ),
]


def loaded(paths: Sequence[Path]) -> "list[Result]":
    """Return the results of files and folders; other JSON in a folder is passed over.

    Raises:
        ResultError: a file is no result, a result is damaged, or a folder has none.
    """
    from bridgex.api import RESULTS, load
    from bridgex.errors import ResultError
    from bridgex.result import read_json

    kinds = {result.kind for result in RESULTS}
    found = []
    for path in paths:
        if not path.is_dir():
            found.append(load(path))
            continue
        files = [
            file for file in sorted(path.rglob("*.json")) if read_json(file).get("kind") in kinds
        ]
        if not files:
            raise ResultError(
                f"{path} has no results; name a folder with their JSON files, as a study keeps "
                "them."
            )
        found += [load(file) for file in files]
    return found


def loaded_evaluations(paths: Sequence[Path]) -> "list[Evaluation]":
    """Return the evaluations of files.

    Raises:
        ResultError: a file is no evaluation, or damaged.
    """
    from bridgex.errors import ResultError
    from bridgex.evaluation.results import Evaluation
    from bridgex.result import read_json

    found = []
    for path in paths:
        try:
            found.append(Evaluation.from_dict(read_json(path)))
        except ResultError as problem:
            raise problem.of(path) from problem
    return found

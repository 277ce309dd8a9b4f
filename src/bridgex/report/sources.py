"""The sources as a table and as JSON, with what of them is here."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridgex.data.catalogue import SOURCES
from bridgex.report.text import json_text
from bridgex.texts.lock import Lock, read_lock


def print_sources(folder: Path, console: Console) -> None:
    """Print a table of the sources.

    Raises:
        TextError: the lock of one is damaged.
    """
    table = Table(title=f"Sources (data folder: {folder})", title_justify="left")
    for column in ("Name", "For", "What", "Languages", "Licence", "Commercial use", "Here"):
        table.add_column(column, no_wrap=column in {"Name", "For"}, overflow="fold")
    for source in SOURCES:
        table.add_row(
            source.name,
            source.kind,
            source.what,
            source.languages,
            source.licence,
            "no" if source.noncommercial else "yes",
            _here(read_lock(folder / source.name)),
        )
    console.print(table)


def sources_json(folder: Path) -> str:
    """Return the sources as a JSON list.

    Raises:
        TextError: the lock of one is damaged.
    """
    rows = []
    for source in SOURCES:
        lock = read_lock(folder / source.name)
        rows.append(
            {
                "name": source.name,
                "title": source.title,
                "kind": source.kind,
                "what": source.what,
                "languages": source.languages,
                "publisher": source.publisher,
                "licence": source.licence,
                "noncommercial": source.noncommercial,
                "origin": source.origin.address,
                "here": None
                if lock is None
                else {
                    "folder": str(folder / source.name),
                    "origin": lock.origin,
                    "revision": lock.revision,
                    "accepted": lock.accepted,
                    "files": len(lock.files),
                    "bytes": sum(file.size for file in lock.files),
                },
            }
        )
    return json_text(rows, indent=1)


def _here(lock: Lock | None) -> str:
    return "no" if lock is None else f"{len(lock.files)} files"

"""The tables of a study as files: Parquet, CSV, LaTeX, Markdown, and what they came from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from bridgex.errors import ResultError
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.statistics import Pooled, pooled_choosers, pooled_strategies
from bridgex.experiments.study.tables import (
    ASKED,
    CHOOSERS,
    ITEMS,
    RESULTS,
    Columns,
    Row,
    Tables,
    item_rows,
    tables,
)
from bridgex.report.files import csv_text, write_text
from bridgex.report.text import json_text
from bridgex.storage.files import writing
from bridgex.version import __version__

BATCH = 10_000
"""Rows in memory at once."""

MARKED = 0.05
"""Corrected p-values up to this are marked with a star."""

NO_VALUE = "—"
USUAL = (None, 0, False, "default")
"""How a task is asked where nothing is said of it."""

REFERENCES = (
    "Xu et al. (2025). BridgeX-ICL. EMNLP 2025, arXiv:2508.17078.",
    "Holm (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statist. 6.",
)
POOLED: Columns = {
    "model": str,
    "metric": str,
    "who": str,
    "measure": str,
    "mean": float,
    "low": float,
    "high": float,
    "pairs": int,
    "tasks": int,
    "p": float,
    "p_holm": float,
}


def export_study(study: StudyFolder, target: Path) -> Tables:
    """Write everything that a study found into a folder.

    ``results``, ``choosers`` and ``pooled`` as Parquet and CSV, ``items`` as Parquet, ``tables`` as
    LaTeX and Markdown, and ``manifest.json``.

    Args:
        study: its folder; cases that are not done are left out.
        target: where the files go.

    Raises:
        ResultError: a case is damaged, or the packages for these files are not installed.
        StoreError: the folder cannot be written to.
    """
    _require_packages()
    found = tables(study.cases())
    pooled = [*pooled_choosers(found), *pooled_strategies(found)]
    plain: Mapping[str, tuple[Columns, Sequence[Row]]] = {
        "results": (RESULTS, found.results),
        "choosers": (CHOOSERS, found.choosers),
        "pooled": (POOLED, [_pooled_row(each) for each in pooled]),
    }
    for name, (columns, rows) in plain.items():
        _write_parquet(target / f"{name}.parquet", columns, rows)
        cells = ([row.get(column) for column in columns] for row in rows)
        write_text(target / f"{name}.csv", csv_text(list(columns), cells))
    items = (row for case in study.cases() for row in item_rows(case))
    _write_parquet(target / "items.parquet", ITEMS, items)
    title = str(study.plan()["name"])
    write_text(target / "tables.tex", _document(found, title, _latex))
    write_text(target / "tables.md", _document(found, title, _markdown))
    write_text(target / "manifest.json", json_text(manifest(study), indent=2) + "\n")
    return found


def manifest(study: StudyFolder) -> dict[str, Any]:
    """Return what the numbers of a study came from.

    Raises:
        ResultError: a case is damaged.
    """
    models: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    notes: dict[str, list[str]] = {}
    choosers: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for case in study.cases():
        models[case.model] = {
            **case.provenance.get("model", {}),
            "processor": case.provenance.get("processor"),
        }
        choosers |= case.settings.get("choosers", {})
        rules = case.settings.get("rules", {})
        name = f"{case.model} {'-'.join(case.pair)} {case.task}"
        for of in ("texts", "words"):
            read = case.provenance.get(of)
            if read:
                texts[read["digest"]] = read
        if case.provenance.get("notes"):
            notes[name] = case.provenance["notes"]
    plan = study.plan()
    return {
        "study": plan["name"],
        "bridgex": __version__,
        "models": models,
        "choosers": choosers,
        "rules": rules,
        "texts": list(texts.values()),
        "notes": notes,
        "gaps": study.gaps(),
        "cases": [cell["key"] for cell in plan["cells"] if study.has(cell["key"])],
        "references": [
            *REFERENCES,
            *dict.fromkeys(
                f"{read['name']}; licence: {read['licence']}" for read in texts.values()
            ),
        ],
    }


def _require_packages() -> None:
    try:
        import jinja2
        import pandas
        import pyarrow
        import tabulate

        del jinja2, pandas, pyarrow, tabulate
    except ImportError as problem:
        raise ResultError(
            "The files of a study need pandas, pyarrow, Jinja2 and tabulate; "
            "pip install 'bridgex[study]'."
        ) from problem


def _pooled_row(pooled: Pooled) -> Row:
    interval = pooled.mean.interval
    return {
        "model": pooled.model,
        "metric": pooled.metric,
        "who": pooled.who,
        "measure": pooled.measure,
        "mean": pooled.mean.value,
        "low": interval and interval.low,
        "high": interval and interval.high,
        "pairs": pooled.mean.pairs,
        "tasks": pooled.tasks,
        "p": pooled.p_value,
        "p_holm": pooled.p_holm,
    }


def _write_parquet(path: Path, columns: Columns, rows: Iterable[Row]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    remaining = iter(rows)
    with writing(path) as temporary, pq.ParquetWriter(temporary, schema) as file:
        while batch := list(islice(remaining, BATCH)):
            file.write_table(pa.Table.from_pylist(batch, schema=schema))


Shown = Callable[["_Table"], str]
"""A table as text of some format."""


class _Table:
    """Pairs × strategies of one model, task and way of asking.

    Attributes:
        caption: what it is of.
        strategies: its columns.
        rows: pair → strategy → row of the results.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        first = rows[0]
        asked = [f"{name} {first[name]}" for name in ASKED[1:] if first[name] not in USUAL]
        self.caption = (
            f"{', '.join([first['task'], *asked])} on {first['model']}, {first['metric']}; "
            "± half the 95 % interval; * differs from direct (Holm-corrected p ≤ 0.05)"
        )
        self.scale = 100.0 if first["metric"] == "accuracy" else 1.0
        self.strategies = list(dict.fromkeys(str(row["strategy"]) for row in rows))
        self.rows: dict[str, dict[str, Row]] = {}
        for row in rows:
            self.rows.setdefault(f"{row['source']}-{row['target']}", {})[row["strategy"]] = row

    def lines(self, bold: str, underlined: str, plus_minus: str, star: str) -> list[list[str]]:
        """Return the cells, the best of a row bold and the second underlined."""
        lines = []
        for pair, by_strategy in self.rows.items():
            ordered = sorted({row["value"] for row in by_strategy.values()}, reverse=True)
            cells = [pair]
            for strategy in self.strategies:
                row = by_strategy.get(strategy)
                if row is None:
                    cells.append(NO_VALUE)
                    continue
                value = f"{row['value'] * self.scale:.1f}"
                rank = ordered.index(row["value"])
                if rank < 2 and len(ordered) > 1:
                    value = (bold, underlined)[rank].format(value)
                half = (row["high"] - row["low"]) / 2 * self.scale
                p_value = row["p_direct_holm"]
                marked = star if p_value is not None and p_value <= MARKED else ""
                cells.append(f"{value}{plus_minus.format(f'{half:.1f}')}{marked}")
            lines.append(cells)
        return lines


def _document(found: Tables, title: str, shown: Shown) -> str:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in found.results:
        key = tuple(row[name] for name in ("model", *ASKED, "metric"))
        groups.setdefault(key, []).append(row)
    begins = f"% {title}\n" if shown is _latex else f"# {title}\n"
    return "\n".join([begins, *(shown(_Table(rows)) for rows in groups.values())])


def _latex(table: _Table) -> str:
    import pandas

    lines = table.lines(
        r"\textbf{{{}}}", r"\underline{{{}}}", r"\,{{\scriptsize$\pm${}}}", "$^{*}$"
    )
    lines = [["---" if cell == NO_VALUE else cell for cell in cells] for cells in lines]
    frame = pandas.DataFrame(lines, columns=["Pair", *map(_escaped, table.strategies)])
    text: str = frame.style.hide(axis="index").to_latex(
        hrules=True,
        caption=_escaped(table.caption),
        position_float="centering",
        column_format="l" + "r" * len(table.strategies),
    )
    return text


def _markdown(table: _Table) -> str:
    import pandas

    lines = table.lines("**{}**", "<u>{}</u>", " ± {}", r"\*")
    frame = pandas.DataFrame(lines, columns=["Pair", *table.strategies])
    text: str = frame.to_markdown(index=False)
    caption = table.caption.replace("*", r"\*")
    return f"{caption}\n\n{text}\n"


_LATEX = {
    "\\": r"\textbackslash{}",
    "±": r"$\pm$",
    "≤": r"$\le$",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)

"""The folder of a study: a file for each case, what is being done, and what cannot be."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from bridgex.errors import ResultError
from bridgex.experiments.case import Case
from bridgex.experiments.study.plan import Cell, Plan
from bridgex.result import read_json
from bridgex.storage.files import storage_errors, writing
from bridgex.storage.leases import Holder, Leases

PLAN = "plan.json"


class StudyFolder:
    """Cases under their keys, each written by rename; any number of processes share it.

    Attributes:
        root: the folder.
        leases: who is at which case.
    """

    def __init__(self, root: Path, run: str = "") -> None:
        """Name a folder, which is made when something is kept in it.

        Args:
            root: the folder.
            run: what the processes of one run have in common.
        """
        self.root = root
        self.leases = Leases(root / "leases", run)

    def has(self, key: str) -> bool:
        """Tell whether a case is kept here."""
        return self._case(key).is_file()

    def case(self, key: str) -> Case:
        """Return a case.

        Raises:
            ResultError: it is not here, or damaged.
        """
        return Case.load(self._case(key))

    def claimed(self, key: str) -> AbstractContextManager[Holder | None]:
        """Hold a case within the block; None where another process does.

        Raises:
            StoreError: the folder cannot be written to.
        """
        return self.leases.claimed(key)

    def put(self, key: str, case: Case) -> None:
        """Keep a case.

        Raises:
            StoreError: the folder cannot be written to.
        """
        _write(self._case(key), case.to_dict())

    def gap(self, key: str) -> str | None:
        """Return why a case cannot be done; None where nobody found that."""
        try:
            return str(read_json(self._gap(key))["why"])
        except (ResultError, KeyError):
            return None

    def is_settled(self, key: str) -> bool:
        """Tell whether a case is kept here, or is one that cannot be done."""
        return self.has(key) or self._gap(key).is_file()

    def put_gap(self, key: str, why: str) -> None:
        """Keep why a case cannot be done, for the other processes of this run.

        Raises:
            StoreError: the folder cannot be written to.
        """
        _write(self._gap(key), {"why": why})

    def forget_gaps(self, keys: Sequence[str]) -> None:
        """Let cases be tried again that could not be done.

        Raises:
            StoreError: the folder cannot be written to.
        """
        for key in keys:
            with storage_errors(self.root):
                self._gap(key).unlink(missing_ok=True)

    def put_plan(self, plan: Plan) -> None:
        """Keep what the study is made of, for those who read its cases.

        Raises:
            StoreError: the folder cannot be written to.
        """
        cells = [{"key": cell.key, **_named(cell)} for cell in plan.cells]
        self.put_cells(plan.study.name, cells, plan.missing)

    def put_cells(
        self, name: str, cells: Sequence[Mapping[str, str]], missing: Mapping[str, str]
    ) -> None:
        """Keep what a study is made of as plain values.

        Args:
            name: of the study.
            cells: key, model, pair and task of each case.
            missing: name of a model that is not here → why.

        Raises:
            StoreError: the folder cannot be written to.
        """
        _write(self.root / PLAN, {"name": name, "cells": list(cells), "missing": dict(missing)})

    def plan(self) -> dict[str, Any]:
        """Return what `put_plan` kept.

        Raises:
            ResultError: there is none.
        """
        try:
            return read_json(self.root / PLAN)
        except ResultError as problem:
            raise ResultError(
                f"{self.root} is not the folder of a study; run one with 'bridgex study run', or "
                "check the path."
            ) from problem

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the last run's plan that are done, in its order.

        Raises:
            ResultError: this is no study's folder, or a case is damaged.
        """
        for cell in self.plan()["cells"]:
            if self.has(cell["key"]):
                yield self.case(cell["key"])

    def gaps(self) -> dict[str, str]:
        """Return what of the last run's plan could not be done → why.

        Raises:
            ResultError: this is no study's folder.
        """
        plan = self.plan()
        found: dict[str, str] = dict(plan["missing"])
        for cell in plan["cells"]:
            why = None if self.has(cell["key"]) else self.gap(cell["key"])
            if why:
                found[f"{cell['model']} {cell['pair']} {cell['task']}"] = why
        return found

    def _case(self, key: str) -> Path:
        return self.root / "cases" / key[:2] / f"{key}.json"

    def _gap(self, key: str) -> Path:
        return self.root / "gaps" / f"{key}.json"


def _named(cell: Cell) -> dict[str, str]:
    pair = "-".join(language.code for language in cell.pair)
    return {"model": cell.model.name, "pair": pair, "task": cell.settings["task"]}


def _write(path: Path, values: Mapping[str, Any]) -> None:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    with storage_errors(path.parent), writing(path, durable=True) as temporary:
        temporary.write_bytes(text.encode("utf-8", "surrogatepass") + b"\n")

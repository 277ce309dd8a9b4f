"""What all results share: conversion to plain values and back, and to a table."""

import functools
import json
from collections.abc import Hashable, Mapping
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from bridgex.errors import ResultError

DERIVED = "derived"
"""Key of what `to_dict` adds for readers and `from_dict` computes anew."""

VIEWS = "bridgex.report.views"
"""What shows results stands above them, so it is found by name when one is first shown."""

LONGEST_REPR = 600
"""Characters."""

_FREE_FORM = ("provenance", "settings")
"""Fields of any plain values."""


class Result:
    """Base of frozen dataclasses that are results.

    Plain values hold ``kind`` and ``schema`` (its version) beside the fields; all keys are in
    snake_case.

    Attributes:
        kind: what it is: ``ranking``.
        schema: version of its fields; another version is not read.
    """

    kind: ClassVar[str]
    schema: ClassVar[int]

    def __post_init__(self) -> None:
        """Make fields of any values what a file gives back, so that a result equals itself read."""
        for field in fields(cast(Any, self)):
            if field.name in _FREE_FORM:
                plain = to_jsonable_python(getattr(self, field.name))
                object.__setattr__(self, field.name, plain)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""
        values = _adapter(cast(Hashable, type(self))).dump_python(self, mode="json")
        derived = self._derived()
        return {
            "kind": self.kind,
            "schema": self.schema,
            **values,
            **({DERIVED: derived} if derived else {}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the result that `to_dict` gave, also after a passage through JSON.

        Raises:
            ResultError: the values are of another kind, another schema, or damaged.
        """
        kind, schema = values.get("kind"), values.get("schema")
        if kind is None:
            raise ResultError(f"This is not a result of bridgex; {_REMEDY}.")
        if kind != cls.kind:
            raise ResultError(
                f"This result is of the kind '{kind}', not '{cls.kind}'; read it with bridgex.load."
            )
        if schema != cls.schema:
            remedy = "make it again with this version"
            if isinstance(schema, int) and schema > cls.schema:
                remedy = "upgrade bridgex to read it"
            raise ResultError(
                f"This {cls.kind} has schema {schema} and bridgex reads {cls.schema}; {remedy}."
            )
        try:
            json.dumps(values, allow_nan=False)
        except ValueError as problem:
            raise cls._damaged("it has a number that is not finite (NaN or infinity)") from problem
        given = {name: value for name, value in values.items() if name not in _ENVELOPE}
        known = [field.name for field in fields(cast(Any, cls))]
        for name in given:
            if name not in known:
                raise cls._damaged(f"it has a field '{name}' that no {cls.kind} has")
        for name in known:
            if name not in given:
                raise cls._damaged(f"the field '{name}' is missing")
        try:
            result: Self = _adapter(cast(Hashable, cls)).validate_python(given)
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            count = problem.error_count()
            wrong = "" if count == 1 else f" ({count} fields are wrong)"
            raise cls._damaged(f"{place}: {_lowered(first['msg'])}{wrong}") from problem
        return result

    @classmethod
    def _damaged(cls, what: str) -> ResultError:
        return ResultError(f"This {cls.kind} is damaged: {what}; make it again.")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the result of a JSON file.

        Raises:
            ResultError: the file is missing, no JSON, of another kind or schema, or damaged.
        """
        try:
            return cls.from_dict(read_json(path))
        except ResultError as problem:
            raise problem.of(path) from problem

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of `to_dict`."""
        schema = _adapter(cast(Hashable, cls)).json_schema(mode="serialization")
        schema["properties"] = {
            "kind": {"const": cls.kind},
            "schema": {"const": cls.schema},
            **schema["properties"],
            DERIVED: {"type": "object", "description": "Computed from the rest; not read."},
        }
        schema["required"] = [name for name in schema["properties"] if name != DERIVED]
        schema["additionalProperties"] = False
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

    def rows(self) -> list[dict[str, Any]]:
        """Return the table that the result is read as, a mapping per row."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the result in a few lines."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """Return `rows` as a pandas data frame.

        Raises:
            ResultError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as problem:
            raise ResultError("A data frame needs pandas; pip install 'bridgex[pandas]'.") from (
                problem
            )
        return pandas.DataFrame(self.rows())

    def to_polars(self) -> Any:
        """Return `rows` as a polars data frame.

        Raises:
            ResultError: polars is not installed.
        """
        try:
            import polars
        except ImportError as problem:
            raise ResultError("A polars data frame needs polars; pip install polars.") from problem
        return polars.DataFrame(self.rows(), infer_schema_length=None)

    def plot(
        self,
        figure: str | None = None,
        path: str | Path | None = None,
        *,
        width: Literal["column", "page"] = "page",
        labels: Literal["name", "endonym", "code"] = "name",
    ) -> Any:
        """Draw a figure, which a notebook shows; its ``chart`` is one of the charting library.

        Args:
            figure: its name, one of `bridgex.report.figures.FIGURES`; the main one by default.
            path: SVG, PNG, PDF or HTML file to write it to, with its numbers as CSV beside it.
            width: of a paper's column or page.
            labels: what languages are called.

        Raises:
            RequestError: no such figure, width, labels or suffix.
            ResultError: this result cannot give it, or the charting library is missing.
            StoreError: the folder cannot be written to.
        """
        return import_module(VIEWS).plot(self, figure, path, width=width, labels=labels)

    def _repr_html_(self) -> str:
        shown: str = import_module(VIEWS).html(self)
        return shown

    def __repr__(self) -> str:
        text = f"<{type(self).__name__}: {self.summary()}>"
        return text if len(text) <= LONGEST_REPR else f"{text[: LONGEST_REPR - 2]}…>"

    def _derived(self) -> dict[str, Any]:
        """Return what to add to the plain values that is computed from the fields."""
        return {}


_ENVELOPE = {"kind", "schema", DERIVED}
_REMEDY = "give the JSON of one, as --json writes it"


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


@functools.cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(type[Any], kind))


def read_json(path: str | Path) -> dict[str, Any]:
    """Return the JSON object of a file.

    Raises:
        ResultError: the file is missing or cannot be read, or holds no JSON object.
    """
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as problem:
        raise ResultError(
            f"{path} cannot be read ({problem.strerror or problem}); check the path."
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise ResultError(f"{path} is not JSON, or was cut short; make it again.") from problem
    if not isinstance(values, dict):
        raise ResultError(f"{path} is not a result of bridgex; {_REMEDY}.")
    return values

"""Fields that a user gives, checked; an error is one sentence."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bridgex.errors import RequestError, nearest


class Fields(BaseModel):
    """Base of what a user fills in; it cannot be changed afterwards.

    Making one raises `RequestError` where a field is unknown, of the wrong type or out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as problem:
            raise RequestError(_sentence(type(self), problem)) from problem


def _sentence(model: type[BaseModel], problem: ValidationError) -> str:
    first = problem.errors()[0]
    # what pydantic calls the members of a union is not the user's
    place = [str(part) for part in first["loc"] if "[" not in str(part)]
    name = ".".join(place)
    if first["type"] == "extra_forbidden":
        known = _fields(model, place[:-1])
        return f"There is no field '{name}'.{nearest(place[-1], known)} Use {', '.join(known)}."
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{name} cannot be {first['input']!r}: {reason[:1].lower()}{reason[1:]}."


def _fields(model: type[BaseModel], groups: list[str]) -> list[str]:
    """Return the names of the fields of a model within a model."""
    for group in groups:
        within = model.model_fields[group].annotation
        if isinstance(within, type) and issubclass(within, BaseModel):
            model = within
    return list(model.model_fields)

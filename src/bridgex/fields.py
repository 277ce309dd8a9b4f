"""Fields that a user gives, checked: what is wrong is said in one sentence."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bridgex.errors import RequestError

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], fields: Mapping[str, Any]) -> Model:
    """Return a model made of fields.

    Raises:
        RequestError: a field is unknown, or of the wrong type or out of range.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise RequestError(
            f"{name} cannot be {first['input']!r}: {reason[:1].lower()}{reason[1:]}."
        ) from problem

"""Validation errors as FastAPI reports them, and the message about an unusable type."""

from collections.abc import Iterable, Mapping
from typing import Any

from rapide.exceptions import FastAPIError

Location = tuple[int | str, ...]


class UnusableTypeError(FastAPIError):
    """A type has parts that neither Pydantic nor msgspec can handle.

    Args:
        problem: What is wrong.
        instead: What to write instead.
    """

    def __init__(self, problem: str, *, instead: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.instead = instead


class DefaultRefused(Exception):
    """A default is not valid; `error` is the exception of its validation."""

    def __init__(self, error: object) -> None:
        super().__init__(error)
        self.error = error


def get_missing_field_error(loc: Location) -> dict[str, object]:
    """Return the error of a required value that is missing."""
    return {"type": "missing", "loc": loc, "msg": "Field required", "input": None}


def relocate_errors(
    errors: Iterable[Mapping[str, Any]], prefix: Location
) -> list[dict[str, object]]:
    """Put `prefix` in front of the location of every Pydantic error."""
    return [{**error, "loc": prefix + tuple(error.get("loc", ()))} for error in errors]


def unusable_type_problem(type_: object) -> str:
    """Say that Pydantic cannot handle a type."""
    # COMPAT: FastAPI 0.165's message begins like this, for parameters too, and tests match it.
    return (
        f"Invalid args for response field! Hint: check that {type_} is a valid Pydantic field type"
    )


def unusable_type_message(type_: object) -> str:
    """Say that Pydantic cannot handle a type, and what to do about the type of an answer."""
    return (
        f"{unusable_type_problem(type_)}. If it is the return type of an endpoint and no data (a "
        "Response class, say), give the decorator the parameter response_model=None"
    )

"""Decide how the values of parameters are validated, and which value a missing one has."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

from rapide.plan.facts import NotCompilableError
from rapide.plan.operations import Default, Source
from rapide.schema import ModelField, ValidationError
from rapide.schema.documents import is_same_from_json
from rapide.schema.errors import DefaultRefused

_IMMUTABLE = (
    type(None), bool, int, float, complex, str, bytes, Enum, Decimal, UUID, date, time, timedelta,
)  # fmt: skip


def default_of(item: ModelField) -> Default:
    """Return the value that a parameter has if it is missing in the request."""
    info = item.field_info
    if info.is_required():
        return Default("required")
    if info.validate_default:
        return Default("made", partial(_valid_default, item))
    if info.default_factory is None:
        if isinstance(info.default, _IMMUTABLE):
            return Default("constant", info.default)
        if _is_flat(info.default):
            return Default("copied", info.default)
    return Default("made", partial(_copied_default, item))


def _is_flat(default: Any) -> bool:
    """Return whether user code cannot observe how often a default is copied."""
    if type(default) in (list, set):
        return all(isinstance(value, _IMMUTABLE) for value in default)
    return type(default) is dict and all(
        isinstance(part, _IMMUTABLE) for pair in default.items() for part in pair
    )


def _copied_default(item: ModelField) -> object:
    """Return a parameter's default as a new object for each request.

    COMPAT: FastAPI 0.165 also copies the result of a factory, and copies other defaults twice.
    """
    return deepcopy(item.get_default())


def _valid_default(item: ModelField) -> object:
    """Return the validated default of a parameter whose declaration requires validation.

    Raises:
        DefaultRefused: The default is not valid.
    """
    default = _copied_default(item)
    try:
        return item.validator.validate_python(default, from_attributes=True)
    except ValidationError as error:
        raise DefaultRefused(error) from None


def validator_unless_identity(item: ModelField, source: Source) -> object:
    """Return the validator of a parameter, or None if validation would change nothing."""
    if source != "path" and item.is_identity_for_str:
        return None
    return validator_of(item)


def validator_of(item: ModelField) -> object:
    """Return the validator of a field.

    Raises:
        NotCompilableError: Its type uses a name that is not defined, or not yet.
    """
    try:
        if item.types.settle():
            return item.validator.validate_python
    except Exception:
        if item.types.is_settled:
            raise
    name = item.types.undefined_name
    undefined = "an undefined name" if name is None else f"the undefined name {name}"
    raise NotCompilableError(
        f"the type of {item.name} has {undefined}",
        "define or import the name where the function is",
    )


def document_validator_of(item: ModelField) -> object:
    """Return the validator of JSON documents of a field, or None if its values may be others."""
    is_usual = item.is_pydantics_own and item.types.config is None
    if is_usual and is_same_from_json(item.types.core_schema):
        return item.validator.validate_json
    return None

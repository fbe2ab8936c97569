"""Read and validate path, query, header and cookie parameters, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from starlette.datastructures import Headers

from rapide import params
from rapide.generic.journal import Journal, Location
from rapide.schema import ModelField, Undefined, get_cached_model_fields, get_missing_field_error
from rapide.schema.fields import names_fields_by_alias, takes_extra
from rapide.signature.forms import (
    get_param_aliases,
    get_param_model,
    remaining_values,
    select_value,
)

Values = dict[str, object]
Errors = list[Any]


def request_params_to_args(
    fields: Sequence[ModelField], received_params: Mapping[str, object]
) -> tuple[Values, Errors]:
    """Read and validate parameters of one kind. Return the values by name, and the errors."""
    return solve_params(fields, received_params, None)


def solve_params(
    fields: Sequence[ModelField], received: Mapping[str, object], journal: Journal | None
) -> tuple[Values, Errors]:
    """Do the same, but without repeating the steps that the `journal` contains."""
    values: Values = {}
    errors: Errors = []
    for field in fields:
        if journal is not None and journal.remaining:
            values[field.name] = journal.next()
            continue
        known = None if journal is None else journal.take_errors()
        if known is not None:
            errors.extend(known)
            continue
        model = get_param_model(field)
        if model is not None:
            value, found = read_model(field, model, received, journal)
        else:
            value, found = _read_parameter(field, received, journal)
        if found:
            errors.extend(found)
        else:
            values[field.name] = value
    return values, errors


def validate_field(
    field: ModelField, value: object, loc: Location, journal: Journal | None = None
) -> tuple[object, Errors]:
    """Validate the value of a field. A missing value becomes the default or an error.

    If the `journal` says that this step has failed, return the recorded outcome.
    """
    if journal is not None and journal.error is not None:
        outcome = journal.fail(field, value, loc)
        if outcome is not None:
            return outcome
    if value is Undefined:
        if field.field_info.is_required():
            return None, [get_missing_field_error(loc)]
        value = deepcopy(field.default)
        if not field.field_info.validate_default:
            return value, []
    return field.validate(value, loc=loc)


def _read_parameter(
    field: ModelField, received: Mapping[str, object], journal: Journal | None
) -> tuple[object, Errors]:
    aliases = get_param_aliases(field)
    alias = next((key for _, key in aliases if key in received), aliases[0][1])
    info = field.field_info
    assert isinstance(info, params.Param)
    value = select_value(field, received, alias)
    return validate_field(field, value, (info.in_.value, alias), journal)


def read_model(
    field: ModelField,
    model: type[BaseModel],
    received: Mapping[str, object],
    journal: Journal | None,
) -> tuple[object, Errors]:
    """Read a parameter model, whose fields are the parameters."""
    info = field.field_info
    assert isinstance(info, params.Param)
    is_header = isinstance(received, Headers)
    values: Values = {}
    known: set[str] = set()
    own_names: set[str] = set()
    header_names: dict[str, str] = {}
    for item in get_cached_model_fields(model):
        convert = is_header and getattr(
            item.field_info, "convert_underscores", getattr(info, "convert_underscores", True)
        )
        aliases = get_param_aliases(item, convert_underscores=convert)
        own_names.update(key.lower() if is_header else key for _, key in aliases)
        alias, key = next((pair for pair in aliases if pair[1] in received), aliases[0])
        value = select_value(item, received, key)
        if value is not Undefined:
            values[alias] = value
        if not is_header:
            known.add(key)
            continue
        known.add(key.lower())
        # A literal name with underscores is not an extra header either.
        known.update(name.lower() for name, converted in aliases if name != converted)
        if alias != key:
            header_names[item.name] = key
    values.update(remaining_values(received, known))
    content: object = values
    if info.annotation is not model and not _is_supplied(model, own_names, received, values):
        content = Undefined
    result, errors = validate_field(field, content, (info.in_.value,), journal)
    if header_names and names_fields_by_alias(model):
        _name_headers(errors, header_names)
    return result, errors


def _is_supplied(
    model: type[BaseModel], own_names: set[str], received: Mapping[str, object], values: Values
) -> bool:
    """Return whether the request has any value for an optional parameter model."""
    if own_names.intersection(received):
        return True
    return takes_extra(model) and bool(values)


def _name_headers(errors: Errors, header_names: dict[str, str]) -> None:
    """Replace the names of fields by those of headers in the errors of a header model."""
    for error in errors:
        location = error["loc"]
        if len(location) > 1 and location[1] in header_names:
            error["loc"] = (location[0], header_names[location[1]], *location[2:])

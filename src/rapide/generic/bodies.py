"""Validate request bodies, JSON and forms, one parameter at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile

from rapide import params
from rapide.generic.journal import Journal, Location
from rapide.generic.parameters import Errors, Values, validate_field
from rapide.runtime.forms import file_content
from rapide.schema import (
    ModelField,
    Undefined,
    get_cached_model_fields,
    get_missing_field_error,
    serialize_sequence_value,
)
from rapide.schema.annotations import (
    is_bytes_or_nonable_bytes_annotation,
    is_bytes_sequence_annotation,
    value_is_sequence,
)
from rapide.schema.fields import takes_extra
from rapide.signature.bodies import should_embed_body_fields
from rapide.signature.forms import form_items, get_form_models, get_param_aliases


async def request_body_to_args(
    body_fields: list[ModelField], received_body: object, embed_body_fields: bool
) -> tuple[Values, Errors]:
    """Validate a body against its parameters. Return the values by name, and the errors."""
    return await solve_body(body_fields, received_body, embed_body_fields, None)


async def solve_body(
    body_fields: list[ModelField],
    received_body: object,
    embed_body_fields: bool,
    journal: Journal | None,
    document: bytes | None = None,
) -> tuple[Values, Errors]:
    """Do the same, but without repeating the steps that the `journal` contains.

    `document` is the JSON from which the body was parsed, for types that have their own decoder.
    """
    if journal is not None and journal.remaining >= len(body_fields):
        return {field.name: journal.next() for field in body_fields}, []
    form = received_body if isinstance(received_body, FormData) else None
    whole = (
        len(body_fields) == 1
        and not embed_body_fields
        and not should_embed_body_fields(body_fields)
        and not get_form_models(body_fields[0])
    )
    if whole:
        field = body_fields[0]
        body = received_body
        if form is not None:
            body = {alias: value for alias, value, _ in await form_values([field], form)}
        is_new = journal is None or not journal.is_replaying
        if document is not None and is_new and field.types.decode is not None:
            value, errors = field.validate_document(document, body, loc=("body",))
        else:
            value, errors = _validate(field, body, ("body",), journal)
        return {field.name: value}, errors
    if form is not None:
        return await _form_to_args(body_fields, form, journal)
    return _members_to_args(body_fields, received_body, journal)


def _members_to_args(
    fields: list[ModelField], body: Any, journal: Journal | None
) -> tuple[Values, Errors]:
    """Validate the members of a JSON object, one for each parameter."""
    values: Values = {}
    errors: Errors = []
    for field in fields:
        aliases = [alias for alias, _ in get_param_aliases(field)]
        loc: Location = ("body", aliases[0])
        content: object = Undefined
        if body is not Undefined and not isinstance(body, bytes):
            if not hasattr(body, "get"):
                if journal is not None:
                    journal.error = None
                errors.append(get_missing_field_error(loc))
                continue
            for alias in aliases:
                content = body.get(alias, Undefined)
                if content is not Undefined:
                    loc = ("body", alias)
                    break
        _validate_into(values, errors, field, content, loc, journal)
    return values, errors


async def _form_to_args(
    fields: list[ModelField], form: FormData, journal: Journal | None
) -> tuple[Values, Errors]:
    """Validate a form: models from the whole form, other parameters from the field they name."""
    single = [field for field in fields if not get_form_models(field)]
    found: dict[str, tuple[str, object]] = {}
    if single:
        for alias, value, owner in await form_values(single, form):
            if owner is not None:
                found[owner.name] = (alias, value)
    values: Values = {}
    errors: Errors = []
    for field in fields:
        models = get_form_models(field)
        loc: Location
        if models:
            content, loc = await model_content(field, models, form), ("body",)
        else:
            alias, content = found.get(field.name, (get_param_aliases(field)[0][0], Undefined))
            loc = ("body", alias)
        _validate_into(values, errors, field, content, loc, journal)
    return values, errors


def _validate(
    field: ModelField, content: object, loc: Location, journal: Journal | None
) -> tuple[object, Errors]:
    if journal is None or not journal.is_replaying:
        return validate_field(field, content, loc)
    if journal.remaining:
        return journal.next(), []
    errors = journal.take_errors()
    return validate_field(field, content, loc, journal) if errors is None else (None, errors)


def _validate_into(
    values: Values,
    errors: Errors,
    field: ModelField,
    content: object,
    loc: Location,
    journal: Journal | None,
) -> None:
    value, found = _validate(field, content, loc, journal)
    if found:
        errors.extend(found)
    else:
        values[field.name] = value


async def form_values(
    fields: Sequence[ModelField], form: FormData
) -> list[tuple[str, object, ModelField | None]]:
    """Return `form_items`, with files replaced by their bytes for fields that need those."""
    return [
        (alias, await _file_content(field, value) if field is not None else value, field)
        for alias, value, field in form_items(fields, form)
    ]


async def _file_content(field: ModelField, value: Any) -> object:
    if not isinstance(field.field_info, params.File):
        return value
    annotation = field.field_info.annotation
    if is_bytes_or_nonable_bytes_annotation(annotation) and isinstance(value, UploadFile):
        return await file_content(value)
    if is_bytes_sequence_annotation(annotation) and value_is_sequence(value):
        contents = await file_content(list(value))
        return serialize_sequence_value(field=field, value=contents)
    return value


async def model_content(field: ModelField, models: list[type[BaseModel]], form: FormData) -> object:
    """Return the values of a form for a form model, or `Undefined` if the form omits the model."""
    optional = type(None) in getattr(field.field_info.annotation, "__args__", ())
    if optional and not any(is_model_supplied(model, form) for model in models):
        return Undefined
    # The branches of a union normalise the form themselves.
    fields = get_cached_model_fields(models[0]) if len(models) == 1 else []
    return {alias: value for alias, value, _ in await form_values(fields, form)}


def is_model_supplied(model: type[BaseModel], form: FormData) -> bool:
    """Return whether a form has any value for a model."""
    if takes_extra(model) and form:
        return True
    return any(
        alias in form
        for field in get_cached_model_fields(model)
        for alias, _ in get_param_aliases(field)
    )

"""Parameters that compiled code reads from a whole form: models, and rare declarations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.datastructures import FormData

from rapide.generic.bodies import request_body_to_args
from rapide.runtime.extraction import ModelRefused
from rapide.runtime.forms import file_content, form_lists, form_values
from rapide.schema import ModelField, get_cached_model_fields
from rapide.signature.forms import form_input, get_form_model, remaining_values

FormReader = Callable[[FormData], Awaitable[object]]


def form_reader(field: ModelField) -> FormReader:
    """Return a function that reads a parameter from a form and raises if the form is not valid.

    The facts about the fields of a model are looked up once.
    """
    model = get_form_model(field)
    is_optional = field.field_info.annotation is not model
    if model is None or is_optional:
        return partial(_read_exactly, field)
    inputs = [form_input(item) for item in get_cached_model_fields(model)]
    if any(item.is_odd for item in inputs):
        return partial(_read_exactly, field)
    own = {item.keys[0] for item in inputs}
    has_choices = any(len(item.keys) > 1 for item in inputs)
    validate = field.validator.validate_python

    async def read(form: FormData) -> object:
        single, many = form_values(form), form_lists(form)
        values: dict[str, object] = {}
        known = own.copy() if has_choices else own
        for keys, is_many, contents, _ in inputs:
            found = many if is_many else single
            for key in keys:
                if has_choices:
                    known.add(key)
                if key in found:
                    value = found[key]
                    values[key] = await file_content(value) if contents else value
                    # Names after this one may belong to other fields or be extra values.
                    break
        values.update(remaining_values(form, known))
        return validate(values, from_attributes=True)

    return read


async def _read_exactly(field: ModelField, form: FormData) -> object:
    values, errors = await request_body_to_args([field], form, embed_body_fields=False)
    if errors:
        raise ModelRefused(errors)
    return values[field.name]

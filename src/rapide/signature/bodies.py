"""The request body as a whole: whether it is one value or an object of several, and its type."""

from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import Annotated, Any, cast, get_args

from pydantic import BaseModel, ConfigDict, GetPydanticSchema

from rapide import params
from rapide.schema import ModelField, create_body_model, lenient_issubclass
from rapide.schema.annotations import is_msgspec_class
from rapide.signature.form_schema import describe_form_body, describe_form_model
from rapide.signature.forms import get_form_model as get_form_model
from rapide.signature.forms import get_form_models as get_form_models
from rapide.signature.forms import get_form_union_models as get_form_union_models

_MULTIPART = "multipart/form-data"


def should_embed_body_fields(fields: Sequence[ModelField]) -> bool:
    """Return whether each body parameter is a member of an object, rather than the body itself."""
    if not fields:
        return False
    # Several dependencies may declare the same parameter.
    if len({field.name for field in fields}) > 1:
        return True
    first, *others = fields
    models = get_form_models(first)
    if models and any(_reads_another_form(first, field) for field in others):
        return True
    if getattr(first.field_info, "embed", None):
        return True
    is_model = lenient_issubclass(first.field_info.annotation, BaseModel) or bool(models)
    return isinstance(first.field_info, params.Form) and not is_model


def _reads_another_form(first: ModelField, other: ModelField) -> bool:
    same_type = other.field_info.annotation is first.field_info.annotation
    return not (same_type and get_form_models(other))


def get_body_field(
    *, body_params: list[ModelField], name: str, embed_body_fields: bool
) -> ModelField | None:
    """Return the field that describes the body of a route: the parameter itself, or a new model.

    The field says whether the body is a form or JSON, and describes it in the OpenAPI document.
    Requests do not use it: they are validated one parameter at a time. The name of a new model is
    `Body_`, followed by the `name` of the route.
    """
    if not body_params:
        return None
    first = body_params[0]
    if not embed_body_fields and not any(map(_is_nullable_form, body_params)):
        return first
    fields = body_params
    # PERF: only the OpenAPI document needs the model, so Pydantic builds it then.
    config = ConfigDict(defer_build=True)
    if any(map(get_form_models, body_params)):
        fields = _form_body_parts(body_params)
        config["json_schema_extra"] = partial(describe_form_body, body_params)
    model = create_body_model(fields=fields, model_name=f"Body_{name}", config=config)
    if embed_body_fields:
        return _make_combined_field(body_params, model)
    info = copy(first.field_info)
    info.annotation = model
    # The parameter keeps what validates its value; this field only describes it.
    info.metadata = []
    info.discriminator = None
    return ModelField(name=first.name, field_info=info, known_good=True)


def _is_nullable_form(field: ModelField) -> bool:
    return bool(get_form_models(field)) and type(None) in get_args(field.field_info.annotation)


def _make_combined_field(body_params: list[ModelField], model: type[BaseModel]) -> ModelField:
    options: dict[str, Any] = {"annotation": model, "alias": "body"}
    if not any(field.field_info.is_required() for field in body_params):
        options["default"] = None
    kind = next(
        (
            kind
            for kind in (params.File, params.Form)
            if any(isinstance(field.field_info, kind) for field in body_params)
        ),
        params.Body,
    )
    if kind is not params.File:
        media_type = _common_media_type(body_params, kind)
        if media_type is not None:
            options["media_type"] = media_type
    return ModelField(name="body", field_info=kind(**options), known_good=True)


def _common_media_type(body_params: list[ModelField], kind: type[params.Body]) -> str | None:
    media_types = {
        field.field_info.media_type for field in body_params if isinstance(field.field_info, kind)
    }
    if kind is params.Form and _MULTIPART in media_types:
        return _MULTIPART
    return media_types.pop() if len(media_types) == 1 else None


def _form_body_parts(body_params: list[ModelField]) -> list[ModelField]:
    """Return numbered fields that take the place of the parameters.

    The fields of a form model lie flat in the form, beside other parameters. No Pydantic model can
    express that, so the JSON Schema of the combined model is assembled from those of its parts.
    """
    parts = []
    for index, field in enumerate(body_params):
        part_name = f"field_{index}"
        info = copy(field.field_info)
        model = get_form_model(field)
        if model is not None and is_msgspec_class(model):
            # The document has the names that the form has.
            info.annotation, info.metadata = field.types.annotation, list(field.types.metadata)  # type: ignore[assignment]
        elif model is not None:
            hook = GetPydanticSchema(get_pydantic_json_schema=partial(describe_form_model, model))
            described: Any = Annotated[cast(Any, model), hook]
            info.annotation = described if info.annotation is model else described | None
        info.alias = info.validation_alias = info.serialization_alias = part_name
        info.title = info.title or field.name.replace("_", " ").title()
        parts.append(ModelField(name=part_name, field_info=info))
    return parts

"""Find the models that forms and parameters are read into, and read forms for them.

A union of models needs a reading per branch: a repeated key is a list for one branch and a single
value for another. So each branch of such a union gets a validator that reads the form again as the
branch declares it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple, Union, cast, get_args, get_origin

from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, Json, Tag
from starlette.datastructures import FormData, Headers, ImmutableMultiDict

from rapide import params
from rapide._form_values import is_empty_file
from rapide.schema import (
    ModelField,
    Undefined,
    field_annotation_is_sequence,
    get_cached_model_fields,
    is_bytes_or_nonable_bytes_annotation,
    is_bytes_sequence_annotation,
    is_union,
    lenient_issubclass,
)
from rapide.schema.annotations import is_msgspec_class


def is_json_field(field: ModelField) -> bool:
    """Return whether the value is a string of JSON (`Json` in `Annotated`)."""
    return any(type(item) is Json for item in field.field_info.metadata)


def get_model_type(annotation: object) -> type[BaseModel] | None:
    """Return the model of `Model` or `Model | None`."""
    if is_union(annotation):
        args = get_args(annotation)
        if len(args) == 2 and type(None) in args:
            annotation = args[0] if args[1] is type(None) else args[1]
    return annotation if _is_model(annotation) else None  # type: ignore[return-value]


def _is_model(annotation: object) -> bool:
    """Return whether a type has fields that can be read one by one."""
    return lenient_issubclass(annotation, BaseModel) or is_msgspec_class(annotation)


def _has_fields(field: ModelField, model: object) -> bool:
    """Return whether the fields of a parameter's class are read one by one.

    Pydantic may be told to make a Struct or an attrs class of a single value.
    """
    types = getattr(field, "types", None)
    return not is_msgspec_class(model) or getattr(types, "is_of_msgspec", False)


def get_param_model(field: ModelField) -> type[BaseModel] | None:
    """Return the model whose fields are the parameters that `field` stands for."""
    annotation = field.field_info.annotation
    if type(annotation) is type:
        return None  # PERF: startup. Models have a metaclass.
    if isinstance(field.field_info, (params.Query, params.Header, params.Cookie)):
        annotation = get_model_type(annotation)
    if _is_model(annotation) and not is_json_field(field) and _has_fields(field, annotation):
        return annotation  # type: ignore[return-value]
    return None


def get_form_models(field: ModelField) -> list[type[BaseModel]]:
    """Return the models that the whole form is read into: one, or the members of a union."""
    info = field.field_info
    if not isinstance(info, params.Form) or info.embed or is_json_field(field):
        return []
    model = get_model_type(info.annotation)
    if model is not None and not _has_fields(field, model):
        return []
    return get_form_union_models(info.annotation) if model is None else [model]


def get_form_model(field: ModelField) -> type[BaseModel] | None:
    """Return the model that the whole form is read into, if there is exactly one."""
    models = get_form_models(field)
    return models[0] if len(models) == 1 else None


def get_form_union_models(annotation: object) -> list[type[BaseModel]]:
    """Return the models of a union that has several models and otherwise only None."""
    if not is_union(annotation):
        return []
    choices = [choice for choice in get_args(annotation) if choice is not type(None)]
    models = [get_args(one)[0] if get_origin(one) is Annotated else one for one in choices]
    all_models = all(lenient_issubclass(model, BaseModel) for model in models)
    return models if all_models and len(models) > 1 else []


def add_form_union_validators(annotation: object) -> Any:
    """Add a validator to each branch of a union of form models that reads the form for it."""
    branches = tuple(
        branch if branch is type(None) else _reading_branch(branch)
        for branch in get_args(annotation)
    )
    return Union[branches]  # noqa: UP007


def _reading_branch(branch: Any) -> object:
    model: type[BaseModel] = branch
    metadata: Sequence[object] = ()
    if get_origin(branch) is Annotated:
        model, *metadata = get_args(branch)
    tags = [item for item in metadata if isinstance(item, Tag)]
    # Errors name the branch by its discriminator tag or, without one, by its model.
    tag = tags[-1] if tags else Tag(model.__name__)
    return Annotated[branch, BeforeValidator(partial(read_form_as, model=model)), tag]


def read_form_as(value: object, *, model: type[BaseModel]) -> object:
    """Return a form's values as the fields of one model expect them (validator of a branch)."""
    if not isinstance(value, dict):
        return value
    pairs = [
        (key, item)
        for key, items in value.items()
        for item in (items if isinstance(items, list) else [items])
    ]
    fields = get_cached_model_fields(model)
    read = {alias: item for alias, item, _ in form_items(fields, FormData(pairs))}
    # A form never has None or an empty list, but another validator may return them.
    read.update((key, item) for key, item in value.items() if item is None or item == [])
    return read


def get_validation_alias(field: ModelField) -> str:
    """Return the name under which a field is read."""
    # COMPAT: tools pass field-like objects that have no validation alias.
    return getattr(field, "validation_alias", None) or field.alias


def get_param_aliases(
    field: ModelField, *, convert_underscores: bool = False
) -> list[tuple[str, str]]:
    """Return pairs of the alias that Pydantic expects and the key in the request, best first."""
    alias = get_validation_alias(field)
    key = alias.replace("_", "-") if convert_underscores and alias == field.name else alias
    aliases = [(alias, key)]
    choices = field.field_info.validation_alias
    if isinstance(field.field_info, params.Path) or isinstance(choices, AliasPath):
        return aliases
    if isinstance(choices, AliasChoices):
        if any(isinstance(choice, AliasPath) for choice in choices.choices):
            return aliases
        # Choices are used literally, also for headers.
        aliases = [(choice, choice) for choice in cast(list[str], choices.choices)]
    return _with_own_name(field, aliases, convert_underscores)


def _with_own_name(
    field: ModelField, aliases: list[tuple[str, str]], convert_underscores: bool
) -> list[tuple[str, str]]:
    """Add the field's own name if the model's configuration allows or requires it."""
    config = field.config or {}
    by_name = config.get("validate_by_name", config.get("populate_by_name", False))
    only_by_name = config.get("validate_by_alias") is False
    if not (by_name or only_by_name):
        return aliases
    own = (field.name, field.name.replace("_", "-") if convert_underscores else field.name)
    if only_by_name:
        return [own]
    known = any(alias == field.name for alias, _ in aliases)
    return aliases if known else [*aliases, own]


def select_value(field: ModelField, values: Mapping[str, object], alias: str) -> object:
    """Return the request's value for `alias`: a single value, or a list if the field needs one.

    The result is `Undefined` for a value that counts as missing: an empty list, and in a form also
    an empty string or an empty file input.
    """
    wants_list = field_annotation_is_sequence(field.field_info.annotation)
    is_form = isinstance(values, FormData)
    value: Any
    if (
        wants_list
        and isinstance(values, (ImmutableMultiDict, Headers))
        and not is_json_field(field)
    ):
        value = values.getlist(alias)
        if is_form:
            value = [item for item in value if not is_empty_file(item)]
    else:
        value = values.get(alias)
    if value is None or (wants_list and len(value) == 0):
        return Undefined
    if is_form and (is_empty_file(value) or (isinstance(value, str) and value == "")):
        return Undefined
    return value


class FormInput(NamedTuple):
    """How a field is read from a form."""

    #: The names that the form may use, in order of preference.
    keys: tuple[str, ...]
    #: Whether all values are used, or only the last one.
    many: bool
    #: Whether the field needs the bytes of files instead of the files.
    contents: bool
    #: Whether the field needs more than these facts.
    is_odd: bool


def form_input(field: ModelField) -> FormInput:
    """Decide how a field is read from a form."""
    annotation = field.field_info.annotation
    many = field_annotation_is_sequence(annotation) and not is_json_field(field)
    wants_bytes = is_bytes_sequence_annotation if many else is_bytes_or_nonable_bytes_annotation
    contents = isinstance(field.field_info, params.File) and wants_bytes(annotation)
    # The bytes of several files become the annotated kind of sequence.
    is_odd = many and contents and get_origin(annotation) is not list
    keys = tuple(alias for alias, _ in get_param_aliases(field))
    return FormInput(keys, many, contents, is_odd)


def remaining_values(
    received: Mapping[str, object], known: set[str]
) -> Iterator[tuple[str, object]]:
    """Yield the values that a request has under other names; repeated values become a list."""
    items: Iterable[tuple[str, object]]
    if isinstance(received, ImmutableMultiDict):
        items = received.multi_items()
    elif isinstance(received, Headers):
        items = received.items()
    else:
        yield from ((key, received.get(key)) for key in received if key not in known)
        return
    grouped: dict[str, list[object]] = {}
    for key, value in items:
        if key not in known:
            grouped.setdefault(key, []).append(value)
    for key, values in grouped.items():
        yield key, values[0] if len(values) == 1 else values


def form_items(
    fields: Sequence[ModelField], form: FormData
) -> Iterator[tuple[str, object, ModelField | None]]:
    """Yield alias, value and field for each entry of a form; extra keys have no field."""
    known: set[str] = set()
    for field in fields:
        for alias, _ in get_param_aliases(field):
            known.add(alias)
            value = select_value(field, form, alias)
            if value is not Undefined:
                yield alias, value, field
                # Later aliases may belong to other fields or be extra keys.
                break
    for key, value in remaining_values(form, known):
        yield key, value, None

"""What a route reads: its parameters and its body, with the schemas of their validators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rapide import params
from rapide.contracts.boundaries.boundary import OMITTED, Boundary
from rapide.contracts.boundaries.requests import Upload
from rapide.contracts.boundaries.validated.kinds import new_walk
from rapide.contracts.boundaries.validated.walk import Core, Walk
from rapide.schema import (
    ModelField,
    get_cached_model_fields,
    is_uploadfile_or_nonable_uploadfile_annotation,
    is_uploadfile_sequence_annotation,
)
from rapide.signature.forms import get_form_models, get_param_aliases, get_param_model

#: More than what is kept in memory of a file.
_BIG_FILE = 1_100_000


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter, a field of a form, or a body.

    Attributes:
        key: The name in the request; empty for a whole body.
        walk: The way through the schema.
        schema: The schema.
        is_required: Whether it has to be there.
        is_text: Whether it is sent as text.
        is_file: Whether it is a file of a form.
        samples: Examples that its declaration gives.
    """

    key: str
    walk: Walk
    schema: Core
    is_required: bool
    is_text: bool = True
    is_file: bool = False
    samples: tuple[object, ...] = ()

    def sample(self) -> Any:
        """Return a value that is allowed."""
        if self.is_file:
            file = Upload("rapide.txt", b"rapide")
            return [file] if _is_list(self.schema) else file
        fitting = [one for one in self.samples if self.walk.accepts(self.schema, one)]
        found = fitting[0] if fitting else self.walk.example(self.schema)
        if found == [] and self.is_text:  # a list without items is not sent as text
            item = next(
                self.walk.boundaries({**_list_in(self.schema), "min_length": 1}, True), None
            )
            return found if item is None else item.value
        return found

    def boundaries(self) -> Iterator[Boundary]:
        """Yield the values at the boundaries."""
        if self.is_required and self.key:
            yield Boundary("missing", OMITTED, False, (), "required")
        if self.is_file:
            yield from _of_files(self.schema)
            return
        yield from self.walk.boundaries(self.schema, self.is_text)
        if self.is_text and self.key and not _is_list(self.schema):
            yield Boundary("given twice", [self.sample()] * 2, None)


def _list_in(schema: Core) -> Core:
    inner = schema.get("schema")
    return _list_in(inner) if isinstance(inner, Mapping) else schema


def _is_list(schema: Core) -> bool:
    kind: str = schema["type"]
    inner = schema.get("schema")
    if isinstance(inner, Mapping):
        return _is_list(inner)
    return kind in ("list", "set", "frozenset", "tuple", "deque", "generator")


def _of_files(schema: Core) -> Iterator[Boundary]:
    files = {
        "an empty file": Upload("empty.txt", b""),
        "a file with a name outside of ASCII": Upload("Ünï📚.txt", b"rapide"),
        "a file with a path as its name": Upload("../../etc/passwd", b"rapide"),
        "a file with any bytes": Upload("bytes.bin", bytes(range(256))),
        "a file without a type": Upload("rapide.txt", b"rapide", ""),
        "a big file": Upload("big.bin", b"x" * _BIG_FILE),
        "a file without a name": Upload("", b"rapide"),
        "a text instead of a file": "rapide",
    }
    for label, value in files.items():
        yield Boundary(label, [value] if _is_list(schema) else value, None)
    if _is_list(schema):
        file = Upload("rapide.txt", b"rapide")
        yield Boundary("several files", [file, file, file], None)


def _schema_of(field: ModelField) -> Core:
    """Return the schema of a field; that of a type of msgspec is written as Pydantic's."""
    if field.types.is_of_msgspec:
        from rapide.schema.struct_core import core_schema_of

        return core_schema_of(field.field_info.annotation)
    found: Core = field.types.adapter.core_schema
    return found


def _samples(field: ModelField) -> tuple[object, ...]:
    named = getattr(field.field_info, "openapi_examples", None) or {}
    values = [one["value"] for one in named.values() if "value" in one]
    return (*(field.field_info.examples or ()), *values)


def _single(field: ModelField, key: str, *, is_text: bool = True) -> Input:
    return Input(
        key,
        new_walk(),
        _schema_of(field),
        bool(field.field_info.is_required()),
        is_text,
        _is_file(field),
        _samples(field),
    )


def _is_file(field: ModelField) -> bool:
    """Return whether a field is a file; those of a model are known by their type."""
    annotation = field.field_info.annotation
    return (
        isinstance(field.field_info, params.File)
        or is_uploadfile_or_nonable_uploadfile_annotation(annotation)
        or is_uploadfile_sequence_annotation(annotation)
    )


def inputs_of_parameter(field: ModelField) -> Iterator[Input]:
    """Yield what a parameter reads: itself, or the fields of its model."""
    model = get_param_model(field)
    if model is None:
        yield _single(field, get_param_aliases(field)[0][1])
        return
    info = field.field_info
    is_header = isinstance(info, params.Header)
    convert = is_header and getattr(info, "convert_underscores", True)
    yield from _fields_of_model(field, model, convert=convert)


def _fields_of_model(field: ModelField, model: type, *, convert: bool) -> Iterator[Input]:
    """Yield the fields of a parameter model, which are parameters themselves."""
    walk, listed = _object_in(new_walk(), _schema_of(field))
    for item in get_cached_model_fields(model):
        converts = convert and getattr(item.field_info, "convert_underscores", True)
        key = get_param_aliases(item, convert_underscores=converts)[0][1]
        made = _single(item, key)
        if not field.field_info.is_required():
            made = replace(made, is_required=False)
        known = listed.get(item.name)
        if known is None:
            yield made
        else:
            yield replace(made, walk=walk, schema=known["schema"])


def _object_in(walk: Walk, schema: Core) -> tuple[Walk, Mapping[str, Any]]:
    """Return the fields of the object that a schema is about, and the way to them."""
    while True:
        if schema["type"] == "definitions":
            walk = walk.inside(definitions={one["ref"]: one for one in schema["definitions"]})
        elif schema["type"] in ("model", "dataclass"):
            walk = walk.inside(config=schema.get("config") or {})
        if schema["type"] == "definition-ref":
            schema = walk.definitions[schema["schema_ref"]]
        elif isinstance(fields := schema.get("fields"), Mapping):
            return walk, fields
        elif isinstance(inner := schema.get("schema"), Mapping):
            schema = inner
        else:
            return walk, {}


def inputs_of_body(field: ModelField, *, is_form: bool, is_whole: bool) -> Iterator[Input]:
    """Yield what a body parameter reads: the body, a member of it, or the fields of a form.

    Args:
        field: The body parameter.
        is_form: Whether the body is a form.
        is_whole: Whether the parameter is the whole body.
    """
    models = get_form_models(field)
    if models:
        yield from _fields_of_model(field, models[0], convert=False)
    elif is_whole and not is_form:
        yield _single(field, "", is_text=False)
    else:
        yield _single(field, get_param_aliases(field)[0][0], is_text=is_form)

"""Give the parts of a document the form that Pydantic's models give them, without the models.

Theory of operation. The models of `models.py` check a document, put the members of its objects in
order and leave out those that are None. To build them takes longer than to describe a hundred
routes, and to fill them takes half of the time of a large document. Nearly all parts consist of
texts and booleans of exactly the expected types. For these, a table of the members of each model
gives the same result. `UnsureError` is raised for everything else: the models decide about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from rapide.types import JsonObject

#: Return a value as the models return it.
Finish = Callable[[Any], Any]


class UnsureError(Exception):
    """Only the models know what becomes of a value."""


def text(value: object) -> str:
    """Return a string. Pydantic refuses surrogates."""
    if type(value) is str and (value.isascii() or _is_unicode(value)):
        return value
    raise UnsureError


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _flag(value: object) -> bool:
    if type(value) is bool:
        return value
    raise UnsureError


_EXACT: Final = 2**53


def _number(value: object) -> float:
    if type(value) is float and isfinite(value):
        return value
    if type(value) is int and -_EXACT < value < _EXACT:
        return float(value)
    raise UnsureError


def _positive(value: object) -> float:
    number = _number(value)
    if number > 0:
        return number
    raise UnsureError


def _count(value: object) -> int:
    if type(value) is int and value >= 0:
        return value
    raise UnsureError


def anything(value: object) -> object:
    """Return JSON without those members of its objects that are None."""
    kind = type(value)
    if kind is str:
        return text(value)
    if value is None or kind is bool or kind is int:
        return value
    if kind is float:
        return _finite(value)
    if kind is list:
        return [anything(item) for item in value]  # type: ignore[attr-defined]
    if kind is dict:
        return _members(value)  # type: ignore[arg-type]
    raise UnsureError


def _members(value: dict[object, object]) -> JsonObject:
    # PERF: startup. Most members are texts and booleans, which need no call.
    return {
        key if type(key) is str and key.isascii() and key[:3] != "_sa" else _key(key): (
            item if type(item) is bool or (type(item) is str and item.isascii()) else anything(item)
        )
        for key, item in value.items()
        if item is not None
    }


def _finite(value: Any) -> object:
    if isfinite(value):
        return value
    raise UnsureError


def _key(value: object) -> str:
    # The encoder leaves out the names that SQLAlchemy gives to its own attributes.
    if type(value) is str and not value.startswith("_sa"):
        return text(value)
    raise UnsureError


def _refused(value: object) -> Any:
    raise UnsureError


def _one_of(*values: str) -> Finish:
    allowed = frozenset(values)

    def finish(value: object) -> object:
        if type(value) is str and value in allowed:
            return value
        raise UnsureError

    return finish


def _list_of(finish: Finish) -> Finish:
    def finish_list(value: object) -> object:
        if type(value) is list:
            return [finish(item) for item in value]
        raise UnsureError

    return finish_list


def _dict_of(finish: Finish) -> Finish:
    def finish_dict(value: object) -> object:
        if type(value) is dict:
            return {_key(key): finish(item) for key, item in value.items()}
        raise UnsureError

    return finish_dict


#: How many different sets of members are remembered for an object.
_LAYOUTS: Final = 256


class ObjectForm:
    """The form of an object: its members in order, and what becomes of each one.

    Args:
        members: Every member that the model has, by its name in the document.
        required: The members that must not be missing.
        hidden: Names of attributes of the model that differ from the names in the document.
    """

    def __init__(
        self,
        members: dict[str, Finish],
        *,
        required: tuple[str, ...] = (),
        hidden: tuple[str, ...] = (),
    ) -> None:
        self.members = members
        self.required = required
        self.hidden = frozenset(hidden)
        self._layouts: dict[tuple[object, ...], list[tuple[str, Finish]]] = {}

    def __call__(self, value: object) -> JsonObject:
        """Return an object in this form.

        Raises:
            UnsureError: Only the model knows the result.
        """
        if type(value) is not dict:
            raise UnsureError
        names = tuple(value)
        layout = self._layouts.get(names)
        if layout is None:
            layout = self._arrange(names)
        finished = {}
        for name, finish in layout:
            item = value[name]
            if item is not None:
                finished[name] = finish(item)
        for name in self.required:
            if name not in finished:
                raise UnsureError
        return finished

    def _arrange(self, names: tuple[object, ...]) -> list[tuple[str, Finish]]:
        others = [name for name in names if name not in self.members]
        # What Pydantic thinks of these is not worth to be known here.
        if any(
            type(name) is not str
            or name in self.hidden
            or name.startswith(("_", "$"))
            or hasattr(BaseModel, name)
            for name in others
        ):
            raise UnsureError
        layout = [(name, finish) for name, finish in self.members.items() if name in names]
        layout += [(text(name), anything) for name in others]
        if len(self._layouts) < _LAYOUTS:
            self._layouts[names] = layout
        return layout


SCHEMA: Final = ObjectForm(
    {},
    hidden=(
        *("schema_", "vocabulary", "id", "anchor", "dynamicAnchor", "ref", "dynamicRef", "defs"),
        *("comment", "not_", "if_", "else_"),
    ),
)


def _schema_or_bool(value: object) -> object:
    return value if type(value) is bool else SCHEMA(value)


_schemas = _list_of(_schema_or_bool)
_named_schemas = _dict_of(_schema_or_bool)
_type = _one_of("array", "boolean", "integer", "null", "number", "object", "string")
_types = _list_of(_type)


def _type_or_types(value: object) -> object:
    return _types(value) if type(value) is list else _type(value)


_texts = _list_of(text)
_list = _list_of(anything)
_discriminator = ObjectForm(
    {"propertyName": text, "mapping": _dict_of(text)}, required=("propertyName",)
)


def _known_discriminator(value: object) -> object:
    # The model ignores unknown members.
    if type(value) is dict and value.keys() <= _discriminator.members.keys():
        return _discriminator(value)
    raise UnsureError


SCHEMA.members.update(
    dict.fromkeys(("$schema", "$vocabulary", "$id", "$anchor", "$dynamicAnchor"), text)
    | dict.fromkeys(("$ref", "$dynamicRef"), text)
    | {"$defs": _named_schemas, "$comment": text}
    | dict.fromkeys(("allOf", "anyOf", "oneOf"), _schemas)
    | dict.fromkeys(("not", "if", "then", "else"), _schema_or_bool)
    | {"dependentSchemas": _named_schemas, "prefixItems": _schemas}
    | dict.fromkeys(("items", "contains"), _schema_or_bool)
    | dict.fromkeys(("properties", "patternProperties"), _named_schemas)
    | dict.fromkeys(("additionalProperties", "propertyNames"), _schema_or_bool)
    | dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), _schema_or_bool)
    | {"type": _type_or_types, "enum": _list, "const": anything, "multipleOf": _positive}
    | dict.fromkeys(("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"), _number)
    | {"maxLength": _count, "minLength": _count, "pattern": text}
    | {"maxItems": _count, "minItems": _count, "uniqueItems": _flag}
    | dict.fromkeys(("maxContains", "minContains", "maxProperties", "minProperties"), _count)
    | {"required": _texts, "dependentRequired": _refused, "format": text}
    | {"contentEncoding": text, "contentMediaType": text, "contentSchema": _schema_or_bool}
    | {"title": text, "description": text, "default": anything}
    | dict.fromkeys(("deprecated", "readOnly", "writeOnly"), _flag)
    | {"examples": _list, "discriminator": _known_discriminator}
    | dict.fromkeys(("xml", "externalDocs"), _refused)
    | {"example": anything}
)

MEDIA_TYPE: Final = ObjectForm(
    {"schema": SCHEMA, "example": anything, "examples": _refused, "encoding": _refused},
    hidden=("schema_",),
)
_content = _dict_of(MEDIA_TYPE)

REQUEST_BODY: Final = ObjectForm(
    {"description": text, "content": _content, "required": _flag}, required=("content",)
)
RESPONSE: Final = ObjectForm(
    {"description": text, "headers": _refused, "content": _content, "links": _refused},
    required=("description",),
)
OPERATION: Final = ObjectForm(
    {"tags": _texts, "summary": text, "description": text, "externalDocs": _refused}
    | {"operationId": text, "parameters": _refused, "requestBody": REQUEST_BODY}
    | {"responses": _dict_of(RESPONSE), "callbacks": _refused, "deprecated": _flag}
    | {"security": _list_of(_dict_of(_texts)), "servers": _refused}
)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PATH_ITEM: Final = ObjectForm(
    {"$ref": _refused, "summary": text, "description": text}
    | dict.fromkeys(_METHODS, OPERATION)
    | {"servers": _refused, "parameters": _refused},
    hidden=("ref",),
)


def finish_path_item(item: object) -> object:
    """Return the operations of a path.

    Their type is a union of `PathItem` and `Any`, from which Pydantic takes the better match. That
    is `Any` as soon as there is a parameter: its place is a text and should be an enumeration.
    """
    is_any = type(item) is dict and any(map(_has_parameter, item.values()))
    return anything(item) if is_any else PATH_ITEM(item)


def _has_parameter(operation: object) -> bool:
    parameters = operation.get("parameters") if type(operation) is dict else None
    return type(parameters) is list and any(
        type(item) is dict and type(item.get("in")) is str and "$ref" not in item
        for item in parameters
    )


INFO: Final = ObjectForm(
    {"title": text, "summary": text, "description": text, "termsOfService": text}
    | {"contact": _refused, "license": _refused, "version": text},
    required=("title", "version"),
)
TAG: Final = ObjectForm(
    {"name": text, "description": text, "externalDocs": _refused}, required=("name",)
)
#: The document itself, without its paths and schemas.
DOCUMENT: Final = ObjectForm(
    dict[str, Finish](openapi=text, info=INFO, jsonSchemaDialect=text, servers=_refused)
    | {"paths": _dict_of(_refused), "webhooks": _refused, "components": _refused}
    | {"security": _refused, "tags": _list_of(TAG), "externalDocs": _refused},
    required=("openapi", "info"),
)


def finish_each(parts: Mapping[str, object], form: Finish) -> tuple[JsonObject, JsonObject]:
    """Return the parts of a document that are finished, and those that are left to the models."""
    finished: JsonObject = {}
    odd: JsonObject = {}
    for name, part in parts.items():
        try:
            finished[_key(name)] = form(part)
        except UnsureError:
            odd[name] = part
    return finished, odd


def finish_document(
    document: JsonObject, by_models: Callable[[JsonObject], JsonObject]
) -> JsonObject:
    """Return a document as the models return it.

    Args:
        document: The document as it was described.
        by_models: Checks a document by the models; for the parts that only they know.

    Raises:
        pydantic.ValidationError: A part is not valid.
    """
    components = document.get("components", {})
    paths, odd_paths = finish_each(document["paths"], finish_path_item)
    schemas, odd_schemas = finish_each(components.get("schemas", {}), SCHEMA)
    others = {name: part for name, part in components.items() if name != "schemas"}
    if odd_schemas:
        others["schemas"] = odd_schemas
    rest = {**document, "paths": odd_paths, "components": others}
    if not others:
        del rest["components"]
    try:
        finished = _finish_rest(rest, by_models)
    except ValidationError:
        return by_models(document)  # the error is about the whole document
    finished["paths"] = _joined(document["paths"], paths, finished["paths"])
    if "components" in document:
        finished.setdefault("components", {})
    if "schemas" in components:
        parts = finished["components"]
        joined = _joined(components["schemas"], schemas, parts.get("schemas", {}))
        finished["components"] = {"schemas": joined} | parts | {"schemas": joined}
    return {name: finished[name] for name in DOCUMENT.members if name in finished}


def _finish_rest(rest: JsonObject, by_models: Callable[[JsonObject], JsonObject]) -> JsonObject:
    try:
        return DOCUMENT(rest)
    except UnsureError:
        return by_models(rest)


def _joined(described: JsonObject, finished: JsonObject, by_models: JsonObject) -> JsonObject:
    """Return the finished parts in the order in which they were described."""
    if not by_models and len(finished) == len(described):
        return finished
    parts = finished | by_models
    return {name: parts[name] for name in described if name in parts}

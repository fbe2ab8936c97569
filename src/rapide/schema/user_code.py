"""Tell types that Pydantic validates without running code of the application's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

Schema = Mapping[str, Any]

#: Kinds of schemas whose values are made by Pydantic alone.
_SIMPLE: Final = frozenset(
    {"any", "none", "bool", "int", "float", "str", "bytes", "decimal"}
    | {"date", "time", "datetime", "timedelta", "uuid", "literal"}
)
#: Kinds of schemas that have others as parts, under these keys.
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "nullable": ("schema",),
    "list": ("items_schema",),
    "tuple": ("items_schema",),
    "set": ("items_schema",),
    "dict": ("keys_schema", "values_schema"),
    "model": ("schema",),
    "model-fields": ("fields",),
    "model-field": ("schema",),
    "default": ("schema",),
    "definitions": ("schema", "definitions"),
    "definition-ref": (),
}
#: Factories of defaults that run no code of the application's.
_FACTORIES: Final = (list, dict, set, tuple)
#: Types of defaults, and of the values of literals.
_DEFAULTS: Final = (type(None), bool, int, float, str, bytes)
#: Methods that say how instances are made and dropped.
_OWN_MAKING: Final = frozenset({"__new__", "__init__", "__setattr__", "__del__"})


def is_free_of_user_code(schema: object) -> bool:
    """Return whether validating values of a core schema runs no code of the application's."""
    return all(map(_is_known, _walk(schema)))


def _walk(schema: object) -> Iterator[object]:
    """Yield a schema and all schemas inside of it."""
    yield schema
    if not isinstance(schema, Mapping):
        return
    for key in _PARTS.get(schema.get("type", ""), ()):
        part: Any = schema.get(key)
        if key == "fields":
            part = list(part.values())
        for inner in part if isinstance(part, list) else [] if part is None else [part]:
            yield from _walk(inner)


def _is_known(schema: object) -> bool:
    if not isinstance(schema, Mapping):
        return False  # a stand-in for the schema of an incomplete model
    kind = schema.get("type")
    if kind == "model":
        return _is_usual_model(schema)
    if kind == "default":
        factory = schema.get("default_factory")
        return (factory is None or factory in _FACTORIES) and _is_plain(schema.get("default"))
    if kind == "literal":
        return all(type(value) in _DEFAULTS for value in schema["expected"])
    if kind == "model-fields":
        return "extras_schema" not in schema and "extras_keys_schema" not in schema
    return kind in _SIMPLE or kind in _PARTS


def _is_usual_model(schema: Schema) -> bool:
    """Return whether instances are made as those of any other model."""
    cls = schema["cls"]
    own = [base for base in cls.__mro__ if base not in BaseModel.__mro__]
    return (
        type(cls) is type(BaseModel)
        and not schema.get("custom_init")
        and not schema.get("post_init")
        and not any(_OWN_MAKING & vars(base).keys() for base in own)
    )


def _is_plain(default: object) -> bool:
    """Return whether a default and its parts, which are copied, are of built-in types."""
    if type(default) is list:
        return all(map(_is_plain, default))
    if type(default) is dict:
        return all(map(_is_plain, (*default, *default.values())))
    return type(default) in _DEFAULTS

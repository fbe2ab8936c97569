"""Describe types whose values can be written as JSON without Pydantic's serializer.

Theory of operation. Pydantic's core schema of a type says how its values are written. This module
walks the schema, and knows the parts for which the classes of the values decide everything. It
turns them into nodes, which `rapide.runtime.model_json` compiles. A node is a tuple of its kind and
its parts; parts that are nodes themselves are given by their index:

    ("str",) ("int",) ("bool",) ("none",)     an exact value of this type
    ("float", function)                       the function writes numbers with an exponent
    ("plain",)                                plain JSON
    ("called", type, function)                the function writes values of this type
    ("moment", type, function, zones)         the same, with a time zone of one of these classes
    ("literal", values)                       one of these strings and integers
    ("enum", class, value)                    a member of this class
    ("nullable", item) ("list", item) ("tuple", item) ("dict", value)
    ("model", class, ((name, key, item), ...))   a key of None leaves the field out

Everything else is unusual: a key of a schema or a configuration that is not in the tables below,
too. Such a type has no description, and Pydantic writes its values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from inspect import getattr_static
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from pydantic_core import TzInfo, to_json

Nodes = tuple[tuple[object, ...], ...]
Schema = Mapping[str, Any]

_ANYWHERE: Final = frozenset({"type", "ref", "metadata", "strict"})
_SIZES: Final = frozenset({"min_length", "max_length", "fail_fast"})
_BOUNDS: Final = frozenset({"multiple_of", "le", "ge", "lt", "gt"})
_TIMES: Final = frozenset({"le", "ge", "lt", "gt", "microseconds_precision"})
_ZONED: Final = _TIMES | {"tz_constraint", "now_op", "now_utc_offset"}
_FUNCTION: Final = frozenset({"function", "schema", "json_schema_input_schema"})

#: The keys of each kind of schema that do not change how a valid value is written.
_KEYS: Final[dict[str, frozenset[str]]] = {
    "any": frozenset(),
    "none": frozenset(),
    "bool": frozenset(),
    "int": _BOUNDS,
    "float": _BOUNDS | {"allow_inf_nan"},
    "str": _SIZES
    | {"pattern", "strip_whitespace", "to_lower", "to_upper", "regex_engine", "ascii_only"}
    | {"coerce_numbers_to_str"},
    "decimal": _BOUNDS | {"allow_inf_nan", "max_digits", "decimal_places"},
    "date": _BOUNDS | {"now_op", "now_utc_offset"},
    "time": _ZONED,
    "datetime": _ZONED,
    "timedelta": _TIMES,
    "uuid": frozenset({"version"}),
    "literal": frozenset({"expected"}),
    "enum": frozenset({"cls", "members", "sub_type", "missing"}),
    "nullable": frozenset({"schema"}),
    "list": _SIZES | {"items_schema"},
    "tuple": _SIZES | {"items_schema", "variadic_item_index"},
    "dict": _SIZES | {"keys_schema", "values_schema"},
    "model": frozenset(
        {"cls", "schema", "generic_origin", "config", "root_model", "custom_init", "post_init"}
        | {"frozen", "extra_behavior", "revalidate_instances"}
    ),
    "model-fields": frozenset(
        {"fields", "model_name", "computed_fields", "extra_behavior", "from_attributes"}
    ),
    "model-field": frozenset(
        {"schema", "validation_alias", "serialization_alias", "serialization_exclude", "frozen"}
    ),
    "default": frozenset(
        {"schema", "default", "default_factory", "default_factory_takes_data", "on_error"}
        | {"validate_default", "copy_default"}
    ),
    "definitions": frozenset({"schema", "definitions"}),
    "definition-ref": frozenset({"schema_ref"}),
    "function-before": _FUNCTION,
    "function-after": _FUNCTION,
    "function-wrap": _FUNCTION,
}
#: The settings of a model that do not change how its instances are written.
_SETTINGS: Final = frozenset(
    {"title", "strict", "extra_fields_behavior", "typed_dict_total", "from_attributes"}
    | {"loc_by_alias", "revalidate_instances", "validate_default", "str_max_length"}
    | {"str_min_length", "str_strip_whitespace", "str_to_lower", "str_to_upper", "allow_inf_nan"}
    | {"val_json_bytes", "hide_input_in_errors", "validation_error_cause", "regex_engine"}
    | {"coerce_numbers_to_str", "cache_strings", "validate_by_alias", "validate_by_name"}
    | {"populate_by_name", "serialize_by_alias", "url_preserve_empty_path"}
)
_CALLED: Final = {"decimal": Decimal, "date": date, "timedelta": timedelta, "uuid": UUID}
_MOMENTS: Final = {"datetime": datetime, "time": time}
_ZONES: Final = (timezone, TzInfo, ZoneInfo)
_ITEMS: Final = {"list": "items_schema", "tuple": "items_schema", "dict": "values_schema"}

#: Types whose exact values are valid, unless something is required of them.
_VALID_BY_CLASS: Final = frozenset(
    {"any", "none", "bool", "int", "float", "str", "date", "datetime", "uuid", "literal", "enum"}
)


class _UnusualError(Exception):
    """Only Pydantic knows how the values are written."""


def describe(schema: object, *, by_alias: bool) -> Nodes | None:
    """Return the nodes of a type, given its core schema, or None if it is unusual."""
    walk = _Walk(by_alias)
    try:
        walk.add(schema)
    except _UnusualError:
        return None
    return tuple(walk.nodes)


def is_valid_by_class(schema: Any) -> bool:
    """Return whether a value is valid, and its own result, if it fits the nodes of its type.

    Pydantic does not look into an instance of a model.
    """
    return _is_valid_by_class(schema, {})


def _is_valid_by_class(schema: Schema, definitions: dict[str, Schema]) -> bool:
    kind, keys = schema["type"], schema.keys() - {"type", "ref", "metadata"}
    if kind == "definitions":
        definitions |= {item["ref"]: item for item in schema["definitions"]}
        return _is_valid_by_class(schema["schema"], definitions)
    if kind == "definition-ref":
        # Containers are not looked up, so that this ends.
        found = definitions.get(schema["schema_ref"], schema)
        return found["type"] in ("model", "enum") and _is_valid_by_class(found, definitions)
    if kind == "model":
        settings = schema.get("config", {}), schema
        return all(item.get("revalidate_instances", "never") == "never" for item in settings)
    if kind == "nullable":
        return keys == {"schema"} and _is_valid_by_class(schema["schema"], definitions)
    if kind in _ITEMS:
        parts = {"keys_schema", "variadic_item_index", _ITEMS[kind]}
        items = schema.get("keys_schema"), _item_of(schema)
        return keys <= parts and all(
            item is None or _is_valid_by_class(item, definitions) for item in items
        )
    required = keys & (_BOUNDS | _SIZES | _ZONED | _KEYS["str"] | _KEYS["float"] | {"version"})
    return kind in _VALID_BY_CLASS and required <= {"microseconds_precision"}


def _item_of(schema: Schema) -> Any:
    """Return the schema of all items or values of a container; None if they may be anything."""
    items: Any = schema.get(_ITEMS[schema["type"]])
    if schema["type"] == "tuple":
        if schema.get("variadic_item_index") != 0 or len(items) != 1:
            raise _UnusualError
        return items[0]
    if schema["type"] == "dict":
        keys = schema.get("keys_schema", {"type": "any"})
        if keys["type"] not in ("str", "any"):
            raise _UnusualError
        _check_keys(keys)
    return items


def _check_keys(schema: Schema) -> None:
    if not schema.keys() <= _ANYWHERE | _KEYS.get(schema["type"], frozenset()):
        raise _UnusualError


class _Walk:
    """One walk over a core schema, which collects the nodes."""

    def __init__(self, by_alias: bool) -> None:
        self.by_alias = by_alias
        self.nodes: list[tuple[object, ...]] = []
        self.definitions: dict[str, Schema] = {}
        #: The nodes of definitions, by their names.
        self.defined: dict[str, int] = {}

    def add(self, schema: object) -> int:
        """Add the nodes of a schema, and return the index of the first one.

        Raises:
            _UnusualError: The schema has a part that is not known here.
        """
        if not isinstance(schema, dict) or schema.get("type") not in _KEYS:
            raise _UnusualError  # Pydantic has a stand-in for the schema of an incomplete model
        _check_keys(schema)
        kind = schema["type"]
        if kind == "definitions":
            self.definitions |= {item["ref"]: item for item in schema["definitions"]}
        if kind in ("definitions", "default") or kind.startswith("function-"):
            return self.add(schema["schema"])
        if kind == "definition-ref":
            return self._add_definition(schema["schema_ref"])
        index = len(self.nodes)
        self.nodes.append(())
        self.nodes[index] = self._node(kind, schema)
        return index

    def _add_definition(self, name: str) -> int:
        if name not in self.defined:
            expected = self.defined[name] = len(self.nodes)
            if self.add(self.definitions.get(name)) != expected:
                raise _UnusualError  # it is another name for a definition
        return self.defined[name]

    def _node(self, kind: str, schema: Schema) -> tuple[object, ...]:
        if kind in ("str", "int", "bool", "none"):
            return (kind,)
        if kind == "any":
            return ("plain",)
        if kind == "float":
            return (kind, to_json)
        if kind in _CALLED:
            return ("called", _CALLED[kind], to_json)
        if kind in _MOMENTS:
            return ("moment", _MOMENTS[kind], to_json, _ZONES)
        if kind == "nullable":
            return (kind, self.add(schema["schema"]))
        if kind in _ITEMS:
            item = _item_of(schema)
            return (kind, self.add({"type": "any"} if item is None else item))
        nodes: dict[str, Callable[[Schema], tuple[object, ...]]] = {
            "literal": self._literal,
            "enum": self._enum,
            "model": self._model,
        }
        if kind not in nodes:
            raise _UnusualError  # it belongs to a model
        return nodes[kind](schema)

    def _literal(self, schema: Schema) -> tuple[object, ...]:
        if not all(type(value) in (str, int) for value in schema["expected"]):
            raise _UnusualError
        return ("literal", frozenset(schema["expected"]))

    def _enum(self, schema: Schema) -> tuple[object, ...]:
        cls = schema["cls"]
        own_value = getattr_static(Enum, "value")
        if issubclass(cls, Flag) or getattr_static(cls, "value") is not own_value:
            raise _UnusualError
        return ("enum", cls, self.add({"type": schema.get("sub_type", "any")}))

    def _model(self, schema: Schema) -> tuple[object, ...]:
        cls, fields = schema["cls"], schema["schema"]
        while fields["type"].startswith("function-"):
            _check_keys(fields)
            fields = fields["schema"]
        settings = schema.get("config", {})
        allows_more = "allow" in (
            settings.get("extra_fields_behavior"),
            schema.get("extra_behavior"),
            fields.get("extra_behavior"),
        )
        if (
            fields["type"] != "model-fields"
            or schema.get("root_model")
            or fields.get("computed_fields")
            or allows_more
            or not settings.keys() <= _SETTINGS
            or not _has_usual_attributes(cls)
        ):
            raise _UnusualError
        _check_keys(fields)
        return ("model", cls, tuple(self._field(*item) for item in fields["fields"].items()))

    def _field(self, name: str, field: Schema) -> tuple[str, bytes | None, int]:
        _check_keys(field)
        key: str = (field.get("serialization_alias") if self.by_alias else None) or name
        if field.get("serialization_exclude"):
            return name, None, 0  # any node: it is not used
        try:
            shown = json.dumps(key, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise _UnusualError from None
        return name, b",%b:" % shown, self.add(field["schema"])


def _has_usual_attributes(cls: type) -> bool:
    """Return whether the attributes of instances are found as in any other model."""
    own = [base for base in cls.__mro__ if base not in BaseModel.__mro__]
    return (
        type(cls) is type(BaseModel)
        and cls.__getattribute__ is object.__getattribute__
        and not any("__dict__" in vars(base) for base in own)
    )

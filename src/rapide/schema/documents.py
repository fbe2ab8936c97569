"""Types that Pydantic makes of the bytes of a JSON document as it makes them of parsed JSON.

Theory of operation. `validate_json` reads a document without making Python objects of it. It is
faster than parsing and `validate_python`, but it is another mode of validation: it has rules of its
own for some types, and validators can ask for it. This module walks the core schema of a type. It
knows the parts for which both ways accept the same documents and give the same values, except for
integers that are too large for a float. A test compares them.

What is not in the tables below is unusual, and takes the ordinary way. So do types with values
that are parts of the parsed document itself, as `Any` is, because others may have the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rapide.schema.user_code import is_free_of_user_code

Schema = Mapping[str, Any]

_ANYWHERE: Final = frozenset({"type", "ref", "metadata"})
_SIZES: Final = frozenset({"min_length", "max_length", "fail_fast"})
_BOUNDS: Final = frozenset({"multiple_of", "le", "ge", "lt", "gt"})
_TIMES: Final = frozenset({"le", "ge", "lt", "gt", "microseconds_precision", "tz_constraint"})

#: The keys of each kind of schema with which both ways agree.
_KEYS: Final[dict[str, frozenset[str]]] = {
    "none": frozenset(),
    "bool": frozenset(),
    "int": _BOUNDS,
    "float": _BOUNDS | {"allow_inf_nan"},
    "str": _SIZES | {"pattern", "strip_whitespace", "to_lower", "to_upper", "regex_engine"},
    "date": frozenset({"le", "ge", "lt", "gt"}),
    "time": _TIMES,
    "datetime": _TIMES,
    "timedelta": _TIMES,
    "uuid": frozenset({"version"}),
    "literal": frozenset({"expected"}),
    "nullable": frozenset({"schema"}),
    "list": _SIZES | {"items_schema"},
    "tuple": _SIZES | {"items_schema", "variadic_item_index"},
    "set": _SIZES | {"items_schema"},
    # Sizes differ: a key that is there twice may count twice. See also `_keeps_keys`.
    "dict": frozenset({"keys_schema", "values_schema"}),
    "model": frozenset(
        {"cls", "schema", "generic_origin", "config", "root_model", "custom_init", "post_init"}
        | {"frozen", "revalidate_instances"}
    ),
    "model-fields": frozenset(
        {"fields", "model_name", "computed_fields", "extra_behavior", "from_attributes"}
    ),
    "model-field": frozenset(
        {"schema", "validation_alias", "serialization_alias", "serialization_exclude", "frozen"}
    ),
    "default": frozenset(
        {"schema", "default", "default_factory", "default_factory_takes_data", "validate_default"}
        | {"copy_default"}
    ),
    "definitions": frozenset({"schema", "definitions"}),
    "definition-ref": frozenset({"schema_ref"}),
}
#: The settings of a model with which both ways agree.
_SETTINGS: Final = frozenset(
    {"title", "extra_fields_behavior", "from_attributes", "loc_by_alias", "revalidate_instances"}
    | {"validate_default", "str_max_length", "str_min_length", "str_strip_whitespace"}
    | {"str_to_lower", "str_to_upper", "allow_inf_nan", "hide_input_in_errors", "regex_engine"}
    | {"validation_error_cause", "cache_strings", "validate_by_alias", "validate_by_name"}
    | {"populate_by_name", "serialize_by_alias", "ser_json_timedelta", "ser_json_bytes"}
    | {"ser_json_temporal", "ser_json_inf_nan", "frozen", "use_enum_values"}
)
#: What makes another string of a string, as a key of a schema and as a setting of a model.
_CHANGES_TEXT: Final = ("strip_whitespace", "to_lower", "to_upper")
_CHANGES_TEXTS: Final = tuple(f"str_{name}" for name in _CHANGES_TEXT)

#: Keys of a container whose parts may be anything without them.
_ITEMS: Final = {
    "list": ("items_schema",),
    "tuple": ("items_schema",),
    "set": ("items_schema",),
    "dict": ("keys_schema", "values_schema"),
}


def is_same_from_json(schema: object) -> bool:
    """Return whether a type is made of the bytes of a document as of the parsed document.

    Neither runs code of the application's.
    """
    return is_free_of_user_code(schema) and _agrees(schema)


def _agrees(schema: Any, changes_texts: bool = False) -> bool:
    """Return whether both ways agree; `changes_texts` is a setting of a model outside."""
    kind = schema["type"]
    if not schema.keys() <= _ANYWHERE | _KEYS.get(kind, frozenset()) or kind not in _KEYS:
        return False
    if "allow" in (schema.get("extra_behavior"), *_settings(schema).values()):
        return False
    if not _settings(schema).keys() <= _SETTINGS or not _is_read_by_name(schema):
        return False
    if any(key not in schema for key in _ITEMS.get(kind, ())):
        return False
    changes_texts |= any(map(_settings(schema).get, _CHANGES_TEXTS))
    if kind == "dict" and (changes_texts or not _keeps_keys(schema["keys_schema"])):
        return False
    return all(_agrees(part, changes_texts) for part in _parts(schema))


def _keeps_keys(schema: Schema) -> bool:
    """Return whether the keys of a `dict` are those of the document.

    If two of them became equal, the last value would win, and which one comes last would depend on
    the way if one of them is there twice. Literals even accept other keys in JSON.
    """
    return schema["type"] == "str" and not any(map(schema.get, _CHANGES_TEXT))


def _settings(schema: Schema) -> Schema:
    found: Schema = schema.get("config") or {}
    return found


def _is_read_by_name(schema: Schema) -> bool:
    """Return whether a field, if the schema is one, is read under names, not by paths."""
    return isinstance(schema.get("validation_alias", ""), str)


def _parts(schema: Schema) -> list[Any]:
    kind = schema["type"]
    if kind == "model-fields":
        return list(schema["fields"].values())
    if kind == "definitions":
        return [schema["schema"], *schema["definitions"]]
    if kind == "tuple":
        return list(schema["items_schema"])
    return [schema[key] for key in ("schema", *_ITEMS.get(kind, ())) if key in schema]

"""The fields of a Struct that is a group of parameters or a form."""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect
from pydantic import Field
from pydantic.fields import FieldInfo

from rapide.schema.annotations import is_union

#: The facts that Pydantic's declarations have under the same names.
_FACTS: Final = (
    *("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length"),
    *("title", "description", "examples"),
)


def parameter_fields(class_: type) -> list[tuple[str, FieldInfo]]:
    """Return name and declaration of each field of a Struct or an attrs class.

    They say how the values are read and documented. msgspec validates all of them together.
    """
    info = inspect.type_info(class_)
    assert isinstance(info, inspect.StructType | inspect.DataclassType)
    hints = get_type_hints(class_, include_extras=True)
    return [(item.name, _declaration(item, hints[item.name])) for item in info.fields]


def refuses_unknown(class_: type) -> bool:
    """Return whether values that the class does not declare are errors."""
    config = getattr(class_, "__struct_config__", None)
    return bool(getattr(config, "forbid_unknown_fields", False))


def _declaration(item: inspect.Field, hint: object) -> FieldInfo:
    type_, metas = hint, []
    if get_origin(hint) is Annotated:
        type_, *rest = get_args(hint)
        metas = [one for one in rest if isinstance(one, msgspec.Meta)]
    facts: dict[str, Any] = {}
    for meta in metas:
        said = {name: getattr(meta, name) for name in _FACTS}
        facts |= {name: value for name, value in said.items() if value is not None}
        facts |= {"json_schema_extra": meta.extra_json_schema} if meta.extra_json_schema else {}
    if item.default is not msgspec.NODEFAULT:
        # A field that stays UNSET has no default to document.
        facts["default"] = None if item.default is msgspec.UNSET else item.default
    elif item.default_factory is not msgspec.NODEFAULT:
        facts["default_factory"] = item.default_factory
    if item.encode_name != item.name:
        facts["alias"] = item.encode_name
    return FieldInfo.from_annotated_attribute(_set(type_), Field(**facts))


def _set(type_: object) -> Any:
    """Return the type of a field that is not UNSET."""
    if not is_union(type_):
        return type_
    rest = tuple(arg for arg in get_args(type_) if arg is not msgspec.UnsetType)
    return type_ if len(rest) == len(get_args(type_)) else _union(rest)


def _union(types: tuple[Any, ...]) -> object:
    union = types[0]
    for one in types[1:]:
        union = union | one
    return union

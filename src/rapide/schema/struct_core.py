"""Types of msgspec as core schemas of Pydantic, for code that reads those.

Nothing is validated by them: they only say what msgspec knows of a type.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import inspect

#: A core schema, as Pydantic builds it.
Core = Mapping[str, Any]

#: The key of a field that tells the classes of a union apart, and may be missing elsewhere.
TAG: Final = "rapide-tag"

_SCALARS = {
    inspect.NoneType: "none",
    inspect.BoolType: "bool",
    inspect.IntType: "int",
    inspect.FloatType: "float",
    inspect.StrType: "str",
    inspect.BytesType: "bytes",
    inspect.ByteArrayType: "bytes",
    inspect.MemoryViewType: "bytes",
    inspect.DecimalType: "decimal",
    inspect.UUIDType: "uuid",
    inspect.DateType: "date",
    inspect.TimeType: "time",
    inspect.DateTimeType: "datetime",
    inspect.TimeDeltaType: "timedelta",
}
_LISTS = (
    *(inspect.CollectionType, inspect.ListType, inspect.SetType, inspect.FrozenSetType),
    inspect.VarTupleType,
)
_OBJECTS = (inspect.StructType, inspect.DataclassType, inspect.TypedDictType)
_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern")


def core_schema_of(type_: object) -> Core:
    """Return a core schema that says what msgspec knows of a type."""
    written = _Written()
    schema = written.schema(inspect.type_info(type_))
    definitions = [{**one, "ref": name} for name, one in written.definitions.items()]
    return {"type": "definitions", "schema": schema, "definitions": definitions}


class _Written:
    """The core schemas of a type and of the classes in it."""

    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}

    def schema(self, info: inspect.Type) -> dict[str, Any]:
        """Return the core schema of a type."""
        if isinstance(info, inspect.Metadata):
            return self.schema(info.type)
        kind = _SCALARS.get(type(info))
        if kind is not None:
            return _scalar(info, kind)
        if isinstance(info, _OBJECTS):
            return self._object(info)
        return self._other(info)

    def _other(self, info: Any) -> dict[str, Any]:
        if isinstance(info, inspect.UnionType):
            return self._union(info)
        if isinstance(info, _LISTS):
            made = {"type": "list", "items_schema": self.schema(info.item_type)}
            return {**made, **_constraints(info)}
        if isinstance(info, inspect.TupleType):
            return {"type": "tuple", "items_schema": [self.schema(one) for one in info.item_types]}
        if isinstance(info, inspect.NamedTupleType):
            return {"type": "tuple", "items_schema": [self.schema(one.type) for one in info.fields]}
        if isinstance(info, inspect.DictType):
            keys, values = self.schema(info.key_type), self.schema(info.value_type)
            made = {"type": "dict", "keys_schema": keys, "values_schema": values}
            return {**made, **_constraints(info)}
        if isinstance(info, inspect.LiteralType):
            return {"type": "literal", "expected": list(info.values)}
        if isinstance(info, inspect.EnumType):
            return {"type": "literal", "expected": [one.value for one in info.cls]}
        return {"type": "any"}

    def _union(self, info: inspect.UnionType) -> dict[str, Any]:
        others = [one for one in info.types if not isinstance(one, inspect.NoneType)]
        choices = [self.schema(one) for one in others]
        made = choices[0] if len(choices) == 1 else {"type": "union", "choices": choices}
        return made if len(others) == len(info.types) else {"type": "nullable", "schema": made}

    def _object(self, info: Any) -> dict[str, Any]:
        name = f"{info.cls.__module__}.{info.cls!r}"
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._fields(info)
        return {"type": "definition-ref", "schema_ref": name}

    def _fields(self, info: Any) -> dict[str, Any]:
        if getattr(info, "array_like", False):
            return {"type": "tuple", "items_schema": [self.schema(one.type) for one in info.fields]}
        fields: dict[str, Any] = {}
        if getattr(info, "tag_field", None) is not None:
            tag = {"type": "literal", "expected": [info.tag]}
            # msgspec needs the tag in unions only.
            field = {"schema": tag, "required": True, TAG: True}
            fields[info.tag_field] = {"type": "typed-dict-field", **field}
        for one in info.fields:
            field = {"schema": self.schema(one.type), "required": one.required}
            fields[one.encode_name] = {"type": "typed-dict-field", **field}
        is_closed = getattr(info, "forbid_unknown_fields", False)
        behaviour = "forbid" if is_closed else "ignore"
        return {"type": "typed-dict", "fields": fields, "extra_behavior": behaviour}


def _scalar(info: Any, kind: str) -> dict[str, Any]:
    found = {"type": kind, **_constraints(info)}
    zone = getattr(info, "tz", None)
    if kind == "datetime" and zone is not None:
        found["tz_constraint"] = "aware" if zone else "naive"
    if kind in ("int", "float", "str", "bool"):
        found["strict"] = kind != "float"
    return found


def _constraints(info: Any) -> dict[str, Any]:
    said = {key: getattr(info, key, None) for key in _CONSTRAINTS}
    return {key: value for key, value in said.items() if value is not None}

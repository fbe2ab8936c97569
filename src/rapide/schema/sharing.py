"""Which fields have the same JSON Schema, so that it is generated once for all of them.

Theory of operation. Pydantic's adapter of a field depends on its type, which `adapters.py` shares,
and on texts, defaults and examples. Most of these are plain values that can be compared. Pydantic
calls functions of users while it generates a schema: for fields of such types, and for values that
cannot be compared, nothing is shared, and the functions are called for each field.
"""

from collections.abc import Callable, Hashable
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import BaseMetadata
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rapide.datastructures import UploadFile
from rapide.schema.adapters import CONTAINERS, SCALARS, TypeSchema, is_complete_model
from rapide.schema.annotations import is_union, lenient_issubclass

#: The attributes of a declaration, besides its type and its aliases. The adapter of a field depends
#: on them.
DESCRIBING = (
    "default",
    "default_factory",
    "title",
    "field_title_generator",
    "description",
    "examples",
    "exclude",
    "exclude_if",
    "deprecated",
    "json_schema_extra",
    "frozen",
    "validate_default",
    "repr",
    "init",
    "init_var",
    "kw_only",
)
_read: Callable[[object], tuple[object, ...]] = attrgetter(
    *(name for name in DESCRIBING if hasattr(FieldInfo, name))
)
#: The hooks of a class that Pydantic calls while it generates a schema.
_HOOKS = ("__get_pydantic_core_schema__", "__get_pydantic_json_schema__")
_PLAIN = frozenset((str, int, bool, NoneType))


class _NotComparableError(Exception):
    """A value may change, or its equality may be the user's."""


def comparable(value: object) -> Hashable:
    """Return a key that is equal for equal JSON values of equal types.

    Raises:
        _NotComparableError: The value has a part that is not JSON.
    """
    kind = type(value)
    if kind is str or value is None or value is PydanticUndefined or value is ...:
        return value
    if kind is int or kind is bool:
        return kind, value
    if kind is float:
        return kind, repr(value)
    if kind is list:
        return kind, *map(comparable, value)  # type: ignore[call-overload]
    if kind is dict:
        pairs = value.items()  # type: ignore[attr-defined]
        return kind, *((comparable(key), comparable(item)) for key, item in pairs)
    raise _NotComparableError


def description_key(types: TypeSchema, info: FieldInfo) -> Hashable | None:
    """Return what fields of this type have in common if they have equal schemas; None if unsure."""
    if types.discriminator is not None or types.config or not _runs_no_user_code(types):
        return None
    try:
        return tuple([comparable(value) for value in _read(info)])
    except (_NotComparableError, AttributeError):
        return None


def _runs_no_user_code(types: TypeSchema) -> bool:
    if types.is_described_by_pydantic is None:
        types.is_described_by_pydantic = _is_pydantics(types.annotation) and all(
            map(_is_plain_constraint, types.metadata)
        )
    return types.is_described_by_pydantic


def _is_pydantics(annotation: object) -> bool:
    """Return whether Pydantic describes a type without calling any function of a user."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return _is_pydantics_class(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _is_pydantics(args[0]) and all(map(_is_plain_constraint, args[1:]))
    if is_union(annotation) or origin in CONTAINERS:
        return all(map(_is_pydantics, args))
    if origin is Literal:
        return all(type(arg) in _PLAIN for arg in args)
    return annotation is Any or annotation is None


def _is_pydantics_class(annotation: type) -> bool:
    if annotation in SCALARS or annotation in CONTAINERS or annotation is UploadFile:
        return True
    if is_complete_model(annotation):
        # A model inside of it is described once, whatever it does.
        return all(_is_inherited(annotation, name) for name in _HOOKS)
    return lenient_issubclass(annotation, Enum) and not any(
        hasattr(annotation, name) for name in _HOOKS
    )


def _is_inherited(model: type, name: str) -> bool:
    owner = next(base for base in model.__mro__ if name in vars(base))
    return owner is BaseModel


def _is_plain_constraint(item: object) -> bool:
    kind = type(item)
    is_known = kind.__module__ == BaseMetadata.__module__ and isinstance(item, BaseMetadata)
    if not is_known and kind.__name__ != "_PydanticGeneralMetadata":
        return False
    values = [getattr(item, name) for name in _slots_of(kind)] or list(vars(item).values())
    return all(type(value) in SCALARS for value in values)


def _slots_of(kind: type) -> list[str]:
    return list(getattr(kind, "__dataclass_fields__", ()))

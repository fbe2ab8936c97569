"""Serializers of types that allow any object, and so also Structs of msgspec.

Pydantic serializes an object by its class if the type says no more, as `Any` and `dict` do. It does
not know Structs, so it gets the data of each Struct that it meets. FastAPI answers 500 instead.
"""

from __future__ import annotations

import sys
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, SchemaSerializer

from rapide.encoders import jsonable_encoder
from rapide.schema.annotations import is_msgspec_class

_OPEN: Final = (Any, object, dict, list, tuple, set, frozenset)


def allowing_structs(annotation: object, serializer: SchemaSerializer) -> SchemaSerializer:
    """Return a serializer that accepts Structs in the place of any object."""
    # Without msgspec there are no Structs, and nothing is between the handler and Pydantic.
    if "msgspec" not in sys.modules or not _is_open(annotation):
        return serializer
    made: Any = _OpenSerializer(serializer)
    return made  # type: ignore[no-any-return]


def _is_open(annotation: object) -> bool:
    args = get_args(annotation)
    if not args:
        return any(annotation is one for one in _OPEN)
    return any(map(_is_open, args)) and get_origin(annotation) is not type


class _OpenSerializer:
    """The part of a Pydantic serializer that fields use."""

    __slots__ = ("serializer",)

    def __init__(self, serializer: SchemaSerializer) -> None:
        self.serializer = serializer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OpenSerializer) and other.serializer is self.serializer

    def __hash__(self) -> int:
        return hash(self.serializer)

    def to_json(self, value: object, **options: Any) -> Any:
        """Return JSON."""
        return _serialized(self.serializer.to_json, value, options)

    def to_python(self, value: object, **options: object) -> object:
        """Return data."""
        return _serialized(self.serializer.to_python, value, options)


def _has_struct(value: object) -> bool:
    """Return whether a Struct is in a value: in containers and fields of models, however deep."""
    if is_msgspec_class(type(value)):
        return True
    if isinstance(value, BaseModel):
        return any(map(_has_struct, vars(value).values()))
    if isinstance(value, dict):
        return any(map(_has_struct, (*value, *value.values())))
    return isinstance(value, list | tuple | set | frozenset) and any(map(_has_struct, value))


def _serialized(serialize: Any, value: object, options: dict[str, Any]) -> Any:
    try:
        return serialize(value, **options)
    except PydanticSerializationError as error:
        # Serializers of the application's must not run again for nothing.
        if "unknown type" not in str(error) or not _has_struct(value):
            raise
        refused = error
    is_known = True

    def data_of(part: object) -> object:
        nonlocal is_known
        is_known = is_known and is_msgspec_class(type(part))
        return jsonable_encoder(part) if is_known else None

    result: object = None
    try:
        result = serialize(value, fallback=data_of, **options)
    except PydanticSerializationError:
        if is_known:
            raise  # not for the Structs
    if not is_known:
        raise refused
    return result

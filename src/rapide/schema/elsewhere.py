"""The way from a type that Pydantic refuses to msgspec, which is imported only then."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, get_args, get_origin, get_type_hints

from rapide.schema.adapters import Purpose
from rapide.schema.annotations import is_msgspec_class
from rapide.schema.errors import UnusableTypeError

if TYPE_CHECKING:
    from rapide.schema.adapters import TypeSchema


def purpose_of(field_info: object, mode: str) -> Purpose:
    """Return what the values of a field are made from."""
    if mode == "serialization":
        return "answer"
    return "text" if getattr(field_info, "_rapide_is_text", False) else "body"


def other_schema(
    annotation: object, metadata: Sequence[object], discriminator: object, *, purpose: Purpose
) -> TypeSchema | None:
    """Return the schema of a type by msgspec; None if msgspec is not to handle it.

    Raises:
        UnusableTypeError: It should, and cannot.
    """
    if not has_structs(annotation):
        return None
    if find_spec("msgspec") is None:
        raise UnusableTypeError(
            f"{annotation!r} has attrs classes, which msgspec decodes and encodes",
            instead='pip install "rapide[msgspec]", or a dataclass or a Pydantic model',
        )
    from rapide.schema.structs import struct_schema

    return struct_schema(annotation, metadata, discriminator, purpose)


def has_structs(annotation: object) -> bool:
    """Return whether a Struct or an attrs class is a part of the type, also inside dataclasses."""
    pending, seen = [annotation], set[int]()
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if is_msgspec_class(current) or is_msgspec_class(get_origin(current)):
            return True
        pending.extend(get_args(current))
        if isinstance(current, type) and _has_hints(current):
            try:
                pending.extend(get_type_hints(current).values())
            except NameError:
                continue
    return False


def _has_hints(class_: type) -> bool:
    """Return whether the class is a dataclass, a named tuple or a typed dictionary."""
    is_tuple = issubclass(class_, tuple) and hasattr(class_, "_fields")
    is_typed_dict = issubclass(class_, dict) and hasattr(class_, "__total__")
    return dataclasses.is_dataclass(class_) or is_tuple or is_typed_dict


def _parts(annotation: object) -> list[object]:
    """Return the type and its arguments, at any depth."""
    inner = [part for arg in get_args(annotation) for part in _parts(arg)]
    return [annotation, get_origin(annotation), *inner]


def described_by(type_: object) -> object:
    """Return what tells Pydantic about a type that msgspec handles (in `Annotated`).

    Raises:
        TypeError: msgspec cannot handle it.
    """
    from rapide.schema.struct_bridge import bridge_of

    return bridge_of(type_)


def is_decoded_elsewhere(annotation: object) -> bool:
    """Return whether a parameter of this type is read by msgspec, and so from the body."""
    if not any(map(is_msgspec_class, _parts(annotation))):
        return False
    from pydantic import PydanticSchemaGenerationError

    from rapide.schema.adapters import type_schema

    try:
        type_schema(annotation)
    except PydanticSchemaGenerationError:
        return True
    return False

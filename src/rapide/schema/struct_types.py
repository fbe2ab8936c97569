"""The classes in a type that msgspec handles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from msgspec import inspect

from rapide.schema.annotations import is_msgspec_class

#: Descriptions of classes whose fields may hold objects of subclasses.
_CLASSES = (inspect.StructType, inspect.DataclassType, inspect.NamedTupleType)


def walk(type_: object) -> Iterator[tuple[inspect.Type, bool]]:
    """Yield the descriptions of all parts of a type, and whether they are inside of a class."""
    pending: list[tuple[Any, bool]] = [(inspect.type_info(type_), False)]
    seen = set[tuple[int, bool]]()
    while pending:
        info, is_nested = pending.pop()
        if (id(info), is_nested) in seen:
            continue
        seen.add((id(info), is_nested))
        if isinstance(info, inspect.Type):
            yield info, is_nested
            is_nested = is_nested or isinstance(info, _CLASSES)
        for name in info.__struct_fields__:
            value = getattr(info, name)
            parts = value if isinstance(value, tuple) else (value,)
            pending.extend(
                (part, is_nested)
                for part in parts
                if isinstance(part, inspect.Type | inspect.Field)
            )


def component_types(type_: object) -> list[object]:
    """Return the types that have a name in a JSON Schema."""
    named = (
        inspect.StructType,
        inspect.DataclassType,
        inspect.TypedDictType,
        inspect.NamedTupleType,
        inspect.EnumType,
    )
    found = [info.cls for info, _ in walk(type_) if isinstance(info, named)]
    return list(dict.fromkeys(found))


def nested_classes(type_: object) -> tuple[type, ...]:
    """Return the classes of the fields of classes, whose objects may be of subclasses."""
    found = []
    for info, is_nested in walk(type_):
        if is_nested and isinstance(
            info, inspect.StructType | inspect.DataclassType | inspect.CustomType
        ):
            class_ = get_origin(info.cls) or info.cls
            if not issubclass(class_, Enum):
                found.append(class_)
    return tuple(dict.fromkeys(found))


def is_encoded_by_attributes(type_: object) -> bool:
    """Return whether msgspec encodes objects of dataclasses by `vars(…)`.

    It sets no attributes for defaults, and so would lose them.
    """
    return any(
        isinstance(info, inspect.DataclassType)
        and is_dataclass(info.cls)
        and "__slots__" not in vars(get_origin(info.cls) or info.cls)
        for info, _ in walk(type_)
    )


def unknown_containers(type_: object) -> list[object]:
    """Return the containers of Structs that msgspec does not know, such as `deque[Struct]`.

    Its description of a type has their classes, but not what is in them.
    """
    found: list[object] = []
    seen = set[object]()

    def visit(part: object) -> bool:
        """Visit a part of the type, and return whether there is a Struct in it."""
        origin = get_origin(part)
        class_ = part if origin is None else origin
        if is_msgspec_class(class_) or is_dataclass(class_) or is_typeddict(class_):
            hints = () if class_ in seen else get_type_hints(class_, include_extras=True).values()
            seen.add(class_)
            return any([is_msgspec_class(class_), *map(visit, hints)])
        args = () if origin is Literal else get_args(part)
        have_structs = [visit(arg) for arg in args]
        has_struct = any(have_structs)
        if has_struct and isinstance(inspect.type_info(part), inspect.CustomType):
            found.append(part)
        return has_struct

    visit(type_)
    return found


def other_classes(type_: object) -> list[object]:
    """Return the classes that msgspec does not know."""
    found = [info.cls for info, _ in walk(type_) if isinstance(info, inspect.CustomType)]
    return list(dict.fromkeys(found))

"""One type for a model whose input and output look the same to a client.

The document has two schemas for a model as soon as one of its fields is written in another way
than it is read: a decimal number may come as a number, and always leaves as a string. For clients
it is the same type.
"""

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from rapide.contracts.clients.api import Api, Definition, Named

Part = TypeVar("Part")


def joined_variants(api: Api) -> Api:
    """Return an API in which types that differ in nothing but `Input` and `Output` are one."""
    known = {definition.name: definition for definition in api.definitions}
    pairs = {
        name.removesuffix("Input"): (name, f"{name.removesuffix('Input')}Output")
        for name in known
        if name.endswith("Input") and f"{name.removesuffix('Input')}Output" in known
    }
    pairs = {name: pair for name, pair in pairs.items() if name and name not in known}
    while True:
        names = {variant: name for name, pair in pairs.items() for variant in pair}
        differing = [
            name
            for name, (one, other) in pairs.items()
            if _renamed(known[one], names) != _renamed(known[other], names)
        ]
        if not differing:
            break
        for name in differing:
            del pairs[name]
    found = {item.name: item for item in _renamed(api.definitions, names)}
    definitions = tuple(sorted(found.values(), key=_name))
    return replace(_renamed(api, names), definitions=definitions)


def _name(definition: Definition) -> str:
    return definition.name


def _renamed(part: Part, names: dict[str, str]) -> Part:
    """Return a part of an API with other names for some types."""
    found: object = part
    if isinstance(part, tuple):
        found = tuple(_renamed(item, names) for item in part)
    elif is_dataclass(part) and not isinstance(part, type):
        changed = {one.name: _renamed(getattr(part, one.name), names) for one in fields(part)}
        if isinstance(part, Named | Definition):
            changed["name"] = names.get(part.name, part.name)
        found = replace(part, **changed)
    return cast("Part", found)

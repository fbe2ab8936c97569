"""Callables of libraries that are known by their names, in tables of data."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from inspect import getattr_static
from typing import Generic, TypeVar

from rapide.callgraph.scopes import Bound, Instance, Known, Partial, Unloaded, Value

T = TypeVar("T")


class Names(Generic[T]):
    """A table of callables by their names, such as `requests.get` or `redis.Redis.*`.

    Callables are found by what they are, not by where they come from: names under which other
    modules import them need no entries. `*` stands for all public methods of a class.

    Args:
        table: What is known, by the name.
    """

    def __init__(self, table: Mapping[str, T]) -> None:
        self._table = table
        self._loaded = -1
        self._objects: dict[int, tuple[object, str]] = {}
        self._classes: dict[type, str] = {}

    def find(self, value: Value | None) -> tuple[str, T] | None:
        """Return the name of a callable in the table, and what is known about it."""
        if self._loaded != len(sys.modules):
            self._load()
        name = next((name for name in self._names(value) if name in self._table), None)
        return None if name is None else (name, self._table[name])

    def _names(self, value: Value | None) -> Iterator[str]:
        while isinstance(value, Partial):
            value = value.callee
        if isinstance(value, Unloaded):
            yield value.name
        elif isinstance(value, Known):
            yield from self._of_object(value.it)
        elif isinstance(value, Bound):
            yield from self._of_object(value.function.it)
            owner = value.owner
            cls = owner.cls if isinstance(owner, Instance) else type(getattr(owner, "it", None))
            if not value.name.startswith("_"):
                for base in cls.__mro__:
                    if base in self._classes:
                        yield self._classes[base]
                    if value.name in vars(base):
                        break

    def _of_object(self, found: object) -> Iterator[str]:
        found = found.func if isinstance(found, partial) else found
        known = self._objects.get(id(found))
        if known is not None and known[0] is found:
            yield known[1]

    def _load(self) -> None:
        """Look up the names in the modules that are imported by now."""
        self._loaded = len(sys.modules)
        for name in self._table:
            found = _object_named(name.removesuffix(".*"))
            if found is None:
                continue
            if not name.endswith(".*"):
                self._objects[id(found)] = found, name
            elif isinstance(found, type):
                self._classes[found] = name


def _object_named(name: str) -> object:
    """Return the object with this qualified name; None if its module is not imported."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:length]))
        if module is not None:
            break
    else:
        return None
    found: object = module
    for part in parts[length:]:
        if found is module:
            found = vars(module).get(part)
            if found is None and hasattr(module, "__getattr__"):
                found = getattr(module, part, None)
        else:
            found = getattr_static(found, part, None)
        if isinstance(found, staticmethod | classmethod):
            found = found.__func__
    return found

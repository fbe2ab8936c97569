"""What all operations of a plan are: classes of frozen data that describe themselves."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, ClassVar, TypeVar, dataclass_transform

Described = TypeVar("Described")


class Operation:
    """One step of a plan. It is equal to another step of its class with equal values."""

    __slots__ = ()

    #: Whether it only notes when others happen, and so changes nothing of how they are executed.
    only_notes: ClassVar[bool] = False

    def _values(self) -> tuple[object, ...]:
        named: Any = self
        return tuple(getattr(self, item.name) for item in fields(named) if item.compare)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __str__(self) -> str:
        named: Any = self
        shown = (_show(item.name, getattr(self, item.name)) for item in fields(named) if item.repr)
        return " ".join([type(self).__name__, *(text for text in shown if text)])

    __repr__ = __str__


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen_data(cls: type[Described]) -> type[Described]:
    """Make a class of frozen data.

    PERF: startup. Each method that `dataclass` makes is compiled at import, so that a class makes
    only the one that differs. Type checkers see to it that nothing is assigned.
    """
    return dataclass(eq=False, repr=False, slots=True)(cls)


def callable_name(call: object) -> str:
    """Return `module.qualified_name` of a callable, for labels and docstrings."""
    # Use dunder names only: a proxy may record or create the other attributes that code reads.
    named = call.func if isinstance(call, partial) else call
    named = named if hasattr(named, "__qualname__") else type(named)
    module = getattr(named, "__module__", None) or "?"
    return f"{module}.{getattr(named, '__qualname__', type(call).__qualname__)}"


def _show(name: str, value: object) -> str:
    if value is None or value is False or value == ():
        return ""
    if value is True:
        return name.replace("_", " ")
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return " or ".join(value)
    if isinstance(value, tuple) and all(isinstance(item, tuple) for item in value):
        return "(" + ", ".join(f"{name}={item}" for name, item in value) + ")"
    if isinstance(value, type):
        return value.__name__
    return callable_name(value) if callable(value) else str(value)

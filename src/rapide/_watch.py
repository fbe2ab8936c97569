"""Notice cheaply that an attribute of a class has changed.

CPython marks a class whose attributes are in its cache, and removes the mark from the class and all
its subclasses when an attribute of the class changes. An heir is a subclass of all watched classes.
No code looks up attributes on it, so the mark stays removed until `renew` restores it.

1. When a special method changes, the interpreter looks for it in the subclasses that do not define
   their own. So an heir defines all of them.
2. An abstract base class asks its subclasses when it checks for virtual subclasses. The metaclass
   of heirs answers for them.
3. On interpreters without this mark (`_has_marks` tests it; CPython has none from 3.13 on), an
   object compares the most important attributes one by one instead.
"""

from __future__ import annotations

import gc
from abc import ABCMeta
from collections.abc import Iterable, Iterator, Mapping
from types import (
    AsyncGeneratorType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    WrapperDescriptorType,
)
from typing import Any, Final

#: The mark of a class that has not changed since attributes were last looked up on it.
_UNCHANGED: Final = 1 << 19


def watch(classes: Iterable[type], compared: Mapping[type, list[str]]) -> Any:
    """Return an object whose `__flags__` change when an attribute of a class changes.

    `compared` are the attributes that are most important.
    """
    if not _has_marks():
        return _Comparison(compared)
    # Each class before its own bases.
    bases = sorted(classes, key=lambda cls: -len(cls.__mro__))
    special = dict.fromkeys(_special_methods())
    return _Apart("Watch", tuple(bases), {**special, "__module__": __name__})


def renew(watch: Any) -> int:
    """Record the current state as unchanged, and return the flags that mean that."""
    if isinstance(watch, _Comparison):
        watch.renew()
    else:
        getattr(watch, "attribute", None)  # a look-up restores the mark
    flags: int = watch.__flags__
    return flags if flags & _UNCHANGED else -1


class _Apart(ABCMeta):
    """The metaclass of heirs, of which only the flags are used."""

    def __subclasscheck__(cls, subclass: type) -> bool:
        return False

    def __instancecheck__(cls, instance: object) -> bool:
        return False


class _Comparison:
    """A comparison of attributes that are often replaced, for interpreters without marks."""

    def __init__(self, compared: Mapping[type, list[str]]) -> None:
        self.compared: Final = [
            (_namespace(cls), name) for cls, names in compared.items() for name in names
        ]
        self.renew()

    def renew(self) -> None:
        """Record the current attributes as unchanged."""
        known: dict[str, object] = {}
        comparisons = []
        for number, (namespace, name) in enumerate(self.compared):
            if name in namespace:
                known |= {f"in_{number}": namespace, f"known_{number}": namespace[name]}
                comparisons.append(f"in_{number}[{name!r}] is known_{number}")
        # PERF: small-json. One expression takes a third of the time of a loop.
        self.is_unchanged = eval("lambda: " + (" and ".join(comparisons) or "True"), known)

    @property
    def __flags__(self) -> int:
        try:
            return _UNCHANGED if self.is_unchanged() else 0
        except KeyError:  # an attribute was deleted
            return 0


def _namespace(cls: type) -> Any:
    """Return a live mapping of a class's own attributes."""
    view = vars(cls)
    # The view has a dictionary behind it, which is faster to read.
    return next((item for item in gc.get_referents(view) if type(item) is dict), view)


def _special_methods() -> Iterator[str]:
    """Yield the names of methods that the interpreter looks up itself."""
    kinds = (object, type, int, float, list, dict, str, set, property, bytearray, FunctionType)
    for kind in (*kinds, GeneratorType, CoroutineType, AsyncGeneratorType):
        for name, value in vars(kind).items():
            if type(value) is WrapperDescriptorType:
                yield name
    yield from ("__new__", "__getattr__", "__del__", "__matmul__", "__rmatmul__", "__imatmul__")


def _has_marks() -> bool:
    """Return whether this interpreter removes the mark of a class when a base changes."""

    class Base:
        pass

    class Heir(Base):
        pass

    getattr(Heir, "attribute", None)
    was_marked = bool(Heir.__flags__ & _UNCHANGED)
    Base.attribute = None  # type: ignore[attr-defined]
    return was_marked and not Heir.__flags__ & _UNCHANGED

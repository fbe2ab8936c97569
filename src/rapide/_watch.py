"""Noticing cheaply that an attribute of a class has changed.

CPython marks a class whose attributes are in its cache, and takes the mark away from the class and
all its subclasses when an attribute of the class changes. An heir is a subclass of all watched
classes. Nobody looks attributes up on it, so the mark stays away until `renew` puts it back.

1. When a special method changes, the interpreter looks for it in the subclasses that do not have
   their own: an heir has all of them.
2. When a class is asked whether it is abstractly a base of another, it asks its subclasses: the
   class of heirs answers for them.
3. Interpreters without this mark (`_has_marks` tries; CPython has none from 3.13 on) get an object
   that compares the most important attributes one by one.
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
    """An object whose `__flags__` become others when an attribute of a class changes.

    `compared` are the attributes that are most important.
    """
    if not _has_marks():
        return _Comparison(compared)
    # Each class before its own bases.
    bases = sorted(classes, key=lambda cls: -len(cls.__mro__))
    special = dict.fromkeys(_special_methods())
    return _Apart("Watch", tuple(bases), {**special, "__module__": __name__})


def renew(watch: Any) -> int:
    """Take everything for unchanged; gives the flags that say so from now on."""
    if isinstance(watch, _Comparison):
        watch.renew()
    else:
        getattr(watch, "attribute", None)  # a look-up brings the mark back
    flags: int = watch.__flags__
    return flags if flags & _UNCHANGED else -1


class _Apart(ABCMeta):
    """The class of heirs, which are asked for nothing but their flags."""

    def __subclasscheck__(cls, subclass: type) -> bool:
        return False

    def __instancecheck__(cls, instance: Any) -> bool:
        return False


class _Comparison:
    """Compares attributes that are often replaced, where classes have no marks."""

    def __init__(self, compared: Mapping[type, list[str]]) -> None:
        self.compared: Final = [
            (_namespace(cls), name) for cls, names in compared.items() for name in names
        ]
        self.renew()

    def renew(self) -> None:
        """Take what is there for unchanged."""
        known: dict[str, Any] = {}
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
        except KeyError:  # somebody has deleted one
            return 0


def _namespace(cls: type) -> Any:
    """The attributes of a class itself, as they are at any time."""
    view = vars(cls)
    # Behind the view is a dictionary, which is read in less time.
    return next((item for item in gc.get_referents(view) if type(item) is dict), view)


def _special_methods() -> Iterator[str]:
    """The names of methods that the interpreter looks for itself."""
    kinds = (object, type, int, float, list, dict, str, set, property, bytearray, FunctionType)
    for kind in (*kinds, GeneratorType, CoroutineType, AsyncGeneratorType):
        for name, value in vars(kind).items():
            if type(value) is WrapperDescriptorType:
                yield name
    yield from ("__new__", "__getattr__", "__del__", "__matmul__", "__rmatmul__", "__imatmul__")


def _has_marks() -> bool:
    """Return whether this interpreter takes the mark from a class when a base of it changes."""

    class Base:
        pass

    class Heir(Base):
        pass

    getattr(Heir, "attribute", None)
    was_marked = bool(Heir.__flags__ & _UNCHANGED)
    Base.attribute = None  # type: ignore[attr-defined]
    return was_marked and not Heir.__flags__ & _UNCHANGED

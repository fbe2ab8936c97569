"""Notice cheaply that an attribute of a class has changed.

CPython marks a class whose attributes are in its cache, and removes the mark from the class and all
its subclasses when an attribute of the class changes. An heir is a subclass of all watched classes.
No code looks up attributes on it, so the mark stays removed until `renew` restores it.

1. When a special method changes, the interpreter looks for it in the subclasses that do not define
   their own. So an heir defines all of them.
2. An abstract base class asks its subclasses when it checks for virtual subclasses. The metaclass
   of heirs answers for them.
3. CPython has no mark from 3.13 on (`_has_marks` tests it). It reports instead when an attribute of
   an heir's base changes, once for each time that the heir is renewed.
4. On interpreters with neither, an object compares the most important attributes one by one.
"""

from __future__ import annotations

import atexit
import functools
import gc
import weakref
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
    # Each class before its own bases.
    bases = sorted(classes, key=lambda cls: -len(cls.__mro__))
    special = dict.fromkeys(_special_methods())
    heir = _Apart("Watch", tuple(bases), {**special, "__module__": __name__})
    if _has_marks():
        return heir
    reports = _reports()
    return _Comparison(compared) if reports is None else _Reported(heir, reports)


def renew(watch: Any) -> int:
    """Record the current state as unchanged, and return the flags that mean that."""
    if isinstance(watch, _Comparison | _Reported):
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


class _Reports:
    """The reports of the interpreter about changed classes.

    COMPAT: CPython 3.12. These functions of its C interface have no counterpart in Python.
    """

    def __init__(self) -> None:
        import ctypes

        interpreter = ctypes.pythonapi
        callback = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object)
        interpreter.PyType_AddWatcher.argtypes = [callback]
        interpreter.PyType_Watch.argtypes = [ctypes.c_int, ctypes.py_object]
        interpreter.PyUnstable_Type_AssignVersionTag.argtypes = [ctypes.py_object]
        self._interpreter: Final = interpreter
        self._reported: Final = weakref.WeakValueDictionary[int, _Reported]()
        # The interpreter has only its address.
        self._callback: Final = callback(self._report)
        self._number: Final = interpreter.PyType_AddWatcher(self._callback)
        atexit.register(interpreter.PyType_ClearWatcher, self._number)

    def _report(self, heir: type) -> int:
        if reported := self._reported.get(id(heir)):
            reported.__flags__ = 0
        return 0

    def add(self, reported: _Reported) -> None:
        """Report from now on when a base of an heir changes."""
        self._reported[id(reported.heir)] = reported
        self._interpreter.PyType_Watch(self._number, reported.heir)

    def expect(self, heir: type) -> bool:
        """Expect the next change of an heir; return whether it will be reported."""
        # A class can have only a limited number of versions.
        return bool(self._interpreter.PyUnstable_Type_AssignVersionTag(heir))


@functools.cache
def _reports() -> _Reports | None:
    """Return the reports of this interpreter, if it makes any."""
    try:
        return _Reports()
    except (ImportError, AttributeError, RuntimeError):
        # Another interpreter, an older one, or one that has no watcher left.
        return None


class _Reported:
    """An heir whose changes the interpreter reports."""

    def __init__(self, heir: type, reports: _Reports) -> None:
        self.heir: Final = heir
        self.reports: Final = reports
        self.__flags__ = 0
        reports.add(self)

    def renew(self) -> None:
        """Record the current state as unchanged, if the next change will be reported."""
        self.__flags__ = _UNCHANGED
        if not self.reports.expect(self.heir):
            self.__flags__ = 0


class _Comparison:
    """A comparison of attributes that are often replaced, for other interpreters."""

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

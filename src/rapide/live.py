"""One counter for everything that may change while an application runs.

Compiled routes and route tables remember the counter's value that they were made under and compare
it once per request. Whoever changes routes, dependency overrides or a replaceable function
advances it.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import RLock
from typing import Any, Final, Generic, SupportsIndex, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


#: `+= 1` reads and writes: without this, threads could count two changes as one.
_counting: Final = RLock()


class Clock:
    """Counts changes, of the whole process."""

    __slots__ = ("calls", "generic_only", "overrides", "time")

    def __init__(self) -> None:
        self.time = 0
        #: Counts the callables of dependants that were replaced.
        self.calls = 0
        #: Counts changes of dependency overrides alone.
        self.overrides = 0
        #: Whether every route must take the generic path, as tests want it.
        self.generic_only = False

    def __reduce__(self) -> str:
        return "clock"  # there is one in each process

    def advance(self) -> None:
        """Note a change."""
        with _counting:
            self.time += 1

    def advance_calls(self) -> None:
        """Note that a dependant got another callable."""
        with _counting:
            self.calls += 1
            self.time += 1

    def advance_overrides(self) -> None:
        """Note a change of dependency overrides."""
        with _counting:
            self.overrides += 1
            self.time += 1


clock = Clock()


class WatchedList(list[T], Generic[T]):
    """A list that advances the clock, and its own `version`, when it changes.

    What reads an iterator or calls a key function may fail half-way: that is a change as well.
    """

    version = 0

    def _changed(self) -> None:
        with _counting:
            self.version += 1
            clock.time += 1

    def append(self, item: T, /) -> None:
        super().append(item)
        self._changed()

    def extend(self, items: Iterable[T], /) -> None:
        try:
            super().extend(items)
        finally:
            self._changed()

    def insert(self, index: SupportsIndex, item: T, /) -> None:
        super().insert(index, item)
        self._changed()

    def remove(self, item: T, /) -> None:
        super().remove(item)
        self._changed()

    def pop(self, index: SupportsIndex = -1, /) -> T:
        item = super().pop(index)
        self._changed()
        return item

    def clear(self) -> None:
        super().clear()
        self._changed()

    def sort(self, **options: Any) -> None:
        try:
            super().sort(**options)
        finally:
            self._changed()

    def reverse(self) -> None:
        super().reverse()
        self._changed()

    def __setitem__(self, index: Any, item: Any, /) -> None:
        super().__setitem__(index, item)
        self._changed()

    def __delitem__(self, index: Any, /) -> None:
        super().__delitem__(index)
        self._changed()

    def __iadd__(self, items: Iterable[T], /) -> WatchedList[T]:  # type: ignore[override, misc]
        try:
            super().__iadd__(items)
        finally:
            self._changed()
        return self

    def __imul__(self, times: SupportsIndex, /) -> WatchedList[T]:
        super().__imul__(times)
        self._changed()
        return self


class WatchedDict(dict[K, V], Generic[K, V]):
    """A dictionary of dependency overrides that advances the clock when it changes."""

    def __setitem__(self, key: K, value: V, /) -> None:
        super().__setitem__(key, value)
        clock.advance_overrides()

    def __delitem__(self, key: K, /) -> None:
        super().__delitem__(key)
        clock.advance_overrides()

    def __ior__(self, other: Any, /) -> WatchedDict[K, V]:  # type: ignore[override, misc]
        try:
            super().__ior__(other)
        finally:
            clock.advance_overrides()
        return self

    def clear(self) -> None:
        super().clear()
        clock.advance_overrides()

    def pop(self, key: K, *default: Any) -> Any:
        value = super().pop(key, *default)
        clock.advance_overrides()
        return value

    def popitem(self) -> tuple[K, V]:
        item = super().popitem()
        clock.advance_overrides()
        return item

    def setdefault(self, key: K, default: Any = None, /) -> Any:
        value = super().setdefault(key, default)
        clock.advance_overrides()
        return value

    def update(self, *others: Any, **items: Any) -> None:
        try:
            super().update(*others, **items)
        finally:
            clock.advance_overrides()


class OverridesFingerprint:
    """Notices changes of overrides that nobody reports, by looking at all of them."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    @property
    def overrides(self) -> tuple[Any, ...]:
        """Equal for as long as the overrides are the same."""
        overrides = getattr(self._provider, "dependency_overrides", None) or {}
        try:
            return tuple((id(call), id(override)) for call, override in overrides.items())
        except RuntimeError:  # they change while a worker thread looks
            return (object(),)

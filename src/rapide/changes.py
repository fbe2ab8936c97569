"""One counter for everything that may change while an application runs.

Compiled routes and route tables remember the counter's value that they were made under and compare
it once per request. Whoever changes routes, dependency overrides or a replaceable function
advances it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
C = TypeVar("C")


#: `+= 1` reads and writes: without this, threads could count two changes as one.
_counting: Final = RLock()


class Clock:
    """Counts changes, of the whole process."""

    __slots__ = ("generic_only", "graphs", "overrides", "routes", "time")

    def __init__(self) -> None:
        self.time = 0
        #: Counts changes of what requests are solved by: dependants, their lists and fields.
        self.graphs = 0
        #: Counts changes of what routes are found by: paths, methods, applications.
        self.routes = 0
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

    def advance_graphs(self) -> None:
        """Note a change of a dependant, or of one of its lists or fields."""
        with _counting:
            self.graphs += 1
            self.time += 1

    def advance_routes(self) -> None:
        """Note a change of what a route is found by."""
        with _counting:
            self.routes += 1
            self.time += 1

    def advance_overrides(self) -> None:
        """Note a change of dependency overrides."""
        with _counting:
            self.overrides += 1
            self.time += 1


clock = Clock()


def _reporting(base: type, names: str) -> Callable[[type[C]], type[C]]:
    """Let methods that change a collection call `_changed` afterwards.

    What reads an iterator or calls a function of others may fail half-way: that is a change too.
    """

    def decorate(cls: type[C]) -> type[C]:
        for name in names.split():
            setattr(cls, name, _reported(getattr(base, name)))
        return cls

    return decorate


def _reported(method: Any) -> Callable[..., Any]:
    @wraps(method)
    def change(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        finally:
            self._changed()

    return change


_LIST = (
    "append clear extend insert pop remove reverse sort __delitem__ __iadd__ __imul__ __setitem__"
)
_DICT = "clear pop popitem setdefault update __delitem__ __ior__ __setitem__"
_SET = (
    "add clear difference_update discard intersection_update pop remove"
    " symmetric_difference_update update __iand__ __ior__ __isub__ __ixor__"
)


@_reporting(list, _LIST)
class WatchedList(list[T], Generic[T]):
    """A list that advances the clock, and its own `version`, when it changes."""

    version = 0
    #: The clock's time of the last change.
    time = 0

    def _changed(self) -> None:
        with _counting:
            self.version += 1
            clock.time += 1
            self.time = clock.time


@_reporting(list, _LIST)
class GraphList(list[T], Generic[T]):
    """A list of a dependant; a change counts once a route serves requests by it."""

    __slots__ = ("is_served",)

    is_served: bool

    def _changed(self) -> None:
        if getattr(self, "is_served", False):
            clock.advance_graphs()

    def __reduce_ex__(self, protocol: Any, /) -> Any:
        # A copy is not served.
        return type(self), (list(self),)


@_reporting(dict, _DICT)
class WatchedDict(dict[K, V], Generic[K, V]):
    """A dictionary of dependency overrides that advances the clock when it changes."""

    def _changed(self) -> None:
        clock.advance_overrides()


@_reporting(dict, _DICT)
class RouteDict(dict[K, V], Generic[K, V]):
    """A dictionary of a route that advances the clock when it changes."""

    __slots__ = ()

    def _changed(self) -> None:
        clock.advance_routes()


@_reporting(set, _SET)
class RouteSet(set[T], Generic[T]):
    """A set of a route that advances the clock when it changes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{{{', '.join(map(repr, self))}}}" if self else "set()"

    def _changed(self) -> None:
        clock.advance_routes()


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

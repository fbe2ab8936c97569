"""One version for everything that can change while an application runs.

Compiled routes and route tables remember the version that they were made from, and compare it with
the current one once per request. Each change of routes, dependency overrides or replaceable
functions bumps the version.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, Final, Generic, SupportsIndex, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
C = TypeVar("C")


#: `+= 1` reads and writes. Without this lock, threads could count two changes as one.
_counting: Final = RLock()


class Changes:
    """The numbers of changes in this process."""

    __slots__ = ("generic_only", "graphs", "is_measuring", "overrides", "routes", "version")

    def __init__(self) -> None:
        #: Counts all changes.
        self.version = 0
        #: Counts changes of dependants, of their lists and of their fields.
        self.graphs = 0
        #: Counts changes of paths, methods and applications, by which routes are found.
        self.routes = 0
        #: Counts changes of dependency overrides.
        self.overrides = 0
        #: Whether every route must take the generic path, for tests.
        self.generic_only = False
        #: Whether every route must note the times of its steps, while somebody looks at them.
        self.is_measuring = False

    def __reduce__(self) -> str:
        return "changes"  # there is one in each process

    def bump(self) -> None:
        """Count a change."""
        with _counting:
            self.version += 1

    def bump_graphs(self) -> None:
        """Count a change of a dependant, or of one of its lists or fields."""
        with _counting:
            self.graphs += 1
            self.version += 1

    def bump_routes(self) -> None:
        """Count a change of a path, of methods or of an application."""
        with _counting:
            self.routes += 1
            self.version += 1

    def bump_overrides(self) -> None:
        """Count a change of dependency overrides."""
        with _counting:
            self.overrides += 1
            self.version += 1


changes = Changes()


def _reporting(base: type, names: str) -> Callable[[type[C]], type[C]]:
    """Make the methods that change a collection call `_changed` afterwards.

    A method that reads an iterator or calls a user's function can fail half-way. That is a change
    too.
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
    """A list that bumps `changes.version`, and its own `version`, when it changes."""

    version = 0
    #: The number of all changes at the last change of this list.
    changed_at = 0

    def _changed(self) -> None:
        with _counting:
            self.version += 1
            changes.version += 1
            self.changed_at = changes.version


@_reporting(list, _LIST)
class GraphList(list[T], Generic[T]):
    """A list of a dependant. Its changes count when a route serves requests by it."""

    __slots__ = ("is_served",)

    is_served: bool

    def _changed(self) -> None:
        if getattr(self, "is_served", False):
            changes.bump_graphs()

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[object, ...]:
        # A copy is not served.
        return type(self), (list(self),)


@_reporting(dict, _DICT)
class WatchedDict(dict[K, V], Generic[K, V]):
    """A dictionary of dependency overrides that counts its changes."""

    def _changed(self) -> None:
        changes.bump_overrides()


@_reporting(dict, _DICT)
class RouteDict(dict[K, V], Generic[K, V]):
    """A dictionary of a route that counts its changes."""

    __slots__ = ()

    def _changed(self) -> None:
        changes.bump_routes()


@_reporting(set, _SET)
class RouteSet(set[T], Generic[T]):
    """A set of a route that counts its changes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{{{', '.join(map(repr, self))}}}" if self else "set()"

    def _changed(self) -> None:
        changes.bump_routes()


class OverridesFingerprint:
    """Detect changes of overrides that are not reported, by looking at all of them."""

    def __init__(self, provider: object) -> None:
        self._provider = provider

    @property
    def overrides(self) -> tuple[object, ...]:
        """A value that is equal as long as the overrides are the same."""
        overrides = getattr(self._provider, "dependency_overrides", None) or {}
        try:
            return tuple((id(call), id(override)) for call, override in overrides.items())
        except RuntimeError:  # they change while a worker thread looks
            return (object(),)

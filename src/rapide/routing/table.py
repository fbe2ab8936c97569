"""The route table: from method and path to the route that serves them.

Theory of operation. Routes are numbered in the order of registration; the answer is always the
full match with the lowest number, else the partial one (right path, wrong method) with the lowest.
Exact paths stand in a dictionary. Paths with parameters hang in a tree of their segments, which
only narrows the candidates: the route's own pattern decides. Routes that must be asked themselves
(hosts, routes of unknown classes) are asked in their place. An exact path whose answer cannot
depend on anything but method and path is remembered. A large application has more routes than its
first requests need, so the entries of ordinary routes are made when a request comes near them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from re import Pattern
from typing import TYPE_CHECKING, Any

from starlette.convertors import PathConvertor, StringConvertor
from starlette.routing import Match
from starlette.types import Scope

from rapide._once import making
from rapide.routing.convertors import (
    ConvertorsByName,
    has_own_convertor,
    is_one_segment,
    positions_of,
)
from rapide.scope_keys import PATH_PARAMS

if TYPE_CHECKING:
    from rapide.routing.target import RouteTarget

# What routes of others and ASGI give has no narrower type than Starlette needs: mypyc checks types.
Asked = Callable[[Scope], Any]


class Entry:
    """A route in the table.

    Args:
        number: Its place in the order of registration.
        target: What serves it. The table does not look at it.
        path: Its path as declared; None for routes that can match any other.
        pattern: Pattern of the whole path. None for routes that are asked.
        convertors: Convertors of the pattern's groups.
        methods: HTTP methods; None for all.
        ask: Decides the match itself, when only the route can.
    """

    def __init__(
        self,
        number: int,
        target: RouteTarget,
        path: str | None,
        pattern: Pattern[str] | None = None,
        convertors: ConvertorsByName | None = None,
        methods: frozenset[str] | None = None,
        ask: Asked | None = None,
    ) -> None:
        self.number = number
        self.target = target
        self.path = path
        self.pattern = pattern
        self.convertors: ConvertorsByName = convertors or {}
        self.methods = methods
        self.ask = ask
        self.conversions = [
            (name, convertor.convert)
            for name, convertor in self.convertors.items()
            # Strings are not converted.
            if type(convertor) not in (StringConvertor, PathConvertor)
        ]
        #: Whether code of the application converts a parameter.
        self.has_own_convertors = has_own_convertor(self.convertors)
        #: Whether code of the application runs, which expects the task and context of the request.
        self.needs_scope = ask is not None or self.has_own_convertors
        #: Names of parameters that are whole segments of the path, with the segment's index; None
        #: when the pattern must find them.
        self.positions: list[tuple[str, int]] | None = None
        if path is not None and pattern is not None:
            self.positions = positions_of(path, self.convertors)


class Found:
    """The outcome of a lookup."""

    def __init__(
        self,
        entry: Entry,
        is_full: bool,
        path_params: Any,
        child_scope: Scope | None = None,
    ) -> None:
        self.entry = entry
        self.is_full = is_full
        self.path_params = path_params
        self.child_scope = child_scope
        #: Whether the outcome depends on nothing but method and path, so that it can be kept.
        self.is_certain = False


class Unasked:
    """A lookup that stopped at a route that must be asked with the scope of the request.

    Attributes:
        left: The candidates that are not decided yet.
    """

    def __init__(self, method: object, path: str, segments: list[str], left: list[Entry]) -> None:
        self.method = method
        self.path = path
        self.segments = segments
        self.left = left


class _Node:
    """A segment of the tree."""

    # PERF: startup. Most nodes have only one of these, and there are many nodes.
    def __init__(self) -> None:
        self.exact: dict[str, _Node] | None = None
        self.any: _Node | None = None
        self.here: list[Entry] | None = None
        self.below: list[Entry] | None = None
        #: Numbers of routes below that have no entries yet.
        self.later: list[int] | None = None


class Later:
    """Routes that get their entries when a request comes near them.

    Args:
        paths: The paths by the numbers of the routes, in order of registration.
        make: Makes the entry of a route, which has this path and is never asked.
    """

    def __init__(self, paths: dict[int, str], make: Callable[[int], Entry]) -> None:
        self.paths = paths
        self.make = make
        #: The numbers of routes without parameters, by path.
        self.exact: dict[str, list[int]] = {}
        #: The numbers of the others.
        self.open: list[int] = [number for number, path in paths.items() if "{" in path]
        if len(self.open) < len(paths):
            for number, path in paths.items():
                if "{" not in path:
                    self.exact.setdefault(path, []).append(number)

    def place(self, node: _Node, index: int) -> None:
        """Put the routes at a node one segment further, or into the tree if that is a parameter."""
        with making:
            numbers = node.later
            if numbers is None:
                return  # another thread has done it
            paths = [self.paths[number] for number in numbers]
            shared = _shared_segments(paths)
            child = node
            for segment in shared[index:]:
                child = _below(child, segment)
            self._spread(child, len(shared), len("/".join([*shared, ""])), numbers, paths)
            # Other threads go on from here, so this is the end.
            node.later = None

    def _spread(
        self, node: _Node, index: int, start: int, numbers: list[int], paths: list[str]
    ) -> None:
        """Put the routes one segment below a node; the segment begins at `start` in every path."""
        further: dict[str, list[int]] = {}
        entries: list[Entry] = []
        for number, path in zip(numbers, paths, strict=True):
            end = path.find("/", start)
            segment = path[start:end] if end >= 0 else path[start:]
            group = further.get(segment)
            if group is not None:
                group.append(number)
            elif "{" in segment:
                entries.append(self.make(number))
            else:
                further[segment] = [number]
        for segment, group in further.items():
            _below(node, segment).later = group
        for entry in entries:
            _place_below(node, entry, self.paths[entry.number].split("/"), index)


def _shared_segments(paths: list[str]) -> list[str]:
    """Return the segments without parameters with which all paths begin."""
    first, last = min(paths), max(paths)
    segments: list[str] = []
    for segment, other in zip(first.split("/"), last.split("/"), strict=False):
        if segment != other or "{" in segment:
            break
        segments.append(segment)
    return segments


class RouteTable:
    """The route table. It is built once, from the entries in order of registration."""

    def __init__(self, entries: Iterable[Entry], later: Later | None = None) -> None:
        self._exact: dict[str, list[Entry]] = {}
        self._root = _Node()
        self._anywhere: list[Entry] = []
        self._size = 0
        #: Whether the outcome of a lookup may depend on more than method and path.
        self.asks = False
        self._remembered: dict[tuple[object, str], Found] = {}
        for entry in entries:
            self._place(entry)
        self._later = later
        if later is not None:
            self._size += len(later.paths)
            if later.open:
                self._root.later = later.open

    def __repr__(self) -> str:
        exact = sum(map(len, self._exact.values()))
        if self._later is not None:
            exact += sum(map(len, self._later.exact.values()))
        asked = len(self._anywhere)
        return f"<RouteTable: {self._size} routes, {exact} by exact path, {asked} for any path>"

    def _place(self, entry: Entry) -> None:
        self._size += 1
        self.asks = self.asks or entry.ask is not None
        path = entry.path
        if path is None:
            self._anywhere.append(entry)
        elif entry.pattern is not None and not entry.convertors:
            self._exact.setdefault(path, []).append(entry)
        else:
            _place_below(self._root, entry, path.split("/"), 0)

    def find(self, method: object, path: str, scope: Scope) -> Found | None:
        """Find the route for a request."""
        found = self._search(method, path, scope, None)
        assert not isinstance(found, Unasked)
        return found

    def find_any(
        self, method: object, path: str, scope: Scope, begun: Unasked | None = None
    ) -> Found | None:
        """Find the first route for a path, even if it is of another method.

        COMPAT: FastAPI 0.165. A router asks no further routes for a redirect; but an included
        router asks all of its own for the method.
        """
        partial: Found | None = None
        segments = path.split("/") if begun is None else begun.segments
        for entry in self._candidates(path, segments) if begun is None else begun.left:
            is_included = entry.target.branch is not None
            if partial is not None and not is_included:
                break
            found = _try(entry, method, path, segments, scope)
            if found is not None:
                if found.is_full or not is_included:
                    return found
                partial = partial or found
        return partial

    def find_without_scope(self, method: object, path: str) -> Found | Unasked | None:
        """Find the route for a method and a path, or the first that must be asked with a scope."""
        return self._search(method, path, None, None)

    def has_own_convertors(self, path: str) -> bool:
        """Return whether a lookup of a path may run code of the application, in a convertor."""
        candidates = self._candidates(path, path.split("/"))
        return any(entry.has_own_convertors for entry in candidates)

    def go_on(self, begun: Unasked, scope: Scope) -> Found | None:
        """Continue a lookup where it stopped without a scope."""
        found = self._search(begun.method, begun.path, scope, begun)
        assert not isinstance(found, Unasked)
        return found

    def _search(
        self, method: object, path: str, scope: Scope | None, begun: Unasked | None
    ) -> Found | Unasked | None:
        if begun is None:
            found = self._remembered.get((method, path))
            if found is not None:
                return found
            segments = path.split("/")
            candidates = self._candidates(path, segments)
        else:
            segments, candidates = begun.segments, begun.left
        partial: dict[int, Found] = {}
        for entry in candidates:
            if entry.methods is None or method in entry.methods:
                if scope is None and entry.needs_scope:
                    return _unasked(method, path, segments, candidates, entry)
                found = _try(entry, method, path, segments, scope)
                if found is None:
                    continue
                if found.is_full:
                    if _is_certain(entry, candidates):
                        found.is_certain = True
                        self._remembered[method, path] = found
                    return found
                partial[entry.number] = found
        if scope is None and any(entry.has_own_convertors for entry in candidates):
            return Unasked(method, path, segments, candidates)
        return _first_partial(candidates, partial, method, path, segments)

    def _candidates(self, path: str, segments: list[str]) -> list[Entry]:
        """Return the entries that may match a path, in order of registration."""
        found: list[Entry] = []
        later = self._later
        _collect(self._root, segments, 0, found, later)
        if later is not None and path in later.exact:
            self._place_exact(later, path)
        if path in self._exact:
            found += self._exact[path]
        if self._anywhere:
            found += self._anywhere
        if path.endswith("\n"):
            # `$` in a route's pattern also matches before a line feed at the end.
            if later is not None and path[:-1] in later.exact:
                self._place_exact(later, path[:-1])
            found += self._exact.get(path[:-1], ())
            _collect(self._root, path[:-1].split("/"), 0, found, later)
            found = list(dict.fromkeys(found))
        if len(found) > 1:
            found.sort(key=_number)
        return found

    def _place_exact(self, later: Later, path: str) -> None:
        with making:
            numbers = later.exact.get(path)
            if numbers is None:
                return  # another thread has done it
            entries = [later.make(number) for number in numbers]
            self._exact[path] = self._exact.get(path, []) + entries
            del later.exact[path]


def _unasked(
    method: object, path: str, segments: list[str], candidates: list[Entry], entry: Entry
) -> Unasked:
    """Return what remains of a lookup if `entry` must be asked.

    Routes before it that have the method did not match. The others may still be the answer.
    """
    index = candidates.index(entry)
    before = [
        other
        for other in candidates[:index]
        if other.methods is not None and method not in other.methods
    ]
    return Unasked(method, path, segments, before + candidates[index:])


def _is_certain(entry: Entry, candidates: list[Entry]) -> bool:
    """Whether every request with this method and path gets this entry.

    Only known methods and paths count: clients can invent others without end.
    """
    if entry.path is None or entry.convertors or entry.methods is None or entry.ask is not None:
        return False
    before = (other for other in candidates if other.number < entry.number)
    return all(other.ask is None for other in before)


_number = attrgetter("number")


def _collect(
    node: _Node, segments: list[str], index: int, found: list[Entry], later: Later | None
) -> None:
    """Add the entries of a tree whose static segments agree with a path's, from `index` on."""
    while index < len(segments):
        if node.later is not None:
            assert later is not None
            later.place(node, index)
        if node.below:
            found += node.below
        child = None if node.exact is None else node.exact.get(segments[index])
        other = node.any
        index += 1
        if child is None:
            if other is None:
                return
            node = other
        else:
            if other is not None:
                _collect(other, segments, index, found, later)
            node = child
    if node.here:
        found += node.here


def _place_below(node: _Node, entry: Entry, segments: list[str], index: int) -> None:
    """Put an entry into the tree below a node, by the segments of its path from `index` on."""
    for segment in segments[index:]:
        if "{" not in segment:
            node = _below(node, segment)
        elif is_one_segment(segment, entry.convertors):
            node.any = node = node.any or _Node()
        else:
            # The convertor spans segments, so every path below is a candidate.
            if node.below is None:
                node.below = []
            node.below.append(entry)
            return
    if node.here is None:
        node.here = []
    node.here.append(entry)


def _below(node: _Node, segment: str) -> _Node:
    """Return the node of a static segment, which is made if there is none."""
    if node.exact is None:
        node.exact = {}
    child = node.exact.get(segment)
    if child is None:
        child = node.exact[segment] = _Node()
    return child


def _first_partial(
    candidates: list[Entry],
    partial: dict[int, Found],
    method: object,
    path: str,
    segments: list[str],
) -> Found | None:
    """Return the first match of the path alone; `partial` has those of routes that were asked."""
    for entry in candidates:
        found = partial.get(entry.number)
        if found is None and entry.methods is not None:
            found = _try(entry, method, path, segments, None)
        if found is not None:
            return found
    return None


def _try(
    entry: Entry, method: object, path: str, segments: list[str], scope: Scope | None
) -> Found | None:
    """Match a request with one entry."""
    if entry.ask is not None:
        assert scope is not None
        match, child = entry.ask(scope)
        if match is Match.NONE:
            return None
        return Found(entry, match is Match.FULL, child.get(PATH_PARAMS, {}), child)
    values: dict[str, object] = {}
    if entry.positions is not None:
        # PERF: many-routes. The tree has compared the other segments already.
        for name, index in entry.positions:
            segment = segments[index]
            if not segment:
                return None
            values[name] = segment
    else:
        assert entry.pattern is not None
        matched = entry.pattern.match(path)
        if matched is None:
            return None
        values.update(matched.groupdict())
        for name, convert in entry.conversions:
            values[name] = convert(matched[name])
    return Found(entry, entry.methods is None or method in entry.methods, values)

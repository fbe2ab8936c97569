"""Calls that block the event loop, in the code that requests run there."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rapide.callgraph.events import Call, Event, Use
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.walk import (
    Function,
    Step,
    Walker,
    chain_of,
)
from rapide.contracts.checker.following import passed_by
from rapide.contracts.checker.guards import (
    asks_for_loop,
    has_arguments,
    is_done_before,
    is_outside_loop,
    is_told_not_to_wait,
    may_be_nonblocking,
)
from rapide.contracts.checker.locks import held_part, holds_while_awaiting
from rapide.contracts.checker.roots import roots_of
from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import Subject
from rapide.contracts.checker.tables import Group, Kind, tables
from rapide.contracts.findings import Finding, Severity

#: The comment that silences what a line calls.
ALLOWED = re.compile(r"#\s*rapide:\s*allow-blocking\b")

#: How many names of callables a message has.
_MOST_NAMES = 3


class _Found(NamedTuple):
    """A call that blocks."""

    call: Call
    name: str
    group: Group


@dataclass(slots=True)
class _Cause:
    """The calls in one function that block for one reason, and where they are reached from."""

    first: _Found
    chain: tuple[Step, ...]
    names: dict[str, None] = field(default_factory=dict)
    lines: dict[int, None] = field(default_factory=dict)
    routes: dict[str, None] = field(default_factory=dict)


def blocking_calls(subject: Subject) -> Iterator[Finding]:
    """Find calls that block the event loop, in async code that requests run.

    The calls in one function that block in the same way are one finding, with all routes that lead
    there and one of the shortest chains of calls.
    """
    search = _Search(subject.walker)
    routes: dict[Function, dict[str, None]] = {}
    for root in roots_of(subject):
        function = search.walker.root(root.call, owner=root.owner)
        if function is not None:
            routes.setdefault(function, {})[root.route] = None
    causes: dict[tuple[object, int], _Cause] = {}
    for function, names in routes.items():
        for chain, found in search.below(function):
            key = found.call.scope.node, found.group.number
            cause = causes.setdefault(key, _Cause(found, chain))
            if len(chain) < len(cause.chain):
                cause.chain = chain
            cause.names[_shown(found.name)] = None
            cause.lines[found.call.node.lineno] = None
            cause.routes |= names
    yield from map(_described, causes.values())


class _Search:
    """Look for calls that block in functions, each of which is looked at once."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self._found: dict[Function, list[_Found]] = {}
        self._locks: dict[Function, list[_Found]] = {}
        self._blocking: dict[Function, bool] = {}
        self._calls: dict[Event, _Found | None] = {}

    def below(self, root: Function) -> Iterator[tuple[tuple[Step, ...], _Found]]:
        """Yield the calls that block which a function comes to, each with its chain."""
        reached = self.walker.reached(root, stops=_stops)
        for function in reached:
            for item in [*self._certain(function), *self._held(function)]:
                yield chain_of(function, item.call, reached), item

    def _certain(self, function: Function) -> list[_Found]:
        """Return the calls in a function that block for certain."""
        if function not in self._found:
            self._found[function] = [
                found
                for event, _ in self.walker.events(function)
                if (found := self._blocks(event)) is not None and found.group.kind is not Kind.HOLDS
            ]
        return self._found[function]

    def _held(self, function: Function) -> list[_Found]:
        """Return the locks that a function holds while something takes time."""
        if function not in self._locks:
            locks = [
                found
                for event, _ in self.walker.events(function)
                if (found := self._blocks(event)) is not None
            ]
            self._locks[function] = [
                found
                for lock in locks
                if lock.group.kind is Kind.HOLDS
                and (found := self._taking(function, lock)) is not None
            ]
        return self._locks[function]

    def _blocks(self, event: Event) -> _Found | None:
        if not isinstance(event, Call):
            return None
        if event not in self._calls:
            self._calls[event] = _blocks(event, self.walker.resolver)
        return self._calls[event]

    def _taking(self, function: Function, lock: _Found) -> _Found | None:
        part = held_part(lock.call)
        if part is None:
            return lock
        if holds_while_awaiting(part, function.scope):
            return lock._replace(group=lock.group._replace(severity=Severity.ERROR))
        held = {id(node) for node in part for node in ast.walk(node)}
        for event, inner in self.walker.events(function):
            if id(event.node) in held and self._takes_time(event, inner):
                return lock
        return None

    def _takes_time(self, event: Event, inner: Function | None) -> bool:
        found = self._blocks(event)
        if found is not None and found.group.kind is not Kind.HOLDS:
            return True
        if inner is None or _is_allowed(event):
            return False
        if inner not in self._blocking:
            self._blocking[inner] = any(
                map(self._certain, self.walker.reached(inner, stops=_stops))
            )
        return self._blocking[inner]


def _described(cause: _Cause) -> Finding:
    chain, scope = cause.chain, cause.first.call.scope
    first, *others = [f"{scope.source.file}:{line}" for line in sorted(cause.lines)]
    where = f"{chain[0].name}() is async and "
    if len(chain) > 1:
        where += f"comes to {chain[-1].name}(), which "
    names = [*cause.names]
    called = ", ".join(names[:_MOST_NAMES]) + (" and others" if len(names) > _MOST_NAMES else "")
    blocks = "blocks" if len(names) == 1 else "block"
    effect = cause.first.group.effect or f"{blocks} all other requests of the process"
    return finding(
        "blocking-call",
        f"{where}calls {called}, which {effect}",
        cause.first.group.advice,
        routes=tuple(cause.routes),
        place=first,
        also=tuple(others),
        chain=tuple(map(str, chain)),
        severity=cause.first.group.severity,
    )


def _shown(name: str) -> str:
    """Return the name of a callable as people write it."""
    for inner, public in (
        ("builtins.", ""),
        ("_thread.LockType", "threading.Lock"),
        ("_thread", "threading"),
    ):
        name = name.replace(inner, public)
    return name.replace(".__enter__", " by a with statement")


def _blocks(call: Call, resolver: Resolver) -> _Found | None:
    """Return which blocking callable a call calls; None if it is none."""
    known = tables().blocking.find(call.callee)
    if known is None and (passed := passed_by(call, resolver)) is not None:
        known = tables().blocking.find(passed.callee)  # such as map(time.sleep, …)
    if known is None or call.use is Use.AWAITED or _is_allowed(call):
        return None
    name, group = known
    if tables().harmless.find(call.callee):
        return None
    if group.kind is Kind.GIVEN and not has_arguments(call.node):
        return None
    if group.kind in (Kind.WAITS, Kind.HOLDS) and is_told_not_to_wait(call.node):
        return None
    if is_done_before(call) or (group.effect and asks_for_loop(call.scope)):
        return None
    if name.startswith("socket.socket.") and may_be_nonblocking(call.scope):
        return None
    if name.endswith(".*"):
        name = name[:-1] + getattr(call.callee, "name", "")
    return _Found(call, name, group)


def _stops(event: Event) -> bool:
    """Return whether what a call runs does not count."""
    return _is_allowed(event) or is_outside_loop(event)


def _is_allowed(call: Event) -> bool:
    last = getattr(call.node, "end_lineno", None) or call.node.lineno
    lines = map(call.scope.source.line, range(call.node.lineno, last + 1))
    return any(map(ALLOWED.search, lines))

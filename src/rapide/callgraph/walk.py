"""Follow the calls of a function through the packages of an application."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType

from rapide.callgraph.events import Call, Event, Guard, Raise, Use, events_of
from rapide.callgraph.library import Names
from rapide.callgraph.resolve import Resolver, bound_arguments, opened
from rapide.callgraph.scopes import Bound, Instance, Known, Nested, Scope, Value, scope_of

#: How many calls a chain has at most, and how many functions are read for one root.
_LONGEST_CHAIN = 25
_MOST_FUNCTIONS = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """A function in a chain of calls, and the line in it where the chain goes on."""

    name: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.name} ({self.file}:{self.line})"


@dataclass(frozen=True, slots=True)
class Visit:
    """Something that happens when a function is called.

    Attributes:
        event: What happens.
        chain: The functions that lead there from the root on; the last one is where it happens.
        guards: The exceptions that are caught around it, in all functions of the chain.
    """

    event: Event
    chain: tuple[Step, ...]
    guards: tuple[Guard, ...]


@dataclass(slots=True)
class Walker:
    """Follow calls from a function on.

    Args:
        resolver: What finds out what is called.
        follow: Says whether to go into a function that is called; asked for functions of the
            application only.
        opens_wrappers: Whether a function in the wrapper of a library is read as if called there.
        runners: Functions that call one that is passed to them: the position of that argument.
    """

    resolver: Resolver
    follow: Callable[[Call, Scope], bool]
    opens_wrappers: bool = False
    runners: Names[int] | None = None
    _seen: set[object] = field(default_factory=set)
    #: What was read of functions so far, for all roots.
    _read: dict[object, list[Event]] = field(default_factory=dict)

    def walk(self, root: object) -> Iterator[Visit]:
        """Yield what happens when `root` is called; nothing if its source cannot be read."""
        self._seen = set()
        scope = self.scope(Known(root), is_root=True)
        if scope is not None:
            yield from self._walk(scope, (), ())

    def scope(self, callee: Value | None, *, is_root: bool = False) -> Scope | None:
        """Return the function that a call runs, if it belongs to the application."""
        callee = opened(callee)
        if isinstance(callee, Nested):
            return Scope(callee.node, callee.scope.source, None, callee.scope)
        owner: Value | None = None
        found: object = None
        if isinstance(callee, Bound):
            found, owner = callee.function.it, callee.owner
            found = found.__func__ if isinstance(found, classmethod) else found
        elif isinstance(callee, Known):
            found = callee.it
        if isinstance(found, type):
            owner = Instance(found, is_exact=True)
            found = inspect.getattr_static(found, "__init__", None)
        function = self._own(found, is_root=is_root)
        scope = None if function is None else scope_of(function)
        if scope is not None and owner is not None and scope.parameters:
            scope.arguments = {scope.parameters[0]: owner}
        return scope

    def _own(self, function: object, *, is_root: bool) -> FunctionType | None:
        """Return a function of the application, in the wrapper of a library if need be."""
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(function, FunctionType):
                return None
            if self.resolver.packages.contain(_home(function)):
                return function
            inner = getattr(function, "__wrapped__", None)
            if not (is_root or self.opens_wrappers or _runs_in_loop(inner)) and not _is_manager(
                function
            ):
                return None
            function = inner
        return None

    def _walk(
        self, scope: Scope, chain: tuple[Step, ...], guards: tuple[Guard, ...]
    ) -> Iterator[Visit]:
        function = scope.node, _frozen(scope)
        key = (*function, guards)
        if key in self._seen or len(self._seen) > _MOST_FUNCTIONS or len(chain) > _LONGEST_CHAIN:
            return
        self._seen.add(key)
        events = self._read.get(function)
        if events is None:
            events = self._read[function] = list(events_of(scope, self.resolver))
        for event in events:
            step = Step(scope.name, scope.source.file, event.node.lineno)
            around = (*guards, *event.guards)
            yield Visit(event, (*chain, step), around)
            if isinstance(event, Raise):
                continue
            passed = self._passed(event)
            inner = self.scope(passed or event.callee)
            if inner is not None and passed is not None:
                yield from self._walk(inner, (*chain, step), around)
            elif inner is not None and self.follow(event, inner):
                self._pass(event, inner)
                yield from self._walk(inner, (*chain, step), around)

    def _passed(self, event: Call) -> Value | None:
        """Return the function that is passed to one that calls it."""
        known = self.runners.find(event.callee) if self.runners is not None else None
        if known is None or event.use is not Use.AWAITED or not isinstance(event.node, ast.Call):
            return None
        arguments = event.node.args
        place = known[1]
        return (
            self.resolver.resolve(arguments[place], event.scope) if len(arguments) > place else None
        )

    def _pass(self, call: Call, inner: Scope) -> None:
        """Tell a function the arguments of its call."""
        if not isinstance(call.node, ast.Call):
            return
        if call.callee is not None and isinstance(call.callee, Known):
            target = opened(call.callee)
            if target is not call.callee and not isinstance(target, Bound):
                return  # a partial has further arguments
        given = bound_arguments(
            self.resolver, call.node, call.scope, inner, has_owner=bool(inner.arguments)
        )
        inner.arguments = {**given, **inner.arguments}


def _home(function: FunctionType) -> str:
    """Return the module that has a function's code, also if a decorator copied another name."""
    name = function.__globals__.get("__name__")
    return name if isinstance(name, str) else ""


def _runs_in_loop(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _is_manager(function: FunctionType) -> bool:
    """Return whether `contextlib` made a function, which runs its generator when it is entered."""
    return _home(function) == "contextlib"


def _frozen(scope: Scope) -> object:
    return tuple(sorted(((name, hash(value)) for name, value in scope.arguments.items())))


def runs_when_called(call: Call, inner: Scope) -> bool:
    """Return whether a call runs the body of a function, and does not only make a coroutine."""
    if inner.is_generator:
        return call.use in (Use.ITERATED, Use.ENTERED)
    if not inner.is_async:
        return True
    return call.use is Use.AWAITED or (
        call.use is Use.ASSIGNED
        and isinstance(call.user, str)
        and _is_awaited(call.user, call.scope)
    )


def _is_awaited(name: str, scope: Scope) -> bool:
    return any(
        isinstance(node, ast.Await) and isinstance(node.value, ast.Name) and node.value.id == name
        for node in ast.walk(scope.node)
    )

"""Follow the calls of a function through the packages of an application."""

from __future__ import annotations

import ast
import inspect
from collections import Counter, deque
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType

from rapide.callgraph.arguments import arguments_of, bind, is_made_exception
from rapide.callgraph.events import Call, Event, Guard, Raise, Use, events_of, is_awaited
from rapide.callgraph.members import opened
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import (
    Bound,
    Expression,
    Instance,
    Known,
    Nested,
    Scope,
    Value,
    scope_of,
)

#: How many calls a chain has at most, and how many functions are read for one root.
_LONGEST_CHAIN = 25
_MOST_FUNCTIONS = 2_000
#: With how many kinds of arguments a function is read at most.
_MOST_WAYS = 30


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


@dataclass(slots=True, eq=False)
class Function:
    """A function that is called with certain arguments.

    Attributes:
        scope: The function.
        events: What happens in it, with the functions that its calls run; None if it is not read.
    """

    scope: Scope
    events: list[tuple[Event, Function | None]] | None = None


#: Functions that are reached from a first one, each with the function that calls it, and the call.
Reached = dict[Function, tuple[Function, Event] | None]


@dataclass(frozen=True, slots=True)
class Passed:
    """A function that a call runs although it calls another one.

    Attributes:
        callee: The function.
        made: The call that has its arguments; None if they are not needed.
        skip: How many arguments by position come before them.
    """

    callee: Value | None
    made: Expression | None = None
    skip: int = 0


@dataclass(slots=True)
class Walker:
    """Follow calls from a function on.

    Args:
        resolver: What finds out what is called.
        follow: Says whether to go into a function that is called; asked for functions of the
            application only.
        opens_wrappers: Whether a function in the wrapper of a library is read as if called there.
        keeps_constants: Whether a function is read again for other numbers and texts as arguments.
        passed: Says which function a call runs that is an argument of it, if there is one.
    """

    resolver: Resolver
    follow: Callable[[Call, Scope], bool]
    opens_wrappers: bool = False
    keeps_constants: bool = False
    passed: Callable[[Call, Resolver], Passed | None] = lambda call, resolver: None
    #: Each function with each kind of arguments is read once, for all roots.
    _functions: dict[object, Function] = field(default_factory=dict)
    _ways: Counter[object] = field(default_factory=Counter)

    def walk(self, root: object, arguments: Mapping[str, Value] | None = None) -> Iterator[Visit]:
        """Yield what happens when `root` is called; nothing if its source cannot be read.

        Args:
            root: A callable.
            arguments: The values of its parameters by their names, as far as they are known.
        """
        function = self.root(root, arguments)
        if function is not None:
            yield from self._walk(function, (), (), set())

    def root(
        self,
        root: object,
        arguments: Mapping[str, Value] | None = None,
        owner: type | None = None,
    ) -> Function | None:
        """Return a callable as it is read from outside; None if its source cannot be read.

        Args:
            root: The callable.
            arguments: What is known about its parameters.
            owner: The class of its object, if it is a method without one.
        """
        callee: Value = Known(root)
        if owner is not None:
            callee = Bound(Known(root), Instance(owner, is_exact=True), "")
        scope = self.scope(callee, is_root=True)
        if scope is None:
            return None
        kept = scope.arguments
        if isinstance(root, partial):
            nothing = Expression(ast.Call(ast.Name("_"), [], []), scope)
            bind(self.resolver, scope, arguments_of(self.resolver, nothing, Known(root)))
        scope.arguments = {**scope.arguments, **(arguments or {})}
        return self._function(scope, kept)

    def reached(
        self,
        root: Function,
        known: Container[Function] = (),
        stops: Callable[[Event], bool] = lambda event: False,
    ) -> Reached:
        """Return the functions that a call of one runs, nearest first.

        Args:
            root: The function.
            known: Functions that are left out, with what only they call.
            stops: Says whether not to follow a call.
        """
        found: Reached = {root: None}
        pending = deque([root])
        while pending and len(found) < _MOST_FUNCTIONS:
            function = pending.popleft()
            for event, inner in self.events(function):
                if inner is None or inner in found or inner in known or stops(event):
                    continue
                found[inner] = function, event
                pending.append(inner)
        return found

    def events(self, function: Function) -> list[tuple[Event, Function | None]]:
        """Return what happens in a function, with the functions that its calls run."""
        if function.events is None:
            happening = events_of(function.scope, self.resolver)
            function.events = [(event, self._called(event)) for event in happening]
        return function.events

    def _called(self, event: Event) -> Function | None:
        if isinstance(event, Raise):
            return None
        passed = self.passed(event, self.resolver)
        inner = self.scope(event.callee if passed is None else passed.callee)
        if inner is None or (passed is None and not self.follow(event, inner)):
            return None
        owner = inner.arguments
        if passed is None and isinstance(event.node, ast.Call):
            passed = Passed(event.callee, Expression(event.node, event.scope))
        if passed is not None and passed.made is not None:
            given = arguments_of(self.resolver, passed.made, passed.callee, skip=passed.skip)
            bind(self.resolver, inner, given)
        return self._function(inner, owner)

    def _function(self, scope: Scope, owner: Mapping[str, Value]) -> Function:
        if not self.keeps_constants:
            scope.arguments = {name: _general(value) for name, value in scope.arguments.items()}
        # Functions that are made in one place differ in what they have from the place around them.
        made = id(scope.outer), id(scope.function if _has_cells(scope) else None)
        place = scope.node, made, frozenset(owner.items())
        chosen = _chosen(scope) if self.keeps_constants else frozenset()
        key = place, frozenset(scope.arguments.items()), chosen
        found = self._functions.get(key)
        if found is None:
            self._ways[place] += 1
            if self._ways[place] == _MOST_WAYS:
                scope.arguments = owner
            elif self._ways[place] > _MOST_WAYS:
                return self._functions[place]
            found = self._functions[key] = Function(scope)
            self._functions[place] = found
        return found

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
            if type(found).__name__ == "_lru_cache_wrapper":
                found = getattr(found, "__wrapped__", None)
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
        self,
        function: Function,
        chain: tuple[Step, ...],
        guards: tuple[Guard, ...],
        seen: set[object],
    ) -> Iterator[Visit]:
        key = function, guards
        if key in seen or len(seen) > _MOST_FUNCTIONS or len(chain) > _LONGEST_CHAIN:
            return
        seen.add(key)
        for event, inner in self.events(function):
            around = (*guards, *event.guards)
            further = (*chain, step_of(function, event))
            yield Visit(event, further, around)
            if inner is not None:
                yield from self._walk(inner, further, around, seen)


def _home(function: FunctionType) -> str:
    """Return the module that has a function's code, also if a decorator copied another name."""
    name = function.__globals__.get("__name__")
    return name if isinstance(name, str) else ""


def _runs_in_loop(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _is_manager(function: FunctionType) -> bool:
    """Return whether `contextlib` made a function, which runs its generator when it is entered."""
    return _home(function) == "contextlib"


def chain_of(function: Function, event: Event, reached: Reached) -> tuple[Step, ...]:
    """Return the steps from the first of the functions that are reached to an event of another."""
    steps = [step_of(function, event)]
    above = reached[function]
    while above is not None:
        steps.append(step_of(*above))
        above = reached[above[0]]
    return tuple(reversed(steps))


def argument(call: Call, place: int | str, resolver: Resolver) -> Value | None:
    """Return what is known about an argument of a call, by its position or its name."""
    if isinstance(place, str):
        named = call.node.keywords if isinstance(call.node, ast.Call) else []
        found = next((item.value for item in named if item.arg == place), None)
        return resolver.resolve(found, call.scope)
    given = call.node.args if isinstance(call.node, ast.Call) else []
    return resolver.resolve(given[place], call.scope) if len(given) > place else None


def _chosen(scope: Scope) -> frozenset[object]:
    """Return what tells calls apart whose arguments are exceptions, or one of several values."""
    return frozenset(
        (name, id(item.node))
        for name, item in scope.given.items()
        if isinstance(item.node, ast.IfExp) or is_made_exception(scope.arguments.get(name))
    )


def _has_cells(scope: Scope) -> bool:
    return scope.function is not None and bool(scope.function.__closure__)


def _general(value: Value) -> Value:
    """Return a value without what distinguishes it from others that are used alike."""
    found = value.it if isinstance(value, Known) else None
    is_plain = isinstance(found, str | bytes | int | float) and type(found).__module__ == "builtins"
    return Instance(type(found), is_exact=True) if is_plain else value


def step_of(function: Function, event: Event) -> Step:
    """Return the step of a chain at which something happens in a function."""
    scope = function.scope
    return Step(scope.name, scope.source.file, event.node.lineno)


def is_coroutine(callee: Value | None) -> bool:
    """Return whether a value is an async function, which makes a coroutine when it is called."""
    callee = opened(callee)
    if isinstance(callee, Nested):
        return (
            isinstance(callee.node, ast.AsyncFunctionDef)
            and not Scope(callee.node, callee.scope.source, None, callee.scope).is_generator
        )
    function = callee.function.it if isinstance(callee, Bound) else None
    if isinstance(callee, Known):
        function = callee.it
    return inspect.iscoroutinefunction(function)


def runs_when_called(call: Call, inner: Scope) -> bool:
    """Return whether a call runs the body of a function, and does not only make a coroutine."""
    if inner.is_generator:
        return call.use in (Use.ITERATED, Use.ENTERED)
    if not inner.is_async:
        return True
    # Whoever collects coroutines awaits them, by `asyncio.gather` or one after the other.
    return is_awaited(call) or call.use is Use.COLLECTED

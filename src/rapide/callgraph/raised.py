"""The exceptions that a callable can raise, as its source code says."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapide.callgraph.arguments import arguments_of, bind
from rapide.callgraph.bindings import How
from rapide.callgraph.constants import Constants
from rapide.callgraph.events import Call, Use, is_awaited
from rapide.callgraph.library import Names
from rapide.callgraph.packages import Packages
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Expression, Known, Scope, Value
from rapide.callgraph.walk import Passed, Step, Visit, Walker, runs_when_called

_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Runner:
    """A function that calls one that is passed to it.

    Attributes:
        place: The position of that argument; further ones are arguments of the function.
        is_async: Whether an exception comes out where the result is awaited.
        is_coroutine: Whether the argument is a coroutine, not a function.
    """

    place: int = 0
    is_async: bool = True
    is_coroutine: bool = False


_LOOP = "asyncio.base_events.BaseEventLoop"
#: What functions of libraries return, where their annotations do not say it.
_RESULTS = dict.fromkeys(
    ["asyncio.get_running_loop", "asyncio.get_event_loop", "asyncio.new_event_loop"], _LOOP
)
#: Functions that call one that is passed to them, and raise what it raises.
_RUNNERS = Names(
    {
        "asyncio.to_thread": Runner(),
        "starlette.concurrency.run_in_threadpool": Runner(),
        "anyio.to_thread.run_sync": Runner(),
        f"{_LOOP}.run_in_executor": Runner(1),
        "anyio.from_thread.run": Runner(is_async=False),
        "anyio.from_thread.run_sync": Runner(is_async=False),
        "asyncio.create_task": Runner(is_coroutine=True),
        "asyncio.ensure_future": Runner(is_coroutine=True),
        "asyncio.run": Runner(is_async=False, is_coroutine=True),
    }
)
_AWAITING = Names(dict.fromkeys(["asyncio.gather", "asyncio.wait_for", "asyncio.shield"]))


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception that can be raised.

    Attributes:
        cls: Its class.
        made: The call that makes it, if its code is known.
        instance: The exception, if it exists already.
        chain: The functions that lead to the line that raises it.
    """

    cls: type[BaseException]
    made: Expression | None
    instance: BaseException | None
    chain: tuple[Step, ...] = ()


class Exceptions:
    """Find the exceptions that callables can raise.

    Args:
        packages: What belongs to the application.
    """

    def __init__(self, packages: Packages) -> None:
        self.resolver = Resolver(packages, _RESULTS)
        self.walker = Walker(
            self.resolver,
            _goes_on,
            opens_wrappers=True,
            keeps_constants=True,
            passed=_passed,
        )
        self.constants = Constants(self.resolver, self.returned)

    def of(self, root: object, arguments: Mapping[str, Value] | None = None) -> Iterator[Raised]:
        """Yield what a call of `root` can raise, except what is caught on the way.

        Args:
            root: A callable.
            arguments: The values of its parameters by their names, as far as they are known.
        """
        for visit in self.walker.walk(root, arguments):
            event = visit.event
            if not isinstance(event, Call) and event.node.exc is not None:
                for found in self.made_by(Expression(event.node.exc, event.scope), visit):
                    if not any(issubclass(found.cls, guard.classes) for guard in visit.guards):
                        yield found

    def made_by(
        self, found: Expression, visit: Visit | None = None, depth: int = 0
    ) -> Iterator[Raised]:
        """Yield the exceptions that an expression can be."""
        node, scope = found.node, found.scope
        if depth > _DEEPEST:
            return
        parts = parts_of(node)
        for part in parts:
            yield from self.made_by(Expression(part, scope), visit, depth + 1)
        if parts:
            return
        chain = visit.chain if visit is not None else ()
        known = _exception(self.resolver.resolve(node, scope))
        if known is not None:
            yield Raised(*known, chain)
        elif isinstance(node, ast.Call):
            yield from self._called(node, scope, visit, depth)
        else:
            yield from self._chosen(found, visit, depth)

    def _chosen(self, found: Expression, visit: Visit | None, depth: int) -> Iterator[Raised]:
        """Yield the exceptions that an item of a collection, or a name, can be."""
        node, scope = found.node, found.scope
        if isinstance(node, ast.Subscript):
            for item in self.constants.items(node, scope):
                if isinstance(item, BaseException):
                    yield Raised(type(item), None, item, visit.chain if visit is not None else ())
        elif isinstance(node, ast.Name):
            for given in assigned(node.id, scope):
                yield from self.made_by(given, visit, depth + 1)

    def _called(
        self, node: ast.Call, scope: Scope, visit: Visit | None, depth: int
    ) -> Iterator[Raised]:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "with_traceback":
            yield from self.made_by(Expression(node.func.value, scope), visit, depth + 1)
            return
        callee = self.resolver.resolve(node.func, scope)
        known = callee.it if isinstance(callee, Known) else None
        if isinstance(known, type):
            if issubclass(known, BaseException):
                chain = visit.chain if visit is not None else ()
                yield Raised(known, Expression(node, scope), None, chain)
            return
        if callee is None and isinstance(node.func, ast.Name):
            yield from self._of_chosen_class(node, node.func.id, scope, visit)
        for part in self.returned(node, scope):
            yield from self.made_by(part, visit, depth + 1)

    def _of_chosen_class(
        self, node: ast.Call, name: str, scope: Scope, visit: Visit | None
    ) -> Iterator[Raised]:
        """Yield the exceptions that a call makes if a name is one of several classes."""
        for given in assigned(name, scope):
            for part in parts_of(given.node) or [given.node]:
                found = _exception(self.resolver.resolve(part, given.scope))
                if found is not None and found[2] is None:
                    chain = visit.chain if visit is not None else ()
                    yield Raised(found[0], Expression(node, scope), None, chain)

    def returned(self, node: ast.Call, scope: Scope) -> Iterator[Expression]:
        """Yield the expressions that a function of the application returns."""
        callee = self.resolver.resolve(node.func, scope)
        inner = self.walker.scope(callee)
        if inner is None:
            return
        bind(self.resolver, inner, arguments_of(self.resolver, Expression(node, scope), callee))
        yield from returns_of(inner)


def _exception(
    value: Value | None,
) -> tuple[type[BaseException], None, BaseException | None] | None:
    """Return a class of exceptions, or an exception with its class, if a value is that."""
    known = value.it if isinstance(value, Known) else None
    if isinstance(known, type):
        return (known, None, None) if issubclass(known, BaseException) else None
    return (type(known), None, known) if isinstance(known, BaseException) else None


def parts_of(node: ast.expr) -> list[ast.expr]:
    """Return the expressions of which one is the value of another."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.value] if isinstance(node, ast.Await | ast.NamedExpr) else []


def assigned(name: str, scope: Scope) -> Iterator[Expression]:
    """Yield the expressions that a local name is given."""
    if name in scope.given and name not in scope.bindings:
        yield scope.given[name]
    for binding in scope.bindings.get(name, ()):
        if binding.how is How.ASSIGNED and isinstance(binding.node, ast.expr):
            yield Expression(binding.node, scope)


def returns_of(scope: Scope) -> Iterator[Expression]:
    """Yield the expressions that a function returns."""
    for value in scope.facts.returned:
        yield Expression(value, scope)


def _goes_on(call: Call, inner: Scope) -> bool:
    return runs_when_called(call, inner) or (inner.is_async and _is_passed_to_awaiting(call))


def _passed(call: Call, resolver: Resolver) -> Passed | None:
    """Return the call of the function, or of the coroutine, that is passed to what runs it."""
    known = _RUNNERS.find(call.callee)
    if known is None or not isinstance(call.node, ast.Call):
        return None
    arguments, runner = call.node.args, known[1]
    is_raised = not runner.is_async or is_awaited(call) or _is_passed_to_awaiting(call)
    if len(arguments) <= runner.place or not is_raised:
        return None
    passed = arguments[runner.place]
    if not runner.is_coroutine:
        made = Expression(call.node, call.scope)
        return Passed(resolver.resolve(passed, call.scope), made, runner.place + 1)
    if not isinstance(passed, ast.Call):
        return None
    callee = resolver.resolve(passed.func, call.scope)
    return Passed(callee, Expression(passed, call.scope))


def _is_passed_to_awaiting(call: Call) -> bool:
    if call.use is not Use.PASSED or isinstance(call.user, str):
        return False
    return _AWAITING.find(call.user) is not None

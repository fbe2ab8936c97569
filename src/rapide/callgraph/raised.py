"""The exceptions that a callable can raise, as its source code says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType

from rapide.callgraph.arguments import bound_arguments, defaults_of
from rapide.callgraph.bindings import How
from rapide.callgraph.events import Call, Use, events_of
from rapide.callgraph.library import Names
from rapide.callgraph.packages import Packages
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Bound, Instance, Known, Scope, Value, scope_of
from rapide.callgraph.walk import Step, Visit, Walker, argument, runs_when_called

_DEEPEST = 8

#: Functions that call one that is passed to them, and raise what it raises: its position.
_RUNNERS = Names(
    {
        "asyncio.to_thread": 0,
        "starlette.concurrency.run_in_threadpool": 0,
        "anyio.to_thread.run_sync": 0,
    }
)
_AWAITING = Names(dict.fromkeys(["asyncio.gather", "asyncio.wait_for", "asyncio.shield"]))


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression in a function."""

    node: ast.expr
    scope: Scope


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
    chain: tuple[Step, ...]


class Exceptions:
    """Find the exceptions that callables can raise.

    Args:
        packages: What belongs to the application.
    """

    def __init__(self, packages: Packages) -> None:
        self.resolver = Resolver(packages, {})
        self.walker = Walker(
            self.resolver,
            _goes_on,
            opens_wrappers=True,
            keeps_constants=True,
            passed=_passed,
        )

    def of(self, root: object) -> Iterator[Raised]:
        """Yield what a call of `root` can raise, except what is caught on the way."""
        for visit in self.walker.walk(root):
            event = visit.event
            if not isinstance(event, Call) and event.node.exc is not None:
                for found in self._made(Expression(event.node.exc, event.scope), visit, 0):
                    if not any(issubclass(found.cls, guard.classes) for guard in visit.guards):
                        yield found

    def _made(self, found: Expression, visit: Visit, depth: int) -> Iterator[Raised]:
        node, scope = found.node, found.scope
        if depth > _DEEPEST:
            return
        if isinstance(node, ast.IfExp):
            for part in (node.body, node.orelse):
                yield from self._made(Expression(part, scope), visit, depth + 1)
            return
        value = self.resolver.resolve(node, scope)
        known = value.it if isinstance(value, Known) else None
        if isinstance(known, type) and issubclass(known, BaseException):
            yield Raised(known, None, None, visit.chain)
        elif isinstance(known, BaseException):
            yield Raised(type(known), None, known, visit.chain)
        elif isinstance(node, ast.Call):
            yield from self._called(node, scope, visit, depth)
        elif isinstance(node, ast.Name):
            for binding in scope.bindings.get(node.id, ()):
                if binding.how is How.ASSIGNED and isinstance(binding.node, ast.expr):
                    yield from self._made(Expression(binding.node, scope), visit, depth + 1)

    def _called(self, node: ast.Call, scope: Scope, visit: Visit, depth: int) -> Iterator[Raised]:
        callee = self.resolver.resolve(node.func, scope)
        known = callee.it if isinstance(callee, Known) else None
        if isinstance(known, type):
            if issubclass(known, BaseException):
                yield Raised(known, Expression(node, scope), None, visit.chain)
            return
        for part in self.returned(node, scope):
            yield from self._made(part, visit, depth + 1)

    def returned(self, node: ast.Call, scope: Scope) -> Iterator[Expression]:
        """Yield the expressions that a function of the application returns."""
        inner = self.walker.scope(self.resolver.resolve(node.func, scope))
        if inner is None:
            return
        given = bound_arguments(self.resolver, node, scope, inner, has_owner=bool(inner.arguments))
        inner.arguments = {**given, **inner.arguments}
        yield from returns_of(inner)

    # What a new object has

    def arguments(
        self, raised: Raised, base: type, names: tuple[str, ...]
    ) -> dict[str, Expression]:
        """Return the arguments that `__init__` of a base gets when the exception is made.

        Args:
            raised: The exception.
            base: The class of a library.
            names: The parameters of its `__init__`, in order.
        """
        made = raised.made
        node = made.node if made is not None else ast.Call(ast.Name("_"), [], [])
        assert isinstance(node, ast.Call)
        first = next(iter(raised.chain), None)
        if made is None and first is None:
            return {}
        return self._passed(raised.cls, node, made.scope if made else None, base, names, 0)

    def _passed(
        self,
        cls: type,
        node: ast.Call,
        scope: Scope | None,
        base: type,
        names: tuple[str, ...],
        depth: int,
        after: type | None = None,
    ) -> dict[str, Expression]:
        order = cls.__mro__
        rest = order[order.index(after) + 1 :] if after is not None else order
        owner = next((item for item in rest if "__init__" in vars(item)), None)
        if owner is None or depth > _DEEPEST:
            return {}
        init = vars(owner)["__init__"]
        if not self.resolver.packages.contain(owner.__module__):
            return _bound(node, scope, names) if issubclass(owner, base) else {}
        inner = scope_of(init) if isinstance(init, FunctionType) else None
        if inner is None or not inner.parameters:
            return {}
        given = {}
        if scope is not None:
            given = bound_arguments(self.resolver, node, scope, inner, has_owner=True)
        else:
            given = defaults_of(inner)
        inner.arguments = {**given, inner.parameters[0]: Instance(cls, is_exact=True)}
        for event in events_of(inner, self.resolver):
            if isinstance(event, Call) and isinstance(event.node, ast.Call):
                call = event.node
                func = call.func
                if not isinstance(func, ast.Attribute) or func.attr != "__init__":
                    continue
                target = owner
                if isinstance(event.callee, Known | Bound) and not isinstance(func.value, ast.Call):
                    call = ast.Call(func, call.args[1:], call.keywords)
                return self._passed(cls, call, inner, base, names, depth + 1, target)
        return {}

    def constants(self, found: Expression | None) -> set[object]:
        """Return the values that an expression can have; empty if they are not certain."""
        if found is None:
            return set()
        node, scope = found.node, found.scope
        if isinstance(node, ast.IfExp):
            parts = [self.constants(Expression(part, scope)) for part in (node.body, node.orelse)]
            return parts[0] | parts[1] if all(parts) else set()
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            for part in node.values:
                values = self.constants(Expression(part, scope))
                if not values or any(values):
                    return values
            return set()
        value = self.resolver.resolve(node, scope)
        if isinstance(value, Known):
            return {value.it} if isinstance(value.it, int | str | None) else set()
        if isinstance(node, ast.Name) and node.id not in scope.parameters:
            bound = scope.bindings.get(node.id, ())
            if bound and all(item.how is How.ASSIGNED for item in bound):
                parts = [
                    self.constants(Expression(item.node, scope))
                    for item in bound
                    if isinstance(item.node, ast.expr)
                ]
                return set().union(*parts) if all(parts) else set()
        return set()


def returns_of(scope: Scope) -> Iterator[Expression]:
    """Yield the expressions that a function returns."""
    if isinstance(scope.node, ast.Lambda):
        yield Expression(scope.node.body, scope)
        return
    for node in scope.facts.own_nodes:
        if isinstance(node, ast.Return) and node.value is not None:
            yield Expression(node.value, scope)


def _bound(node: ast.Call, scope: Scope | None, names: tuple[str, ...]) -> dict[str, Expression]:
    if scope is None or any(isinstance(item, ast.Starred) for item in node.args):
        return {}
    found = {name: Expression(item, scope) for name, item in zip(names, node.args, strict=False)}
    named = {item.arg: Expression(item.value, scope) for item in node.keywords if item.arg in names}
    return {**found, **{name: value for name, value in named.items() if name}}


def _passed(call: Call, resolver: Resolver) -> Value | None:
    known = _RUNNERS.find(call.callee) if call.use is Use.AWAITED else None
    return None if known is None else argument(call, known[1], resolver)


def _goes_on(call: Call, inner: Scope) -> bool:
    if runs_when_called(call, inner):
        return True
    if call.use is Use.PASSED and not isinstance(call.user, str):
        return inner.is_async and _AWAITING.find(call.user) is not None
    return False

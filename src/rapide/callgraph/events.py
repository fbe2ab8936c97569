"""What the body of a function does: the calls and the exceptions that can happen in it."""

from __future__ import annotations

import ast
import contextlib
import operator
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from rapide.callgraph.choices import choices
from rapide.callgraph.implicit import implicit_calls
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Bound, Known, Scope, Value
from rapide.callgraph.trees import children


class Use(Enum):
    """What a function does with the result of a call."""

    OTHER = auto()
    AWAITED = auto()
    DROPPED = auto()
    """It is a statement of its own."""
    RETURNED = auto()
    ITERATED = auto()
    """A `for` loop, or `yield from`, runs the generator."""
    ENTERED = auto()
    """A `with` statement enters the context manager."""
    PASSED = auto()
    """It is an argument of another call."""
    ASSIGNED = auto()
    COLLECTED = auto()
    """It becomes an item of a collection."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Exceptions that a `try` statement catches and does not raise again."""

    classes: tuple[type, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call in a function.

    Attributes:
        node: The call, or what calls a method by itself, such as a `with` statement.
        scope: The function.
        callee: What is called; None if that is not certain. A call of a function that is chosen at
            run time is followed by one event for each function that it can be.
        use: What happens with the result.
        user: What the result is passed to, or the name that it is assigned to.
        guards: The exceptions that are caught around it.
    """

    node: ast.expr
    scope: Scope
    callee: Value | None
    use: Use
    user: Value | str | None
    guards: tuple[Guard, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Raise:
    """A `raise` statement with an exception."""

    node: ast.Raise
    scope: Scope
    guards: tuple[Guard, ...]


Event = Call | Raise


def events_of(scope: Scope, resolver: Resolver) -> Iterator[Event]:
    """Yield what can happen in a function, without what never runs."""
    yield from _Reader(scope, resolver).read()


class _Reader:
    def __init__(self, scope: Scope, resolver: Resolver) -> None:
        self._scope = scope
        self._resolver = resolver
        self._parents: dict[ast.AST, ast.AST] = {}

    def read(self) -> Iterator[Event]:
        node = self._scope.node
        if isinstance(node, ast.Lambda):
            yield from self._expression(node.body, ())
        else:
            yield from self._block(node.body, ())

    def _block(self, body: list[ast.stmt], guards: tuple[Guard, ...]) -> Iterator[Event]:
        for statement in body:
            yield from self._statement(statement, guards)
            if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
                return

    def _statement(self, node: ast.stmt, guards: tuple[Guard, ...]) -> Iterator[Event]:
        if isinstance(node, ast.ClassDef):
            return
        read = _STATEMENTS.get(type(node))
        if read is not None:
            yield from read(self, node, guards)
            return
        for child in children(node):
            if isinstance(child, ast.expr):
                yield from self._expression(child, guards, node)
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield Raise(node, self._scope, guards)

    def _definition(self, node: ast.stmt, guards: tuple[Guard, ...]) -> Iterator[Event]:
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for part in node.decorator_list:
            yield from self._expression(part, guards)
        yield from self._defaults(node.args, guards)

    def _defaults(self, node: ast.arguments, guards: tuple[Guard, ...]) -> Iterator[Event]:
        """Yield what happens when a function is made, before any call of it."""
        for part in [*node.defaults, *node.kw_defaults]:
            if part is not None:
                yield from self._expression(part, guards)

    def _match(self, node: ast.stmt, guards: tuple[Guard, ...]) -> Iterator[Event]:
        assert isinstance(node, ast.Match)
        yield from self._expression(node.subject, guards, node)
        for case in node.cases:
            if case.guard is not None:
                yield from self._expression(case.guard, guards)
            yield from self._block(case.body, guards)

    def _branches(self, node: ast.stmt, guards: tuple[Guard, ...]) -> Iterator[Event]:
        assert isinstance(node, ast.If | ast.While)
        yield from self._expression(node.test, guards, node)
        yield from self._implicit(node.test, "__bool__", guards, is_async=False)
        taken = self._truth(node.test)
        if taken is not False:
            yield from self._block(node.body, guards)
        if taken is not True or isinstance(node, ast.While):
            yield from self._block(node.orelse, guards)

    def _attempt(self, node: ast.stmt, guards: tuple[Guard, ...]) -> Iterator[Event]:
        assert isinstance(node, ast.Try | ast.TryStar)
        caught = [cls for handler in node.handlers for cls in self._caught(handler)]
        inside = (*guards, Guard(tuple(caught))) if caught else guards
        yield from self._block(node.body, inside)
        for handler in node.handlers:
            yield from self._block(handler.body, guards)
        yield from self._block(node.orelse, guards)
        yield from self._block(node.finalbody, guards)

    def _caught(self, handler: ast.ExceptHandler) -> list[type]:
        if raises_again(handler):
            return []
        if handler.type is None:
            return [BaseException]
        parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return self._classes(parts)

    def _classes(self, nodes: list[ast.expr]) -> list[type]:
        return _classes_of(nodes, self._scope, self._resolver)

    def _with(self, node: ast.stmt, guards: tuple[Guard, ...]) -> Iterator[Event]:
        assert isinstance(node, ast.With | ast.AsyncWith)
        is_async = isinstance(node, ast.AsyncWith)
        inside = guards
        for item in node.items:
            expression = item.context_expr
            yield from self._expression(expression, inside, item)
            for name in ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__"):
                yield from self._implicit(expression, name, inside, is_async=is_async)
            if suppressed := suppressed_classes(expression, self._scope, self._resolver):
                inside = (*inside, Guard(tuple(suppressed)))
        yield from self._block(node.body, inside)

    def _loop(self, node: ast.stmt, guards: tuple[Guard, ...]) -> Iterator[Event]:
        assert isinstance(node, ast.For | ast.AsyncFor)
        is_async = isinstance(node, ast.AsyncFor)
        yield from self._expression(node.iter, guards, node)
        names = ("__aiter__", "__anext__") if is_async else ("__iter__", "__next__")
        for name in names:
            yield from self._implicit(
                node.iter, name, guards, is_async=is_async and name == "__anext__"
            )
        yield from self._block(node.body, guards)
        yield from self._block(node.orelse, guards)

    def _implicit(
        self,
        node: ast.expr,
        name: str,
        guards: tuple[Guard, ...],
        *,
        is_async: bool,
        at: ast.expr | None = None,
    ) -> Iterator[Event]:
        """Yield the call of a method or a property without parentheses, if the object is known."""
        owner = self._resolver.resolve(node, self._scope)
        if owner is None:
            return
        is_property = isinstance(at, ast.Attribute)
        look = self._resolver.getter if is_property else self._resolver.attribute
        found = look(owner, name)
        if isinstance(found, Bound):
            use = Use.AWAITED if is_async else Use.OTHER
            yield Call(at or node, self._scope, found, use, None, guards)

    def _expression(
        self, node: ast.expr, guards: tuple[Guard, ...], parent: ast.AST | None = None
    ) -> Iterator[Event]:
        if parent is not None:
            self._parents[node] = parent
        if isinstance(node, ast.Lambda):
            yield from self._defaults(node.args, guards)
            return
        if isinstance(node, ast.IfExp | ast.BoolOp):
            yield from self._choice(node, guards)
            return
        for child in _children(node):
            yield from self._expression(child, guards, node)
        callee: Value | None = None
        if isinstance(node, ast.Call):
            callee = self._resolver.resolve(node.func, self._scope)
            use, user = self._use(node)
            yield Call(node, self._scope, callee, use, user, guards)
            if callee is None:
                yield from self._chosen(node, use, user, guards)
        for owner, name in implicit_calls(node, callee):
            yield from self._implicit(owner, name, guards, is_async=name == "__anext__", at=node)

    def _chosen(
        self, node: ast.Call, use: Use, user: Value | str | None, guards: tuple[Guard, ...]
    ) -> Iterator[Event]:
        """Yield the calls that one call can be, if the function is chosen at run time."""
        is_awaited = use is Use.AWAITED
        for callee in choices(node.func, self._scope, self._resolver, is_awaited=is_awaited):
            yield Call(node, self._scope, callee, use, user, guards)

    def _choice(self, node: ast.IfExp | ast.BoolOp, guards: tuple[Guard, ...]) -> Iterator[Event]:
        outer = self._parents.get(node)
        if isinstance(node, ast.BoolOp):
            stops = isinstance(node.op, ast.Or)
            for part in node.values:
                yield from self._expression(part, guards, outer)
                if self._truth(part) is stops:
                    return
            return
        yield from self._expression(node.test, guards, node)
        taken = self._truth(node.test)
        for part, when in ((node.body, True), (node.orelse, False)):
            if taken is None or taken is when:
                yield from self._expression(part, guards, outer)

    def _use(self, node: ast.Call) -> tuple[Use, Value | str | None]:
        part: ast.AST = node
        parent, is_item = self._parents.get(node), False
        while isinstance(parent, ast.Starred | ast.keyword | ast.List | ast.Tuple | ast.NamedExpr):
            is_item = is_item or isinstance(parent, ast.List | ast.Tuple)
            part, parent = parent, self._parents.get(parent)
        if isinstance(parent, ast.Call) and parent.func is not part:
            if isinstance(parent.func, ast.Attribute) and parent.func.attr in _ADDING:
                return Use.COLLECTED, None
            return Use.PASSED, self._resolver.resolve(parent.func, self._scope)
        if _collects(parent, part) or (is_item and isinstance(parent, ast.Assign | ast.AnnAssign)):
            return Use.COLLECTED, None
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return Use.ASSIGNED, parent.targets[0].id
        return _USES.get(type(parent), Use.OTHER), None

    def _truth(self, node: ast.expr) -> bool | None:
        """Return whether a condition is always or never true; None if it depends."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self._truth(node.operand)
            return None if inner is None else not inner
        if isinstance(node, ast.BoolOp):
            parts = [self._truth(part) for part in node.values]
            decisive = isinstance(node.op, ast.Or)
            if decisive in parts:
                return decisive
            return None if None in parts else not decisive
        if isinstance(node, ast.Constant):
            return bool(node.value)
        if _is_name(node, "TYPE_CHECKING"):
            return False
        if isinstance(node, ast.Name):
            known = self._argument(node)
            return None if known is None else bool(known.it)
        return self._is_none(node) if _compares_with_none(node) else self._platform(node)

    def _argument(self, node: ast.expr) -> Known | None:
        """Return the plain value that a parameter has in this call, if it is known and kept."""
        if not isinstance(node, ast.Name) or node.id in self._scope.bindings:
            return None
        value = self._scope.arguments.get(node.id)
        is_plain = isinstance(value, Known) and isinstance(value.it, int | str | None)
        return value if is_plain and isinstance(value, Known) else None

    def _is_none(self, node: ast.expr) -> bool | None:
        assert isinstance(node, ast.Compare)
        known = self._argument(node.left)
        return None if known is None else (known.it is None) is isinstance(node.ops[0], ast.Is)

    def _platform(self, node: ast.expr) -> bool | None:
        """Return the result of a comparison with the version or the platform."""
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            return None
        value = self._resolver.resolve(node.left, self._scope)
        found = value.it if isinstance(value, Known) else None
        if not any(found is item for item in (sys.version_info, sys.platform, os.name)):
            return None
        try:
            other = ast.literal_eval(node.comparators[0])
            compare = _COMPARISONS[type(node.ops[0])]
            return bool(compare(found, other))
        except (ValueError, KeyError, TypeError):
            return None


_STATEMENTS: dict[type, Callable[[_Reader, ast.stmt, tuple[Guard, ...]], Iterator[Event]]] = {
    ast.FunctionDef: _Reader._definition,
    ast.AsyncFunctionDef: _Reader._definition,
    ast.If: _Reader._branches,
    ast.While: _Reader._branches,
    ast.Try: _Reader._attempt,
    ast.TryStar: _Reader._attempt,
    ast.With: _Reader._with,
    ast.AsyncWith: _Reader._with,
    ast.For: _Reader._loop,
    ast.AsyncFor: _Reader._loop,
    ast.Match: _Reader._match,
}


def _classes_of(nodes: list[ast.expr], scope: Scope, resolver: Resolver) -> list[type]:
    values = [resolver.resolve(node, scope) for node in nodes]
    found = [value.it for value in values if isinstance(value, Known)]
    flat = [part for item in found for part in (item if isinstance(item, tuple) else (item,))]
    return [item for item in flat if isinstance(item, type)]


def suppressed_classes(node: ast.expr, scope: Scope, resolver: Resolver) -> list[type]:
    """Return the exceptions that an expression suppresses, if it calls `contextlib.suppress`."""
    if not isinstance(node, ast.Call):
        return []
    callee = resolver.resolve(node.func, scope)
    is_suppress = isinstance(callee, Known) and callee.it is contextlib.suppress
    return _classes_of(node.args, scope, resolver) if is_suppress else []


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Return whether an `except` block can raise what it has caught."""
    for node in ast.walk(handler):
        if isinstance(node, ast.Raise):
            if node.exc is None:
                return True
            if isinstance(node.exc, ast.Name) and node.exc.id == handler.name:
                return True
    return False


def is_awaited(call: Call) -> bool:
    """Return whether the result of a call is awaited, at once or under a name."""
    return call.use is Use.AWAITED or (
        call.use is Use.ASSIGNED
        and isinstance(call.user, str)
        and call.user in call.scope.facts.awaited
    )


def _children(node: ast.AST) -> Iterator[ast.expr]:
    for child in children(node):
        if isinstance(child, ast.expr):
            # PERF: nothing happens in a name or a constant.
            if not isinstance(child, ast.Name | ast.Constant):
                yield child
        elif isinstance(child, ast.keyword | ast.comprehension):
            yield from _children(child)


def _collects(parent: ast.AST | None, item: ast.AST) -> bool:
    """Return whether a display or a comprehension has an expression as an item."""
    if isinstance(parent, ast.DictComp):
        return item is parent.value
    if isinstance(parent, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return item is parent.elt
    return isinstance(parent, ast.Set | ast.Dict)


def _compares_with_none(node: ast.expr) -> bool:
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return False
    other = node.comparators[0]
    is_none = isinstance(other, ast.Constant) and other.value is None
    return is_none and isinstance(node.ops[0], ast.Is | ast.IsNot)


def _is_name(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (
        isinstance(node, ast.Attribute) and node.attr == name
    )


#: Methods that add an item to a collection.
_ADDING = frozenset({"add", "append", "appendleft", "extend", "insert"})

_USES = {
    ast.Await: Use.AWAITED,
    ast.Expr: Use.DROPPED,
    ast.Return: Use.RETURNED,
    ast.For: Use.ITERATED,
    ast.AsyncFor: Use.ITERATED,
    ast.YieldFrom: Use.ITERATED,
    ast.ListComp: Use.ITERATED,
    ast.SetComp: Use.ITERATED,
    ast.DictComp: Use.ITERATED,
    ast.GeneratorExp: Use.ITERATED,
    ast.withitem: Use.ENTERED,
}

_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

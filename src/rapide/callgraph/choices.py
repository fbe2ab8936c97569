"""Functions that are chosen at run time: from a dictionary, by a condition, by a loop over them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType

from rapide.callgraph.bindings import How
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import (
    Bound,
    Instance,
    Known,
    Nested,
    Partial,
    Scope,
    Value,
    assigned_to,
    scope_of,
)

#: Code that asks for the kind of a function calls each kind in its own way.
_ASKED = frozenset({"iscoroutinefunction", "isawaitable", "iscoroutine", "is_async_callable"})
_LOOKUPS = frozenset({"get", "pop", "setdefault"})
_VIEWS = frozenset({"items", "values", "copy"})
_SAME_ITEMS = [Known(kind) for kind in (dict, enumerate, list, reversed, set, sorted, tuple)]
_DEEPEST = 8
_MOST = 200
"""Larger collections are data rather than a choice of functions."""


def choices(node: ast.expr, scope: Scope, resolver: Resolver, *, is_awaited: bool) -> list[Value]:
    """Return the functions that an expression can be, where it is not certain which one it is.

    Args:
        node: The expression.
        scope: The function that has it.
        resolver: Resolves the parts of the expression.
        is_awaited: Whether the result of the call is awaited, as only that of async functions is.
    """
    found = list(dict.fromkeys(_Chooser(resolver).functions(node, scope)))
    if not found or _asks(scope):
        return []
    return [value for value in found if _is_coroutine(value)] if is_awaited else found


def _asks(scope: Scope) -> bool:
    names = (getattr(node, "attr", getattr(node, "id", None)) for node in scope.facts.own_nodes)
    return any(name in _ASKED for name in names)


def _is_coroutine(value: Value) -> bool:
    if isinstance(value, Partial):
        return _is_coroutine(value.callee)
    if isinstance(value, Nested):
        return isinstance(value.node, ast.AsyncFunctionDef)
    return inspect.iscoroutinefunction(_object_of(value))


def _is_function(value: Value) -> bool:
    if isinstance(value, Known):
        return inspect.isroutine(value.it) or isinstance(value.it, partial)
    return isinstance(value, Bound | Nested | Partial)


def _object_of(value: Value | None) -> object:
    found = value.function if isinstance(value, Bound) else value
    return found.it if isinstance(found, Known) else None


class _Chooser:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._depth = 0

    def functions(self, node: ast.AST | None, scope: Scope) -> Iterator[Value]:
        """Yield the functions that an expression can be."""
        value = self._resolver.resolve(node, scope)
        if value is not None:
            if _is_function(value):
                yield value
            return
        read = _FUNCTIONS.get(type(node))
        if node is None or read is None or self._depth > _DEEPEST:
            return
        self._depth += 1
        yield from read(self, node, scope)
        self._depth -= 1

    def _items(
        self, node: ast.AST | None, scope: Scope, key: ast.expr | None = None
    ) -> Iterator[Value]:
        """Yield the functions in a collection, only the one under a key if the key is known."""
        read = _ITEMS.get(type(node))
        if node is None or self._depth > _DEEPEST:
            return
        self._depth += 1
        if read is not None:
            yield from read(self, node, scope)
        owner = self._resolver.resolve(node, scope)
        if isinstance(owner, Known):
            chosen = None if key is None else self._resolver.resolve(key, scope)
            yield from _functions_in(owner.it, chosen)
        self._depth -= 1

    # What an expression can be

    def _of_condition(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        assert isinstance(node, ast.IfExp | ast.BoolOp)
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        for part in parts:
            yield from self.functions(part, scope)

    def _of_name(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        assert isinstance(node, ast.Name)
        owner: Scope | None = scope
        while owner is not None and node.id not in owner.bindings:
            owner = None if node.id in owner.parameters else owner.outer
        for binding in owner.bindings[node.id] if owner is not None else ():
            assert owner is not None
            if binding.how is How.ASSIGNED:
                yield from self.functions(binding.node, owner)
            elif binding.how is How.ITERATED:
                yield from self._items(binding.node, owner)
            elif isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Nested(binding.node, owner)

    def _of_item(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        assert isinstance(node, ast.Subscript)
        yield from self._items(node.value, scope, node.slice)

    def _of_call(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        """Yield what a function of the application returns, or `functions.get(key, default)`."""
        assert isinstance(node, ast.Call)
        inner = self._called(self._resolver.resolve(node.func, scope))
        if inner is not None:
            for part in inner.facts.returned:
                yield from self.functions(part, inner)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _LOOKUPS and node.args:
            yield from self._items(node.func.value, scope, node.args[0])
            for default in node.args[1:]:
                yield from self.functions(default, scope)

    def _called(self, callee: Value | None) -> Scope | None:
        """Return the function of the application that is called to choose another one."""
        if isinstance(callee, Nested):
            return Scope(callee.node, callee.scope.source, None, callee.scope)
        return self._own(_object_of(callee), callee.owner if isinstance(callee, Bound) else None)

    def _own(self, function: object, owner: Value | None) -> Scope | None:
        packages = self._resolver.packages
        if not isinstance(function, FunctionType) or not packages.contain(function.__module__):
            return None
        scope = scope_of(function)
        if scope is not None and owner is not None and scope.parameters:
            scope.arguments = {scope.parameters[0]: owner}
        return scope

    # What a collection has

    def _in_display(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        assert isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set)
        for item in node.values if isinstance(node, ast.Dict) else node.elts:
            yield from self.functions(item, scope)

    def _in_call(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS:
            yield from self._items(node.func.value, scope)
        elif node.args and self._resolver.resolve(node.func, scope) in _SAME_ITEMS:
            yield from self._items(node.args[0], scope)

    def _in_name(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        assert isinstance(node, ast.Name)
        for binding in scope.bindings.get(node.id, ()):
            if binding.how is How.ASSIGNED:
                yield from self._items(binding.node, scope)

    def _in_attribute(self, node: ast.AST, scope: Scope) -> Iterator[Value]:
        """Yield what an object has in a collection that its `__init__` makes."""
        assert isinstance(node, ast.Attribute)
        owner = self._resolver.resolve(node.value, scope)
        if isinstance(owner, Instance):
            inner = self._own(getattr(owner.cls, "__init__", None), owner)
            for part in assigned_to(inner, node.attr) if inner is not None else ():
                yield from self._items(part.node, part.scope)


def _functions_in(found: object, key: Value | None) -> Iterator[Value]:
    if isinstance(found, Mapping):
        if isinstance(key, Known) and isinstance(key.it, int | str | None):
            found = [found[key.it]] if key.it in found else []
        else:
            found = list(found.values())
    if isinstance(found, list | tuple | set | frozenset) and len(found) <= _MOST:
        for item in found:
            if _is_function(Known(item)):
                yield Known(item)


_Reader = Callable[[_Chooser, ast.AST, Scope], Iterator[Value]]

_FUNCTIONS: dict[type, _Reader] = {
    ast.IfExp: _Chooser._of_condition,
    ast.BoolOp: _Chooser._of_condition,
    ast.Name: _Chooser._of_name,
    ast.Subscript: _Chooser._of_item,
    ast.Call: _Chooser._of_call,
}

_ITEMS: dict[type, _Reader] = {
    ast.Dict: _Chooser._in_display,
    ast.List: _Chooser._in_display,
    ast.Tuple: _Chooser._in_display,
    ast.Set: _Chooser._in_display,
    ast.Call: _Chooser._in_call,
    ast.Name: _Chooser._in_name,
    ast.Attribute: _Chooser._in_attribute,
}

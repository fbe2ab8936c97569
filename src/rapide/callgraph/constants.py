"""The constants that expressions and attributes of new exceptions can be."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from inspect import getattr_static
from itertools import pairwise
from types import FunctionType

from rapide.callgraph.arguments import arguments_of, bind
from rapide.callgraph.bindings import How
from rapide.callgraph.events import Call, events_of
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import (
    Bound,
    Expression,
    Instance,
    Known,
    Scope,
    assigned_to,
    scope_of,
)

Returned = Callable[[ast.Call, Scope], Iterator[Expression]]

_DEEPEST = 8
_NOTHING: frozenset[object] = frozenset()


class Constants:
    """Find the values that expressions can have; nothing if one of them is not certain.

    Args:
        resolver: What finds out what expressions are.
        returned: Yields the expressions that a called function of the application returns.
    """

    def __init__(self, resolver: Resolver, returned: Returned) -> None:
        self._resolver = resolver
        self._returned = returned
        self._subject: tuple[type, Callable[[str], frozenset[object]]] | None = None

    @contextmanager
    def about(self, cls: type, read: Callable[[str], frozenset[object]]) -> Iterator[None]:
        """Use what is known about the attributes of an object of a class."""
        before, self._subject = self._subject, (cls, read)
        try:
            yield
        finally:
            self._subject = before

    def of(self, found: Expression | None, depth: int = 0) -> frozenset[object]:
        """Return the numbers, texts, and None that an expression can be."""
        if found is None or depth > _DEEPEST:
            return _NOTHING
        node, scope = found.node, found.scope
        if isinstance(node, ast.IfExp):
            return self._all([node.body, node.orelse], scope, depth)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return self._first(node.values, scope, depth)
        known = self._of_subject(node, scope)
        if known is not None:
            return known
        value = self._resolver.resolve(node, scope)
        if isinstance(value, Known):
            is_plain = isinstance(value.it, int | str | None)
            return frozenset({value.it}) if is_plain else _NOTHING
        read = {ast.Name: self._of_name, ast.Subscript: self._of_item, ast.Call: self._of_call}
        return read.get(type(node), self._of_other)(node, scope, depth)

    def _of_subject(self, node: ast.expr, scope: Scope) -> frozenset[object] | None:
        if self._subject is None or not isinstance(node, ast.Attribute):
            return None
        owner = self._resolver.resolve(node.value, scope)
        cls, read = self._subject
        return read(node.attr) if isinstance(owner, Instance) and owner.cls is cls else None

    def _of_other(self, node: ast.expr, scope: Scope, depth: int) -> frozenset[object]:
        return _NOTHING

    def _of_item(self, node: ast.expr, scope: Scope, depth: int) -> frozenset[object]:
        assert isinstance(node, ast.Subscript)
        if isinstance(node.value, ast.Dict):
            return self._all(node.value.values, scope, depth)
        items = list(self.items(node, scope))
        is_plain = all(isinstance(item, int | str | None) for item in items)
        return frozenset(items) if is_plain else _NOTHING

    def _of_call(self, node: ast.expr, scope: Scope, depth: int) -> frozenset[object]:
        assert isinstance(node, ast.Call)
        callee = self._resolver.resolve(node.func, scope)
        cls = callee.it if isinstance(callee, Known) else None
        if isinstance(cls, type) and issubclass(cls, int) and len(node.args) == 1:
            return self.of(Expression(node.args[0], scope), depth + 1)
        if cls is getattr and len(node.args) > 1:
            return self._of_getattr(node, scope, depth)
        return self._union(self.of(part, depth + 1) for part in self._returned(node, scope))

    def _of_getattr(self, node: ast.Call, scope: Scope, depth: int) -> frozenset[object]:
        owner, key, *default = node.args
        name = key.value if isinstance(key, ast.Constant) else None
        if not isinstance(name, str):
            return _NOTHING
        found = self.of(Expression(ast.Attribute(owner, name), scope), depth + 1)
        value = self._resolver.resolve(owner, scope)
        is_absent = isinstance(value, Instance) and not _may_have(value.cls, name)
        return self.of(Expression(default[0], scope), depth + 1) if is_absent and default else found

    def _of_name(self, node: ast.expr, scope: Scope, depth: int) -> frozenset[object]:
        assert isinstance(node, ast.Name)
        name = node.id
        bound = scope.bindings.get(name, ())
        if name in scope.given and not bound:
            return self.of(scope.given[name], depth + 1)
        if name in scope.parameters or not bound:
            return _NOTHING
        nodes = [item.node for item in bound if item.how is not How.ANNOTATED]
        if any(item.how not in (How.ASSIGNED, How.ANNOTATED) for item in bound):
            return _NOTHING
        return self._all([item for item in nodes if isinstance(item, ast.expr)], scope, depth)

    def _all(self, nodes: Iterable[ast.expr], scope: Scope, depth: int) -> frozenset[object]:
        return self._union(self.of(Expression(node, scope), depth + 1) for node in nodes)

    def _first(self, nodes: Iterable[ast.expr], scope: Scope, depth: int) -> frozenset[object]:
        """Return the values of `or`: those of the first part that is true."""
        for node in nodes:
            values = self.of(Expression(node, scope), depth + 1)
            if not values or any(values):
                return values
        return _NOTHING

    @staticmethod
    def _union(parts: Iterable[frozenset[object]]) -> frozenset[object]:
        found = list(parts)
        return frozenset().union(*found) if found and all(found) else _NOTHING

    def items(self, node: ast.Subscript, scope: Scope) -> Iterator[object]:
        """Yield the items of a collection of the application that an expression can be."""
        owner = self._resolver.resolve(node.value, scope)
        found = owner.it if isinstance(owner, Known) else None
        key = self._resolver.resolve(node.slice, scope)
        if isinstance(found, Mapping):
            if isinstance(key, Known) and isinstance(key.it, int | str | None):
                yield from [found[key.it]] if key.it in found else []
            else:
                yield from found.values()
        elif isinstance(found, list | tuple):
            yield from found

    # What a new object has

    def attribute(
        self,
        cls: type,
        made: Expression | None,
        name: str,
        bases: Mapping[type, tuple[str, ...]],
    ) -> frozenset[object]:
        """Return the values that an attribute of a new object can have.

        Args:
            cls: The class of the object.
            made: The call that makes it; None if it is made without arguments.
            name: The name of the attribute.
            bases: Classes of libraries whose `__init__` keeps its arguments under their names.
        """
        return self._attribute(cls, made, name, bases, 0)

    def _attribute(
        self,
        cls: type,
        made: Expression | None,
        name: str,
        bases: Mapping[type, tuple[str, ...]],
        depth: int,
        after: type | None = None,
    ) -> frozenset[object]:
        owner = _owner(cls, after)
        if depth > _DEEPEST:
            return _NOTHING
        if not self._resolver.packages.contain(owner.__module__):
            names = _parameters(owner, bases)
            if name not in names:
                return self._of_class(cls, name)
            return self.of(self._given(made, name, names))
        inner = self._init(cls, owner, made)
        if inner is None:
            return self._of_class(cls, name) if made is None else _NOTHING
        calls = list(self._calls_of_base(inner))
        assigned = assigned_to(inner, name)
        line = max((call.node.lineno for call in calls), default=0)
        values = self._union(self.of(item) for item in assigned)
        if assigned and assigned[-1].node.lineno >= line:
            return values
        if not calls:
            return self._of_class(cls, name)
        found = self._union(
            self._attribute(cls, call, name, bases, depth + 1, self._before(call, owner, cls))
            for call in calls
        )
        is_kept = any(name in names for names in bases.values())
        return values if assigned and not is_kept else found

    def argument(
        self,
        cls: type,
        made: Expression,
        name: str,
        bases: Mapping[type, tuple[str, ...]],
        depth: int = 0,
        after: type | None = None,
    ) -> Expression | None:
        """Return what the `__init__` of a library's class gets as an argument, if it is certain."""
        owner = _owner(cls, after)
        if not self._resolver.packages.contain(owner.__module__):
            names = _parameters(owner, bases)
            return self._given(made, name, names) if name in names else None
        inner = self._init(cls, owner, made)
        calls = [] if inner is None or depth > _DEEPEST else list(self._calls_of_base(inner))
        if len(calls) != 1:
            return None
        (call,) = calls
        return self.argument(cls, call, name, bases, depth + 1, self._before(call, owner, cls))

    def _before(self, call: Expression, owner: type, cls: type) -> type:
        """Return the class of `cls` behind which a call in `owner` looks for its `__init__`.

        `super()` looks behind `owner`, and `Base.__init__` in `Base` first.
        """
        func = call.node.func if isinstance(call.node, ast.Call) else None
        base = func.value if isinstance(func, ast.Attribute) else None
        named = self._resolver.resolve(base, call.scope)
        if isinstance(named, Known):
            for before, item in pairwise(cls.__mro__):
                if item is named.it:
                    return before
        return owner

    def _init(self, cls: type, owner: type, made: Expression | None) -> Scope | None:
        """Return the `__init__` of a class, with its arguments."""
        init = vars(owner)["__init__"]
        inner = scope_of(init) if isinstance(init, FunctionType) else None
        if inner is None or not inner.parameters:
            return None
        inner.arguments = {inner.parameters[0]: Instance(cls, is_exact=True)}
        call = made or Expression(ast.Call(ast.Name("_"), [], []), inner)
        bind(self._resolver, inner, arguments_of(self._resolver, call, None))
        return inner

    def _calls_of_base(self, inner: Scope) -> Iterator[Expression]:
        """Yield the calls of another `__init__`."""
        for event in events_of(inner, self._resolver):
            node = event.node
            if not isinstance(event, Call) or not isinstance(node, ast.Call):
                continue
            func = node.func
            if not isinstance(func, ast.Attribute) or func.attr != "__init__":
                continue
            if isinstance(event.callee, Known | Bound) and not isinstance(func.value, ast.Call):
                node = ast.copy_location(ast.Call(func, node.args[1:], node.keywords), node)
            yield Expression(node, inner)

    def _given(
        self, made: Expression | None, name: str, names: tuple[str, ...]
    ) -> Expression | None:
        if made is None:
            return None
        given = arguments_of(self._resolver, made, None)
        found = given.named.get(name)
        place = names.index(name)
        if found is None and place < len(given.positional):
            found = given.positional[place]
        if found is None:
            return None
        if found.given is None and isinstance(found.value, Known):
            return Expression(ast.Constant(found.value.it), made.scope)  # type: ignore[arg-type]
        return found.given

    def _of_class(self, cls: type, name: str) -> frozenset[object]:
        """Return the values of an attribute of a class, or of a property that returns constants."""
        found = getattr_static(cls, name, _NOTHING)
        if isinstance(found, int | str):
            return frozenset({found})
        getter = found.fget if isinstance(found, property) else None
        scope = scope_of(getter) if isinstance(getter, FunctionType) else None
        if scope is None or not scope.parameters:
            return _NOTHING
        scope.arguments = {scope.parameters[0]: Instance(cls, is_exact=True)}
        return self._union(self.of(Expression(value, scope)) for value in scope.facts.returned)


def _owner(cls: type, after: type | None) -> type:
    """Return the class that has the `__init__` of a class, or the next one after another."""
    order = cls.__mro__
    rest = order[order.index(after) + 1 :] if after is not None else order
    return next((item for item in rest if "__init__" in vars(item)), object)


def _may_have(cls: type, name: str) -> bool:
    """Return whether objects of a class can have an attribute."""
    inits = [vars(base).get("__init__") for base in cls.__mro__]
    assigned = [init.__code__.co_names for init in inits if isinstance(init, FunctionType)]
    return hasattr(cls, name) or any(name in names for names in assigned)


def _parameters(owner: type, bases: Mapping[type, tuple[str, ...]]) -> tuple[str, ...]:
    return next((bases[base] for base in owner.__mro__ if base in bases), ())

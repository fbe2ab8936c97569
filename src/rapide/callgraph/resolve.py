"""What an expression in a function is, as far as that is certain."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from inspect import getattr_static
from types import FunctionType, ModuleType

from rapide.callgraph.bindings import Binding, How
from rapide.callgraph.library import Names, _object_named
from rapide.callgraph.members import (
    annotated,
    class_attribute,
    generator_of,
    instance_attribute,
    is_overridden,
    module_attribute,
    object_attribute,
    opened,
    returned,
)
from rapide.callgraph.packages import Packages
from rapide.callgraph.scopes import (
    Bound,
    Expression,
    Instance,
    Known,
    Nested,
    Partial,
    Pending,
    Scope,
    Unloaded,
    Value,
    assigned_to,
    scope_of,
)
from rapide.callgraph.source import refresh, source_of

#: How far a value is followed from expression to expression.
_DEEPEST = 25


class Resolver:
    """Find out what expressions are.

    Args:
        packages: What belongs to the application.
        results: The classes of what callables of libraries return, by their names: a class, `self`
            for the class of their object, or `.name` for a class that this attribute of it holds.
    """

    def __init__(self, packages: Packages, results: Mapping[str, str]) -> None:
        self.packages = packages
        self._results = Names(results)
        self._depth = 0
        #: The names that are being found out, with what is known of them so far.
        self._open: dict[tuple[int, str], Value | None] = {}
        #: The names among them whose value so far was used, and how often a value was too deep.
        self._used: set[tuple[int, str]] = set()
        self._too_deep = 0
        self._assigned: dict[tuple[FunctionType, Value, str], Value | None] = {}
        refresh()
        is_overridden.cache_clear()

    def resolve(self, node: ast.AST | None, scope: Scope) -> Value | None:
        """Return what an expression is; None if that is not certain."""
        reader = _READERS.get(type(node))
        if node is None or reader is None:
            return None
        if self._depth > _DEEPEST:
            self._too_deep += 1
            return None
        self._depth += 1
        try:
            return reader(self, node, scope)
        finally:
            self._depth -= 1

    # Names

    def name(self, name: str, scope: Scope) -> Value | None:
        """Return the value of a name."""
        if name in scope.values:
            return scope.values[name]
        bindings = scope.bindings.get(name)
        if name in scope.parameters:
            given = self._parameter(name, scope)
            if bindings is None or given is None:
                return given if bindings is None else None
            return self._local(name, bindings, scope, given)
        if bindings is not None:
            return self._local(name, bindings, scope)
        if scope.outer is not None:
            return self.name(name, scope.outer)
        return scope.cell(name) or self._global(name, scope)

    def _global(self, name: str, scope: Scope) -> Value | None:
        if name in scope.names:
            found = scope.names[name]
            is_changed = name in scope.source.rebound
            return None if is_changed else Known(found)
        if name in scope.top().__code__.co_freevars:
            return None
        builtins = scope.names.get("__builtins__", {})
        known = builtins if isinstance(builtins, dict) else getattr(builtins, "__dict__", {})
        return Known(known[name]) if name in known else None

    def _parameter(self, name: str, scope: Scope) -> Value | None:
        if name in scope.arguments:
            return scope.arguments[name]
        given = scope.node.args
        if given.vararg is not None and name == given.vararg.arg:
            return None
        for item in [*given.posonlyargs, *given.args, *given.kwonlyargs]:
            if item.arg == name and item.annotation is not None:
                return self._of_annotation(item.annotation, scope, name)
        return None

    def _of_annotation(
        self, annotation: ast.AST, scope: Scope, name: str | None = None
    ) -> Instance | None:
        names: Mapping[str, object] = scope.names
        if scope.function is not None and name is not None:
            written = scope.function.__annotations__.get(name)
            if written is not None:
                found = annotated(written, names)
                return None if found is None else Instance(found)
        found = annotated(annotation, names)
        return None if found is None else Instance(found)

    def _local(
        self, name: str, bindings: list[Binding], scope: Scope, given: Value | None = None
    ) -> Value | None:
        """Return the value of a local name, which may be assigned to itself: `x = x.filter()`.

        Args:
            name: The name.
            bindings: What binds it.
            scope: The function.
            given: What it is before them, if it is a parameter.
        """
        key = id(scope), name
        if key in self._open:
            self._used.add(key)
            return self._open[key]
        too_deep = self._too_deep
        self._open[key] = None if given == Known(None) else given
        try:
            found = self._bound(bindings, scope, key)
        finally:
            del self._open[key]
        self._used.discard(key)
        if not self._used and too_deep == self._too_deep:
            scope.values[name] = found
        return found

    def _bound(self, bindings: list[Binding], scope: Scope, key: tuple[int, str]) -> Value | None:
        """Return the value that all bindings of a name agree on."""
        notes = [item for item in bindings if item.how is How.ANNOTATED]
        found = self._open[key]
        for binding in bindings:
            if binding.how is How.ANNOTATED:
                continue
            value = _BINDERS[binding.how](self, binding, scope)
            if value == Known(None):
                continue
            if value is None or (found is not None and value != found):
                found = None
                break
            found = self._open[key] = value
        if found is None and notes and notes[0].node is not None:
            return self._of_annotation(notes[0].node, scope)
        return found

    def _binds_assigned(self, binding: Binding, scope: Scope) -> Value | None:
        return self.resolve(binding.node, scope)

    def _binds_entered(self, binding: Binding, scope: Scope) -> Value | None:
        return self.entered(binding.node, scope)

    def _binds_definition(self, binding: Binding, scope: Scope) -> Value | None:
        node = binding.node
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        return Nested(node, scope)

    def _binds_import(self, binding: Binding, scope: Scope) -> Value | None:
        module, _, name = binding.name.partition(":")
        if module.startswith("."):
            package = scope.names.get("__package__") or scope.module.rpartition(".")[0]
            level = len(module) - len(module.lstrip("."))
            above = str(package).split(".")
            base = above[: len(above) - level + 1]
            module = ".".join([*base, *filter(None, [module.lstrip(".")])])
        loaded = self.packages.module(module)
        if loaded is None:
            return Unloaded(f"{module}.{name}" if name else module)
        if not name:
            return Known(loaded)
        found = self.attribute(Known(loaded), name)
        if isinstance(found, Unloaded):
            inner = self.packages.module(found.name)
            return found if inner is None else Known(inner)
        return found

    # Expressions

    def attribute(self, value: Value | None, name: str) -> Value | None:
        """Return an attribute of a value."""
        if isinstance(value, Unloaded):
            return Unloaded(f"{value.name}.{name}")
        if isinstance(value, Instance):
            return self._instance_attribute(value, name)
        if not isinstance(value, Known):
            return None
        found = value.it
        if isinstance(found, ModuleType):
            is_own = self.packages.contain(found.__name__)
            if is_own and name in self._changed_in(found):
                return None
            return module_attribute(found, name, is_library=not is_own)
        if isinstance(found, type):
            return class_attribute(found, name) or self._metaclass_attribute(found, name)
        return object_attribute(found, name) or self._dynamic(value, type(found), name)

    def _metaclass_attribute(self, cls: type, name: str) -> Value | None:
        return (
            None
            if type(cls) is type
            else instance_attribute(Known(cls), type(cls), name, is_exact=True)
        )

    def _changed_in(self, module: ModuleType) -> frozenset[str]:
        source = source_of(module.__file__) if module.__file__ else None
        return frozenset() if source is None else source.rebound

    def _instance_attribute(self, value: Instance, name: str) -> Value | None:
        cls = value.cls
        if name == "__class__":
            return Known(cls) if value.is_exact else None
        found: Value | None = instance_attribute(
            value, cls, name, is_exact=value.is_exact, is_own=self.packages.contain
        )
        static = getattr_static(cls, name, None)
        if found is None and (known := self._results.find(Known(static))) is not None:
            return self._result_named(known[1], Bound(Known(static), value, name))
        return found or self._declared(value, name) or self._dynamic(value, cls, name)

    def _dynamic(self, value: Value, cls: type, name: str) -> Value | None:
        """Return a method of a library's class that makes its methods when they are needed."""
        if getattr_static(cls, name, None) is not None or self.packages.contain(cls.__module__):
            return None
        reader = getattr_static(cls, "__getattr__", None)
        if reader is None:
            return None
        known = self._results.find(Bound(Known(reader), value, "__getattr__"))
        if known is not None:
            return self._result_named(known[1], None)
        return Bound(Known(None), value, name)

    def getter(self, value: Value, name: str) -> Bound | None:
        """Return the function that an attribute of an object calls, if it is a property."""
        cls = value.cls if isinstance(value, Instance) else type(getattr(value, "it", None))
        if not isinstance(value, Instance | Known) or not self.packages.contain(cls.__module__):
            return None
        found = getattr_static(cls, name, None)
        function = getattr(found, "fget", None) if isinstance(found, property) else None
        if isinstance(found, cached_property):
            function = found.func
        is_certain = isinstance(value, Known) or value.is_exact or not is_overridden(cls, name)
        is_known = isinstance(function, FunctionType) and is_certain
        return Bound(Known(function), value, name) if is_known else None

    def _declared(self, value: Instance, name: str) -> Value | None:
        """Return an attribute that a class annotates, or that its `__init__` assigns once."""
        for base in value.cls.__mro__:
            notes = vars(base).get("__annotations__", {})
            if isinstance(notes, Mapping) and name in notes:
                module = inspect.getmodule(base)
                found = annotated(notes[name], {} if module is None else vars(module))
                return None if found is None else Instance(found)
            function = vars(base).get("__init__")
            if isinstance(function, FunctionType) and self.packages.contain(base.__module__):
                assigned = self._assigned_in(function, value, name)
                if assigned is not None:
                    return assigned
        return None

    def _assigned_in(self, function: FunctionType, owner: Value, name: str) -> Value | None:
        key = function, owner, name
        if key not in self._assigned:
            self._assigned[key] = None  # while it is found out
            self._assigned[key] = self._assigned_once(function, owner, name)
        return self._assigned[key]

    def _assigned_once(self, function: FunctionType, owner: Value, name: str) -> Value | None:
        scope = scope_of(function)
        if scope is None or not scope.parameters:
            return None
        scope.arguments = {scope.parameters[0]: owner}
        found = assigned_to(scope, name)
        return self.resolve(found[0].node, scope) if len(found) == 1 else None

    def entered(self, node: ast.AST | None, scope: Scope) -> Value | None:
        """Return what a `with` statement gives for an expression."""
        made = self.resolve(node, scope)
        callee = self.resolve(node.func, scope) if isinstance(node, ast.Call) else None
        generator = generator_of(callee)
        if generator is not None:
            return returned(generator, is_yielded=True)
        if not isinstance(made, Instance | Known):
            return None
        cls = made.cls if isinstance(made, Instance) else type(made.it)
        for method in ("__enter__", "__aenter__"):
            found = self.attribute(made, method)
            if isinstance(found, Bound):
                known = self.result(found)
                if isinstance(known, Pending):
                    known = known.result
                return known or (None if self.packages.contain(cls.__module__) else Instance(cls))
        return None

    def result(self, callee: Value | None) -> Value | None:
        """Return what a call gives."""
        known = self._results.find(callee)
        if known is not None:
            return self._result_named(known[1], callee)
        callee = opened(callee)
        known = self._results.find(callee)
        if known is not None:
            return self._result_named(known[1], callee)
        if isinstance(callee, Known):
            if isinstance(callee.it, type):
                return Instance(callee.it, is_exact=True)
            return self._result_of(callee.it, None)
        if isinstance(callee, Bound):
            owner = callee.owner
            cls = owner.cls if isinstance(owner, Instance) else None
            if isinstance(owner, Known):
                found = owner.it
                cls = found if isinstance(found, type) else type(found)
            return self._result_of(callee.function.it, cls)
        if isinstance(callee, Nested):
            note = getattr(callee.node, "returns", None)
            value = None if note is None else self._of_annotation(note, callee.scope)
            is_async = isinstance(callee.node, ast.AsyncFunctionDef)
            return Pending(value) if is_async else value
        return None

    def _result_of(self, function: object, cls: type | None) -> Value | None:
        found = returned(function, cls)
        return Pending(found) if inspect.iscoroutinefunction(function) else found

    def _result_named(self, name: str, callee: Value | None) -> Value | None:
        owner = callee.owner if isinstance(callee, Bound) else None
        if name.startswith("."):
            found = vars(owner.it).get(name[1:]) if isinstance(owner, Known) else None
        elif name == "self":
            if isinstance(owner, Instance):
                return owner
            made = owner.it if isinstance(owner, Known) else None
            found = made if isinstance(made, type) or made is None else type(made)
        else:
            found = _object_named(name)
        return Instance(found) if isinstance(found, type) else None


def _constant(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    return Known(node.value) if isinstance(node, ast.Constant) else None


def _name(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    return resolver.name(node.id, scope) if isinstance(node, ast.Name) else None


def _attribute(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    assert isinstance(node, ast.Attribute)
    if _is_super(node.value):
        return _of_base(node.attr, scope)
    return resolver.attribute(resolver.resolve(node.value, scope), node.attr)


def _is_super(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "super"
        and not node.args
    )


def _of_base(name: str, scope: Scope) -> Value | None:
    """Return what `super().name` is in a method."""
    own = scope.cell("__class__")
    owner = scope.arguments.get(scope.parameters[0]) if scope.parameters else None
    if own is None or not isinstance(own.it, type) or owner is None:
        return None
    cls = owner.cls if isinstance(owner, Instance) else own.it
    order = cls.__mro__ if own.it in cls.__mro__ else own.it.__mro__
    for base in order[order.index(own.it) + 1 :]:
        found = vars(base).get(name)
        if found is not None:
            return Bound(Known(found), owner, name)
    return None


def _call(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    assert isinstance(node, ast.Call)
    callee = resolver.resolve(node.func, scope)
    if callee == Known(partial) and node.args:
        inner = resolver.resolve(node.args[0], scope)
        return None if inner is None else Partial(inner, Expression(node, scope))
    if callee == Known(type) and len(node.args) == 1:
        return resolver.attribute(resolver.resolve(node.args[0], scope), "__class__")
    return resolver.result(callee)


def _await(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    assert isinstance(node, ast.Await)
    found = resolver.resolve(node.value, scope)
    return found.result if isinstance(found, Pending) else None


def _either(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    assert isinstance(node, ast.IfExp)
    first, second = (resolver.resolve(part, scope) for part in (node.body, node.orelse))
    return first if first == second else None


def _text(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    return Instance(str, is_exact=True)


def _lambda(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    return Nested(node, scope) if isinstance(node, ast.Lambda) else None


def _walrus(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    return resolver.resolve(getattr(node, "value", None), scope)


def _item(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    assert isinstance(node, ast.Subscript)
    found = resolver.resolve(node.value, scope)
    if isinstance(found, Known) and isinstance(found.it, type):
        return found
    return resolver.result(resolver.attribute(found, "__getitem__")) if found else None


def _operation(resolver: Resolver, node: ast.AST, scope: Scope) -> Value | None:
    assert isinstance(node, ast.BinOp)
    if not isinstance(node.op, ast.Div):
        return None
    left = resolver.resolve(node.left, scope)
    return resolver.result(resolver.attribute(left, "__truediv__")) if left else None


_READERS: dict[type, Callable[[Resolver, ast.AST, Scope], Value | None]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Await: _await,
    ast.IfExp: _either,
    ast.JoinedStr: _text,
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
    ast.Subscript: _item,
    ast.BinOp: _operation,
}


def _unknown(resolver: Resolver, binding: Binding, scope: Scope) -> Value | None:
    return None


_BINDERS: dict[How, Callable[[Resolver, Binding, Scope], Value | None]] = {
    How.ASSIGNED: Resolver._binds_assigned,
    How.ENTERED: Resolver._binds_entered,
    How.DEFINED: Resolver._binds_definition,
    How.IMPORTED: Resolver._binds_import,
    How.ITERATED: _unknown,
    How.UNKNOWN: _unknown,
}

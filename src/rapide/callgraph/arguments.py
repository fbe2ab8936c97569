"""The arguments of calls, and what parameters they reach."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Expression, Instance, Known, Partial, Scope, Value

_DEEPEST = 25


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call.

    Attributes:
        value: Its value; None if that is not certain.
        given: Its expression, if it is in code.
    """

    value: Value | None
    given: Expression | None = None


@dataclass(slots=True)
class Arguments:
    """The arguments of a call, with those of a partial that is called.

    Attributes:
        positional: The arguments by position.
        named: The arguments by name.
        more_positional: Whether further ones may follow those by position.
        more_named: Whether there may be further ones by name.
    """

    positional: list[Argument] = field(default_factory=list)
    named: dict[str, Argument] = field(default_factory=dict)
    more_positional: bool = False
    more_named: bool = False


def arguments_of(
    resolver: Resolver, made: Expression, callee: Value | None, *, skip: int = 0
) -> Arguments:
    """Return the arguments with which a call reaches the function behind `callee`.

    Args:
        resolver: What finds out what expressions are.
        made: The call.
        callee: What is called.
        skip: How many arguments by position belong to another function, which calls this one.
    """
    found = Arguments()
    layers = list(_partials(callee))
    for layer in reversed(layers):
        if isinstance(layer, Partial):
            _add_call(found, resolver, layer.made, skip=1)
        else:
            found.positional += [Argument(Known(item)) for item in layer.args]
            found.named |= {name: Argument(Known(item)) for name, item in layer.keywords.items()}
    _add_call(found, resolver, made, skip=skip)
    return found


def _partials(callee: Value | None) -> Iterator[Partial | partial[Any]]:
    for _ in range(_DEEPEST):
        if isinstance(callee, Partial):
            yield callee
            callee = callee.callee
        elif isinstance(callee, Known) and isinstance(callee.it, partial):
            yield callee.it
            callee = Known(callee.it.func)
        else:
            return


def _add_call(found: Arguments, resolver: Resolver, made: Expression, *, skip: int) -> None:
    node, scope = made.node, made.scope
    assert isinstance(node, ast.Call)
    for item in node.args[skip:]:
        if isinstance(item, ast.Starred):
            found.more_positional = True
        if not found.more_positional:
            found.positional.append(argument_of(resolver, item, scope))
    for keyword in node.keywords:
        if keyword.arg is not None:
            found.named[keyword.arg] = argument_of(resolver, keyword.value, scope)
            continue
        spread = _spread(resolver, keyword.value, scope)
        found.more_named = found.more_named or spread is None
        found.named |= spread or {}


def argument_of(resolver: Resolver, node: ast.expr, scope: Scope) -> Argument:
    """Return an argument. The parameter of a function is what that was given."""
    value = resolver.resolve(node, scope)
    if isinstance(node, ast.Name) and node.id in scope.given and node.id not in scope.bindings:
        return Argument(value, scope.given[node.id])
    return Argument(value, Expression(node, scope))


def _spread(resolver: Resolver, node: ast.expr, scope: Scope) -> dict[str, Argument] | None:
    """Return the arguments that `**` makes of a dictionary; None if they are not certain."""
    if isinstance(node, ast.Dict):
        keys = [item.value if isinstance(item, ast.Constant) else None for item in node.keys]
        pairs = zip(keys, node.values, strict=True)
        found = {
            key: argument_of(resolver, item, scope) for key, item in pairs if isinstance(key, str)
        }
        return found if len(found) == len(keys) else None
    value = resolver.resolve(node, scope)
    if isinstance(value, Known) and isinstance(value.it, dict):
        return {str(name): Argument(Known(item)) for name, item in value.it.items()}
    return None


def bind(resolver: Resolver, callee: Scope, given: Arguments) -> None:
    """Give a function the arguments of its call, in addition to those that it has already."""
    node = callee.node.args
    positional = [item.arg for item in [*node.posonlyargs, *node.args]]
    positional = positional[bool(callee.arguments) :]
    found = dict(zip(positional, given.positional, strict=False))
    known = callee.parameters
    found |= {name: item for name, item in given.named.items() if name in known}
    open_names = set(positional[len(given.positional) :]) if given.more_positional else set()
    for name, item in defaults_of(resolver, callee).items():
        if name not in open_names and not given.more_named:
            found.setdefault(name, item)
    values = {name: item.value for name, item in found.items() if item.value is not None}
    callee.arguments = {**values, **callee.arguments}
    callee.given = {name: item.given for name, item in found.items() if item.given is not None}


def defaults_of(resolver: Resolver, scope: Scope) -> Mapping[str, Argument]:
    """Return the defaults of the parameters of a function."""
    function: Any = scope.function
    if function is not None:
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        values = function.__defaults__ or ()
        found = dict(zip(names[len(names) - len(values) :], values, strict=True))
        found |= function.__kwdefaults__ or {}
        return {name: Argument(Known(value)) for name, value in found.items()}
    if scope.outer is None:
        return {}
    node = scope.node.args
    last = [item.arg for item in [*node.posonlyargs, *node.args]][-len(node.defaults) :]
    pairs = [*zip(last, node.defaults, strict=False)]
    pairs += [
        (item.arg, default)
        for item, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        if default is not None
    ]
    return {name: argument_of(resolver, default, scope.outer) for name, default in pairs}


def is_made_exception(value: Value | None) -> bool:
    """Return whether a value is an exception that the code makes."""
    return isinstance(value, Instance) and issubclass(value.cls, BaseException)

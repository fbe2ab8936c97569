"""What the parameters of a function are in one call of it."""

from __future__ import annotations

import ast
from typing import Any

from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Known, Scope, Value


def bound_arguments(
    resolver: Resolver, call: ast.Call, caller: Scope, callee: Scope, *, has_owner: bool
) -> dict[str, Value]:
    """Return the values of parameters in a call, as far as they are known."""
    given = callee.node.args
    positional = [item.arg for item in [*given.posonlyargs, *given.args]][has_owner:]
    known = callee.parameters
    found: dict[str, Value | None] = {}
    for name, node in zip(positional, call.args, strict=False):
        if isinstance(node, ast.Starred):
            return {}
        found[name] = resolver.resolve(node, caller)
    for keyword in call.keywords:
        if keyword.arg is None:
            return {}
        if keyword.arg in known:
            found[keyword.arg] = resolver.resolve(keyword.value, caller)
    for name, value in defaults_of(callee).items():
        found.setdefault(name, value)
    return {name: value for name, value in found.items() if value is not None}


def defaults_of(scope: Scope) -> dict[str, Value]:
    """Return the defaults of the parameters of a function."""
    function: Any = scope.function
    if function is None:
        return {}
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = function.__defaults__ or ()
    found = dict(zip(names[len(names) - len(values) :], values, strict=True))
    return {name: Known(value) for name, value in (found | (function.__kwdefaults__ or {})).items()}

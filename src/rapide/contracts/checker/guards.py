"""Conditions under which a call that could block is not made, or does not block."""

import ast
from functools import lru_cache

from rapide.callgraph.bindings import Facts
from rapide.callgraph.events import Call, Event
from rapide.callgraph.scopes import Scope
from rapide.callgraph.trees import walk


def has_arguments(node: ast.expr) -> bool:
    """Return whether a call has any arguments."""
    return isinstance(node, ast.Call) and bool(node.args or node.keywords)


def is_told_not_to_wait(node: ast.expr) -> bool:
    """Return whether the arguments of a call say that it returns at once."""
    if not isinstance(node, ast.Call):
        return False
    first = [*node.args[:1]]
    named = [item.value for item in node.keywords if item.arg in ("block", "blocking", "timeout")]
    return any(
        isinstance(item, ast.Constant) and item.value in (0, False) for item in first + named
    ) or any(ast.unparse(item).endswith("WNOHANG") for item in node.args)


def may_be_nonblocking(scope: Scope) -> bool:
    """Return whether the file of a function makes sockets that do not block."""
    text = "".join(scope.source.lines)
    return "setblocking(" in text or "settimeout(" in text


def is_done_before(call: Call) -> bool:
    """Return whether a function asks whether a future is done before it takes the result."""
    taken = call.node.func if isinstance(call.node, ast.Call) else None
    if not isinstance(taken, ast.Attribute) or taken.attr not in ("result", "exception"):
        return False
    asked = f"{ast.unparse(taken.value)}.done()"
    return any(
        isinstance(node, ast.Call) and ast.unparse(node) == asked
        for node in call.scope.facts.own_nodes
    )


def is_outside_loop(event: Event) -> bool:
    """Return whether something happens only where no event loop runs.

    That is the handler of `RuntimeError` after `asyncio.get_running_loop()`, and what a function
    does that asks whether a loop `is_running()` before it runs one.
    """
    return event.node in _outside_loop(event.scope.facts)


@lru_cache(maxsize=65536)
def _outside_loop(facts: Facts) -> frozenset[ast.AST]:
    """Return the parts of the handlers that run where no event loop runs."""
    return frozenset(
        part
        for node in facts.own_nodes
        if isinstance(node, ast.Try) and any(map(_asks_for_loop, node.body))
        for handler in node.handlers
        for part in walk(handler)
    )


def asks_for_loop(scope: Scope) -> bool:
    """Return whether a function, or one around it, finds out whether an event loop runs."""
    inner: Scope | None = scope
    while inner is not None:
        if any(map(_asks_for_loop, inner.facts.own_nodes)):
            return True
        inner = inner.outer
    return False


def _asks_for_loop(node: ast.AST) -> bool:
    names = {part.attr for part in walk(node) if isinstance(part, ast.Attribute)}
    names |= {part.id for part in walk(node) if isinstance(part, ast.Name)}
    return not names.isdisjoint({"get_running_loop", "is_running", "_get_running_loop"})

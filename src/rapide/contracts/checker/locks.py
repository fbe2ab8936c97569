"""What a function does while it holds a lock."""

import ast
from collections.abc import Sequence

from rapide.callgraph.bindings import own_nodes_of
from rapide.callgraph.events import Call
from rapide.callgraph.scopes import Scope

_SUSPENDING = ast.Await | ast.AsyncFor | ast.AsyncWith


def held_part(call: Call) -> Sequence[ast.AST] | None:
    """Return what runs while a lock is held; None if the function does not release it.

    Args:
        call: What takes the lock: its `acquire()`, or the expression of a `with` statement.
    """
    for node in call.scope.facts.own_nodes:
        if isinstance(node, ast.With):
            for number, item in enumerate(node.items, 1):
                if item.context_expr is call.node:
                    return [*node.items[number:], *node.body]
    taken = call.node.func if isinstance(call.node, ast.Call) else None
    if not isinstance(taken, ast.Attribute):
        return None
    lock = ast.unparse(taken.value)
    released = [
        node.lineno
        for node in call.scope.facts.own_nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "release"
        and node.lineno > call.node.lineno
        and ast.unparse(node.func.value) == lock
    ]
    if not released:
        return None
    return [
        node
        for node in call.scope.facts.own_nodes
        if isinstance(node, ast.stmt) and call.node.lineno < node.lineno < max(released)
    ]


def holds_while_awaiting(part: Sequence[ast.AST], scope: Scope) -> bool:
    """Return whether other tasks run in some parts of a function, because it awaits something."""
    waiting = _SUSPENDING | ast.Yield if _suspends_by_yield(scope) else _SUSPENDING
    return any(isinstance(node, waiting) for node in own_nodes_of(part))


def _suspends_by_yield(scope: Scope) -> bool:
    """Return whether others run at a `yield`; what enters a context manager is read by itself."""
    decorators = getattr(scope.node, "decorator_list", [])
    return scope.is_async and not any("contextmanager" in ast.unparse(item) for item in decorators)

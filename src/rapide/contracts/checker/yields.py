"""Dependencies with `yield` that swallow the exceptions of their requests."""

import ast
import asyncio
from collections.abc import Iterator

from rapide.callgraph.bindings import own_nodes_of
from rapide.callgraph.events import suppressed_classes
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Known, Scope
from rapide.callgraph.walk import Walker
from rapide.contracts.checker.roots import graph_of
from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.contracts.findings import Finding
from rapide.signature.callables import is_async_gen_callable, is_gen_callable

#: Exceptions that end a generator or a task, not the request's code.
_ENDS: tuple[type, ...] = (GeneratorExit, asyncio.CancelledError, StopIteration, StopAsyncIteration)


def swallowed_exceptions(subject: Subject) -> Iterator[Finding]:
    """Find dependencies that catch what is raised at their `yield` and do not raise it again."""
    walker = subject.walker
    read: set[int] = set()
    for item in subject.solved_routes:
        endpoint = item.route.dependant.call
        for call in graph_of(item.route.dependant):
            is_generator = is_gen_callable(call) or is_async_gen_callable(call)
            if call is endpoint or id(call) in read or not is_generator:
                continue
            read.add(id(call))
            scope = walker.scope(Known(call), is_root=True)
            if scope is not None:
                yield from _found_in(scope, walker, item)


def _found_in(scope: Scope, walker: Walker, item: CheckedRoute) -> Iterator[Finding]:
    for node in scope.facts.own_nodes:
        if isinstance(node, ast.Try) and _yields(node.body):
            if _raises_later(scope, node):
                continue
            for handler in node.handlers:
                if not _is_end(handler, walker.resolver, scope) and not _always_raises(
                    handler.body, scope, walker
                ):
                    caught = "everything" if handler.type is None else ast.unparse(handler.type)
                    yield _described(
                        scope, handler.lineno, f"catches {caught} around its yield", item
                    )
            for leaving in _leaving(node.finalbody):
                yield _described(
                    scope, leaving.lineno, "leaves its finally block with return", item
                )
        elif isinstance(node, ast.With | ast.AsyncWith) and _yields(node.body):
            for part in node.items:
                classes = suppressed_classes(part.context_expr, scope, walker.resolver)
                if any(not issubclass(cls, _ENDS) for cls in classes):
                    yield _described(scope, node.lineno, "suppresses exceptions of its yield", item)


def _described(scope: Scope, line: int, what: str, item: CheckedRoute) -> Finding:
    if what.startswith("catches"):
        what += " and does not raise again on every path"
        advice = "end the except block with raise"
    else:
        advice = "write into finally what must happen in any case, and do not return there"
    return finding(
        "swallowed-exception",
        f"the dependency {scope.name}() {what}, so a request that fails there has no response",
        advice,
        route=item.label,
        place=f"{scope.source.file}:{line}",
    )


def _yields(body: list[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom)
        for statement in body
        for node in own_nodes_of([statement])
    )


def _raises_later(scope: Scope, node: ast.Try) -> bool:
    """Return whether code behind a `try` statement raises something: perhaps what was caught."""
    end = node.end_lineno or node.lineno
    return any(isinstance(part, ast.Raise) and part.lineno > end for part in scope.facts.own_nodes)


def _is_end(handler: ast.ExceptHandler, resolver: Resolver, scope: Scope) -> bool:
    """Return whether a block catches only what ends the generator, or nobody knows what."""
    if handler.type is None:
        return False
    parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    values = [resolver.resolve(part, scope) for part in parts]
    found = [value.it for value in values if isinstance(value, Known)]
    return not any(isinstance(cls, type) and not issubclass(cls, _ENDS) for cls in found)


def _leaving(body: list[ast.stmt]) -> Iterator[ast.Return]:
    for node in own_nodes_of(body):
        if isinstance(node, ast.Return):
            yield node


def _always_raises(body: list[ast.stmt], scope: Scope, walker: Walker, depth: int = 0) -> bool:
    """Return whether a block never ends without an exception."""
    for node in body:
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Return | ast.Continue | ast.Break):
            return False
        if _raises(node, scope, walker, depth):
            return True
    return False


def _raises(node: ast.stmt, scope: Scope, walker: Walker, depth: int) -> bool:
    def always(body: list[ast.stmt]) -> bool:
        return _always_raises(body, scope, walker, depth)

    if isinstance(node, ast.If):
        return always(node.body) and always(node.orelse)
    if isinstance(node, ast.With | ast.AsyncWith):
        return always(node.body)
    if isinstance(node, ast.Try):
        if always(node.finalbody):
            return True
        return always([*node.body, *node.orelse]) and all(
            always(item.body) for item in node.handlers
        )
    if isinstance(node, ast.Match):
        is_whole = any(
            isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            for case in node.cases
        )
        return is_whole and all(always(case.body) for case in node.cases)
    if isinstance(node, ast.Expr) and depth < 5:
        return _calls_what_raises(node.value, scope, walker, depth)
    return False


def _calls_what_raises(node: ast.expr, scope: Scope, walker: Walker, depth: int) -> bool:
    """Return whether an expression calls a function that never returns."""
    call = node.value if isinstance(node, ast.Await) else node
    if not isinstance(call, ast.Call):
        return False
    callee = walker.resolver.resolve(call.func, scope)
    notes = getattr(getattr(callee, "it", None), "__annotations__", {})
    if str(notes.get("return")).rpartition(".")[2] in ("NoReturn", "Never"):
        return True
    inner = walker.scope(callee)
    if inner is None or isinstance(inner.node, ast.Lambda) or inner.is_generator:
        return False
    return _always_raises(inner.node.body, inner, walker, depth + 1)

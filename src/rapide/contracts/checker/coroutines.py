"""Coroutines that nobody awaits."""

import ast
import inspect
from collections.abc import Iterator

from rapide.callgraph.events import Call, Use
from rapide.callgraph.resolve import Resolver, opened
from rapide.callgraph.scopes import Bound, Known, Nested, Pending, Scope, Value, own_nodes
from rapide.callgraph.walk import Visit, Walker, runs_when_called
from rapide.contracts.checker.blocking import graph_of, resolver_for
from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.contracts.findings import Finding
from rapide.signature.callables import is_coroutine_callable


def unawaited_calls(subject: Subject) -> Iterator[Finding]:
    """Find calls of async functions whose coroutines are dropped, or returned by an endpoint."""
    resolver = resolver_for(subject)
    walker = Walker(resolver, runs_when_called)
    told: set[str] = set()
    read: set[int] = set()
    for item in subject.api_routes:
        found = [*_returned(walker, item)]
        for call in graph_of(item.route.dependant):
            if id(call) not in read:
                read.add(id(call))
                found += [_dropped(visit, item) for visit in walker.walk(call) if _drops(visit)]
        for one in found:
            if one.place not in told:
                told.add(one.place)
                yield one


def _drops(visit: Visit) -> bool:
    event = visit.event
    if not isinstance(event, Call) or event.use is not Use.DROPPED:
        return False
    return _is_coroutine_function(event.callee)


def _is_coroutine_function(callee: Value | None) -> bool:
    callee = opened(callee)
    if isinstance(callee, Nested):
        return (
            isinstance(callee.node, ast.AsyncFunctionDef)
            and not Scope(callee.node, callee.scope.source, None, callee.scope).is_generator
        )
    function = callee.function.it if isinstance(callee, Bound) else None
    if isinstance(callee, Known):
        function = callee.it
    return inspect.iscoroutinefunction(function)


def _dropped(visit: Visit, item: CheckedRoute) -> Finding:
    event, last = visit.event, visit.chain[-1]
    assert isinstance(event, Call)
    called = ast.unparse(event.node.func) if isinstance(event.node, ast.Call) else "it"
    return finding(
        "unawaited-coroutine",
        f"{last.name}() calls {called}(), which is async, without await, so it never runs",
        f"write await {called}(…)"
        if event.scope.is_async
        else f"await {called}(…) in an async def",
        route=item.label,
        place=f"{last.file}:{last.line}",
        chain=tuple(map(str, visit.chain)) if len(visit.chain) > 1 else (),
    )


def _returned(walker: Walker, item: CheckedRoute) -> Iterator[Finding]:
    """Find the `return` statements of an endpoint that return a coroutine."""
    call = item.route.dependant.call
    scope = None if call is None else walker.scope(Known(call), is_root=True)
    if scope is None or scope.is_generator or isinstance(scope.node, ast.Lambda):
        return
    if is_coroutine_callable(call) and not scope.is_async:
        return  # what it returns is awaited
    for node, called in _coroutines(walker.resolver, scope):
        where = "" if scope.is_async else f", and make {scope.name}() an async def"
        yield finding(
            "unawaited-coroutine",
            f"the endpoint {scope.name}() returns the coroutine of {called} and never awaits it",
            f"write return await {called}{where}",
            route=item.label,
            place=f"{scope.source.file}:{node.lineno}",
        )


def _coroutines(resolver: Resolver, scope: Scope) -> Iterator[tuple[ast.Return, str]]:
    returns = (node for node in own_nodes(scope.node) if isinstance(node, ast.Return))
    for node in returns:
        value = node.value
        if value is not None and isinstance(resolver.resolve(value, scope), Pending):
            yield node, ast.unparse(value)

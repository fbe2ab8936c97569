"""Coroutines that nobody awaits."""

import ast
from collections.abc import Iterator

from rapide.callgraph.events import Call, Use
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Known, Pending, Scope
from rapide.callgraph.walk import (
    Function,
    Step,
    Walker,
    chain_of,
    is_coroutine,
)
from rapide.contracts.checker.roots import graph_of
from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.contracts.findings import Finding
from rapide.signature.callables import is_coroutine_callable


def unawaited_calls(subject: Subject) -> Iterator[Finding]:
    """Find calls of async functions whose coroutines are dropped, or returned by an endpoint."""
    walker = subject.walker
    told: set[str] = set()
    read: set[Function] = set()
    for item in subject.solved_routes:
        found = [*_returned(walker, item)]
        for call in graph_of(item.route.dependant):
            root = walker.root(call)
            if root is not None and root not in read:
                read.add(root)
                found += _dropped_below(walker, root, read, item)
        for one in found:
            if one.place not in told:
                told.add(one.place)
                yield one


def _dropped_below(
    walker: Walker, root: Function, read: set[Function], item: CheckedRoute
) -> Iterator[Finding]:
    """Find calls whose coroutines are dropped in the functions that were not read before."""
    reached = walker.reached(root, read)
    for function in reached:
        read.add(function)
        for event, _ in walker.events(function):
            if isinstance(event, Call) and event.use is Use.DROPPED and is_coroutine(event.callee):
                yield _dropped(event, chain_of(function, event, reached), item)


def _dropped(event: Call, chain: tuple[Step, ...], item: CheckedRoute) -> Finding:
    last = chain[-1]
    called = ast.unparse(event.node.func) if isinstance(event.node, ast.Call) else "it"
    return finding(
        "unawaited-coroutine",
        f"{last.name}() calls {called}(), which is async, without await, so it never runs",
        f"write await {called}(…)"
        if event.scope.is_async
        else f"await {called}(…) in an async def",
        route=item.label,
        place=f"{last.file}:{last.line}",
        chain=tuple(map(str, chain)) if len(chain) > 1 else (),
    )


def _returned(walker: Walker, item: CheckedRoute) -> Iterator[Finding]:
    """Find what an endpoint returns that is a coroutine, or has one in it."""
    call = item.route.dependant.call
    scope = None if call is None else walker.scope(Known(call), is_root=True)
    if scope is None or scope.is_generator:
        return
    for node, called, is_whole in _coroutines(walker.resolver, scope):
        if is_whole and is_coroutine_callable(call) and not scope.is_async:
            continue  # what it returns is awaited
        where = "" if scope.is_async else f", and make {scope.name}() an async def"
        yield finding(
            "unawaited-coroutine",
            f"the endpoint {scope.name}() returns the coroutine of {called} and never awaits it",
            f"write {'return ' if is_whole else ''}await {called}{where}",
            route=item.label,
            place=f"{scope.source.file}:{node.lineno}",
        )


def _coroutines(resolver: Resolver, scope: Scope) -> Iterator[tuple[ast.expr, str, bool]]:
    """Yield the expressions that are returned and are coroutines, also those in displays."""
    for value in scope.facts.returned:
        for part in _parts(value):
            if isinstance(resolver.resolve(part, scope), Pending):
                yield part, ast.unparse(part), part is value


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield an expression, or those that it is a display of."""
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _parts(value)
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _parts(item)
    elif isinstance(node, ast.ListComp):
        yield from _parts(node.elt)
    else:
        yield node

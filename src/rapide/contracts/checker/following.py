"""Which functions a call runs in the event loop."""

import ast
from functools import partial

from rapide.callgraph.events import Call, Use
from rapide.callgraph.packages import Packages
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Known, Scope, Unloaded
from rapide.callgraph.walk import Passed, Walker, argument, is_coroutine, runs_when_called
from rapide.contracts.checker.tables import tables

#: Functions of Python that run a generator to its end, or to its next value.
_CONSUMERS = frozenset({list, tuple, set, frozenset, dict, sorted, sum, any, all, min, max, next})


def walker_for(module: str) -> Walker:
    """Return what follows calls through an application.

    Args:
        module: The module of the application, whose package belongs to it.
    """
    resolver = Resolver(Packages([module]), tables().results)
    return Walker(resolver, partial(_follows, resolver), passed=passed_by)


def _follows(resolver: Resolver, call: Call, inner: Scope) -> bool:
    """Return whether a call runs a function, where it is itself or in the event loop."""
    if runs_when_called(call, inner) or _runs_later(resolver, call, inner):
        return True
    if call.use is not Use.PASSED or isinstance(call.user, str):
        return False
    if inner.is_generator and not inner.is_async:
        user = call.user.it if isinstance(call.user, Known) else None
        return any(user is item for item in _CONSUMERS)
    return tables().runs.find(call.user) is not None or _is_stream(call.user)


def _runs_later(resolver: Resolver, call: Call, inner: Scope) -> bool:
    """Return whether a coroutine gets a name under which the function passes it to a runner."""
    if call.use is not Use.ASSIGNED or not inner.is_async or inner.is_generator:
        return False
    return any(
        tables().runs.find(resolver.resolve(node.func, call.scope)) is not None
        for node in call.scope.facts.own_nodes
        if isinstance(node, ast.Call)
        for part in node.args
        if isinstance(part, ast.Name) and part.id == call.user
    )


def passed_by(call: Call, resolver: Resolver) -> Passed | None:
    """Return the function that a call runs in the event loop, now or later."""
    known = tables().runners.find(call.callee)
    if known is None:
        return None
    _, (place, is_async) = known
    found = argument(call, place, resolver)
    runs = found is not None and (not is_async or is_coroutine(found))
    return Passed(found) if runs else None


def _is_stream(user: object) -> bool:
    found = user.it if isinstance(user, Known) else None
    if not isinstance(found, type):
        return isinstance(user, Unloaded) and user.name.endswith("StreamingResponse")
    return any(base.__name__ == "StreamingResponse" for base in found.__mro__)

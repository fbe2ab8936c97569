"""Calls that block the event loop, in the code that requests run there."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from starlette.middleware.base import BaseHTTPMiddleware

from rapide.callgraph.events import Call, Use
from rapide.callgraph.library import Names
from rapide.callgraph.packages import Packages
from rapide.callgraph.resolve import Resolver
from rapide.callgraph.scopes import Known, Scope, Unloaded
from rapide.callgraph.walk import Visit, Walker, runs_when_called
from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.contracts.findings import Finding
from rapide.signature.callables import is_async_gen_callable, is_coroutine_callable
from rapide.signature.models import Dependant

#: The comment that silences what a line calls.
ALLOWED = re.compile(r"#\s*rapide:\s*allow-blocking\b")

#: Functions of Python that run a generator to its end, or to its next value.
_CONSUMERS = frozenset({list, tuple, set, frozenset, dict, sorted, sum, any, all, min, max, next})


class _Blocking(NamedTuple):
    advice: str
    waits: bool


@dataclass(frozen=True, slots=True)
class _Tables:
    blocking: Names[_Blocking]
    harmless: Names[None]
    runs: Names[None]
    results: Mapping[str, str]


@cache
def _tables() -> _Tables:
    table = files("rapide.contracts.checker").joinpath("blocking.toml")
    data: dict[str, Any] = tomllib.loads(table.read_text(encoding="utf-8"))
    blocking = {
        name: _Blocking(group["advice"], group.get("waits", False))
        for group in data["group"]
        for name in group["names"]
    }
    harmless = {name: None for group in data["group"] for name in group.get("harmless", ())}
    runs = dict.fromkeys(data["runs"]["names"])
    return _Tables(Names(blocking), Names(harmless), Names(runs), data["results"])


def resolver_for(subject: Subject) -> Resolver:
    """Return what finds out which functions are called, for the packages of an application."""
    return Resolver(Packages([subject.module]), _tables().results)


class _Root(NamedTuple):
    """A callable that an event loop runs for requests."""

    call: object
    route: str


class _Found(NamedTuple):
    visit: Visit
    name: str
    advice: str


def blocking_calls(subject: Subject) -> Iterator[Finding]:
    """Find calls that block the event loop, in async code that requests run.

    Each place is reported once, with the first route that leads there.
    """
    walker = Walker(resolver_for(subject), _follows)
    first: dict[tuple[str, str], _Found] = {}
    routes: dict[tuple[str, str], dict[str, None]] = {}
    visited: dict[int, list[_Found]] = {}
    for root in _roots(subject):
        if id(root.call) not in visited:
            visited[id(root.call)] = list(_found_below(walker, root))
        for item in visited[id(root.call)]:
            key = _place(item.visit), item.name
            first.setdefault(key, item)
            routes.setdefault(key, {})[root.route] = None
    for key, item in first.items():
        yield _described(item, list(routes[key]))


def _found_below(walker: Walker, root: _Root) -> Iterator[_Found]:
    for visit in walker.walk(root.call):
        event = visit.event
        if isinstance(event, Call) and (known := _blocks(event)) is not None:
            yield _Found(visit, *known)


def _place(visit: Visit) -> str:
    return f"{visit.chain[-1].file}:{visit.chain[-1].line}"


def _described(found: _Found, routes: list[str]) -> Finding:
    chain = found.visit.chain
    where = f"{chain[0].name}() is async and "
    if len(chain) > 1:
        where += f"comes to {chain[-1].name}(), which "
    message = f"{where}calls {_shown(found.name)}, which blocks all other requests of the process"
    others = len(routes) - 1
    if others:
        message += f"; {'another route does' if others == 1 else f'{others} other routes do'}, too"
    return finding(
        "blocking-call",
        message,
        found.advice,
        route=routes[0],
        place=_place(found.visit),
        chain=tuple(map(str, chain)),
    )


def _shown(name: str) -> str:
    """Return the name of a callable as people write it."""
    for inner, public in (
        ("builtins.", ""),
        ("_thread.LockType", "threading.Lock"),
        ("_thread", "threading"),
    ):
        name = name.replace(inner, public)
    return name.replace(".__enter__", " by a with statement")


def _blocks(call: Call) -> tuple[str, str] | None:
    """Return the name of a blocking callable and what to write instead; None if it is none."""
    tables = _tables()
    if call.use is Use.AWAITED or _is_allowed(call) or tables.harmless.find(call.callee):
        return None
    known = tables.blocking.find(call.callee)
    if known is None:
        return None
    name, entry = known
    if entry.waits and _is_told_not_to_wait(call.node):
        return None
    if name.startswith("socket.socket.") and _may_be_nonblocking(call.scope):
        return None
    if name.endswith(".*"):
        name = name[:-1] + getattr(call.callee, "name", "")
    return name, entry.advice


def _is_told_not_to_wait(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    first = [*node.args[:1]]
    named = [item.value for item in node.keywords if item.arg in ("block", "blocking", "timeout")]
    return any(
        isinstance(item, ast.Constant) and item.value in (0, False) for item in first + named
    )


def _may_be_nonblocking(scope: Scope) -> bool:
    text = "".join(scope.source.lines)
    return "setblocking(" in text or "settimeout(" in text


def _is_allowed(call: Call) -> bool:
    last = getattr(call.node, "end_lineno", None) or call.node.lineno
    lines = map(call.scope.source.line, range(call.node.lineno, last + 1))
    return any(map(ALLOWED.search, lines))


def _follows(call: Call, inner: Scope) -> bool:
    """Return whether a call runs a function in the event loop, where nothing silences it."""
    if _is_allowed(call):
        return False
    if runs_when_called(call, inner):
        return True
    if call.use is not Use.PASSED or isinstance(call.user, str):
        return False
    if inner.is_generator and not inner.is_async:
        user = call.user.it if isinstance(call.user, Known) else None
        return any(user is item for item in _CONSUMERS)
    return _tables().runs.find(call.user) is not None or _is_stream(call.user)


def _is_stream(user: object) -> bool:
    found = user.it if isinstance(user, Known) else None
    if not isinstance(found, type):
        return isinstance(user, Unloaded) and user.name.endswith("StreamingResponse")
    return any(base.__name__ == "StreamingResponse" for base in found.__mro__)


def _roots(subject: Subject) -> Iterator[_Root]:
    for item in subject.routes:
        for call in _calls_of(item):
            if is_coroutine_callable(call) or is_async_gen_callable(call):
                yield _Root(call, item.label)
    for app in subject.applications:
        for call in (*_middleware(app), *_handlers(app)):
            if is_coroutine_callable(call):
                yield _Root(call, "")


def _calls_of(item: CheckedRoute) -> Iterator[Callable[..., object]]:
    dependant = getattr(item.original, "dependant", None)
    if isinstance(dependant, Dependant):
        try:
            dependant = item.route.dependant  # with the dependencies of routers around it
        except Exception:  # each request would meet it, and the check reports it
            return
        yield from graph_of(dependant)
    elif (endpoint := getattr(item.original, "endpoint", None)) and not item.is_page:
        yield endpoint


def graph_of(dependant: Dependant) -> Iterator[Callable[..., object]]:
    """Yield an endpoint and the callables that it depends on."""
    if dependant.call is not None:
        yield dependant.call
    for part in dependant.dependencies:
        yield from graph_of(part)


def _middleware(app: object) -> Iterator[Callable[..., object]]:
    for item in getattr(app, "user_middleware", ()):
        options: Mapping[str, Any] = getattr(item, "kwargs", {})
        if (dispatch := options.get("dispatch")) is not None:
            yield dispatch
        elif isinstance(item.cls, type):
            # Its objects are made later, so its method is read as that of some object.
            name = "dispatch" if issubclass(item.cls, BaseHTTPMiddleware) else "__call__"
            if callable(found := getattr(item.cls, name, None)):
                yield found


def _handlers(app: object) -> Iterator[Callable[..., object]]:
    handlers: Mapping[object, Any] = getattr(app, "exception_handlers", {})
    yield from handlers.values()

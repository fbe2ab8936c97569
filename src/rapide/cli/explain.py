"""What `rapide explain` prints: how each route is executed, and why."""

import difflib
import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text
from starlette.applications import Starlette
from starlette.routing import Host, Mount, WebSocketRoute, compile_path

from rapide.cli.advice import advice
from rapide.routing import APIRoute, RouteContext, iter_route_contexts

_ROUTE = re.compile(r"(?:(?P<method>[A-Za-z]+)\s+)?(?P<path>/\S*)")


class UnknownRoute(Exception):
    """No route answers to the name given; the message lists the closest ones."""


def is_route(argument: str) -> bool:
    """Tell a route (`GET /items`) from the path of a file."""
    match = _ROUTE.fullmatch(argument)
    return match is not None and match["method"] is not None


def list_routes(app: Any) -> None:
    """Print every route with its endpoint, and whether it is compiled."""
    console = Console(highlight=False)
    routes = _routes(app)
    rows = [(*label(route), _endpoint(route)) for route in routes]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for route, row in zip(routes, rows, strict=True):
        method, path, endpoint = map(str.ljust, row, widths)
        line = Text(f"{method}  {path}  ").append(f"{endpoint}  ", style="dim")
        console.print(line.append_text(_verdict(route)), soft_wrap=True)
    if not routes:
        console.print("The application has no routes.")
    print_advice(console)


def explain_route(app: Any, wanted: str) -> None:
    """Print the plan and the generated source of each route that has this method and path."""
    console = Console(highlight=False)
    for number, route in enumerate(_select(_routes(app), wanted)):
        if number:
            console.print()
        title = Text(f"{' '.join(label(route))} -> {_endpoint(route)}", style="bold")
        console.print(title, soft_wrap=True)
        console.print(_verdict(route), soft_wrap=True)
        for limits in getattr(route, "all_limits", ()):
            console.print(f"limits: {limits}", soft_wrap=True, markup=False)
        if _is_compiled(route):
            _, _, steps = str(route.plan).partition("\n")  # its title is printed already
            for heading, text in (("Plan", steps), ("Source", route.source)):
                console.print(Text(f"\n{heading}\n", style="bold"))
                _print_code(console, text, is_python=heading == "Source")
    print_advice(console)


def print_advice(console: Console) -> None:
    """Say what can be done about tools that hold every route on the generic path."""
    for number, sentence in enumerate(advice()):
        console.print(("" if number else "\n") + sentence, soft_wrap=True, markup=False)


def _print_code(console: Console, text: str, *, is_python: bool) -> None:
    """Print text as it is, with colours on a terminal alone: it can be piped into a file."""
    if is_python and console.is_terminal:
        code = Syntax(text, "python", background_color="default").highlight(text)
    else:
        code = Text(text)
    console.print(code, soft_wrap=True, end="" if text.endswith("\n") else "\n")


def _routes(app: Any) -> list[RouteContext]:
    if not isinstance(app, Starlette):
        raise UnknownRoute(f"an application of type {type(app).__name__} has no routes to explain")
    return list(iter_route_contexts(app.routes))


def _select(routes: Sequence[RouteContext], wanted: str) -> list[RouteContext]:
    """Return the routes meant: by their path as declared, else by a path that they would answer."""
    match = _ROUTE.fullmatch(wanted)
    if match is None:
        raise UnknownRoute(f'{wanted!r} is no route: write "GET /items/{{item_id}}"')
    method, path = (match["method"] or "").upper(), match["path"]
    candidates = [route for route in routes if not method or method in _methods(route)]
    found = [route for route in candidates if route.path == path] or [
        route for route in candidates if _answers(route, path)
    ]
    if found:
        return found
    labels = [f"{method} {route.path}" for route in routes for method in _methods(route)]
    close = difflib.get_close_matches(f"{method or 'GET'} {path}", labels, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UnknownRoute(f"no route answers {wanted}{hint}")


def _answers(route: RouteContext, path: str) -> bool:
    return route.path is not None and bool(compile_path(route.path)[0].fullmatch(path))


def _methods(route: RouteContext) -> list[str]:
    """Return the HTTP methods, or what the route is instead: `WS`, `MOUNT`, `HOST`, `ANY`."""
    if route.methods:
        return sorted(route.methods)
    kinds = {WebSocketRoute: "WS", Mount: "MOUNT", Host: "HOST"}
    original = route.original_route
    return [next((name for kind, name in kinds.items() if isinstance(original, kind)), "ANY")]


def label(route: RouteContext) -> tuple[str, str]:
    """Return the methods, or what the route is instead, and the path or host."""
    where = getattr(route, "host", "") if route.path is None else route.path
    return ",".join(_methods(route)), where


def _endpoint(route: RouteContext) -> str:
    endpoint = route.endpoint or getattr(route, "app", None)
    named: Any = endpoint if hasattr(endpoint, "__qualname__") else type(endpoint)
    return f"{named.__module__}.{named.__qualname__}"


def _is_compiled(route: RouteContext) -> bool:
    return isinstance(route.original_route, APIRoute) and route.fallback_reason is None


def _verdict(route: RouteContext) -> Text:
    if _is_compiled(route):
        return Text("compiled", style="green")
    original = route.original_route
    if isinstance(original, APIRoute):
        return Text("generic", style="yellow").append(f": {route.fallback_reason}", style="default")
    kind = type(original)
    if kind.__module__.startswith("fastapi."):
        return Text("not compiled: a route of FastAPI itself (see --as-fastapi)", style="dim")
    return Text(f"not compiled: {kind.__name__}", style="dim")

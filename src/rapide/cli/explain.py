"""What `rapide explain` prints: how each route is executed, and why."""

import difflib
import inspect
import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text
from starlette.applications import Starlette
from starlette.routing import compile_path

from rapide.routing import RouteContext, iter_route_contexts

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
    rows = [(_label(route), _endpoint(route)) for route in routes]
    left, middle = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    for route, (label, endpoint) in zip(routes, rows, strict=True):
        line = Text(f"{label:<{left}}  ").append(f"{endpoint:<{middle}}  ", style="dim")
        console.print(line.append_text(_verdict(route)), soft_wrap=True)
    if not routes:
        console.print("The application has no routes.")


def explain_route(app: Any, wanted: str) -> None:
    """Print the plan and the generated source of each route that has this method and path."""
    console = Console(highlight=False)
    for number, route in enumerate(_select(_routes(app), wanted)):
        if number:
            console.print()
        title = Text(f"{_label(route)} -> {_endpoint(route)}", style="bold")
        console.print(title, soft_wrap=True)
        console.print(_verdict(route), soft_wrap=True)
        for heading, text in (("Plan", str(route.plan)), ("Source", route.source)):
            if text:
                console.print(Text(f"\n{heading}\n", style="bold"))
                _print_code(console, text, is_python=heading == "Source")


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
        route for route in candidates if compile_path(route.path)[0].fullmatch(path)
    ]
    if found:
        return found
    labels = [f"{method} {route.path}" for route in routes for method in _methods(route)]
    close = difflib.get_close_matches(f"{method or 'GET'} {path}", labels, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UnknownRoute(f"no route answers {wanted}{hint}")


def _methods(route: RouteContext) -> list[str]:
    return sorted(route.methods) if route.methods else ["WS"]


def _label(route: RouteContext) -> str:
    return f"{','.join(_methods(route))} {route.path}"


def _endpoint(route: RouteContext) -> str:
    endpoint = inspect.unwrap(route.endpoint)
    module = getattr(endpoint, "__module__", None)
    name = getattr(endpoint, "__qualname__", type(endpoint).__name__)
    return f"{module}.{name}" if module else name


def _verdict(route: RouteContext) -> Text:
    if route.fallback_reason is None:
        return Text("compiled", style="green")
    return Text("generic", style="yellow").append(f": {route.fallback_reason}", style="default")

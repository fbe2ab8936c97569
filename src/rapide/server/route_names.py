"""The name of what has served a request, for logs and metrics: the template of its path."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount

from rapide.routing import iter_route_contexts
from rapide.scope_keys import APP_ROOT_PATH, EFFECTIVE_ROUTE_CONTEXT, FASTAPI, ROUTE

#: What a template of a mount ends with.
_BELOW = "/{path}"


def route_of(exchange: Any, app: Any) -> str | None:
    """Return the template of the path of the route that serves a request; None without one.

    The number of templates is limited by the application, so names never come from a client.
    """
    found: Any = exchange.found
    if found is None:
        found = getattr(getattr(exchange.outcome, "lookup", None), "found", None)
    target = getattr(getattr(found, "entry", None), "target", None)
    if target is not None and not found.is_full:
        return None  # the path has other methods
    scope = exchange.known_scope
    if target is not None:
        template: str | None = target.path_format
        if template is None or not isinstance(target.route, Mount):
            return template
        below = route_in(scope)
        return template if below is None else template.removesuffix(_BELOW) + below
    name = route_in(scope)
    if name is None or scope is None:
        return None
    prefix = scope.get("root_path", "").removeprefix(scope.get(APP_ROOT_PATH, ""))
    return name if not prefix else _mounts_of(app, prefix) + name


def hidden_paths(app: Any, paths: Collection[str]) -> list[str]:
    """Return which of the server's own paths an application has a route for, which is not called.

    Only routes count that have the path itself, not those that match much else, too.
    """
    if not isinstance(app, Starlette):
        return []
    known = {context.path for context in iter_route_contexts(app.routes)}
    return [path for path in paths if path in known]


def route_in(scope: Any) -> str | None:
    """Return the template that routing has written into a scope, below all mounts."""
    if scope is None:
        return None
    effective = scope.get(FASTAPI, {}).get(EFFECTIVE_ROUTE_CONTEXT)
    name = getattr(effective, "path_format", None)
    if name is None:
        name = getattr(scope.get(ROUTE), "path_format", None)
    return name if isinstance(name, str) else None


def _mounts_of(app: Any, prefix: str) -> str:
    """Return the template of the mounts that a prefix belongs to."""
    for route in getattr(app, "routes", ()):
        if isinstance(route, Mount) and route.path_regex.match(prefix + "/"):
            return route.path_format.removesuffix(_BELOW)
    return "/{mount}"

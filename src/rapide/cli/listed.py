"""The routes of an application, and of the applications that are mounted in it.

PERF: startup. `rapide run` counts them, so nothing that only other commands need is imported here.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from starlette.routing import BaseRoute, Host, Mount, WebSocketRoute

from rapide import patches
from rapide.cli.verdict import Verdict, is_fastapis, verdict_of
from rapide.routing import APIRoute, RouteContext, iter_route_contexts


class Listed(NamedTuple):
    """A route of an application, or of an application that is mounted in it.

    Attributes:
        app: The application that has the route.
        route: The route.
        prefix: The path of the mounts around it.
        is_mounted: Whether its application is mounted in another.
    """

    app: object
    route: RouteContext
    prefix: str = ""
    is_mounted: bool = False

    @property
    def label(self) -> tuple[str, str]:
        """The methods, or what the route is instead, and the whole path or the host."""
        methods, where = label(self.route)
        return methods, self.prefix + where

    @property
    def path(self) -> str | None:
        """The whole path; None if it is the route of a host."""
        return None if self.route.path is None else self.prefix + self.route.path

    @property
    def verdict(self) -> Verdict:
        """How its requests are executed."""
        return verdict_of(self.app, self.route, is_mounted=self.is_mounted)


def api_routes(app: object) -> Iterator[tuple[RouteContext, Verdict]]:
    """Yield the API routes of an application and of the applications mounted in it."""
    patches.look()
    for item in walk(app, getattr(app, "routes", ()), {id(app)}):
        original = item.route.original_route
        is_other = isinstance(original, Mount | Host)
        if isinstance(original, APIRoute) or (is_fastapis(original) and not is_other):
            yield item.route, item.verdict


def list_all(app: Any) -> list[Listed]:
    """Return all routes of an application and of the applications mounted in it."""
    return [*walk(app, getattr(app, "routes", ()), {id(app)})]


def walk(
    app: object,
    routes: Iterable[BaseRoute],
    seen: set[int],
    prefix: str = "",
    *,
    is_mounted: bool = False,
) -> Iterator[Listed]:
    """Yield the routes of an application, each mount before the routes that are below it."""
    for route in iter_route_contexts([*routes]):
        yield Listed(app, route, prefix, is_mounted)
        original = route.original_route
        # An application may be mounted in itself.
        if isinstance(original, Mount | Host) and id(original.app) not in seen:
            seen.add(id(original.app))
            below = prefix + getattr(original, "path", "")
            yield from walk(original.app, original.routes, seen, below, is_mounted=True)


def methods_of(route: RouteContext) -> list[str]:
    """Return the HTTP methods, or what the route is instead: `WS`, `MOUNT`, `HOST`, `ANY`."""
    if route.methods:
        return sorted(route.methods)
    kinds = {WebSocketRoute: "WS", Mount: "MOUNT", Host: "HOST"}
    original = route.original_route
    return [next((name for kind, name in kinds.items() if isinstance(original, kind)), "ANY")]


def label(route: RouteContext) -> tuple[str, str]:
    """Return the methods, or what the route is instead, and the path or host."""
    where = getattr(route, "host", "") if route.path is None else route.path
    return ",".join(methods_of(route)), where

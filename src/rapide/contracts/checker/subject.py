"""The application that is checked, as the rules see it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from starlette.routing import BaseRoute, Host, Mount, WebSocketRoute

from rapide.callgraph.walk import Walker
from rapide.contracts.checker.following import walker_for
from rapide.contracts.checker.sources import Sources
from rapide.routing import APIRoute, APIWebSocketRoute, RouteContext, iter_route_contexts
from rapide.routing.pages import DocumentPages
from rapide.signature.callables import describe_callable

#: What a route is that has no methods.
_KINDS = {WebSocketRoute: "WS", Mount: "MOUNT", Host: "HOST"}


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRoute:
    """A route of the application, or of an application that is mounted in it.

    Attributes:
        app: The application that has the route.
        route: The route as it is served: under its prefix, with the options from above.
        number: Its place in the order of registration of its application.
        prefix: The path of the mounts around its application.
        above: The mounts and hosts around its application, outermost first.
    """

    app: object
    route: RouteContext
    number: int
    prefix: str = ""
    above: "tuple[CheckedRoute, ...]" = ()

    @property
    def original(self) -> BaseRoute:
        """The route as it was declared."""
        return self.route.original_route

    @property
    def path(self) -> str:
        """The path below its application, or the host."""
        path = self.route.path
        return getattr(self.original, "host", "") if path is None else path

    @property
    def full_path(self) -> str:
        """The whole path, with those of the mounts around it; or the host."""
        return (self.prefix + self.path) or "/"

    @property
    def is_page(self) -> bool:
        """Whether it is the document of an application, or a page that shows it."""
        return isinstance(getattr(self.route.endpoint, "__self__", None), DocumentPages)

    @property
    def label(self) -> str:
        """The methods, or what the route is instead, and the whole path: `GET /items/{id}`."""
        kinds = (name for kind, name in _KINDS.items() if isinstance(self.original, kind))
        methods = ",".join(sorted(self.route.methods or ())) or next(kinds, "ANY")
        return f"{methods} {self.full_path}"

    @property
    def place(self) -> str:
        """The `file:line` of the endpoint's definition, with its decorators; or empty."""
        return place_of(self.route.endpoint)


class Subject:
    """The application that is checked.

    Args:
        app: The application.
        module: The name of the module that it was found in.
        folder: The folder that this module was imported from.
    """

    def __init__(self, app: object, module: str, folder: Path) -> None:
        self.app = app
        self.module = module
        self.folder = folder

    @cached_property
    def routes(self) -> tuple[CheckedRoute, ...]:
        """All routes, those of mounted applications too, in order of registration.

        Raises:
            Exception: An inclusion is declared wrongly; a request would raise it, too.
        """
        return tuple(_walk(self.app, {id(self.app)}, "", ()))

    @cached_property
    def solved_routes(self) -> tuple[CheckedRoute, ...]:
        """The API routes and WebSockets whose parameters and dependencies can be read.

        Others are declared wrongly, and raise when they are served.
        """
        return tuple(filter(_can_be_read, self.routes))

    @cached_property
    def api_routes(self) -> tuple[CheckedRoute, ...]:
        """The API routes among them."""
        return tuple(item for item in self.solved_routes if isinstance(item.original, APIRoute))

    @cached_property
    def applications(self) -> tuple[Any, ...]:
        """The application and those that are mounted in it, each once."""
        found = {id(self.app): self.app, **{id(item.app): item.app for item in self.routes}}
        return tuple(found.values())

    @cached_property
    def modules(self) -> tuple[ModuleType, ...]:
        """The loaded modules of the application's own packages, in order of their names."""
        return tuple(sys.modules[name] for name in sorted(sys.modules) if self.owns(name))

    @cached_property
    def walker(self) -> Walker:
        """What follows calls in its code. The rules share it, so each function is read once."""
        return walker_for(self.module)

    @cached_property
    def sources(self) -> Sources:
        """The source code of these modules."""
        return Sources(self.modules, self.module)

    def place(self, item: CheckedRoute) -> str:
        """Return the `file:line` where a route, a mount or a page is declared; or an empty string.

        A page of the documentation is declared where its application is made.
        """
        if isinstance(item.original, Mount | Host):
            own = getattr(item.original, "path", "") or "/"
            return self.sources.call("mount", "Mount", saying=own) or (
                self.sources.call("mount", "Mount", "host", "Host", saying=item.path)
            )
        if item.is_page:
            return self.place_of_object(item.app)
        return item.place

    def place_of_object(self, thing: object) -> str:
        """Return the `file:line` where an application or a router is made; or an empty string."""
        kind, title = type(thing).__name__, getattr(thing, "title", None)
        return (
            self.sources.assignment(thing)
            or (self.sources.call(kind, saying=title) if title else "")
            or self.sources.call(kind)
        )

    def owns(self, module: str) -> bool:
        """Return whether a loaded module is the application's own, not one of a library.

        Own are the modules of the package that the application was found in, and those that are
        files below its folder, unless they are installed there.
        """
        loaded = sys.modules.get(module)
        file = getattr(loaded, "__file__", None)
        if not isinstance(loaded, ModuleType) or not isinstance(file, str):
            return False
        package = module.partition(".")[0]
        if package == "rapide":
            return False
        if package == self.module.partition(".")[0]:
            return True
        path = Path(file)
        if not path.is_relative_to(self.folder):
            return False
        within = path.relative_to(self.folder).parts
        return not {"site-packages", "dist-packages"}.intersection(self.folder.parts + within)


def place_of(call: Any) -> str:
    """Return the `file:line` of the definition of a callable, or an empty string."""
    return describe_callable(call)[1] if callable(call) else ""


def _can_be_read(item: CheckedRoute) -> bool:
    if not isinstance(item.original, APIRoute | APIWebSocketRoute):
        return False
    try:
        # The declarations of an inclusion are read only now, by functions of the application, too.
        return bool(item.route.dependant) and bool(getattr(item.route, "unique_id", True))
    except Exception:  # each request would meet it
        return False


def _walk(
    app: Any, seen: set[int], prefix: str, above: tuple[CheckedRoute, ...]
) -> Iterator[CheckedRoute]:
    """Yield the routes of an application, each mount before the routes that are below it."""
    routes = getattr(app, "routes", None)
    if not isinstance(routes, list):
        return
    own = [route for route in routes if isinstance(route, BaseRoute)]
    for number, route in enumerate(iter_route_contexts(own)):
        item = CheckedRoute(app, route, number, prefix, above)
        yield item
        original = route.original_route
        # An application may be mounted in itself.
        if isinstance(original, Mount | Host):
            inner = getattr(original, "_base_app", original.app)
            if id(inner) not in seen:
                seen.add(id(inner))
                below = prefix + (route.path or "")
                yield from _walk(inner, seen, below, (*above, item))

"""The application that is checked, as the rules see it."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from starlette.routing import BaseRoute, Host, Mount, WebSocketRoute

from rapide.routing import RouteContext, iter_route_contexts
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
    """

    app: object
    route: RouteContext
    number: int
    prefix: str = ""

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
    def label(self) -> str:
        """The methods, or what the route is instead, and the whole path: `GET /items/{id}`."""
        kinds = (name for kind, name in _KINDS.items() if isinstance(self.original, kind))
        methods = ",".join(sorted(self.route.methods or ())) or next(kinds, "ANY")
        return f"{methods} {self.prefix}{self.path}"

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
        return tuple(_walk(self.app, {id(self.app)}, ""))

    @cached_property
    def modules(self) -> tuple[ModuleType, ...]:
        """The loaded modules of the application's own packages, in order of their names."""
        loaded = {name: sys.modules[name] for name in sorted(sys.modules)}
        return tuple(module for name, module in loaded.items() if self.owns(name))

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


def _walk(app: object, seen: set[int], prefix: str) -> Iterator[CheckedRoute]:
    """Yield the routes of an application, each mount before the routes that are below it."""
    routes: Iterable[BaseRoute] = getattr(app, "routes", None) or ()
    for number, route in enumerate(iter_route_contexts([*routes])):
        yield CheckedRoute(app, route, number, prefix)
        original = route.original_route
        # An application may be mounted in itself.
        if isinstance(original, Mount | Host) and id(original.app) not in seen:
            seen.add(id(original.app))
            yield from _walk(original.app, seen, prefix + getattr(route, "path", "") or "")

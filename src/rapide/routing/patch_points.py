"""The methods and names of routing that subclasses and tools replace, and how it is noticed.

They override or assign methods of routes and routers, and they assign functions of the module
`rapide.routing`. What is replaced is then called where FastAPI would call it, instead of the code
here that does the same without calling it.
"""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeVar

from starlette.types import ASGIApp

from rapide import patches, sse
from rapide._replaced import PatchableModule
from rapide.changes import changes
from rapide.generic import seams

C = TypeVar("C", bound=type)


class ReplaceableMethods:
    """The methods of a class that may be replaced: in a subclass, by a tool, on one instance."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)
        self._own: dict[str, object] = {}

    def of(self, cls: C) -> C:
        """Remember the methods of a class as they are, and watch for tools that replace them."""
        self._own = {name: vars(cls)[name] for name in self.names}
        patches.add(cls, patches.ROUTING)
        return cls

    def is_replaced_in(self, cls: type, name: str) -> bool:
        """Whether a class has another method of this name."""
        found: object = getattr(cls, name)
        return found is not self._own[name]

    def is_replaced(self, instance: object, name: str) -> bool:
        """Whether an instance, or its class, has another method of this name."""
        return self.is_replaced_in(type(instance), name) or name in vars(instance)


ROUTE_METHODS: Final = ReplaceableMethods("get_route_handler", "handle", "matches")
ROUTER_METHODS: Final = ReplaceableMethods("app", "handle", "matches")


def makes_own_handler(route: object) -> bool:
    """Whether a subclass or a tool makes the handler of a route."""
    return ROUTE_METHODS.is_replaced(route, "get_route_handler")


def has_own_matching(route: object) -> bool:
    """Whether a route must be asked whether it matches."""
    return ROUTE_METHODS.is_replaced(route, "matches") or patches.in_force(patches.ROUTING)


def matches_by_pattern(cls: type) -> bool:
    """Whether the routes of a class match by their patterns, and are served by their runners."""
    return not (
        ROUTE_METHODS.is_replaced_in(cls, "matches") or ROUTE_METHODS.is_replaced_in(cls, "handle")
    )


def has_own_serving(route: object) -> bool:
    """Whether a route must serve its requests itself."""
    return ROUTE_METHODS.is_replaced(route, "handle") or patches.in_force(patches.ROUTING)


class _Assignable(Protocol):
    @property
    def _rapide_app(self) -> ASGIApp | None: ...


def serves_itself(route: object, served: _Assignable) -> bool:
    """Whether a route must serve its requests itself; `served` is its resolved form."""
    return served._rapide_app is not None or has_own_serving(route) or has_own_matching(route)


def is_opaque(router: object) -> bool:
    """Whether a router must be asked whether it matches, and must serve its requests itself."""
    cls = type(router)
    return (
        ROUTER_METHODS.is_replaced_in(cls, "matches")
        or ROUTER_METHODS.is_replaced_in(cls, "handle")
        or patches.in_force(patches.ROUTING)
    )


def serves_by_table(router: object) -> bool:
    """Whether a router serves its requests by its route table, because its `app` is ours."""
    return not ROUTER_METHODS.is_replaced_in(type(router), "app")


#: Classes that routers look up in the module `rapide.routing` at each use, as they are there now.
classes: Final[dict[str, Any]] = {}


class RoutingModule(PatchableModule):
    """The class of the module `rapide.routing`. It notices when a name is replaced."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in seams.NAMES:
            seams.current[name] = value
            changes.bump()
        elif name in classes:
            classes[name] = value
        elif name == "_PING_INTERVAL":
            setattr(sse, name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in seams.NAMES:
            seams.current[name] = seams.original[name]
            changes.bump()

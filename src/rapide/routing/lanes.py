"""Lanes of routes: check their names, and find the lane of each route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from starlette.types import Receive, Send

from rapide.runtime import lanes
from rapide.runtime.lanes import DEFAULT_LANE, Lanes, UnknownLane
from rapide.signature.errors import LaneError
from rapide.types import UserCallable

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike
    from rapide.runtime.threads import Lane


class Placed(Protocol):
    """A route, as far as its lane is concerned."""

    path: str
    endpoint: UserCallable
    methods: Any

    @property
    def _rapide_threads(self) -> str | None:
        """The name of the lane."""

    @property
    def _rapide_label(self) -> str:
        """The methods and the path, for messages."""
        ...


class InclusionLike(Protocol):
    """An inclusion, likewise."""

    included_router: RouterLike
    _rapide_threads: str | None
    prefix: str


#: Whether anything in this process names a lane. Most applications have nothing to check.
_any_named = [False]


def checked_name(name: str | None, where: str | Placed) -> str | None:
    """Return the name of a lane that a route, a router or an inclusion says.

    Raises:
        LaneError: It is not the name of a lane.
    """
    if name is None:
        return None
    try:
        lanes.check_name(name)
    except (TypeError, ValueError) as wrong:
        raise _placed(LaneError(str(wrong)), where) from None
    _any_named[0] = True
    return name


def _placed(error: LaneError, where: str | Placed) -> LaneError:
    if isinstance(where, str):
        error.route = where
        return error
    error.in_callable(where.endpoint)
    error.in_route(where._rapide_label)
    return error


def lanes_of(provider: object) -> Lanes:
    """Return the lanes of an application, or the built-in ones if the object is not one."""
    own = getattr(provider, "_rapide_lanes", None)
    return own if isinstance(own, Lanes) else lanes.BUILT_IN


def may_have_lane(route: Placed) -> bool:
    """Return whether a route names a lane, or gets one as a health check."""
    name = route._rapide_threads
    if name is None:
        return lanes.is_health_check(route.path, route.methods)
    return name != DEFAULT_LANE


def find_lane(route: Placed) -> Lane | None:
    """Return the lane of a route; None is the default one.

    Raises:
        LaneError: The application has no lane of this name.
    """
    if not may_have_lane(route):
        return None
    known = lanes_of(getattr(route, "dependency_overrides_provider", None))
    if route._rapide_threads is None:
        return known.for_health_checks
    try:
        return known.find(route._rapide_threads)
    except UnknownLane as unknown:
        raise _unknown(unknown, route) from None


def _unknown(unknown: UnknownLane, where: str | Placed) -> LaneError:
    return _placed(LaneError(unknown.problem, instead=unknown.instead), where)


def check_lanes(router: RouterLike, provider: object = None) -> None:
    """Check that an application declares all lanes that a router and its routes name.

    Raises:
        LaneError: It does not declare one.
    """
    if not _any_named[0]:
        return
    for name, where in _named(router):
        check_lane(name, where, provider or router.dependency_overrides_provider)


def check_inclusion(context: InclusionLike, provider: object) -> None:
    """Check that an application declares all lanes that an inclusion and the routes below name.

    Raises:
        LaneError: It does not declare one.
    """
    if not _any_named[0]:
        return
    check_lanes(context.included_router, provider)
    if context._rapide_threads is not None:
        check_lane(context._rapide_threads, _place_of(context), provider)


def _place_of(context: InclusionLike) -> str:
    return f"include_router(…, prefix={context.prefix!r})"


def check_lane(name: str, where: str | Placed, provider: object) -> None:
    """Check that an application declares a lane.

    Raises:
        LaneError: It does not declare it.
    """
    known = getattr(provider, "_rapide_lanes", None)
    if not isinstance(known, Lanes):
        return  # the application is known when it includes the router
    try:
        known.check(name)
    except UnknownLane as unknown:
        raise _unknown(unknown, where) from None


def _named(router: RouterLike) -> Iterator[tuple[str, str | Placed]]:
    """Yield the names of lanes in a tree of routers, each with what says it.

    A route comes before its router, from which it may have the name.
    """
    for route in router.routes:
        name = getattr(route, "_rapide_threads", None)
        if isinstance(name, str):
            yield name, route  # type: ignore[misc]
        included: RouterLike | None = getattr(route, "original_router", None)
        if included is not None:
            yield from _named(included)
            context: InclusionLike = route.include_context  # type: ignore[attr-defined]
            if context._rapide_threads is not None:
                yield context._rapide_threads, _place_of(context)
    if router._rapide_threads is not None:
        yield router._rapide_threads, f"APIRouter(prefix={router.prefix!r})"


async def open_lanes(router: RouterLike, receive: Receive, send: Send) -> None:
    """Apply the declared lanes when the application starts.

    Raises:
        LaneError: A route names a lane that does not exist. The server has been told.
    """
    try:
        check_lanes(router)
    except LaneError as error:
        await receive()
        message = f"{type(error).__name__}: {error}"
        await send({"type": "lifespan.startup.failed", "message": message})
        raise
    lanes_of(router.dependency_overrides_provider).open()

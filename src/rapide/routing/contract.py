"""What the parts of this room need of each other, so that none has to import the one above it.

Only type checkers read these classes: nothing imports this module to serve requests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from rapide._form_limits import FormLimits
from rapide.distributed.answers.keeper import Keeper
from rapide.plan.facts import RouteFacts
from rapide.routing.frontend import FrontendGroup
from rapide.routing.frontend_paths import Directory, Fallback
from rapide.routing.inheritance import Includer
from rapide.runtime.admission import Admission
from rapide.runtime.threads import Lane


class RunnableRoute(RouteFacts, Protocol):
    """A route, as its runner needs it: declared or included, or as it was at that moment."""

    max_body_size: int | None

    @property
    def _rapide_label(self) -> str:
        """The methods and the path, for messages."""
        ...

    @property
    def _rapide_reads_form(self) -> bool:
        """Whether the body is a form."""
        ...

    @property
    def _rapide_is_generator(self) -> bool:
        """Whether the endpoint yields its answer."""
        ...

    @property
    def _rapide_own_handler_reason(self) -> str | None:
        """Why a subclass or a wrapper keeps the route on the generic path."""

    @property
    def _rapide_admission(self) -> Admission | None:
        """What holds requests to their limits; None if there are none."""

    @property
    def _rapide_keepers(self) -> tuple[Keeper, ...]:
        """What keeps the answers of the route."""
        ...

    @property
    def _rapide_guard(self) -> Callable[[ASGIApp], ASGIApp] | None:
        """What serves the requests around the route; None if nothing does."""

    @property
    def _rapide_lane(self) -> Lane | None:
        """The lane in whose threads `def` functions run; None is the default one."""

    def _rapide_make_handler(self) -> Callable[[Request], Awaitable[Response]]:
        """Make the handler of the generic path."""
        ...


class RouterLike(Includer, Protocol):
    """A router, as its dispatcher, its frontends, its lifespan and its inclusions need it."""

    default: ASGIApp
    redirect_slashes: bool
    _low_priority_routes: list[BaseRoute | FrontendGroup]

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes in order of registration."""
        ...

    @property
    def form_limits(self) -> FormLimits:
        """The limits of the forms of all routes below."""
        ...

    @property
    def _rapide_is_opaque(self) -> bool:
        """Whether the router must be asked what it matches, and serve its requests itself."""
        ...

    @property
    def _frontend_routes(self) -> FrontendGroup | None:
        """The frontends of the router itself."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request as an included router."""
        ...

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as an included router."""

    async def _rapide_serve_low_priority(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what no route matched."""

    def _rapide_has_nothing_else(self) -> bool:
        """Whether a path that no route matches is simply not found."""
        ...

    def _contains_router(self, router: RouterLike) -> bool:
        """Whether another router is included below."""
        ...

    def _get_routes_version(self) -> int:
        """Return a number that grows when routes are added or removed anywhere below."""
        ...

    async def _startup(self) -> None:
        """Run the handlers for `startup`."""

    async def _shutdown(self) -> None:
        """Run the handlers for `shutdown`."""


class AdoptingRouter(RouterLike, Protocol):
    """A router that can stand for one of FastAPI itself."""

    on_startup: list[Callable[[], object]]
    on_shutdown: list[Callable[[], object]]
    lifespan_context: Callable[[Any], AbstractAsyncContextManager[Any]]

    def frontend(
        self, path: str, *, directory: Directory, fallback: Fallback, check_dir: bool
    ) -> None:
        """Serve a built frontend below a path."""

"""The common base of declared and included routes: how they are served and described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapide._body_limit import wrap_app_with_body_limit
from rapide._once import making
from rapide.changes import changes
from rapide.generic import seams
from rapide.limits import RequestLimits
from rapide.routing.derived import DerivedFacts
from rapide.routing.keeping import make_guard
from rapide.routing.lanes import find_lane
from rapide.routing.settings import DERIVED, RouteSettings, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from rapide.plan import Plan
    from rapide.routing.runner import RouteHandler
    from rapide.runtime.admission import Admission
    from rapide.runtime.rates import RateGate
    from rapide.runtime.threads import Lane


class BaseAPIRoute(DerivedFacts):
    """A route that a runner serves, as it was declared or as it was included."""

    __slots__ = ()

    def _rapide_settle(self) -> None:
        """Compute what follows from the present settings, before one of them changes."""
        self._rapide_compute_all()
        served: object = self._rapide_runner.route
        if served is self:
            self._rapide_runner.keep(self._rapide_snapshot())  # pyright: ignore[reportArgumentType]

    def _rapide_compute_all(self) -> None:
        """Compute everything that follows from the settings."""
        with making:
            for name in DERIVED:
                getattr(self, name)

    def _rapide_snapshot(self) -> BaseAPIRoute:
        """Return the route as it is now, for later requests."""
        kept: BaseAPIRoute = object.__new__(type(self))
        kept.__dict__.update(self.__dict__)
        for name in RouteSettings.__slots__:
            if hasattr(self, name):
                object.__setattr__(kept, name, getattr(self, name))
        return kept

    def _rapide_make_handler(self) -> RouteHandler:
        """Return the handler of the generic path."""
        raise NotImplementedError

    @property
    def app(self) -> Any:
        """The route as an ASGI application, with exception handlers of its own scope.

        Another application can be assigned instead.
        """
        if getattr(self, "_rapide_app", None) is not None or not hasattr(self, "_rapide_runner"):
            return getattr(self, "_rapide_app", None)
        with making:
            if not hasattr(self, "_rapide_made_app"):
                served = self._rapide_runner.route
                handle = seams.current["request_response"](served._rapide_make_handler())
                self._rapide_made_app = wrap_app_with_body_limit(handle, served.max_body_size)
        return self._rapide_made_app

    @app.setter
    def app(self, app: Any) -> None:
        self._rapide_app = None if app is getattr(self, "_rapide_made_app", None) else app
        if hasattr(self, "_rapide_runner"):
            changes.bump_routes()

    @app.deleter
    def app(self) -> None:
        # COMPAT: `mock.patch.object` deletes what it has assigned.
        self.app = None

    @property
    def _rapide_own_handler(self) -> RouteHandler | None:
        """The handler that a subclass or a tool has made for the route; None if there is none."""
        if not hasattr(self, "_rapide_handler"):  # it was left out of a pickle
            with making:
                self._rapide_handler = self._rapide_make_own_handler()
        return self._rapide_handler

    def _rapide_make_own_handler(self) -> RouteHandler | None:
        raise NotImplementedError

    @property
    def _rapide_own_handler_reason(self) -> str | None:
        """The reason why a subclass or a wrapper keeps this route on the generic path."""
        if self._rapide_own_handler is None:
            return None
        cls = type(getattr(self, "original_route", self))
        return f"{cls.__qualname__} overrides get_route_handler"

    @property
    def _rapide_all_limits(self) -> list[RequestLimits]:
        """The limits of requests: first the route's, then the application's."""
        provider = getattr(self, "dependency_overrides_provider", None)
        of_all = getattr(provider, "_rapide_limits", None)
        return [item for item in (self._rapide_limits, of_all) if item]

    @property
    def _rapide_admission(self) -> Admission | None:
        """The object that enforces the limits of requests; None if there are no limits."""
        with making:
            if not hasattr(self, "_rapide_made_admission"):
                self._rapide_made_admission = self._rapide_make_admission()
        return self._rapide_made_admission

    def _rapide_make_admission(self) -> Admission | None:
        if not self._rapide_all_limits:
            return None
        # PERF: import. Most applications have no limits.
        from rapide.runtime.admission import Admission, Gate

        gates = [] if self._rapide_limits is None else [Gate(self._rapide_limits)]
        provider: Any = getattr(self, "dependency_overrides_provider", None)
        if getattr(provider, "_rapide_limits", None) is not None:
            gates.append(provider._rapide_gate)
        return Admission(self._rapide_all_limits, gates, self._rapide_make_rate_gate(provider))

    def _rapide_make_rate_gate(self, provider: Any) -> RateGate | None:
        if not any(limits.rates for limits in self._rapide_all_limits):
            return None
        from rapide.runtime.rates import RateGate, place, rates_of

        shared = rates_of(provider)
        own = () if self._rapide_limits is None else self._rapide_limits.rates
        return RateGate([*place(own, self._rapide_label, shared.memory), *shared.placed])

    @property
    def _rapide_guard(self) -> Callable[[ASGIApp], ASGIApp] | None:
        """What serves the requests around the route; None if nothing does.

        An endpoint may be marked with it, and kept answers need it.
        """
        guard: Callable[[ASGIApp], ASGIApp] | None
        guard = getattr(self.endpoint, "__rapide_guard__", None)
        if not self._rapide_keepers:
            return guard
        with making:
            if not hasattr(self, "_rapide_made_guard"):
                self._rapide_made_guard = make_guard(self, guard)
        return self._rapide_made_guard

    @property
    def _rapide_kept(self) -> str:
        """What keeps the answers of the route, as text; empty if nothing does."""
        return "; ".join(f"{keeper.option} {keeper}".strip() for keeper in self._rapide_keepers)

    @property
    def _rapide_lane(self) -> Lane | None:
        """The lane in whose threads `def` functions run; None is the default one.

        Raises:
            LaneError: The application does not declare the lane.
        """
        with making:
            if not hasattr(self, "_rapide_kept_lane"):
                self._rapide_kept_lane = find_lane(self)
        return self._rapide_kept_lane

    @shown
    def fallback_reason(self) -> str | None:
        """The reason for the generic path; None if the route is compiled."""
        fallback = self._rapide_runner.fallback
        return None if fallback is None else fallback.sentence

    @shown
    def source(self) -> str | None:
        """The generated source of the handler; None on the generic path."""
        compiled = self._rapide_runner.inspect()
        return compiled.source if compiled else None

    @shown
    def direct_source(self) -> str | None:
        """The generated source for our own HTTP/1.1 transport; None on the generic path."""
        compiled = self._rapide_runner.inspect()
        return compiled.direct_source if compiled else None

    @shown
    def plan(self) -> Plan | None:
        """The plan of each request, step by step; None on the generic path."""
        compiled = self._rapide_runner.inspect()
        return compiled.plan if compiled else None

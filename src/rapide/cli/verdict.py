"""Describe how the requests of a route are executed: compiled or generic, direct or by ASGI."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.routing import BaseRoute, Host, Mount, WebSocketRoute

from rapide.cli.failures import said, shortened
from rapide.cli.undefined import undefined_names
from rapide.direct.eligibility import GENERIC, NO_API_ROUTE
from rapide.direct.verdict import reasons_for
from rapide.http11.outcomes import Reason
from rapide.routing import APIRoute, RouteContext
from rapide.routing.pages import DocumentPages

#: Why a route is not compiled that is not one of ours. Nothing can be done if there is no advice.
FASTAPIS_OWN = Reason(
    "a route of FastAPI itself (see --as-fastapi)",
    "let Rapide stand in for FastAPI, or import from rapide",
)
_PAGE = Reason("a page of the documentation", "")
_WEBSOCKET = Reason("a WebSocket", "")
_MOUNTED = Reason("another application", "")


@dataclass(frozen=True)
class Verdict:
    """How the requests of a route are executed.

    Attributes:
        kind: `compiled`, `generic`, or `not compiled` for what cannot be compiled.
        fallback: Why it is not compiled.
        by_asgi: The reasons why requests are answered by ASGI; empty if they are answered directly.
    """

    kind: str
    fallback: Reason | None
    by_asgi: tuple[Reason, ...]

    @property
    def is_compiled(self) -> bool:
        """Whether the route is compiled."""
        return self.kind == "compiled"

    @property
    def reason(self) -> str | None:
        """Why it is not compiled, in one sentence."""
        return None if self.fallback is None else self.fallback.sentence

    @property
    def told_reasons(self) -> list[Reason]:
        """The reasons for ASGI other than that the route is not compiled."""
        return [reason for reason in self.by_asgi if reason not in _FOLLOWING]


#: Reasons that follow from not being compiled, so that they are not repeated.
_FOLLOWING = (GENERIC, NO_API_ROUTE)


def verdict_of(app: object, route: RouteContext, *, is_mounted: bool = False) -> Verdict:
    """Return how the requests of a route are executed; `app` is the application that has it."""
    original = route.original_route
    if not isinstance(original, APIRoute):
        return Verdict("not compiled", _what_else(original), (NO_API_ROUTE,))
    try:
        outlook = route._rapide_runner.foresee()
        fallback = _placed(outlook.reason, route)
        by_asgi = tuple(reasons_for(app, route, outlook, is_mounted=is_mounted))
    except Exception as error:  # the declarations of an inclusion are read only now
        reason = Reason(f"it cannot be served: {said(error)}", "correct its declaration")
        return Verdict("generic", reason, (GENERIC,))
    return Verdict("compiled" if fallback is None else "generic", fallback, by_asgi)


def _what_else(route: BaseRoute) -> Reason:
    """Return why a route that is not an API route is not compiled."""
    if is_fastapis(route):
        return FASTAPIS_OWN
    if isinstance(route, Mount | Host):
        return _MOUNTED
    if isinstance(route, WebSocketRoute):
        return _WEBSOCKET
    if isinstance(getattr(getattr(route, "endpoint", None), "__self__", None), DocumentPages):
        return _PAGE
    name = type(route).__name__
    return Reason(f"{name} is not an API route", "declare it with app.get() or the like")


def advice_on_roads(verdicts: Iterable[Verdict]) -> list[str]:
    """Return advice, one sentence for each reason why a route is not compiled or not direct."""
    given = list(verdicts)
    generic = dict.fromkeys(verdict.fallback for verdict in given if verdict.fallback is not None)
    by_asgi = dict.fromkeys(reason for verdict in given for reason in verdict.told_reasons)
    return [
        *(f"Not compiled, as {item.sentence}: {item.advice}." for item in generic if item.advice),
        *(f"By ASGI, as {item.sentence}: {item.advice}." for item in by_asgi),
    ]


def is_fastapis(thing: object) -> bool:
    """Return whether an application or a route is FastAPI's own, not Rapide's under its name."""
    packages = {kind.__module__.partition(".")[0] for kind in type(thing).__mro__}
    # Our classes are subclasses of FastAPI's if both are loaded.
    return "fastapi" in packages and "rapide" not in packages


def _placed(reason: Reason | None, route: RouteContext) -> Reason | None:
    """Return why a route takes the generic path, with the place of a name that is not defined."""
    if reason is not None and "undefined name" in reason.sentence:
        places = (shortened(item.place) for item in undefined_names(route))
        place = next(filter(None, places), "")
        return Reason(f"{reason.sentence} ({place})", reason.advice) if place else reason
    return reason

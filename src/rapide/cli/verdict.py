"""Describe how the requests of a route are executed: compiled or generic, direct or by ASGI."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text

from rapide.cli.failures import said, shortened
from rapide.cli.undefined import undefined_names
from rapide.direct.eligibility import GENERIC, NO_API_ROUTE
from rapide.direct.verdict import reasons_for
from rapide.http11.outcomes import Reason
from rapide.routing import APIRoute, RouteContext

#: Why a route of FastAPI is not compiled.
FASTAPIS_OWN = "a route of FastAPI itself (see --as-fastapi)"


@dataclass(frozen=True)
class Verdict:
    """How the requests of a route are executed.

    Attributes:
        kind: `compiled`, `generic`, or `not compiled` for what cannot be compiled.
        reason: Why it is not compiled.
        by_asgi: The reasons why requests are answered by ASGI; empty if they are answered directly.
    """

    kind: str
    reason: str | None
    by_asgi: tuple[Reason, ...]

    @property
    def is_compiled(self) -> bool:
        """Whether the route is compiled."""
        return self.kind == "compiled"

    @property
    def told_reasons(self) -> list[Reason]:
        """The reasons for ASGI other than that the route is not compiled."""
        return [reason for reason in self.by_asgi if reason not in _FOLLOWING]

    def __rich__(self) -> Text:
        """Return the verdict in one line."""
        road = "by ASGI" if self.by_asgi else "direct"
        style = "dim" if self.kind == "not compiled" else "yellow" if self.by_asgi else "green"
        reasons = [] if self.reason is None else [self.reason]
        reasons += [reason.sentence for reason in self.told_reasons]
        text = Text(f"{self.kind}, {road}", style=style)
        return text.append(f": {'; '.join(reasons)}", style="default") if reasons else text


#: Reasons that follow from not being compiled, so that they are not repeated.
_FOLLOWING = (GENERIC, NO_API_ROUTE)


def verdict_of(app: object, route: RouteContext, *, is_mounted: bool = False) -> Verdict:
    """Return how the requests of a route are executed; `app` is the application that has it."""
    original = route.original_route
    if not isinstance(original, APIRoute):
        kind = FASTAPIS_OWN if is_fastapis(original) else type(original).__name__
        return Verdict("not compiled", kind, (NO_API_ROUTE,))
    try:
        reason = reason_of(route)
        by_asgi = tuple(reasons_for(app, route, is_mounted=is_mounted))
    except Exception as error:  # the declarations of an inclusion are read only now
        return Verdict("generic", f"it cannot be served: {said(error)}", (GENERIC,))
    return Verdict("compiled" if reason is None else "generic", reason, by_asgi)


def advice_on_roads(verdicts: Iterable[Verdict]) -> list[str]:
    """Return advice, one sentence for each reason why requests are answered by ASGI."""
    told = dict.fromkeys(reason for verdict in verdicts for reason in verdict.told_reasons)
    return [f"By ASGI, as {reason.sentence}: {reason.advice}." for reason in told]


def is_fastapis(thing: object) -> bool:
    """Return whether an application or a route is FastAPI's own, not Rapide's under its name."""
    packages = {kind.__module__.partition(".")[0] for kind in type(thing).__mro__}
    # Our classes are subclasses of FastAPI's if both are loaded.
    return "fastapi" in packages and "rapide" not in packages


def reason_of(route: RouteContext) -> str | None:
    """Return why a route takes the generic path.

    Raises:
        Exception: What keeps the route from being served at all.
    """
    reason: str | None = route.fallback_reason
    if reason is not None and "undefined name" in reason:
        places = (shortened(item.place) for item in undefined_names(route))
        place = next(filter(None, places), "")
        return f"{reason} ({place})" if place else reason
    return reason

"""The table of rules: the identifier of each one, its severity, and what it finds."""

from typing import NamedTuple

from rapide.contracts.findings import Finding, Severity


class Rule(NamedTuple):
    """A kind of mistake.

    Attributes:
        severity: How bad it is.
        summary: What it finds, in one sentence without a full stop.
        milder: The severity of findings that may be harmless, if there are such.
    """

    severity: Severity
    summary: str
    milder: Severity | None = None


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

#: The rules by identifier. People write the identifiers into configurations: they never change.
RULES = {
    "duplicate-route": Rule(_ERROR, "an earlier route has the same paths and methods"),
    "unreachable-route": Rule(_ERROR, "an earlier route takes every request of this one"),
    "partly-unreachable-route": Rule(
        _WARNING, "an earlier route takes every request of some of its methods"
    ),
    "hidden-documentation": Rule(
        _WARNING, "the pages of another application hide those of a mounted one"
    ),
    "replaced-operation": Rule(
        _ERROR, "the document shows another operation than the one that answers first"
    ),
    "shared-operation-id": Rule(_WARNING, "two operations of the document have one id"),
    "misspelt-path-parameter": Rule(
        _ERROR, "nothing takes a path parameter, and a query parameter has a similar name"
    ),
    "body-of-read": Rule(_ERROR, "a route for GET or HEAD reads a body", _WARNING),
    "differing-parameter": Rule(
        _WARNING, "one route declares a query parameter twice, with other defaults or types"
    ),
    "path-without-slash": Rule(_ERROR, "a path does not begin with a slash"),
    "uncalled-decorator": Rule(_ERROR, "a decorator such as @app.get is not called"),
    "unincluded-router": Rule(
        _ERROR, "a router has routes, and no application includes it", _WARNING
    ),
    "wrong-lifespan": Rule(_ERROR, "a lifespan is not an async context manager"),
    "dependency-cycle": Rule(_ERROR, "a dependency depends on itself"),
    "outlived-scope": Rule(_ERROR, "a dependency uses another one that has ended before it"),
    "blocking-call": Rule(
        _ERROR, "async code calls something that blocks the event loop", _WARNING
    ),
    "unawaited-coroutine": Rule(_ERROR, "async code calls an async function and never awaits it"),
    "swallowed-exception": Rule(
        _ERROR, "a dependency with yield catches an exception and does not raise it again"
    ),
    "undefined-name": Rule(_ERROR, "an annotation needs a name that is not defined"),
    "wrong-declaration": Rule(_ERROR, "a route or a parameter is declared as cannot be served"),
    "failing-import": Rule(_ERROR, "the code of the application fails while it is imported"),
    "failing-route": Rule(_ERROR, "code of the application fails while a route is prepared"),
    "failing-document": Rule(_ERROR, "the OpenAPI document cannot be made"),
}


def finding(
    rule: str,
    message: str,
    advice: str,
    *,
    route: str = "",
    place: str = "",
    chain: tuple[str, ...] = (),
    routes: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    severity: Severity | None = None,
) -> Finding:
    """Return a finding of one of the rules; see `Finding` for the arguments."""
    severity = severity or RULES[rule].severity
    routes = routes or ((route,) if route else ())
    routes = tuple(filter(None, routes))
    return Finding(rule, severity, routes, place, message, advice, chain, also)

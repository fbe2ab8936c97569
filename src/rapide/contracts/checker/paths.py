"""Paths without their slash."""

import re
from collections.abc import Iterator

from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject, place_of
from rapide.contracts.findings import Finding
from rapide.routing import APIRouter
from rapide.routing.included_router import IncludedRouter

#: The beginning of a path that was meant to begin with a slash; not that of `.json` or `:batch`.
_WORD = re.compile(r"[\w{]")


def paths_without_slash(subject: Subject) -> Iterator[Finding]:
    """Find paths that do not begin with a slash, also behind the prefix of a router."""
    served = {id(item.original): item for item in subject.routes}
    for router in _routers(subject):
        for route in router.routes:
            path = getattr(route, "path", None)
            item = served.get(id(route))
            if not isinstance(path, str) or item is None:
                continue
            own = path.removeprefix(router.prefix)
            if _WORD.match(own):
                yield _described(item, own)


def _routers(subject: Subject) -> Iterator[APIRouter]:
    """Yield all routers that are served, each once."""
    seen: set[int] = set()
    pending = [router for app in subject.applications if (router := _router_of(app))]
    while pending:
        router = pending.pop(0)
        if id(router) in seen:
            continue
        seen.add(id(router))
        yield router
        for route in router.routes:
            if isinstance(route, IncludedRouter) and isinstance(route.original_router, APIRouter):
                pending.append(route.original_router)


def _router_of(app: object) -> APIRouter | None:
    router = app if isinstance(app, APIRouter) else getattr(app, "router", None)
    return router if isinstance(router, APIRouter) else None


def _described(item: CheckedRoute, own: str) -> Finding:
    if item.path.startswith("/"):
        problem = f"the path {own!r} has no slash, so with its prefix it is {item.path}"
    else:
        problem = f"the path {own!r} has no slash at its beginning, so no request matches it"
    return finding(
        "path-without-slash",
        problem,
        f"write {'/' + own!r}",
        route=item.label,
        place=place_of(item.route.endpoint),
    )

"""Let the applications of this process answer with pages. Only `rapide dev` calls this."""

from __future__ import annotations

import logging
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Host, Mount

from rapide.routing import pages
from rapide.scope_keys import APP
from rapide.stack import build
from rapide.stack.console_layer import make_console_layer

#: An attribute of applications of Rapide, whose layers look for the page themselves.
OWN_STACK: Final = "_rapide_build_stack_once"

_errors: Final = logging.getLogger("uvicorn.error")


def install_pages() -> None:
    """Answer exceptions that no handler of an application takes, and documents that fail.

    PERF: reload. The pages are imported when the first one is needed.
    """
    build.default_handler = answer_unhandled
    pages.answer_failure = answer_document


def install_in(app: object) -> None:
    """Answer exceptions with pages in applications of Starlette and FastAPI, also mounted ones."""
    waiting, seen = [app], {id(app)}
    while waiting:
        found: Any = waiting.pop()
        if isinstance(found, Starlette) and not hasattr(found, OWN_STACK):
            _install_in_one(found)
        for route in getattr(found, "routes", None) or ():
            # An application may be mounted in itself.
            if isinstance(route, Mount | Host) and id(route.app) not in seen:
                seen.add(id(route.app))
                waiting.append(route.app)


def _install_in_one(app: Starlette) -> None:
    if not {500, Exception} & {*app.exception_handlers}:
        app.exception_handlers[Exception] = answer_unhandled


def install_console(app: object) -> None:
    """Put the console around an application of Starlette, FastAPI or Rapide that has none."""
    if isinstance(app, Starlette) and getattr(app, "_rapide_console", None) is not False:
        if hasattr(app, "_rapide_console"):
            setattr(app, "_rapide_console", None)  # noqa: B010 - Starlette has none
        app.user_middleware.insert(0, make_console_layer(is_developing=True))


async def answer_unhandled(request: Request, error: Any) -> Response:
    """Return the page of an exception, or the problem document that a program expects."""
    from rapide.development.accepted import accepted_form
    from rapide.development.page import ErrorPage

    problems = getattr(request.scope.get(APP), "_rapide_problems", None)
    if problems is not None and accepted_form(request.headers.get("accept", "")) == "json":
        response: Response = await problems.answer_unhandled(request, error)
        return response
    return ErrorPage(request, error)


def answer_document(request: Request, error: Exception) -> Response:
    """Return the page that says why there is no document, and log the exception."""
    from rapide.development.page import ErrorPage

    _errors.error("The OpenAPI document cannot be made", exc_info=error)
    return ErrorPage(
        request,
        error,
        title="The OpenAPI document cannot be made",
        advice="Without it, this page has nothing to show. The routes are served as usual.",
    )

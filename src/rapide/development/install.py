"""Let the applications of this process answer with pages. Only `rapide dev` calls this."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response

from rapide.routing import pages
from rapide.stack import build

_errors = logging.getLogger("uvicorn.error")


def install_pages() -> None:
    """Answer exceptions that no handler of an application takes, and documents that fail.

    PERF: reload. The pages are imported when the first one is needed.
    """
    build.default_handler = answer_unhandled
    pages.answer_failure = answer_document


async def answer_unhandled(request: Request, error: Exception) -> Response:
    """Return the page of an exception."""
    from rapide.development.page import ErrorPage

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

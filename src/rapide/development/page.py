"""The answer to a request that has failed with an exception nobody has handled."""

from __future__ import annotations

import json
from functools import partial
from secrets import token_urlsafe
from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from rapide.development.accepted import Form, accepted_form
from rapide.development.failures import FailureReader
from rapide.development.html_page import as_html
from rapide.development.masking import Secrets
from rapide.development.report import Report
from rapide.development.requests import request_facts
from rapide.development.starts import reloading_script
from rapide.development.steps import hide_in_route, route_facts
from rapide.development.text_page import as_text

TITLE: Final = "500 Internal Server Error"


def read_report(
    error: BaseException, request: Request | None = None, *, title: str = TITLE, advice: str = ""
) -> Report:
    """Return what is known of an exception and of the request that it has ended."""
    secrets = Secrets()
    facts = None if request is None else request_facts(request, secrets)
    route = None if request is None else route_facts(error, request.scope, secrets)
    chain = FailureReader(secrets).read(error)
    if route is not None:
        hide_in_route(route, secrets)
    return Report(title, advice, chain, facts, route)


def respond(
    report: Report, form: Form, status: int, script: str = "", headers: dict[str, str] | None = None
) -> Response:
    """Return a report in the form that the client wants."""
    # The page loads nothing, and runs nothing but its own script.
    nonce = token_urlsafe(16)
    allowed = f"; script-src 'nonce-{nonce}'; connect-src 'self'" if script else ""
    fields = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **(headers or {}),
    }
    if form == "html":
        policy = f"default-src 'none'; style-src 'unsafe-inline'{allowed}; img-src data:"
        fields["content-security-policy"] = policy
        return HTMLResponse(_sendable(as_html(report, script, nonce)), status, fields)
    if form == "json":
        content = json.dumps({"detail": report.headline, **report.as_data()})  # all of it ASCII
        return Response(content, status, fields, "application/json")
    return PlainTextResponse(_sendable(as_text(report)), status, fields)


def _sendable(text: str) -> bytes:
    """Return a text as UTF-8. A value may contain halves of characters."""
    return text.encode("utf-8", "backslashreplace")


class ErrorPage(Response):
    """A response that reads the exception when it is sent, in a thread.

    Args:
        request: The request.
        error: The exception.
        title: What has happened, in a few words.
        advice: What to do about it.
    """

    def __init__(
        self, request: Request, error: Exception, *, title: str = TITLE, advice: str = ""
    ) -> None:
        super().__init__(status_code=500)
        self._form: Form = accepted_form(request.headers.get("accept", ""))
        self._read = partial(read_report, error, request, title=title, advice=advice)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The threads of the application may all be busy, perhaps for ever.
        limiter = CapacityLimiter(1)
        report = await anyio.to_thread.run_sync(self._read, limiter=limiter)
        del self._read  # it holds the exception, whose traceback holds this
        script = "" if self._form != "html" else reloading_script(scope["method"])
        await respond(report, self._form, self.status_code, script)(scope, receive, send)

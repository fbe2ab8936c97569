"""Make and send the responses of compiled routes that are not plain bytes."""

from __future__ import annotations

from typing import Any

from starlette.background import BackgroundTask
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rapide._statuses import allows_body
from rapide.runtime.errors import tracking_send
from rapide.runtime.inline import own_task, sends_at_once


def empty_response() -> Response:
    """Make the response whose headers and status dependencies and endpoints may set."""
    # PERF: response-and-background. `Response()` would render a body and make headers for it.
    response = Response.__new__(Response)
    response.body = b""
    response.background = None
    raw: list[tuple[bytes, bytes]] = []
    response.raw_headers = raw
    # COMPAT: in FastAPI 0.165 these headers are those that are sent, whatever is assigned to
    # `raw_headers` later.
    response._headers = headers = MutableHeaders.__new__(MutableHeaders)
    headers._list = raw
    response.status_code = None  # type: ignore[assignment]
    return response


def without_body(
    status: int, content: bytes, head: list[tuple[bytes, bytes]]
) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return content and head for a status that may forbid a body, as Starlette's responses do."""
    if allows_body(status):
        return content, head
    # COMPAT: FastAPI 0.165 empties the body of a 205, whose Content-Length stays.
    return b"", head if status == 205 else head[1:]


async def send_response(
    response: Response,
    background: BackgroundTask | None,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Send a response object that an endpoint returned.

    If it has no background tasks of its own, it gets those of the request.
    """
    if background is not None and response.background is None:
        response.background = background
    if not sends_at_once(response):
        await own_task(scope)
    await response(scope, receive, tracking_send(scope, send))


def build_response(
    render: type[Response],
    content: object,
    status: int | None,
    media_type: str | None,
    injected: Response | None,
    background: object,
) -> Response:
    """Make a response of the declared class, with the changes of the injected response."""
    options = _response_options(status, injected, background)
    if media_type is not None:
        options["media_type"] = media_type
    response = render(content, **options)
    if not allows_body(response.status_code):
        response.body = b""
    _add_headers(response, injected)
    return response


def build_stream(
    render: type[Response],
    content: object,
    status: int | None,
    injected: Response | None,
    background: object,
) -> Response:
    """Make a response of a class that gets the items of a generator endpoint."""
    response = render(content=content, **_response_options(status, injected, background))
    _add_headers(response, injected)
    return response


def _add_headers(response: Response, injected: Response | None) -> None:
    if injected is not None:
        response.headers.raw.extend(injected.headers.raw)
    elif type(type(response)) is not type or type(response).headers is not Response.headers:
        # COMPAT: FastAPI 0.165 adds no headers then, but a user's class can observe the access.
        response.headers.raw.extend(())


def _response_options(
    status: int | None, injected: Response | None, background: object
) -> dict[str, Any]:
    options: dict[str, object] = {"background": background}
    if injected is not None and injected.status_code:
        status = injected.status_code
    if status:
        options["status_code"] = status
    return options

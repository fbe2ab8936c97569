"""The request object of a route: made when code of users asks for it, at the latest by a handler.

FastAPI makes one request object per request to a route. Dependencies, the endpoint and the
exception handlers of the route get that one, with the body that was read through it. Compiled code
makes it only when somebody needs it. Until then the scope keeps what was read of the body.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rapide.runtime.bodies import keep_json

#: Scope key of the request object, or of what it would have kept: a form, or the bytes of the body
#: with what they were decoded to.
KEPT: Final = "rapide.request"


def show_request(scope: Scope, receive: Receive, send: Send) -> Request:
    """Make the request object for code of users.

    It keeps its headers, query and cookies from now on. FastAPI has looked at them before any other
    code can change the scope.
    """
    request = scope[KEPT] = Request(scope, receive, send)
    # Making them is what these properties do when they are asked for first.
    request.headers  # noqa: B018
    request.query_params  # noqa: B018
    request.cookies  # noqa: B018
    return request


def request_of(scope: Scope, receive: Receive, send: Send) -> Request:
    """The request object of the route that served this scope last."""
    kept: Any = scope.get(KEPT)
    if isinstance(kept, Request):
        return kept
    request = scope[KEPT] = Request(scope, receive, send)
    if isinstance(kept, FormData):
        keep_form(request, kept)
    elif isinstance(kept, tuple):
        keep_body(request, *kept)
    return request


def keep_body(request: Request, raw: bytes, body: Any) -> None:
    """Let a request know its body, and what that was decoded to."""
    request._body = raw
    request._stream_consumed = True
    keep_json(request, raw, body)


def keep_form(request: Request, form: FormData) -> None:
    """Let a request know the form that was read from its body."""
    request._form = form
    request._stream_consumed = True


def shown_query_values(request: Request) -> dict[str, str]:
    """The query of a request that code of users has; of a repeated name the last value counts."""
    return request.query_params._dict


def shown_query_lists(request: Request) -> dict[str, list[str]]:
    """The same as a mapping from each name to all its values, in order."""
    values: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        values.setdefault(name, []).append(value)
    return values

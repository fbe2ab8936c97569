"""The request object of a route: made when code of users asks for it, at the latest by a handler.

FastAPI makes one request object per request to a route. Dependencies, the endpoint and the
exception handlers of the route get that one, with the body that was read through it. Compiled code
makes it only when somebody needs it. Code of users that has the request also sees its scope, which
is to hold nothing that FastAPI's does not. So the request is kept by the exit stack for files,
which is in the scope anyway. While nobody has the request, the scope keeps what was read of a body.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from starlette.datastructures import FormData, Headers, QueryParams
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rapide.runtime.bodies import keep_json
from rapide.runtime.extraction import cookie_values, query_pairs
from rapide.scope_keys import FILE_STACK, KEPT_BODY


class FileStack(AsyncExitStack):
    """The exit stack for files of forms. It keeps the route's request object, or its form."""

    kept: Request | FormData | None = None


def show_request(scope: Scope, receive: Receive, send: Send) -> Request:
    """Make the request object for code of users.

    It keeps its headers, query and cookies from now on. FastAPI has looked at them before any other
    code can change the scope.
    """
    request = Request(scope, receive, send)
    # PERF: response-and-background. The same as asking for each, without taking every step of it.
    request._headers = headers = Headers.__new__(Headers)
    headers._list = fields = scope["headers"] = list(scope["headers"])
    request._query_params = query = QueryParams.__new__(QueryParams)
    query._list = query_pairs(scope["query_string"])
    query._dict = dict(query._list)
    request._cookies = cookie_values(fields)
    return request


def request_of(scope: Scope, receive: Receive, send: Send) -> Request:
    """The request object of the route that serves this scope."""
    kept_body = scope.pop(KEPT_BODY, None)
    kept = getattr(scope.get(FILE_STACK), "kept", None)
    if isinstance(kept, Request):
        return kept
    request = Request(scope, receive, send)
    if kept is not None:
        keep_form(request, kept)
    elif kept_body is not None:
        keep_body(request, *kept_body)
    return request


def forget(scope: Scope) -> None:
    """Forget the request: a middleware may serve the same scope again."""
    scope.pop(KEPT_BODY, None)
    scope.pop(FILE_STACK, None)


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

"""The request object of a route, made when user code or an exception handler needs it.

FastAPI makes one request object per request to a route. Dependencies, the endpoint and the
exception handlers of the route get that object, with the body that was read through it. Compiled
code makes it only if it is needed. User code that has the request also sees its scope, which must
contain nothing that FastAPI's scope does not have. So the exit stack for files, which is in the
scope anyway, keeps the request. As long as there is no request object, the scope keeps the body.
"""

from __future__ import annotations

from collections import deque
from contextlib import AsyncExitStack
from types import TracebackType

from starlette.datastructures import FormData, Headers, QueryParams
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rapide.runtime.bodies import keep_json
from rapide.runtime.extraction import cookie_values
from rapide.runtime.query_string import query_pairs
from rapide.scope_keys import FILE_STACK, KEPT_BODY


class ScopeStack(AsyncExitStack):
    """An exit stack in the scope of a request. Nearly all stay empty, for which there is no work.

    Attributes:
        entered: The exits, from the first one on; None before.
    """

    # PERF: request. `_exit_callbacks` is where the base class of every Python keeps them.
    __slots__ = ("entered",)

    def __init__(self) -> None:
        self.entered: deque[object] | None = None

    @property
    def _exit_callbacks(self) -> deque[object]:
        entered = self.entered
        if entered is None:
            entered = self.entered = deque()
        return entered

    @_exit_callbacks.setter
    def _exit_callbacks(self, entered: deque[object]) -> None:
        self.entered = entered

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool:
        return bool(self.entered) and bool(await super().__aexit__(kind, error, traceback))


class FileStack(ScopeStack):
    """The exit stack for files of forms. It also keeps the route's request object or its form."""

    kept: Request | FormData | None = None


def show_request(scope: Scope, receive: Receive, send: Send) -> Request:
    """Make the request object for user code.

    Its headers, query and cookies are fixed from now on, because FastAPI has read them before other
    code can change the scope.
    """
    request = show_headers(scope, receive, send)
    show_parameters(request)
    return request


def show_headers(scope: Scope, receive: Receive, send: Send) -> Request:
    """Make the request object for user code, but fix only its headers.

    FastAPI reads the query and the cookies after the body, and not at all if that fails.
    """
    request = Request(scope, receive, send)
    # PERF: response-and-background. The effect is that of reading each property, in fewer steps.
    request._headers = headers = Headers.__new__(Headers)
    headers._list = scope["headers"] = list(scope["headers"])
    return request


def show_parameters(request: Request) -> None:
    """Fix the query and the cookies of a request object."""
    scope = request.scope
    request._query_params = query = QueryParams.__new__(QueryParams)
    query._list = query_pairs(scope["query_string"])
    query._dict = dict(query._list)
    request._cookies = cookie_values(request.headers.raw)


def request_of(
    scope: Scope, receive: Receive, send: Send, *, parameters_were_read: bool = True
) -> Request:
    """Return the request object of the route that serves this scope.

    `parameters_were_read` says that the route came to its parameters before it failed.
    """
    kept_body = scope.pop(KEPT_BODY, None)
    kept = getattr(scope.get(FILE_STACK), "kept", None)
    if isinstance(kept, Request):
        if parameters_were_read and kept._form is not None and not hasattr(kept, "_cookies"):
            show_parameters(kept)  # only the form, which could be parsed, was read through it
        return kept
    make = show_request if parameters_were_read else Request
    request = make(scope, receive, send)
    if kept is not None:
        keep_form(request, kept)
    elif kept_body is not None:
        keep_body(request, *kept_body)
    return request


def forget(scope: Scope) -> None:
    """Forget the request, because a middleware may serve the same scope again."""
    scope.pop(KEPT_BODY, None)
    scope.pop(FILE_STACK, None)


def release_request(scope: Scope) -> None:
    """Forget the request object of a scope that has been served.

    The request knows its scope. As a cycle they would keep the body until the next collection.
    """
    stack = scope.get(FILE_STACK)
    if type(stack) is FileStack:
        stack.kept = None


def keep_body(request: Request, raw: bytes, body: object) -> None:
    """Store the body and its decoded value in a request."""
    request._body = raw
    request._stream_consumed = True
    keep_json(request, raw, body)


def keep_form(request: Request, form: FormData) -> None:
    """Store the form that was read from the body in a request."""
    request._form = form
    request._stream_consumed = True


def shown_query_values(request: Request) -> dict[str, str]:
    """Return the query of a request that user code has, with the last value of a repeated name."""
    return request.query_params._dict


def shown_query_lists(request: Request) -> dict[str, list[str]]:
    """Return the same query as a mapping from each name to all its values, in order."""
    values: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        values.setdefault(name, []).append(value)
    return values

"""Where compiled code and the generic path meet."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Protocol

from starlette.datastructures import FormData, Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rapide.exceptions import RequestValidationError, ResponseValidationError
from rapide.generic.bodies import request_body_to_args
from rapide.generic.handler import FILE_STACK, request_context, run_handler
from rapide.generic.parameters import request_params_to_args
from rapide.generic.solve import CLEANUP_SCOPES, FUNCTION_STACK, JOURNAL, REQUEST_STACK, Journal
from rapide.runtime import instrumentation
from rapide.runtime.errors import tracking_send
from rapide.runtime.extraction import MISSING, ValueMissing, cookie_values
from rapide.runtime.forms import keep_form
from rapide.runtime.inline import own_task
from rapide.schema import ModelField, Undefined, ValidationError
from rapide.schema.errors import relocate_errors
from rapide.signature.models import Dependant

Overrides = Mapping[Callable[..., Any], Callable[..., Any]]


class Explained(Protocol):
    """What is asked of a route to say what is wrong with a request."""

    @property
    def dependant(self) -> Dependant: ...

    @property
    def _embed_body_fields(self) -> bool: ...


async def finish(
    route: Explained,
    handler: Callable[[Request], Awaitable[Response]],
    overrides: Overrides,
    scope: Scope,
    receive: Receive,
    send: Send,
    results: list[Any],
    *,
    request: Request | None = None,
    response: Response | None = None,
    background: Any = None,
    raw_body: bytes | None = None,
    body: Any = MISSING,
    error: Exception | None = None,
    cleanup_scope: Any = None,
    open_span: Any = None,
    file_stack: AsyncExitStack | None = None,
    request_stack: AsyncExitStack | None = None,
    function_stack: AsyncExitStack | None = None,
) -> None:
    """Finish a request that compiled code began.

    `error` is that of the only parameter, if the request has one, and it is the whole body.
    `results` are those of the dependencies called so far, which are not called again. The request
    continues inside the exit stacks and the span that compiled code has opened.
    """
    is_observed = instrumentation.active.current() is not instrumentation.UNOBSERVED
    if not route.dependant.dependencies and not is_observed:
        with _Unrelated():
            await refuse(route, scope, raw_body, body, error)
    await own_task(scope)
    if request is None:
        request = _request_with(Request(scope, receive, send), raw_body, body)
    if open_span is not None:
        scope[instrumentation.OPEN_SPAN] = open_span
    scope[JOURNAL] = Journal(iter(results), len(results), overrides, response, background)
    tracked = tracking_send(scope, send)
    async with AsyncExitStack() as own:
        if file_stack is None:
            file_stack = await own.enter_async_context(AsyncExitStack())
        scope[FILE_STACK] = file_stack
        if request_stack is None and function_stack is None:
            await run_handler(partial(_run, handler), request, scope, receive, tracked)
            return
        if request_stack is None:
            request_stack = await own.enter_async_context(AsyncExitStack())
        if function_stack is None:
            function_stack = await own.enter_async_context(AsyncExitStack())
        scope[REQUEST_STACK], scope[FUNCTION_STACK] = request_stack, function_stack
        if cleanup_scope is not None:
            scope[CLEANUP_SCOPES] = {request_stack: cleanup_scope}
        answer = await _run(handler, request)
        await function_stack.aclose()
        await answer(scope, receive, tracked)


class _Unrelated:
    """Keeps the exception that is handled outside from being the context of those raised inside.

    It is how compiled code noticed that something is wrong; FastAPI has no such exception.
    """

    def __enter__(self) -> None:
        self.handled = sys.exception()

    def __exit__(self, kind: object, raised: BaseException | None, traceback: object) -> None:
        while raised is not None:
            if raised.__context__ is self.handled:
                raised.__context__ = None
            raised = raised.__context__


async def _run(handler: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    with _Unrelated():
        return await handler(request)


def _request_with(request: Request, raw_body: bytes | None, body: Any) -> Request:
    """A request that knows what compiled code has read from it."""
    if raw_body is not None:
        request._body = raw_body
    if isinstance(body, FormData):
        keep_form(request, body)
    return request


async def refuse(
    route: Explained,
    scope: Scope,
    raw_body: bytes | None,
    body: Any,
    error: Exception | None = None,
) -> None:
    """Raise the errors of a request to a route without dependencies.

    PERF: invalid. Nothing can happen between reading and refusing, so that no exit stacks, no
    journal and no request object are needed. Where the body is all that a request consists of,
    `error` is what is wrong with it.

    Raises:
        RequestValidationError: Something is wrong with the parameters.
    """
    if raw_body and body is MISSING:
        return  # it is not the JSON it says it is: the generic path says where
    dependant = route.dependant
    errors: list[Any] = []
    if dependant.path_params:
        errors += request_params_to_args(dependant.path_params, scope["path_params"])[1]
    if dependant.query_params:
        query = QueryParams(scope["query_string"])
        errors += request_params_to_args(dependant.query_params, query)[1]
    if dependant.header_params:
        errors += request_params_to_args(dependant.header_params, Headers(scope=scope))[1]
    if dependant.cookie_params:
        cookies = cookie_values(scope["headers"])
        errors += request_params_to_args(dependant.cookie_params, cookies)[1]
    received = Undefined if body is MISSING else body
    if isinstance(error, ValidationError):
        errors = relocate_errors(error.errors(include_url=False), ("body",))
    elif dependant.body_params:
        fields, embed = dependant.body_params, route._embed_body_fields
        errors += (await request_body_to_args(fields, received, embed))[1]
    if errors:
        raise RequestValidationError(
            errors,
            body=None if body is MISSING else body,
            endpoint_ctx=request_context(scope, dependant),
        )


def invalid_response(
    dependant: Dependant, error: ValidationError, result: Any, scope: Scope
) -> ResponseValidationError:
    """The error for a result that does not fit the response model."""
    return ResponseValidationError(
        errors=relocate_errors(error.errors(include_url=False), ("response",)),
        body=result,
        endpoint_ctx=request_context(scope, dependant),
    )


def read_query_model(field: ModelField, scope: Scope) -> Any:
    """A model of query parameters. Raises ValueMissing when anything is wrong with it."""
    return _read(field, QueryParams(scope["query_string"]))


def read_header_model(field: ModelField, scope: Scope) -> Any:
    """A model of headers. Raises ValueMissing when anything is wrong with it."""
    return _read(field, Headers(scope=scope))


def read_cookie_model(field: ModelField, scope: Scope) -> Any:
    """A model of cookies. Raises ValueMissing when anything is wrong with it."""
    return _read(field, cookie_values(scope["headers"]))


def read_path_model(field: ModelField, scope: Scope) -> Any:
    """A model of path parameters. Raises ValueMissing when anything is wrong with it."""
    return _read(field, scope["path_params"])


def _read(field: ModelField, received: Mapping[str, Any]) -> Any:
    values, errors = request_params_to_args([field], received)
    if errors:
        raise ValueMissing
    return values[field.name]

"""The functions with which compiled code hands a request over to the generic path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Protocol

from starlette.datastructures import FormData, Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rapide.background import BackgroundTasks
from rapide.exceptions import RequestValidationError, ResponseValidationError
from rapide.generic.bodies import solve_body
from rapide.generic.handler import request_context, run_handler
from rapide.generic.journal import Journal
from rapide.generic.parameters import request_params_to_args, solve_params
from rapide.runtime import instrumentation
from rapide.runtime.bodies import DocumentInvalid, DocumentRefused, parse_json
from rapide.runtime.cleanup import move_exits
from rapide.runtime.errors import tracking_send
from rapide.runtime.extraction import MISSING, UNREAD, ModelRefused, cookie_values
from rapide.runtime.inline import own_task
from rapide.runtime.requests import FileStack, keep_body, keep_form
from rapide.schema import ModelField, Undefined, ValidationError
from rapide.schema.errors import relocate_errors
from rapide.scope_keys import (
    CLEANUP_SCOPES,
    FILE_STACK,
    FUNCTION_STACK,
    JOURNAL,
    OPEN_SPAN,
    PATH_PARAMS,
    REQUEST_STACK,
)
from rapide.signature.models import Dependant
from rapide.types import Overrides


class Explained(Protocol):
    """The attributes of a route that are needed to report the errors of a request."""

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
    results: list[object],
    *,
    request: Request | None = None,
    response: Response | None = None,
    background: BackgroundTasks | None = None,
    raw_body: bytes | None = None,
    body: object = UNREAD,
    error: Exception | None = None,
    cleanup_scope: object = None,
    open_span: object = None,
    file_stack: FileStack | None = None,
    request_stack: AsyncExitStack | None = None,
    function_stack: AsyncExitStack | None = None,
    request_exits: list[object] | None = None,
    function_exits: list[object] | None = None,
) -> None:
    """Finish a request that compiled code began.

    `results` are the values of the parameters and dependencies so far, and `error` is the exception
    of the next one; see `Journal`. The request continues inside the exit stacks and the span that
    compiled code has opened. Exits that compiled code has in lists move to exit stacks.
    """
    so_far = results, body, error
    results, body, error = await _refuse_early(route, scope, request, raw_body, *so_far)
    await own_task(scope)
    if request is None and file_stack is not None and isinstance(file_stack.kept, Request):
        request = file_stack.kept  # the form was read through it
    if request is None:
        request = _request_with(Request(scope, receive, send), raw_body, body)
    if open_span is not None:
        scope[OPEN_SPAN] = open_span
    received = Undefined if body is MISSING else body
    scope[JOURNAL] = Journal(results, error, overrides, response, background, received)
    tracked = tracking_send(scope, send)
    async with AsyncExitStack() as own:
        if file_stack is None:
            file_stack = await own.enter_async_context(FileStack())
        file_stack.kept = request
        scope[FILE_STACK] = file_stack
        if request_stack is None and function_stack is None:
            stacks = _stacks_of(scope, request_exits, function_exits, cleanup_scope)
            await run_handler(handler, request, scope, receive, tracked, *stacks)
            return
        if request_stack is None:
            request_stack = await own.enter_async_context(AsyncExitStack())
        if function_stack is None:
            function_stack = await own.enter_async_context(AsyncExitStack())
        scope[REQUEST_STACK], scope[FUNCTION_STACK] = request_stack, function_stack
        if cleanup_scope is not None:
            scope[CLEANUP_SCOPES] = {request_stack: cleanup_scope}
        answer = await handler(request)
        await function_stack.aclose()
        await answer(scope, receive, tracked)


async def _refuse_early(
    route: Explained,
    scope: Scope,
    request: Request | None,
    raw_body: bytes | None,
    results: list[object],
    body: object,
    error: Exception | None,
) -> tuple[list[object], object, Exception | None]:
    """Raise the errors of a request if no more than parameters must be read for that.

    Returns:
        The results so far, the body, and the error that is left for the generic path.
    """
    if isinstance(error, DocumentRefused) and raw_body is not None:
        return *await refuse_document(route, scope, request, raw_body, error), None
    if error is None or not _can_refuse(route, raw_body, body):
        return results, body, error
    received = Undefined if body is UNREAD or body is MISSING else body
    results = await refuse(route, scope, request, received, Journal(results, error))
    return results, body, None


def _can_refuse(route: Explained, raw_body: bytes | None, body: object) -> bool:
    """Return whether nothing can happen between reading the parameters and refusing them."""
    is_observed = instrumentation.active.current() is not instrumentation.UNOBSERVED
    # A body with its own decoder was not parsed yet.
    is_parsed = body is not UNREAD or raw_body is None
    return is_parsed and not is_observed and not route.dependant.dependencies


def _stacks_of(
    scope: Scope,
    request_exits: list[object] | None,
    function_exits: list[object] | None,
    cleanup_scope: Any,
) -> tuple[AsyncExitStack, AsyncExitStack]:
    """Move the exits of compiled code, if there are any, to exit stacks.

    Whoever gets these has to close them.
    """
    stacks = request_stack, function_stack = AsyncExitStack(), AsyncExitStack()
    if cleanup_scope is not None:
        # It also shields what the generic path enters.
        request_stack.push(cleanup_scope)
        scope[CLEANUP_SCOPES] = {request_stack: cleanup_scope}
    for exits, stack in ((request_exits, request_stack), (function_exits, function_stack)):
        if exits is not None:
            if cleanup_scope in exits:
                exits.remove(cleanup_scope)
            move_exits(exits, stack, cleanup_scope)
    return stacks


def _request_with(request: Request, raw_body: bytes | None, body: object) -> Request:
    """Make a request that has the body that compiled code has read."""
    if isinstance(body, FormData):
        keep_form(request, body)
    elif raw_body is not None:
        keep_body(request, raw_body, MISSING if body is UNREAD else body)
    return request


async def refuse_document(
    route: Explained,
    scope: Scope,
    request: Request | None,
    raw_body: bytes,
    error: DocumentRefused,
) -> tuple[list[object], object]:
    """Raise the errors of a request whose body has its own decoder, before anything else was read.

    Returns:
        The values of all parameters and the parsed body; none and `UNREAD` if the generic path must
        read them.

    Raises:
        RequestValidationError: Something is wrong with the parameters.
        Exception: Any other exception that user code raised during validation.
    """
    body: object = UNREAD
    if isinstance(error, DocumentInvalid) and _can_refuse(route, None, body):
        with suppress(ValueError, RecursionError):
            body = parse_json(raw_body)
    if body is UNREAD:
        return [], body
    return await refuse(route, scope, request, body, Journal([]), raw_body), body


async def refuse(
    route: Explained,
    scope: Scope,
    request: Request | None,
    body: object,
    journal: Journal,
    document: bytes | None = None,
) -> list[object]:
    """Raise the errors of a request to a route without dependencies.

    PERF: invalid. Nothing can happen between reading and refusing, so no exit stacks and no request
    object are needed.

    Returns:
        The values of all parameters, in order, if it turns out that none of them is wrong.

    Raises:
        RequestValidationError: Something is wrong with the parameters.
        Exception: Any other exception that user code raised during validation.
    """
    dependant = route.dependant
    values: list[object] = []
    errors: list[object] = []
    for fields, source in (
        (dependant.path_params, "path_params"),
        (dependant.query_params, "query_params"),
        (dependant.header_params, "headers"),
        (dependant.cookie_params, "cookies"),
    ):
        if fields:
            received = _received(source, scope) if request is None else getattr(request, source)
            found, wrong = solve_params(fields, received, journal)
            values.extend(found.values())
            errors.extend(wrong)
    if dependant.body_params:
        found, wrong = await solve_body(
            dependant.body_params,
            body,
            route._embed_body_fields,
            journal,
            document,
        )
        values.extend(found.values())
        errors.extend(wrong)
    if errors:
        raise RequestValidationError(
            errors,
            body=None if body is Undefined else body,
            endpoint_ctx=request_context(scope, dependant),
        )
    return values


def _received(source: str, scope: Scope) -> Any:
    """Return a part of the request, in the form that a request object has."""
    if source == "path_params":
        return scope[PATH_PARAMS]
    if source == "query_params":
        return QueryParams(scope["query_string"])
    return Headers(scope=scope) if source == "headers" else cookie_values(scope["headers"])


def invalid_response(
    dependant: Dependant, error: ValidationError, result: object, scope: Scope
) -> ResponseValidationError:
    """Make the error for a result that does not fit the response model."""
    return ResponseValidationError(
        errors=relocate_errors(error.errors(include_url=False), ("response",)),
        body=result,
        endpoint_ctx=request_context(scope, dependant),
    )


def read_model(field: ModelField, received: Mapping[str, object]) -> object:
    """Read a model from one part of the request.

    Raises:
        ModelRefused: The values are not valid.
    """
    values, errors = request_params_to_args([field], received)
    if errors:
        raise ModelRefused(errors)
    return values[field.name]

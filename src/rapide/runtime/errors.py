"""Answer the exceptions of handlers: exception handlers by status and class, then a 500."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, NoReturn

from starlette._utils import is_async_callable
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rapide.exceptions import FastAPIError, RequestValidationError
from rapide.runtime.bodies import unreadable_body
from rapide.runtime.inline import own_task, sends_at_once
from rapide.runtime.requests import request_of
from rapide.scope_keys import EXCEPTION_HANDLERS, RECALL, RESPONSE_STARTED, UNANSWERED

ExceptionHandler = Callable[[Any, Any], Any]
Handlers = tuple[MutableMapping[Any, ExceptionHandler], MutableMapping[int, ExceptionHandler]]


def find_handler(handlers: Handlers, error: Exception) -> ExceptionHandler | None:
    """Find the handler for an exception: by HTTP status first, then by class along its bases."""
    by_class, by_status = handlers
    if by_status and isinstance(error, HTTPException):
        handler = by_status.get(error.status_code)
        if handler is not None:
            return handler
    for cls in type(error).__mro__:
        if cls in by_class:
            return by_class[cls]
    return None


async def answer_error(
    error: Exception,
    scope: Scope,
    receive: Receive,
    send: Send,
    handlers: Handlers | None = None,
    connection: object = None,
) -> None:
    """Answer `error` with the application's exception handlers.

    By default, `handlers` are those in the scope, for the innermost layer. An error that a route
    has already tried to answer in that layer is raised at once. Handlers get `connection`; by
    default, those of the innermost layer get the route's request object, and others get a new one.
    If a response could not be encoded because of a value in the request, the error is replaced by a
    validation error.

    Raises:
        Exception: `error` if no handler accepts it; RuntimeError if one would but the response has
            started; any exception that the handler raises.
    """
    refused: Exception | None = None
    try:
        if handlers is None and scope.pop(UNANSWERED, None) is error:
            raise error
        known: Handlers = handlers or scope.get(EXCEPTION_HANDLERS, ({}, {}))
        handler = find_handler(known, error)
        if handler is None:
            refused = _refusal(error, scope, connection)
            handler = find_handler(known, refused)
            if handler is None:
                raise error
            error = refused
        if scope.get(RESPONSE_STARTED):
            raise RuntimeError("Caught handled exception, but response already started.") from error
        if connection is None:
            if handlers is None:
                were_read = not _is_of_body(error)
                connection = request_of(scope, receive, send, parameters_were_read=were_read)
            else:
                connection = Request(scope, receive, send)
        _forget_answer(scope)
        response: Any
        if _is_async(handler):
            response = await handler(connection, error)
        else:
            response = await _call_in_thread(handler, connection, error)
        if response is not None:
            if not sends_at_once(response):
                await own_task(scope)
            await response(scope, receive, tracking_send(scope, send))
        # A reused exception instance would collect the traceback of every request.
        error.__traceback__ = None
    finally:
        # Else an exception that is raised here would hold itself, by this frame in its traceback.
        del error, refused


def _forget_answer(scope: Scope) -> None:
    """Let nothing be kept of a request whose exception is answered."""
    call = scope.get(RECALL)
    if call is not None:
        call.fail()


def _is_of_body(error: Exception) -> bool:
    """Return whether a body could not be read or parsed, which comes before the parameters."""
    if isinstance(error, HTTPException):
        return error.status_code == 400 and error.detail == unreadable_body().detail
    if not isinstance(error, RequestValidationError):
        return False
    found: object = error.errors()  # an application may make the error of anything
    first = found[0] if isinstance(found, list | tuple) and len(found) == 1 else None
    return isinstance(first, dict) and first.get("type") == "json_invalid"


def raise_again(error: Exception) -> NoReturn:
    """Raise an exception that was caught, with its context, also where another one is handled."""
    context = error.__context__
    try:
        raise error
    finally:
        error.__context__ = context
        del error, context  # as in `answer_error`


async def attempt(
    answer: Callable[[Exception], Awaitable[object]], error: Exception
) -> Exception | None:
    """Answer `error` as in an `except` block of its own; return what that raises.

    Whoever calls this has left the block that caught `error`. Python gives an exception that comes
    out of a worker thread a new context in each coroutine that handles another one meanwhile.
    """
    traceback = error.__traceback__
    try:
        raise_again(error)
    except Exception:
        error.__traceback__ = traceback
        try:
            await answer(error)
        except Exception as raised:
            return raised
    finally:
        del error, traceback  # as in `answer_error`
    return None


def _refusal(error: Exception, scope: Scope, request: object) -> Exception:
    """Return a validation error if a value of the request caused `error`, else `error`."""
    if not isinstance(error, ValueError) or scope.get(RESPONSE_STARTED):
        return error
    # PERF: import time. Most applications never need it.
    from rapide.runtime.unencodable import refusal

    return refusal(error, scope, request) or error


async def _call_in_thread(
    handler: ExceptionHandler, connection: object, error: Exception
) -> object:
    """Call a handler in a worker thread. Its exceptions have `error` as their context."""
    try:
        return await run_in_threadpool(handler, connection, error)
    except Exception as raised:
        if raised is not error and raised.__context__ is None:
            raised.__context__ = error
        raise
    finally:
        del error  # as in `answer_error`


@lru_cache(maxsize=128)
def _is_async(handler: ExceptionHandler) -> bool:
    # PERF: invalid. Inspecting a callable takes longer than a short handler.
    return is_async_callable(handler)


def tracking_send(scope: Scope, send: Send) -> Send:
    """Return `send`, extended to note in the scope that the response has started."""

    async def tracked(message: MutableMapping[str, object]) -> None:
        if message["type"] == "http.response.start":
            scope[RESPONSE_STARTED] = True
        await send(message)

    return tracked


def response_not_sent() -> FastAPIError:
    """Make the error for a dependency that swallowed the exception of its request."""
    return FastAPIError(
        "Response not awaited. There's a high chance that the application code is raising an "
        "exception and a dependency with yield catches it without raising it again. Look for a "
        "bare `except:` or an `except Exception:` around a `yield`, and end it with `raise`."
    )


def response_missing() -> UnboundLocalError:
    """Make the error for a dependency that swallowed the exception of its function.

    COMPAT: FastAPI 0.165 reads a local variable then that has not been assigned.
    """
    return UnboundLocalError(
        "cannot access local variable 'response' where it is not associated with a value"
    )

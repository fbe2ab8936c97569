"""Run an application inside its caller for as long as possible.

Theory of operation. A middleware may give its function the response before the application has
ended. Then the function and the application must take turns. A coroutine can do that without a
task: its caller steps it by hand, stops while it waits for the other side, and continues later.
But no object that belongs to a task (a cancel scope or a timeout) may be open inside the coroutine
at that time, because the caller may exit its own scopes meanwhile. So

1. only layers that are known to open no such object are between the caller and the routes;
2. code that may open one, or that may wait between the parts of a response, first requests a task
   of its own (`own_task`), in which the coroutine continues;
3. a cancellation of the caller also cancels the application. A caller that may stop waiting without
   a cancellation must not run the application inline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextvars import Context, ContextVar, copy_context
from types import coroutine
from typing import Any, Final, Protocol

from starlette.responses import Response
from starlette.types import Scope

from rapide.patches import RESPONSES_CALL
from rapide.types import CoroutineOf

#: The request that runs inside its caller: its scope, or an object with that as `known_scope`.
INLINE: ContextVar[object] = ContextVar("rapide_inline", default=None)

#: A signal that a coroutine yields to its caller, not to the event loop: it needs its own task.
DETACH: Final = object()
#: Another such signal: the caller must take the message before the coroutine continues.
HOLD: Final = object()
NO_SIGNAL: Final = object()


@coroutine
def detach() -> Generator[object, None, None]:
    """Continue in a task of its own. Only for the request that `INLINE` names."""
    yield DETACH


@coroutine
def hold() -> Generator[object, None, None]:
    """Wait until the caller resumes the coroutine. Only for the request that `INLINE` names."""
    yield HOLD


class TasklessRequest(Protocol):
    """A request whose handler may have begun without a task, as `is_taskless` says."""

    is_taskless: bool


@coroutine
def ensure_task(request: TasklessRequest) -> Generator[None, None, None]:
    """Continue in a task if the handler of a request has begun without one."""
    if request.is_taskless:
        request.is_taskless = False
        yield


def is_inline(scope: Scope) -> bool:
    """Return whether a request runs inside its caller."""
    running = INLINE.get()
    if running is None:
        return False
    return running is scope or getattr(running, "known_scope", None) is scope


async def own_task(scope: Scope) -> None:
    """Move a request that runs inside its caller to a task of its own."""
    if is_inline(scope):
        await detach()


def sends_at_once(response: object) -> bool:
    """Return whether a response is known to send its messages without waiting in between."""
    return isinstance(response, Response) and type(response).__call__ is RESPONSES_CALL


class Owner(Protocol):
    """An object that runs an application inline."""

    def detached(self, rest: Awaitable[None], context: Context) -> None:
        """Continue the application in a task."""

    def ended(self, error: BaseException | None) -> None:
        """Handle the end of the application."""


def context_for(request: object) -> Context:
    """Return a copy of the context variables in which a request runs inside its caller."""
    context = copy_context()
    if INLINE.get() is not request:
        context.run(INLINE.set, request)
    return context


class InlineRun:
    """An application that runs inside its caller, with a copy of its context variables.

    Args:
        application: The coroutine of the application.
        context: The context variables; see `context_for`.
        owner: The object that runs it.
    """

    __slots__ = ("application", "context", "is_running", "owner", "signal")

    def __init__(self, application: CoroutineOf[None], context: Context, owner: Owner) -> None:
        self.application = application
        self.context = context
        self.owner = owner
        #: The signal that the application has given to whoever began it, for `advance`.
        self.signal: object = NO_SIGNAL
        #: Whether the application is being stepped.
        self.is_running = False

    @coroutine
    def advance(self) -> Generator[Any, Any, None]:
        """Run the application until it holds, ends, or is detached."""
        run, application = self.context.run, self.application
        step: Callable[[Any], Any] = application.send
        given: Any = None
        is_cancelled = False
        self.is_running = True
        try:
            while True:
                signal, self.signal = self.signal, NO_SIGNAL
                if signal is NO_SIGNAL:
                    signal = run(step, given)
                if signal is HOLD:
                    return
                if signal is DETACH:
                    self.detach()
                    return
                try:
                    given = yield signal
                except BaseException as error:
                    step, given = application.throw, error
                    is_cancelled = is_cancelled or isinstance(error, asyncio.CancelledError)
                else:
                    step = application.send
        except StopIteration:
            self.owner.ended(None)
        except BaseException as error:
            self.owner.ended(error)
            if is_cancelled and isinstance(error, asyncio.CancelledError):
                raise
        finally:
            self.is_running = False

    def detach(self, waiter: asyncio.Future[None] | None = None) -> None:
        """Continue the application in a task once `waiter` is done."""
        self.context.run(INLINE.set, None)
        self.owner.detached(rest_of(self.application, waiter), self.context)


@coroutine
def rest_of(
    application: CoroutineOf[None], waiter: asyncio.Future[None] | None = None
) -> Generator[Any, Any, None]:
    """Run the rest of a started coroutine, once `waiter` is done if there is one."""
    step: Callable[[Any], Any] = application.send
    given: Any = None
    if waiter is not None:
        try:
            yield from waiter
        except BaseException as error:
            step, given = application.throw, error
    while True:
        try:
            signal = step(given)
        except StopIteration:
            return
        try:
            given = yield signal
        except BaseException as error:
            step, given = application.throw, error
        else:
            step = application.send

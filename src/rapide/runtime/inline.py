"""Running an application inside of its caller, as far as that goes.

Theory of operation. A middleware that lets its function have the response before the application
has ended needs the two to take turns. A coroutine can do that without a task: whoever steps it by
hand can leave it where it waits for the other side, and go on with it later. But nothing that
belongs to a task (cancel scopes, timeouts) may be open inside of it then, because its caller may
leave scopes of its own meanwhile. So

1. only layers that are known to open nothing stand between the caller and the routes;
2. what may open something, or take its time between the parts of an answer, asks before for a task
   of its own (`own_task`), and the coroutine goes on there;
3. a cancellation of the caller is one of the application. A caller that may want to give up waiting
   without that must not run it inline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from types import coroutine
from typing import Any, Final, Protocol

from starlette.responses import Response
from starlette.types import Scope

from rapide.patches import RESPONSES_CALL

#: The request that runs inside of its caller: its scope, or what has that as `known_scope`.
INLINE: ContextVar[Any] = ContextVar("rapide_inline", default=None)

#: What a coroutine yields to its caller instead of to the event loop: it needs a task of its own.
DETACH: Final = object()
#: The same: its message is to be taken before it goes on.
HOLD: Final = object()
_NOTHING: Final = object()


@coroutine
def detach() -> Generator[Any, None, None]:
    """Go on in a task of its own. Only for what `INLINE` names."""
    yield DETACH


@coroutine
def hold() -> Generator[Any, None, None]:
    """Go on when the caller says so. Only for what `INLINE` names."""
    yield HOLD


def is_inline(scope: Scope) -> bool:
    """Return whether a request runs inside of its caller."""
    running = INLINE.get()
    if running is None:
        return False
    return running is scope or getattr(running, "known_scope", None) is scope


async def own_task(scope: Scope) -> None:
    """Let a request that runs inside of its caller go on in a task of its own."""
    if is_inline(scope):
        await detach()


def sends_at_once(response: Any) -> bool:
    """Return whether a response is known to do nothing between the messages that it sends."""
    return isinstance(response, Response) and type(response).__call__ is RESPONSES_CALL


class Owner(Protocol):
    """Who runs an application inline."""

    def detached(self, rest: Awaitable[None], context: Context) -> None:
        """The application has to go on as a task."""

    def ended(self, error: BaseException | None) -> None:
        """The application has ended."""


class InlineRun:
    """An application that runs inside of its caller, with a copy of its context variables.

    Args:
        application: What runs.
        request: What `INLINE` names meanwhile.
        owner: Who runs it.
    """

    __slots__ = ("application", "context", "is_running", "owner", "signal")

    def __init__(self, application: Coroutine[Any, Any, None], request: Any, owner: Owner) -> None:
        self.application = application
        self.owner = owner
        self.context = copy_context()
        self.context.run(INLINE.set, request)
        #: What `start` has got from it, for `advance`.
        self.signal: Any = _NOTHING
        #: Whether somebody is in `start` or `advance` just now.
        self.is_running = False

    def start(self) -> None:
        """Let it run until it waits for something, or ends."""
        self.is_running = True
        try:
            self.signal = self.context.run(self.application.send, None)
        except StopIteration:
            self.owner.ended(None)
        except BaseException as error:
            self.owner.ended(error)
        finally:
            self.is_running = False

    @coroutine
    def advance(self) -> Generator[Any, Any, None]:
        """Let it run until it holds, ends, or is detached."""
        run, application = self.context.run, self.application
        step: Callable[[Any], Any] = application.send
        given: Any = None
        is_cancelled = False
        self.is_running = True
        try:
            while True:
                signal, self.signal = self.signal, _NOTHING
                if signal is _NOTHING:
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
        """Let it go on in a task, when `waiter` is done."""
        self.context.run(INLINE.set, None)
        self.owner.detached(_rest(self.application, waiter), self.context)


@coroutine
def _rest(
    application: Coroutine[Any, Any, None], waiter: asyncio.Future[None] | None
) -> Generator[Any, Any, None]:
    """What is left of a coroutine that has been begun; `waiter` says when it may go on."""
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

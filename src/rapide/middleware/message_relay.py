"""The messages on their way from an application to a function around it; see `http.py`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from contextvars import Context, copy_context
from types import MappingProxyType
from typing import Final, Protocol, cast

from anyio import CancelScope, ClosedResourceError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope, Send

from rapide._inspection import is_called_by
from rapide.middleware.streamed_response import Chunk, StreamedResponse
from rapide.runtime.eventloop import turn
from rapide.runtime.inline import INLINE, InlineRun, context_for, hold, is_inline, own_task
from rapide.types import CoroutineOf

Waiter = asyncio.Future[None]

DISCONNECT: Final = "http.disconnect"
#: Turns of the event loop until a task group of anyio's has ended after it is cancelled: with a
#: task that has not begun, with one that waits, and with one that has ended.
TURNS_OF_NEW_TASK, TURNS_OF_WAITING_TASK, TURNS_OF_ENDED_TASK = 4, 2, 1
_PARTS: Final = ("http.response.body", "http.response.pathsend")


class Replaying(Protocol):
    """The function's request."""

    async def replay(self) -> Message:
        """Return what the application receives next."""
        ...


class MessageRelay:
    """Pass messages from the application to the function, for one request."""

    # PERF: middleware. Most requests change few of these, so they are not set for each.
    #: The function, once it runs.
    function: object = None
    #: The application, as long as it runs inside of `call_next` or `finish`.
    inline: InlineRun | None = None
    #: The message that it waits with.
    held: Message
    #: Those who wait for a message, or for the application to end.
    waiting: Sequence[Waiter] = ()
    #: Senders of last messages.
    holding: Sequence[Waiter] = ()
    #: The scopes of those who receive.
    receiving: Sequence[CancelScope] = ()
    #: The applications that run, one for each `call_next`; the loop keeps no hold of a task.
    running: Mapping[CancelScope, asyncio.Task[None]] = MappingProxyType({})
    closed = False
    over = False
    error: BaseException | None = None
    raised = False

    def __init__(
        self,
        app: ASGIApp,
        scope: Scope,
        request: Replaying,
        forward: Send,
        loop: asyncio.AbstractEventLoop,
        may_run_inline: bool,
    ) -> None:
        self.app = app
        self.scope = scope
        self.request = request
        self.forward = forward
        self.loop = loop
        self.may_run_inline = may_run_inline
        #: Messages that are not taken yet, each with its sender if that waits.
        self.messages: deque[tuple[Message, Waiter | None]] = deque()

    # The side of the function

    async def call_next(self, request: Request) -> Response:
        """Start the application and wait for the start of its response.

        Raises:
            RuntimeError: the application ended without a response.
        """
        if self.may_run_inline and is_called_by(self.function):
            self.may_run_inline = False  # for another call
            self.inline = InlineRun(self._application(), context_for(self.scope), self)
            return await self.respond_inline()
        return await self.respond_in_task()

    async def respond_inline(self) -> Response:
        """Return the response of an application that runs within `call_next`."""
        await self._go_on_beside()
        return await self._respond(self._take_next)

    async def respond_in_task(self) -> Response:
        """Start the application in a task, and return its response."""
        await self.start_task()
        return await self._respond(self.take)

    async def _respond(self, take: Callable[[], Awaitable[Message | None]]) -> Response:
        info = None
        while (message := await take()) is not None:
            take = self.take
            kind = message["type"]
            if kind == "http.response.debug":
                info = message["info"]
            elif kind == "http.response.early_hint":
                await self.forward(message)
            else:
                assert kind == "http.response.start"
                headers = message.get("headers", [])
                return StreamedResponse(self, message["status"], headers, info)
        if self.error is None:
            raise RuntimeError("No response returned.")
        self.raised = True
        # COMPAT: Starlette makes the context the cause.
        raise self.error from self.error.__cause__ or self.error.__context__

    async def _go_on_beside(self) -> None:
        """Let the application continue; if that takes a task, give the function one, too.

        COMPAT: FastAPI 0.165. From now on they run side by side, and what the function receives
        meanwhile comes through the functions around it, which takes its turns.
        """
        if self.messages or self.closed:
            return
        await self._go_on()
        if self.running and INLINE.get() is not None:
            await own_task(self.scope)

    async def start_task(self) -> None:
        """Start the application in a task of its own."""
        if self.inline is not None:
            self._detach(self.inline)
        context = copy_context()
        context.run(INLINE.set, None)
        self.detached(self._application(), context)
        if self.messages or self.closed:
            # COMPAT: FastAPI 0.165. A second call sees what the first has left, but not at once.
            await asyncio.sleep(0)

    def _application(self) -> CoroutineOf[None]:
        application = self.app(self.scope, self.receive, self.send)
        return cast(CoroutineOf[None], application)

    def _detach(self, inline: InlineRun) -> None:
        """Continue the application in a task, from where it waits with its message."""
        waiter = self.loop.create_future()
        if _is_last(self.held):
            self.holding = [*self.holding, waiter]
        elif self.messages and self.messages[-1][0] is self.held:
            self.messages[-1] = (self.held, waiter)
        else:
            waiter.set_result(None)
        inline.detach(waiter)

    async def take(self) -> Message | None:
        """Return the application's next message, or None when it has ended."""
        if self.running:
            await turn()  # COMPAT: as in `send`.
        return await self._take_next()

    async def _take_next(self) -> Message | None:
        messages = self.messages
        while not messages:
            if self.closed:
                return None
            await self._go_on()
        message, sender = messages.popleft()
        if sender is not None and not sender.done():
            sender.set_result(None)
        return message

    async def body(self) -> AsyncGenerator[Chunk, None]:
        """Yield the parts of the response's body, or the message about a path to send."""
        while True:
            if not self.running:
                await turn()  # COMPAT: Starlette receives from a memory stream of anyio's.
            message = await self.take()
            if message is None:
                return
            if message["type"] == "http.response.pathsend":
                yield message
                return
            assert message["type"] == "http.response.body", f"Unexpected message: {message}"
            if chunk := message.get("body", b""):
                yield chunk
            if not message.get("more_body", False):
                return

    async def pass_body(self, send: Send) -> None:
        """Send the body as it comes."""
        # PERF: middleware. The work of `_send_body(self.body(), send)` without a generator.
        while (message := await self.take()) is not None:
            if message["type"] == "http.response.pathsend":
                await send(message)
                return
            assert message["type"] == "http.response.body", f"Unexpected message: {message}"
            if chunk := message.get("body", b""):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if not message.get("more_body", False):
                break
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def finish(self) -> None:
        """Let the application continue after the response, and wait for its end."""
        self.over = True
        for within in self.receiving:
            self.loop.call_soon(within.cancel)
        for waiter in (*self.holding, *[sender for _, sender in self.messages if sender]):
            if not waiter.done():
                waiter.set_result(None)
        while self.running or self.inline is not None:
            await self._go_on()
        if self.error is not None and not self.raised:
            raise self.error

    async def stop(self) -> None:
        """Cancel the application, and wait for its end."""
        if self.inline is not None:
            self._detach(self.inline)
        if not self.running:
            return
        for within in self.running:
            within.cancel()
        interrupted = None
        with CancelScope(shield=True):
            while self.running:
                try:
                    await self._wait()
                except asyncio.CancelledError as error:
                    interrupted = error
        if interrupted is not None:
            raise interrupted

    async def _go_on(self) -> None:
        """Let the application continue until it may have something new."""
        inline = self.inline
        if inline is None or inline.is_running:
            await self._wait()
        else:
            await inline.advance()

    async def _wait(self) -> None:
        waiter = self.loop.create_future()
        self.waiting = [*self.waiting, waiter]
        await waiter

    # The side of the application

    async def _run(self, application: Awaitable[None], within: CancelScope) -> None:
        try:
            with within:
                await application
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.error = error
        finally:
            self.closed = True
            self.running = {
                scope: task for scope, task in self.running.items() if scope is not within
            }
            self._wake()

    def detached(self, rest: Awaitable[None], context: Context) -> None:
        """Run the application, or continue it, in a task of its own."""
        self.inline = None
        within = CancelScope()
        run = self._run(rest, within)
        task = self.loop.create_task(run, context=context)
        self.running = {**self.running, within: task}

    def ended(self, error: BaseException | None) -> None:
        """Note that the application has ended within `call_next` or `finish`."""
        self.inline, self.closed = None, True
        if not isinstance(error, asyncio.CancelledError):
            self.error = error

    def _wake(self) -> bool:
        """Wake all waiters on the function's side, and return whether there was one."""
        woken = False
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
                woken = True
        self.waiting = ()
        return woken

    async def receive(self) -> Message:
        """Serve as the `receive` of the application."""
        if self.over:
            return {"type": DISCONNECT}
        if self.inline is not None and is_inline(self.scope):
            # No response can be sent meanwhile: `call_next` waits for this, too. A task that the
            # application has started, for another `call_next`, may receive while it goes on.
            message = await self._replay()
        else:
            message = await self._replay_until_over()
        return {"type": DISCONNECT} if self.over else message

    async def _replay(self) -> Message:
        try:
            return await self.request.replay()
        except Exception as error:
            # COMPAT: FastAPI 0.165 receives in a task group, which raises groups.
            raise ExceptionGroup("unhandled errors in a TaskGroup", [error]) from None

    async def _replay_until_over(self) -> Message:
        """Receive, but give up when the function's response has been sent."""
        message: Message = {"type": DISCONNECT}
        turns: list[int] = []
        begun = self.loop.call_soon(turns.append, TURNS_OF_WAITING_TASK)
        try:
            with CancelScope() as within:
                self.receiving = [*self.receiving, within]
                try:
                    message = await self._replay()
                finally:
                    begun.cancel()
                    self.receiving = [scope for scope in self.receiving if scope is not within]
        except asyncio.CancelledError:
            await _turns_in_any_case(turns[0] if turns else TURNS_OF_NEW_TASK)
            raise
        if within.cancelled_caught:
            turns = [TURNS_OF_ENDED_TASK]
        # COMPAT: Starlette has a task beside this one, and a response may be sent before it ends.
        await _turns_in_any_case(turns[0] if turns else TURNS_OF_NEW_TASK)
        return message

    async def send(self, message: Message) -> None:
        """Serve as the `send` of the application."""
        if self.inline is None or self.over:
            # COMPAT: Starlette sends through a memory stream of anyio's, which first gives others a
            # turn: a generator that fails at once prevents the response.
            await turn()
        if self.over:
            return
        if self.closed:
            # COMPAT: FastAPI 0.165. A second `call_next` is of no use once the first has ended.
            raise ClosedResourceError
        if self.inline is not None:
            self.messages.append((message, None))
            if message["type"] in _PARTS:
                self.held = message
                await hold()
            return
        woken = self._wake()
        if _is_last(message):
            await self._hold(message, None)
        elif woken:
            self.messages.append((message, None))
        else:
            await self._hold(message, self.loop.create_future())

    async def _hold(self, message: Message, sender: Waiter | None) -> None:
        """Leave a message, and wait until it is taken; without a sender, wait for the end."""
        entry = (message, sender)
        self.messages.append(entry)
        if sender is None:
            sender = self.loop.create_future()
            self.holding = [*self.holding, sender]
        try:
            await sender
        except asyncio.CancelledError:
            if entry in self.messages:
                self.messages.remove(entry)
            raise


async def _turns_in_any_case(count: int) -> None:
    """Give others some turns; a cancellation meanwhile is raised after them."""
    for taken in range(1, count + 1):
        try:
            await turn()
        except asyncio.CancelledError:
            with CancelScope(shield=True):
                for _ in range(count - taken):
                    await turn()
            raise


def _is_last(message: Message) -> bool:
    kind = message["type"]
    if kind == "http.response.body":
        return not message.get("more_body", False)
    return bool(kind == "http.response.pathsend")

"""What `@app.middleware("http")` puts around an application.

Theory of operation. A function `(request, call_next)` gets its response back before the application
has ended: the response may still be streaming, background tasks may follow, and cancel scopes and
timeouts may be open on either side. So the application runs in a task of its own, as with the
class of Starlette. That one leads messages through a memory stream, and has a task group for itself
and one more for each `receive`. Here an `Exchange` holds the messages that nobody has taken yet;
each side waits for a future when, and only when, it cannot go on.

Rules:

1. The application's `send` returns when its message has been taken. After the last message of a
   response it returns when the function's response has been sent, so background tasks and the ends
   of generator dependencies follow it.
2. When the function's response has been sent, the application is waited for, and what it still
   sends is dropped. When the function raises, or is cancelled, the application is cancelled first.
3. What the application raises before its response comes out of `call_next`; what it raises later
   is raised when the response has been sent.
4. The application sees the context variables of the function, in a copy.
5. `receive` gives the application what the function has left of the body, or all of it again after
   `request.body()`.
6. On event loops other than asyncio's, Starlette does it all.

SPEC: ASGI, "Disconnect - receive event". A `receive` that waits when the response is complete is
ended by the server, so nothing is needed here to end it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, MutableMapping
from typing import Any, Final

from anyio import CancelScope, ClosedResourceError
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware as StarletteHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Waiter = asyncio.Future[None]
Chunk = str | bytes | memoryview | MutableMapping[str, Any]

DISCONNECT: Final = "http.disconnect"


class BaseHTTPMiddleware(StarletteHTTPMiddleware):
    """Starlette's middleware class, with less between the function and the application.

    Args:
        app: The wrapped ASGI application.
        dispatch: `async def (request, call_next)`, which returns a response.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not _runs_on_asyncio():
            await super().__call__(scope, receive, send)
            return
        request = ReplayingRequest(scope, receive, send)
        exchange = Exchange(self.app, request, send)
        try:
            response = await self.dispatch_func(request, exchange.call_next)
            await response(scope, request.replay, send)
            await exchange.finish()
        except BaseException:
            await exchange.stop()
            raise


def _runs_on_asyncio() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


class ReplayingRequest(Request):
    """The function's request, whose body the application can still receive."""

    _replayed = False
    _replayed_disconnect = False

    async def replay(self) -> Message:
        """What the application receives: the body, or what is left of it, then the disconnect."""
        if self._replayed_disconnect:
            return {"type": DISCONNECT}
        if self._replayed:
            return await self._receive_disconnect()
        body: bytes | None = getattr(self, "_body", None)
        if body is None:
            if not self._stream_consumed:
                return await self._receive_chunk()
            # COMPAT: FastAPI 0.165 gives the application an empty body after `stream()`.
            body = b""
        self._replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def _receive_chunk(self) -> Message:
        """The next part of the body that is not empty, or its end."""
        while True:
            message = await self._receive()
            if message["type"] == DISCONNECT:
                self._is_disconnected = self._replayed_disconnect = True
                return {"type": DISCONNECT}
            if message["type"] != "http.request":
                continue
            body = message.get("body", b"")
            more = message.get("more_body", False)
            if not more:
                self._stream_consumed = self._replayed = True
            if body or not more:
                return {"type": "http.request", "body": body, "more_body": more}

    async def _receive_disconnect(self) -> Message:
        if not self._is_disconnected:
            message = await self._receive()
            if message["type"] != DISCONNECT:
                raise RuntimeError(f"Unexpected message received: {message['type']}")
        self._replayed_disconnect = True
        return {"type": DISCONNECT}


class Exchange:
    """The messages on their way from the application to the function, for one request."""

    __slots__ = (
        "app",
        "closed",
        "error",
        "forward",
        "holding",
        "loop",
        "messages",
        "over",
        "raised",
        "request",
        "running",
        "waiting",
    )

    def __init__(self, app: ASGIApp, request: ReplayingRequest, forward: Send) -> None:
        self.app = app
        self.request = request
        self.forward = forward
        self.loop = asyncio.get_running_loop()
        #: Messages that are not taken yet, each with its sender if that waits.
        self.messages: deque[tuple[Message, Waiter | None]] = deque()
        #: Those who wait for a message, or for the application to end.
        self.waiting: list[Waiter] = []
        #: Senders of last messages.
        self.holding: list[Waiter] = []
        #: The applications that run, one for each `call_next`; the loop keeps no hold of a task.
        self.running: dict[CancelScope, asyncio.Task[None]] = {}
        self.closed = False
        self.over = False
        self.error: BaseException | None = None
        self.raised = False

    # The side of the function

    async def call_next(self, request: Request) -> Response:
        """Start the application and wait for the start of its response.

        Raises:
            RuntimeError: the application ended without a response.
        """
        within = CancelScope()
        self.running[within] = self.loop.create_task(self._run(within))
        if self.messages or self.closed:
            # COMPAT: FastAPI 0.165. A second call sees what the first has left, but not at once.
            await asyncio.sleep(0)
        info = None
        while (message := await self.take()) is not None:
            kind = message["type"]
            if kind == "http.response.debug":
                info = message["info"]
            elif kind == "http.response.early_hint":
                await self.forward(message)
            else:
                assert kind == "http.response.start"
                return _StreamingResponse(self, message, info)
        if self.error is None:
            raise RuntimeError("No response returned.")
        self.raised = True
        raise self.error

    async def take(self) -> Message | None:
        """The application's next message; None when it has ended."""
        messages = self.messages
        while not messages:
            if self.closed:
                return None
            await self._wait()
        message, sender = messages.popleft()
        if sender is not None and not sender.done():
            sender.set_result(None)
        return message

    async def body(self) -> AsyncGenerator[Chunk, None]:
        """The parts of the response's body, as they come; or the message about a path to send."""
        while (message := await self.take()) is not None:
            if message["type"] == "http.response.pathsend":
                yield message
                return
            assert message["type"] == "http.response.body"
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
            assert message["type"] == "http.response.body"
            if chunk := message.get("body", b""):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if not message.get("more_body", False):
                break
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def finish(self) -> None:
        """Let the application go on behind the response, and wait for its end."""
        self.over = True
        for waiter in (*self.holding, *[sender for _, sender in self.messages if sender]):
            if not waiter.done():
                waiter.set_result(None)
        while self.running:
            await self._wait()
        if self.error is not None and not self.raised:
            raise self.error

    async def stop(self) -> None:
        """Cancel the application, and wait for its end."""
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

    async def _wait(self) -> None:
        waiter = self.loop.create_future()
        self.waiting.append(waiter)
        await waiter

    # The side of the application

    async def _run(self, within: CancelScope) -> None:
        try:
            with within:
                await self.app(self.request.scope, self.receive, self.send)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.error = error
        finally:
            self.closed = True
            del self.running[within]
            self._wake()

    def _wake(self) -> bool:
        """Wake those who wait on the function's side; whether there was one."""
        woken = False
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
                woken = True
        self.waiting.clear()
        return woken

    async def receive(self) -> Message:
        """The `receive` of the application."""
        message: Message = {"type": DISCONNECT}
        if not self.over:
            message = await self.request.replay()
        return {"type": DISCONNECT} if self.over else message

    async def send(self, message: Message) -> None:
        """The `send` of the application."""
        if self.over:
            # Whoever waits for the disconnect gets a turn, even if this never ends.
            await asyncio.sleep(0)
            return
        if self.closed:
            # COMPAT: FastAPI 0.165. A second `call_next` is of no use once the first has ended.
            raise ClosedResourceError
        woken = self._wake()
        if _is_last(message):
            await self._hold(message, None, self.holding)
        elif woken:
            self.messages.append((message, None))
        else:
            await self._hold(message, self.loop.create_future(), [])

    async def _hold(self, message: Message, sender: Waiter | None, holding: list[Waiter]) -> None:
        """Leave a message, and wait until it is taken or, without a sender, the end."""
        entry = (message, sender)
        self.messages.append(entry)
        if sender is None:
            sender = self.loop.create_future()
            holding.append(sender)
        try:
            await sender
        except asyncio.CancelledError:
            if entry in self.messages:
                self.messages.remove(entry)
            raise


def _is_last(message: Message) -> bool:
    kind = message["type"]
    if kind == "http.response.body":
        return not message.get("more_body", False)
    return bool(kind == "http.response.pathsend")


class _StreamingResponse(Response):
    """The application's response, in the function's hands.

    COMPAT: FastAPI 0.165. It has the name of Starlette's class, and like that is no
    `StreamingResponse`.

    Attributes:
        body_iterator: The parts of the body. They can be read, and be replaced by others.
    """

    def __init__(self, exchange: Exchange, start: Message, info: Any) -> None:
        # PERF: middleware. `Response()` would render a body and make headers for it.
        self.exchange = exchange
        self.status_code = start["status"]
        self.raw_headers = start.get("headers", [])
        self.info = info
        self.media_type = None
        self.background: BackgroundTask | None = None
        self._body: AsyncIterable[Chunk] | None = None

    @property
    def body_iterator(self) -> AsyncIterable[Chunk]:
        if self._body is None:
            self._body = self.exchange.body()
        return self._body

    @body_iterator.setter
    def body_iterator(self, body: AsyncIterable[Chunk]) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        if self.info is not None:
            await send({"type": "http.response.debug", "info": self.info})
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        if self._body is None:
            await self.exchange.pass_body(send)
        else:
            await _send_body(self._body, send)
        if self.background is not None:
            await self.background()


async def _send_body(body: AsyncIterable[Chunk], send: Send) -> None:
    complete = False
    async for chunk in body:
        if isinstance(chunk, dict):
            # What is no body but says where it is ends the response.
            complete = True
            await send(chunk)
        else:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    if not complete:
        await send({"type": "http.response.body", "body": b"", "more_body": False})

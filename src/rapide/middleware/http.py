"""What `@app.middleware("http")` puts around an application.

Theory of operation. A function `(request, call_next)` gets its response back before the application
has ended: the response may still be streaming, background tasks may follow, and cancel scopes and
timeouts may be open on either side. So the class of Starlette runs the application in a task of its
own, leads messages through a memory stream, and has a task group for itself and one more for each
`receive`. Here a `MessageRelay` holds the messages that nobody has taken yet. There are two ways:

- Most requests are answered at once by a compiled route. Then the application is a coroutine that
  `call_next` steps itself, up to the last message, and that is stepped to its end when the response
  has been sent (`runtime/inline.py` says when that can be done).
- Else the application runs in a task; each side waits for a future when, and only when, it cannot
  go on. A coroutine that was begun the first way goes on in a task as soon as it asks for one.

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
6. On event loops other than asyncio's, and when somebody has replaced something of Starlette's,
   Starlette does it all.
7. When the function's response has been sent, a `receive` of the application that still waits is
   cancelled, and gives the disconnect. A stream that the function has replaced ends by that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import URL
from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware as StarletteHTTPMiddleware
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from rapide import patches
from rapide._inspection import has_with_block
from rapide._once import cached_property
from rapide.middleware.message_relay import DISCONNECT, MessageRelay
from rapide.middleware.request_url import url_of
from rapide.middleware.streamed_response import passes_at_once
from rapide.runtime.eventloop import running_loop
from rapide.runtime.inline import own_task, sends_at_once
from rapide.stack.exceptions import ExceptionLayer

patches.add(StarletteHTTPMiddleware, patches.LAYERS)
for _name in ("_CachedRequest", "_StreamingResponse"):
    # Starlette may call them otherwise one day.
    if (_class := getattr(base, _name, None)) is not None:
        patches.add(_class, patches.LAYERS)

#: Middleware of Starlette that opens nothing around the application.
_OPEN_NOTHING: Final = {
    ("starlette.middleware.cors", "CORSMiddleware"),
    ("starlette.middleware.httpsredirect", "HTTPSRedirectMiddleware"),
    ("starlette.middleware.trustedhost", "TrustedHostMiddleware"),
}


class BaseHTTPMiddleware(StarletteHTTPMiddleware):
    """Starlette's middleware class, with less between the function and the application.

    Args:
        app: The wrapped ASGI application.
        dispatch: `async def (request, call_next)`, which returns a response.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if patches.found:
            await super().__call__(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        loop = running_loop()
        if loop is None:
            await super().__call__(scope, receive, send)
            return
        request = ReplayingRequest(scope, receive, send)
        relay = MessageRelay(self.app, scope, request, send, loop, self.may_run_inline)
        try:
            function = relay.function = self.dispatch_func(request, relay.call_next)
            response = await function
            if not (sends_at_once(response) or passes_at_once(response)):
                # This middleware may itself run inside of another one.
                await own_task(scope)
            await response(scope, request.replay, send)
            await relay.finish()
        except BaseException:
            await relay.stop()
            raise

    @cached_property
    def may_run_inline(self) -> bool:
        """Whether nothing can be open, or be given up waiting for, around the application."""
        return not has_with_block(self.dispatch_func) and opens_nothing(self.app)


def opens_nothing(app: Any) -> bool:
    """Return whether no layer between here and the routes opens anything around them."""
    while type(app) is not ExceptionLayer:
        cls = type(app)
        is_ours = cls.__call__ is BaseHTTPMiddleware.__call__
        if not is_ours and (cls.__module__, cls.__qualname__) not in _OPEN_NOTHING:
            return False
        app = app.app
    return True


if TYPE_CHECKING:
    _Request = Request
else:
    # COMPAT: applications import Starlette's class and compare with it.
    _Request = getattr(base, "_CachedRequest", Request)


class ReplayingRequest(_Request):
    """The function's request, whose body the application can still receive.

    COMPAT: FastAPI 0.165. It has the name of Starlette's class, and the names of its attributes.
    """

    _wrapped_rcv_consumed = False
    _wrapped_rcv_disconnected = False

    @property
    def url(self) -> URL:
        """The URL, which Starlette's class would make in more steps."""
        if not hasattr(self, "_url"):
            self._url = url_of(self.scope)
        return self._url

    async def replay(self) -> Message:
        """Return what the application receives: the rest of the body, then the disconnect."""
        if self._wrapped_rcv_disconnected:
            return {"type": DISCONNECT}
        if self._wrapped_rcv_consumed:
            return await self._receive_disconnect()
        body: bytes | None = getattr(self, "_body", None)
        if body is None:
            if not self._stream_consumed:
                return await self._receive_chunk()
            # COMPAT: FastAPI 0.165 gives the application an empty body after `stream()`.
            body = b""
        self._wrapped_rcv_consumed = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def wrapped_receive(self) -> Message:
        """Do the same, under Starlette's name."""
        return await self.replay()

    async def _receive_chunk(self) -> Message:
        """Return the next part of the body that is not empty, or its end."""
        while True:
            message = await self._receive()
            if message["type"] == DISCONNECT:
                self._is_disconnected = self._wrapped_rcv_disconnected = True
                return {"type": DISCONNECT}
            if message["type"] != "http.request":
                continue
            body = message.get("body", b"")
            more = message.get("more_body", False)
            if not more:
                self._stream_consumed = self._wrapped_rcv_consumed = True
            if body or not more:
                return {"type": "http.request", "body": body, "more_body": more}

    async def _receive_disconnect(self) -> Message:
        if not self._is_disconnected:
            message = await self._receive()
            if message["type"] != DISCONNECT:
                raise RuntimeError(f"Unexpected message received: {message['type']}")
        self._wrapped_rcv_disconnected = True
        return {"type": DISCONNECT}


ReplayingRequest.__name__ = ReplayingRequest.__qualname__ = "_CachedRequest"

"""The response that a function of middleware gets from `call_next`."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Collection,
    MutableMapping,
)
from typing import TYPE_CHECKING, Any, Final, Protocol

from starlette.background import BackgroundTask
from starlette.middleware import base
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Chunk = str | bytes | memoryview | MutableMapping[str, Any]

#: Stands for the body of a response that the function has neither read nor replaced.
UNTOUCHED: Final[Any] = object()


class Passing(Protocol):
    """What a response has its body from."""

    @property
    def running(self) -> Collection[object]:
        """The tasks in which the application runs."""
        ...

    def body(self) -> AsyncGenerator[Chunk, None]:
        """Return the parts of the response's body, or the message about a path to send."""
        ...

    def pass_body(self, send: Send) -> Awaitable[None]:
        """Send the body as it comes."""
        ...


if TYPE_CHECKING:
    _Response = Response
else:
    # COMPAT: applications import Starlette's class and compare with it.
    _Response = getattr(base, "_StreamingResponse", Response)


class StreamedResponse(_Response):
    """The application's response, in the function's hands.

    COMPAT: FastAPI 0.165. It has the name of Starlette's class, and like that is no
    `StreamingResponse`.

    Attributes:
        body_iterator: The parts of the body. They can be read, and be replaced by others.
    """

    media_type = None
    background: BackgroundTask | None = None
    #: What the function reads or has assigned.
    _body: AsyncIterable[Chunk] = UNTOUCHED

    def __init__(self, relay: Passing, status_code: int, headers: Any, info: object = None) -> None:
        # PERF: middleware. `Response()` would render a body and make headers for it.
        self._rapide_relay = relay
        self.status_code = status_code
        self.raw_headers = headers
        self.info = info

    @property
    def body_iterator(self) -> AsyncIterable[Chunk]:
        if self._body is UNTOUCHED:
            self._body = self._rapide_relay.body()
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
        if self._body is UNTOUCHED:
            await self._rapide_relay.pass_body(send)
        else:
            await _send_body(self._body, send)
        if self.background is not None:
            await self.background()


#: COMPAT: Starlette's name, which shows in messages.
StreamedResponse.__name__ = StreamedResponse.__qualname__ = "_StreamingResponse"


def passes_at_once(response: Response) -> bool:
    """Return whether a response passes on what the application has sent already.

    An application in a task of its own has its messages sent as they come.
    """
    return (
        type(response) is StreamedResponse
        and response._body is UNTOUCHED
        and not response._rapide_relay.running
    )


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

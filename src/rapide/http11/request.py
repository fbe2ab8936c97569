"""The request of an exchange: how much of it has come, and who has read it.

`states.py` has the states of a request, and the methods that change them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from starlette.types import Message

from rapide.http11 import serving
from rapide.http11.allocator import LARGE, note_large
from rapide.http11.contract import Exchange
from rapide.http11.heads import CONTINUE
from rapide.http11.states import (
    COLLECTING,
    COMPLETE,
    DELIVERED,
    EXPECTED,
    RECEIVED,
    RECEIVING,
    TAKEN,
)

#: Below this size, parts of a body are kept together, in bytes.
SMALL: Final = 512


class IncomingRequest(Exchange):
    """A request and its body. What comes of it is kept until the application takes it.

    Attributes:
        announced: The length of the body as the client announced it; -1 for chunks, of which any
            number may come.
        buffered: The size of the parts of the body that nobody has taken.
    """

    # PERF: small-json. Most requests change few of these, so they are not set for each.
    announced = 0
    buffered = 0
    _chunks: list[Any] | None = None
    #: Whether the client waits for `100 Continue` before it sends the body.
    _expects_continue = False
    #: The code that waits for the client.
    _waiters: list[asyncio.Future[None]] | None = None

    # The parser's side

    def expect_body(self, length: int, expects_continue: bool) -> None:
        """Expect a body of the announced length, for which the client may wait to be asked."""
        self.announced = length
        self._expects_continue = expects_continue

    def is_waiting(self) -> bool:
        """Return whether the client waits to be asked for the body."""
        return self._expects_continue and self.buffered == 0

    def complete_with(self, body: bytes) -> None:
        """Take the whole body at once."""
        self._chunks = [body]
        self.request_state = RECEIVED

    def complete_request(self) -> None:
        """Take the end of the body."""
        self.request_state = RECEIVED
        self.wake()

    def add_body(self, part: bytes) -> None:
        """Take a part of the body."""
        chunks = self._chunks
        if chunks is None:
            self._chunks = [part]
        elif len(part) >= SMALL:
            chunks.append(part)
        elif type(chunks[-1]) is bytearray:
            chunks[-1] += part
        else:
            # A client may send single bytes: as objects they would take many times their size.
            chunks.append(bytearray(part))
        self.buffered += len(part)
        if self.observation is not None:
            self.observation.received += len(part)
        if self.request_state != COLLECTING:
            self.wake()

    def drop_body(self) -> int:
        """Drop what has come of the body, and return its size."""
        self._chunks = None
        return self.buffered

    # The application's side

    def read_body(self) -> Awaitable[bytes]:
        """Read the whole body.

        Raises:
            HTTPException: 400, the client left before the body was complete.
        """
        return serving.read_body(self)

    def has_whole_body(self) -> bool:
        """Return whether the whole body has come; the client is asked for it if it waits."""
        if self._expects_continue:
            self._continue()
        if self.request_state == RECEIVING:
            self.request_state = COLLECTING
        return self.request_state >= RECEIVED

    def take_body(self) -> bytes:
        """Return the whole body, once it has come."""
        self.request_state = TAKEN
        return self._take()

    def next_message(self) -> Message | None:
        """Return the next message of ASGI's `receive`; None if it is still to come."""
        self.is_read = True
        if self._expects_continue:
            self._continue()
        if not self.client_disconnected and self.response_state != COMPLETE:
            if self._chunks or self.request_state == RECEIVED:
                return self._next_part()
            if self.request_state < DELIVERED or not self.connection.has_ended:
                return None
            # The client sends no more. It may have left, or wait for the response: whoever asks
            # takes it for the former. Then nothing more is sent: a response that was cut short for
            # this reason must never look whole.
            self.connection.close()
        self.has_heard = True
        return {"type": "http.disconnect"}

    def _next_part(self) -> Message:
        body = self._take()
        more = self.request_state < RECEIVED
        if self.request_state == RECEIVED:
            self.request_state = DELIVERED
            if self.announced >= LARGE:
                note_large(self.connection.loop)
        return {"type": "http.request", "body": body, "more_body": more}

    def wake(self) -> None:
        """Let the code that waits for the client look again."""
        waiters = self._waiters
        if waiters is None:
            return
        self._waiters = None
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def changed(self) -> Awaitable[None]:
        """Return what is done when the client has sent something, or has left."""
        connection = self.connection
        if self.request_state < RECEIVED:
            connection.resume_body()
        waiter = connection.loop.create_future()
        if self._waiters is None:
            self._waiters = [waiter]
        else:
            self._waiters.append(waiter)
        return waiter

    def _continue(self) -> None:
        self._expects_continue = False
        if not self.client_disconnected and self.response_state == EXPECTED:
            self.connection.flow.write(CONTINUE)
            self.connection.watch()

    def _take(self) -> bytes:
        chunks, self._chunks = self._chunks, None
        size, self.buffered = self.buffered, 0
        if not chunks:
            return b""
        if size >= LARGE:
            note_large(self.connection.loop)
        first: bytes = chunks[0]
        return first if len(chunks) == 1 else b"".join(chunks)

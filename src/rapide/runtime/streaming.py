"""Send the items of generator endpoints as JSON Lines or as chunks of a response class.

Theory of operation. A message to the server for each item costs more than the item, because most
servers write each message to the socket at once. So lines are gathered, but only if a generator has
yielded many items in quick succession, and only as long as it continues like that.

Rules:

1. Items are validated and encoded one by one, in order. The items before an error are sent.
2. Lines are sent one by one until `BURST` of them have come quickly, and again as soon as one takes
   longer than `PATIENCE`.
3. Lines are held back for no longer than `PATIENCE` while the generator is busy. As soon as it
   waits, a task sends them. (The generator may wait inside a timeout of its own, which must not
   interrupt the sending.)
4. After each message the event loop gets a turn, so that other tasks run and a request whose client
   has left can be cancelled.
5. Generators that are not async run in a worker thread, item by item.
6. On event loops other than asyncio's, each item is a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterator
from time import perf_counter
from types import AsyncGeneratorType, coroutine
from typing import Any, Final, TypeVar

import anyio.lowlevel
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Scope, Send

from rapide.runtime.eventloop import current_task, turn
from rapide.runtime.serialization import encode_wide_json
from rapide.runtime.threads import DEFAULT, Lane

T = TypeVar("T")
#: A function that encodes an item as JSON, for a request with this scope.
Encode = Callable[[object, Scope], bytes]
#: The time in seconds within which the lines of a message must come to count as quick.
PATIENCE: Final = 0.0005
#: The number of quick lines after which lines are gathered.
BURST: Final = 64
#: The maximal number of lines in a message.
MOST: Final = 32
#: The length in bytes from which a line is not held back.
LARGE: Final = 1024

_END: Final = object()


def encode_untyped(item: object, scope: Scope) -> bytes:
    """Encode an item as JSON if the endpoint does not declare its type."""
    return encode_wide_json(item).encode()


class Lines:
    """The items of a generator endpoint as lines of JSON."""

    __slots__ = ("encode", "is_async", "items", "lane", "scope")

    def __init__(
        self, items: Any, encode: Encode, scope: Scope, *, is_async: bool, lane: Lane = DEFAULT
    ) -> None:
        self.items = items
        self.encode = encode
        self.scope = scope
        self.is_async = is_async
        #: The lane in which a blocking generator makes its items.
        self.lane = lane

    def __iter__(self) -> Iterator[bytes]:
        for item in self.items:
            yield self.encode(item, self.scope) + b"\n"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for item in self.items:
            yield self.encode(item, self.scope) + b"\n"
            # A generator that never waits must still give cancellations and other tasks a turn.
            await anyio.lowlevel.checkpoint()

    async def send_all(self, send: Send) -> None:
        """Send every line."""
        if self.is_async:
            await _Gathering(self, send).run()
            return
        lines = iter(self)
        await turn()
        run = self.lane.run_in_thread
        while (line := await run(next, lines, _END)) is not _END:
            await send({"type": "http.response.body", "body": line, "more_body": True})
            # The consumer uses the line before the generator continues.
            await turn()


JSON_LINES: Final = "application/jsonl"


def chunks_of(lines: Lines) -> AsyncIterator[bytes]:
    """Yield the lines one by one, for any streaming response."""
    if lines.is_async:
        return aiter(lines)
    if lines.lane is not DEFAULT:
        return lines.lane.iterate(lines)
    return iterate_in_threadpool(iter(lines))


class JsonLines(StreamingResponse):
    """A response in JSON Lines.

    Like any streaming response, it has a `body_iterator` that can be read and replaced.
    """

    media_type = JSON_LINES

    def __init__(self, content: Lines, **options: Any) -> None:
        chunks = chunks_of(content)
        super().__init__(chunks, **options)
        self.lines = content
        self.own_iterator = chunks

    async def stream_response(self, send: Send) -> None:
        """Send head and lines."""
        if self.body_iterator is not self.own_iterator or current_task() is None:
            await super().stream_response(send)
            return
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        await self.lines.send_all(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Gathering:
    """The lines of one response, which are gathered into messages to the server."""

    __slots__ = ("behind", "held", "lines", "send", "since")

    def __init__(self, lines: Lines, send: Send) -> None:
        self.lines = lines
        self.send = send
        self.held: list[bytes] = []
        #: The task that sends the held lines when the generator begins to wait.
        self.behind: asyncio.Task[None] | None = None
        #: The time at which the generator last began to work undisturbed.
        self.since = perf_counter()

    @coroutine
    def run(self) -> Generator[Any, Any, None]:
        """Send every line: run `_produce`, and notice when it waits."""
        work = self._produce()
        advance: Callable[[Any], Any] = work.send
        given: Any = None
        while True:
            try:
                signal = advance(given)
            except StopIteration:
                return
            if self.held:
                # No such task can be running: otherwise the item would not have been held.
                self.behind = asyncio.create_task(self._send(self._take()))
            try:
                given = yield signal
            except BaseException as error:
                advance, given = work.throw, error
            else:
                advance = work.send
            self.since = perf_counter()

    async def _produce(self) -> None:
        held, encode, scope = self.held, self.lines.encode, self.lines.scope
        quick, room = 0, 1
        try:
            async for item in self.lines.items:
                line = encode(item, scope) + b"\n"
                held.append(line)
                elapsed = perf_counter() - self.since
                is_quick = elapsed < PATIENCE
                if is_quick and len(held) < room and len(line) < LARGE and self.behind is None:
                    continue
                quick = quick + len(held) if is_quick else 0
                room = MOST if quick >= BURST else 1
                await self._send_held()
                await turn()
        except Exception:
            await self._send_held()
            raise
        except BaseException:
            close_soon(self.lines.items)
            raise
        else:
            await self._send_held()
        finally:
            if self.behind is not None:
                self.behind.cancel()

    def _take(self) -> bytes:
        lines = b"".join(self.held)
        self.held.clear()
        return lines

    async def _send_held(self) -> None:
        """Send the held lines, after those that a task may still be sending."""
        lines = self._take()
        if self.behind is not None:
            await self.behind
            self.behind = None
        if lines:
            await self._send(lines)

    async def _send(self, lines: bytes) -> None:
        await self.send({"type": "http.response.body", "body": lines, "more_body": True})


#: The tasks that close generators; the event loop itself does not keep them.
_closing: Final[set[asyncio.Task[None]]] = set()


def close_soon(items: object) -> None:
    """Close an async generator whose consumer was cancelled, so that its `finally` runs.

    The cancellation has not reached the generator if it was not waiting. When it is collected, it
    would be closed in a task of its own, too, but that may be much later.
    """
    if type(items) is AsyncGeneratorType and current_task() is not None:
        task = asyncio.create_task(_close(items))
        _closing.add(task)
        task.add_done_callback(_closing.discard)


async def _close(items: AsyncGeneratorType[Any, Any]) -> None:
    await items.aclose()


async def checked(chunks: AsyncIterable[T]) -> AsyncIterator[T]:
    """Yield the chunks of an async generator, with a turn for the event loop after each one."""
    async for chunk in chunks:
        yield chunk
        await anyio.lowlevel.checkpoint()

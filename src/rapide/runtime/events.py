"""Send the items of generator endpoints as Server-Sent Events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from starlette.concurrency import iterate_in_threadpool
from starlette.types import Scope

from rapide import sse
from rapide._replaced import used
from rapide.runtime.serialization import encode_wide_json
from rapide.runtime.streaming import Encode, checked, close_soon

_WRITE: Final = sse.format_sse_event

#: Headers that make proxies such as nginx pass events on at once instead of buffering them.
UNBUFFERED: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class EventStream(sse.EventSourceResponse):
    """A response of events, with the headers against buffering."""

    def __init__(self, content: AsyncIterator[bytes], **options: Any) -> None:
        super().__init__(content, **options)
        self.headers.update(UNBUFFERED)


async def open_events(
    items: Any,
    encode: Encode,
    scope: Scope,
    stack: AsyncExitStack,
    *,
    is_async: bool,
    iterate: Callable[[Any], AsyncIterator[object]] | None = None,
) -> AsyncIterator[bytes]:
    """Start producing events. The producer ends with the request's exit stack.

    `iterate` runs a blocking generator in other threads than those of the default lane.
    """
    iterate = iterate or used("routing.iterate_in_threadpool", iterate_in_threadpool)
    source = items if is_async else iterate(items)
    events = await stack.enter_async_context(_produce(source, encode, scope))
    stack.push_async_callback(events.aclose)
    return checked(events)


def encode_event(item: object, encode: Encode, scope: Scope) -> bytes:
    """Encode an item as an event. A plain value becomes its data."""
    write = used("routing.format_sse_event", _WRITE)
    if not isinstance(item, sse.ServerSentEvent):
        return write(data_str=encode(item, scope).decode())
    data: str | None = None
    if item.raw_data is not None:
        data = item.raw_data
    elif item.data is not None:
        dump = getattr(item.data, "model_dump_json", None)
        data = encode_wide_json(item.data) if dump is None else dump()
    return write(
        data_str=data, event=item.event, id=item.id, retry=item.retry, comment=item.comment
    )


@asynccontextmanager
async def _produce(
    source: AsyncIterator[object], encode: Encode, scope: Scope
) -> AsyncIterator[MemoryObjectReceiveStream[bytes]]:
    """Run a generator in a task of its own, so that keep-alive time-outs never interrupt it."""
    to_timer, from_generator = anyio.create_memory_object_stream[bytes](1)
    to_client, from_timer = anyio.create_memory_object_stream[bytes](1)

    async def generate() -> None:
        async with to_timer:
            try:
                async for item in source:
                    event = encode_event(item, encode, scope)
                    if not await _is_taken(to_timer.send, event):
                        close_soon(source)
                        return
            except anyio.get_cancelled_exc_class():
                close_soon(source)
                raise

    async def keep_alive() -> None:
        async with to_client, from_generator:
            await _forward(from_generator.receive, to_client.send)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(generate)
        tasks.start_soon(keep_alive)
        yield from_timer
        tasks.cancel_scope.cancel()


async def _forward(
    receive: Callable[[], Awaitable[bytes]], send: Callable[[bytes], Awaitable[None]]
) -> None:
    """Pass events on, and send a comment if none came within the keep-alive interval."""
    while True:
        try:
            with anyio.fail_after(sse._PING_INTERVAL):
                event = await receive()
        except TimeoutError:
            event = sse.KEEPALIVE_COMMENT
        except anyio.EndOfStream:
            return
        if not await _is_taken(send, event):
            return


async def _is_taken(send: Callable[[bytes], Awaitable[None]], event: bytes) -> bool:
    """Send an event; return whether somebody takes it, or the client has left."""
    try:
        await send(event)
    except anyio.BrokenResourceError:
        # COMPAT: FastAPI 0.165 lets this error out of the request, into the log.
        return False
    return True

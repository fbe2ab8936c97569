"""Generator endpoints: JSON Lines, Server-Sent Events, or chunks for a response class."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.lowlevel
from anyio.streams.memory import MemoryObjectReceiveStream
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Scope

from rapide import sse
from rapide.encoders import jsonable_encoder
from rapide.exceptions import EndpointContext, ResponseValidationError
from rapide.schema import ModelField, ValidationError
from rapide.schema.errors import relocate_errors
from rapide.signature.callables import is_async_gen_callable, is_gen_callable

REQUEST_STACK = "fastapi_inner_astack"


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How the items of a generator endpoint become a response."""

    kind: str
    call: Callable[..., Any]
    is_async: bool
    response_class: type[Response]
    item_field: ModelField | None
    serialization: dict[str, Any]

    @classmethod
    def of(
        cls,
        call: Callable[..., Any],
        response_class: type[Response],
        is_json_stream: bool,
        item_field: ModelField | None,
        serialization: dict[str, Any],
    ) -> StreamPlan | None:
        """The plan of a generator endpoint; None for an endpoint that returns."""
        is_async = is_async_gen_callable(call)
        if isinstance(response_class, type) and issubclass(response_class, sse.EventSourceResponse):
            kind = "events"
        elif is_json_stream:
            kind = "json lines"
        elif is_async or is_gen_callable(call):
            kind = "chunks"
        else:
            return None
        return cls(kind, call, is_async, response_class, item_field, serialization)

    def encode_item(self, item: Any, context: EndpointContext) -> bytes:
        """One item as JSON, validated when the endpoint says what it yields.

        Raises:
            ResponseValidationError: The item does not fit the declared type.
        """
        field = self.item_field
        if field is None:
            return encode_untyped(item).encode()
        try:
            value = field.validator.validate_python(item, from_attributes=True)
        except ValidationError as error:
            errors = relocate_errors(error.errors(include_url=False), ("response",))
            raise ResponseValidationError(errors=errors, body=item, endpoint_ctx=context) from None
        return field.serializer.to_json(value, **self.serialization)

    def encode_event(self, item: Any, context: EndpointContext) -> bytes:
        """One item as an event; plain values become its data."""
        if not isinstance(item, sse.ServerSentEvent):
            return sse.format_sse_event(data_str=self.encode_item(item, context).decode())
        data: str | None = None
        if item.raw_data is not None:
            data = item.raw_data
        elif item.data is not None:
            dump = getattr(item.data, "model_dump_json", None)
            data = encode_untyped(item.data) if dump is None else dump()
        return sse.format_sse_event(
            data_str=data, event=item.event, id=item.id, retry=item.retry, comment=item.comment
        )

    async def respond(
        self, solved: Any, options: dict[str, Any], scope: Scope, context: EndpointContext
    ) -> Response:
        """Make the response; its headers include those of the injected response."""
        items = self.call(**solved.values)
        response: Response
        if self.kind == "events":
            stack: AsyncExitStack = scope[REQUEST_STACK]
            content = await _open_events(self, items, stack, context)
            response = StreamingResponse(content, media_type="text/event-stream", **options)
            response.headers["Cache-Control"] = "no-cache"
            # Proxies such as nginx would hold events back.
            response.headers["X-Accel-Buffering"] = "no"
        elif self.kind == "json lines":
            each: Any = _each_async if self.is_async else _each_sync
            lines = each(items, lambda item: self.encode_item(item, context) + b"\n")
            response = StreamingResponse(lines, media_type="application/jsonl", **options)
        else:
            chunks = _each_async(items, lambda chunk: chunk) if self.is_async else items
            response = self.response_class(content=chunks, **options)
        response.headers.raw.extend(solved.response.headers.raw)
        return response


def encode_untyped(item: Any) -> str:
    """JSON of any value, in the wide form of `json.dumps`; numbers JSON lacks become null."""
    return json.dumps(_finite(jsonable_encoder(item)))


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_finite(value) for value in data]
    return data


def _each_sync(items: Iterable[Any], encode: Callable[[Any], Any]) -> Iterable[Any]:
    for item in items:
        yield encode(item)


async def _each_async(
    items: AsyncIterator[Any], encode: Callable[[Any], Any]
) -> AsyncIterator[Any]:
    async for item in items:
        yield encode(item)
        # A generator that never waits must still let cancellations, and others, in.
        await anyio.lowlevel.checkpoint()


async def _open_events(
    plan: StreamPlan, items: Any, stack: AsyncExitStack, context: EndpointContext
) -> AsyncIterator[bytes]:
    """Start producing events; ends with the request's exit stack."""
    source = items if plan.is_async else iterate_in_threadpool(items)
    events = await stack.enter_async_context(
        _produce(source, lambda item: plan.encode_event(item, context))
    )
    stack.push_async_callback(events.aclose)
    return _each_async(events, lambda event: event)


@asynccontextmanager
async def _produce(
    source: AsyncIterator[Any], encode: Callable[[Any], bytes]
) -> AsyncIterator[MemoryObjectReceiveStream[bytes]]:
    """Run a generator in a task of its own, so that keep-alive time-outs never interrupt it."""
    to_timer, from_generator = anyio.create_memory_object_stream[bytes](1)
    to_client, from_timer = anyio.create_memory_object_stream[bytes](1)

    async def generate() -> None:
        async with to_timer:
            async for item in source:
                await to_timer.send(encode(item))

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
    """Pass events on, with a comment whenever none came for the keep-alive interval."""
    while True:
        try:
            with anyio.fail_after(sse._PING_INTERVAL):
                event = await receive()
        except TimeoutError:
            event = sse.KEEPALIVE_COMMENT
        except anyio.EndOfStream:
            return
        await send(event)

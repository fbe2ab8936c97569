"""Generator endpoints on the generic path."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Literal

from starlette.responses import Response
from starlette.types import Scope

from rapide import sse
from rapide.exceptions import EndpointContext, ResponseValidationError
from rapide.generic import seams
from rapide.runtime.events import UNBUFFERED, open_events
from rapide.runtime.lanes import current_lane
from rapide.runtime.streaming import (
    JSON_LINES,
    Encode,
    Lines,
    checked,
    chunks_of,
    encode_untyped,
)
from rapide.schema import ModelField, lenient_issubclass
from rapide.scope_keys import REQUEST_STACK
from rapide.signature.callables import is_async_gen_callable, is_gen_callable
from rapide.types import UserCallable


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How the items of a generator endpoint become a response."""

    kind: Literal["events", "json lines", "chunks"]
    call: UserCallable
    is_async: bool
    response_class: type[Response]
    item_field: ModelField | None
    serialization: dict[str, Any]

    @classmethod
    def of(
        cls,
        call: Callable[..., object],
        response_class: type[Response],
        is_json_stream: bool,
        item_field: ModelField | None,
        serialization: dict[str, object],
    ) -> StreamPlan | None:
        """Return the plan of a generator endpoint, or None for an endpoint that returns."""
        is_async = is_async_gen_callable(call)
        kind: Literal["events", "json lines", "chunks"]
        if lenient_issubclass(response_class, sse.EventSourceResponse):
            kind = "events"
        elif is_json_stream:
            kind = "json lines"
        elif is_async or is_gen_callable(call):
            kind = "chunks"
        else:
            return None
        return cls(kind, call, is_async, response_class, item_field, serialization)

    def encoder(self, context: EndpointContext) -> Encode:
        """Return a function that encodes an item as JSON and validates it if its type is declared.

        Raises (when called):
            ResponseValidationError: The item does not fit the declared type.
        """
        field, options = self.item_field, self.serialization
        if field is None:
            return encode_untyped

        def encode(item: object, scope: Scope) -> bytes:
            value, errors = field.validate(item, loc=("response",))
            if errors:
                raise ResponseValidationError(errors=errors, body=item, endpoint_ctx=context)
            return field.serializer.to_json(value, **options)

        return encode

    async def respond(
        self, solved: Any, options: dict[str, Any], scope: Scope, context: EndpointContext
    ) -> Response:
        """Make the response; its headers include those of the injected response."""
        items = self.call(**solved.values)
        lane = None if self.is_async else current_lane.get()
        if lane is not None and not lane.is_named:
            lane = None
        response: Response
        if self.kind == "events":
            stack: AsyncExitStack = scope[REQUEST_STACK]
            encode = self.encoder(context)
            iterate = None if lane is None else lane.iterate
            events = await open_events(
                items, encode, scope, stack, is_async=self.is_async, iterate=iterate
            )
            response = seams.current["StreamingResponse"](
                events, media_type="text/event-stream", **options
            )
            for name, value in UNBUFFERED.items():
                response.headers[name] = value
        elif self.kind == "json lines":
            lines = Lines(items, self.encoder(context), scope, is_async=self.is_async)
            if lane is not None:
                lines.lane = lane
            # COMPAT: as in FastAPI 0.165, a user's route class sees the response and its class.
            response = seams.current["StreamingResponse"](
                chunks_of(lines), media_type=JSON_LINES, **options
            )
        else:
            if lane is not None:
                items = lane.iterate(items)
            response = self.response_class(
                content=checked(items) if self.is_async else items, **options
            )
        response.headers.raw.extend(solved.response.headers.raw)
        return response

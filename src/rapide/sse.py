"""Server-sent events (WHATWG HTML section 9.2)."""

from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from rapide._documented import documented
from rapide._imported_names import add_imported_names

if TYPE_CHECKING:
    from rapide._sse_event import ServerSentEvent

__all__ = [
    "KEEPALIVE_COMMENT",
    "EventSourceResponse",
    "ServerSentEvent",
    "format_sse_event",
]

KEEPALIVE_COMMENT = b": ping\n\n"

# The time in seconds without events before a keep-alive comment. It is read at each use, so that
# tests can change it.
_PING_INTERVAL: float = 15.0

# SPEC: OpenAPI 3.2 section 4.14.4, the schema of one event.
_SSE_EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}


class EventSourceResponse(StreamingResponse):
    """A stream of server-sent events.

    If it is the `response_class` of a generator endpoint, each item becomes an event: a
    `ServerSentEvent` as it is, any other value as JSON in `data`.

    Args:
        content: The events: an iterator of text or bytes, asynchronous or not.
        status_code: Status of the response.
        headers: Headers, by their names.
        media_type: The media type, for `Content-Type`.
        background: Tasks to run after the response is sent.
    """

    media_type = "text/event-stream"


@documented
def format_sse_event(
    *,
    data_str: str | None = None,
    event: str | None = None,
    id: str | None = None,
    retry: int | None = None,
    comment: str | None = None,
) -> bytes:
    """Format one event, including the empty line that ends it.

    Args:
        data_str: Text of `data`, already serialized. Several lines become several fields.
        event: Name of the event, a single line.
        id: `Last-Event-ID` that a client sends when it reconnects, a single line.
        retry: Time in milliseconds before a client reconnects.
        comment: Text that clients ignore.
    """
    lines = [f": {line}" for line in _lines(comment)]
    if event is not None:
        lines.append(f"event: {event}")
    lines += [f"data: {line}" for line in _lines(data_str)]
    if id is not None:
        lines.append(f"id: {id}")
    if retry is not None:
        lines.append(f"retry: {retry}")
    return "\n".join([*lines, "", ""]).encode()


def _lines(text: str | None) -> list[str]:
    # `str.splitlines` would also split at separators that the format does not have.
    return [] if text is None else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def __getattr__(name: str) -> Any:
    # PERF: startup. The model is built only if it is used.
    if name == "ServerSentEvent":
        from rapide._sse_event import ServerSentEvent

        return ServerSentEvent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


add_imported_names(__name__)

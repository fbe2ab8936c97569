"""The end of a server, as its connections, streams and WebSockets hear of it.

Theory of operation. If a server waits before it stops, so that balancers notice,
`announce_shutdown` lets each answer be its connection's last for the rest of that time. So clients
go elsewhere while nothing is refused yet, and few idle connections are left to be closed.

`begin_shutdown` tells all connections of a server. uvicorn's own server tells each connection
(`shutdown`), and the first of them tells the application. From then on

1. the application's event is set (`rapide.shutdown`);
2. each answer is its connection's last. Idle connections are closed after a moment, in which a
   request may come that is on its way;
3. a stream of server-sent events ends after its next event. Its client connects again, so it ends
   as if the application had ended it;
4. JSON Lines end a moment after their next line, in which the application may end them itself.
   A client must not take lines that are cut short for all of them, so it sees that the end is
   missing;
5. WebSockets are closed with 1012;
6. when half of the grace is over, the streams that had no next item are ended in the same way.
   Handlers of WebSockets that have not received the end are cancelled;
7. when all of the grace is over, the tasks of streams that have not heard of the end are cancelled,
   and the connections of streams and WebSockets whose clients do not read are aborted.

The application hears that the client of a stream has left when the server ends it. All other
requests have the time that uvicorn's `timeout_graceful_shutdown` gives them.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable
from weakref import WeakKeyDictionary, WeakSet

from rapide.http11.contract import Exchange
from rapide.http11.framing import LAST_CHUNK
from rapide.http11.heads import as_bytes
from rapide.http11.states import BY_LENGTH, CHUNKED, NO_BODY, STARTED
from rapide.shutdown import ShutdownEvent, events_of_servers

if TYPE_CHECKING:
    from uvicorn.server import ServerState

_errors: Final = logging.getLogger("uvicorn.error")

#: How long an idle connection is kept at shutdown for a request that is on its way, in seconds.
LAST_CALL: Final = 0.2
#: The time that streams and WebSockets have to end, in seconds.
GRACE: Final = 1.0
#: The time after their next line in which JSON Lines may end by themselves, in seconds.
LAST_WORDS: Final = 0.05

#: The part of the delay before the end in which balancers may not have noticed that the server is
#: not ready. Clients that were sent away in it would only come back.
UNCHANGED_PART: Final = 0.5

#: A stream that clients ask for again when it ends.
EVENTS: Final = b"text/event-stream"
#: Other streams that may have no end of their own.
ENDLESS: Final = (b"application/jsonl", b"multipart/x-mixed-replace")


@runtime_checkable
class HttpConnection(Protocol):
    """A connection that is not a WebSocket."""

    def end_after_answer(self) -> None:
        """Let the next answer be the last one."""


class Arrival:
    """A connection that was accepted and whose TLS handshake is under way."""

    __slots__ = ("__weakref__",)


class Shutdown:
    """Whether a server stops, and how long its connections have.

    Attributes:
        event: The event that the application sees.
        is_near: Whether each answer is its connection's last, because the server is about to stop.
        has_begun: Whether the server has begun to stop.
        idle_seconds: How long idle connections are kept.
        grace_seconds: How long streams and WebSockets have to end.
        arrivals: The connections that are accepted, and not made yet.
    """

    def __init__(self) -> None:
        self.event = ShutdownEvent()
        events_of_servers.add(self.event)
        self.is_near = False
        self.has_begun = False
        self.idle_seconds = LAST_CALL
        self.grace_seconds = GRACE
        self.arrivals: WeakSet[Arrival] = WeakSet()

    def begin(self) -> None:
        """Tell the application, unless it has been told."""
        if not self.has_begun:
            self.has_begun = True
            self.event.set()

    def arrive(self) -> Arrival:
        """Note a connection whose TLS handshake begins. It is forgotten with the result."""
        arrival = Arrival()
        self.arrivals.add(arrival)
        return arrival

    def on_stream(self, exchange: Any) -> None:
        """End a response whose body has begun, if it is a stream."""
        kind = content_type_of(exchange.stream_headers)
        if not kind.startswith((EVENTS, *ENDLESS)) or exchange._framing in (NO_BODY, BY_LENGTH):
            return
        exchange.ends_at_item = True
        loop: asyncio.AbstractEventLoop = exchange.connection.loop
        loop.call_later(self.grace_seconds / 2, end_stream, exchange)
        loop.call_later(self.grace_seconds, abandon_stream, exchange)

    def explains(self, error: BaseException, exchange: Exchange, is_over: bool) -> bool:
        """Return whether the end of the server is why a task has ended; say so in one line.

        The task of a request is cancelled at the end of the time for the shutdown, that of a stream
        earlier.
        """
        if not (self.has_begun and isinstance(error, asyncio.CancelledError)):
            return False
        if not is_over:
            _errors.error("%s %s was cancelled: the server stops", exchange.method, exchange.path)
        return True

    def on_websocket(self, connection: Any) -> None:
        """Cancel the handler of a WebSocket after the grace if it has not heard of the end."""
        loop: asyncio.AbstractEventLoop = connection.loop
        loop.call_later(self.grace_seconds / 2, cancel_if_unreceived, connection)
        loop.call_later(self.grace_seconds, connection.flow.transport.abort)


def end_at_item(exchange: Any) -> None:
    """End a stream of which an item was just sent: events now, other streams in a moment."""
    if is_of_events(exchange):
        end_stream(exchange)
    else:
        exchange.ends_at_item = False
        exchange.connection.loop.call_later(LAST_WORDS, end_stream, exchange)


def end_stream(exchange: Any) -> None:
    """End a stream that the application has not ended."""
    if exchange.response_state != STARTED or exchange.client_disconnected:
        return
    if is_of_events(exchange):
        # The client has the whole answer, as far as it can tell.
        if exchange._framing == CHUNKED:
            exchange.connection.flow.write(LAST_CHUNK)
        exchange.disconnect()
        exchange._complete_response()
    else:
        exchange.connection.close()


def abandon_stream(exchange: Any) -> None:
    """Leave nothing of a stream that was ended, if its client does not read or nobody has heard."""
    if not exchange.client_disconnected:
        return  # the application has ended it
    if exchange.connection.current is exchange:
        exchange.connection.flow.transport.abort()
    if not exchange.has_heard and exchange._task is not None:
        exchange._task.cancel()


def cancel_if_unreceived(connection: Any) -> None:
    """Cancel the handler of a WebSocket, unless it has received that the server stops."""
    if connection.task is not None and connection.inbox.messages:
        connection.task.cancel()


def is_of_events(exchange: Any) -> bool:
    """Return whether a response is a stream that its client asks for again."""
    return content_type_of(exchange.stream_headers).startswith(EVENTS)


def content_type_of(headers: Any) -> bytes:
    """Return the content type among the fields of a response."""
    for name, value in headers:
        if as_bytes(name).lower() == b"content-type":
            return as_bytes(value).lower()
    return b""


_shutdowns: WeakKeyDictionary[ServerState, Shutdown] = WeakKeyDictionary()


def shutdown_of(state: ServerState) -> Shutdown:
    """Return the account of a server's shutdown."""
    shutdown = _shutdowns.get(state)
    if shutdown is None:
        shutdown = _shutdowns[state] = Shutdown()
    return shutdown


def announce_shutdown(state: ServerState) -> None:
    """Let each answer be its connection's last, and everything else go on.

    Call it in the event loop of the server.
    """
    shutdown_of(state).is_near = True
    for connection in list(state.connections):
        if isinstance(connection, HttpConnection):
            connection.end_after_answer()


def begin_shutdown(
    state: ServerState, *, idle_seconds: float = LAST_CALL, grace_seconds: float | None = None
) -> Shutdown:
    """Let a server's connections end, and tell its application.

    Call it in the event loop of the server. A second call may shorten the times.

    Args:
        state: uvicorn's account of the server.
        idle_seconds: How long idle connections are kept. A worker that is replaced can keep them as
            long as usual, so that a client that is just sending a request gets its answer.
        grace_seconds: How long streams and WebSockets have to end; None for the configured time.
    """
    shutdown = shutdown_of(state)
    shutdown.idle_seconds = idle_seconds
    if grace_seconds is not None:
        shutdown.grace_seconds = grace_seconds
    shutdown.begin()
    for connection in list(state.connections):
        connection.shutdown()
    return shutdown


def is_quiet(state: ServerState) -> bool:
    """Return whether a server has neither connections nor running requests, nor awaits one."""
    return not (state.connections or state.tasks or shutdown_of(state).arrivals)

"""What the modules of the wire, and the rooms above it, know of each other.

    Connection  what an exchange needs of its connection
    Exchange    one request and its response, as the application and the layers around it see them
    Layer       middleware between the routes and the client
    Application what answers requests without ASGI

The first two are base classes, because attributes of a native class are as fast as a structure's in
C. The other two are protocols: what implements them stays Python.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, Final, Protocol

from starlette.types import Message, Receive, Scope, Send

from rapide.http11.flow import Flow
from rapide.http11.heads import Headers
from rapide.http11.outcomes import Outcome
from rapide.http11.states import (
    ADMITTED,
    ANSWERED,
    AROUND_ROUTES,
    AT_ROUTES,
    COMPLETE,
    EXPECTED,
    RECEIVED,
    RECEIVING,
    REFUSED,
    TAKEN,
)

#: mypyc leaves an attribute unset whose default is `None` itself and whose type is a protocol.
NO_LAYER: Final = None


class Connection(asyncio.Protocol, ABC):
    """A connection, as its exchanges see it.

    Attributes:
        loop: The event loop.
        flow: Output to the client.
        server: The address that the client has connected to.
        client: The client's address.
        client_name: The client's address as the access log has it.
        is_logged: Whether somebody wants to know of responses: the access log, or an observer.
        has_access_log: Whether there is an access log.
        scheme: `http` or `https`.
        app_state: What the lifespan left for requests.
        has_ended: Whether the client sends no more.
    """

    loop: asyncio.AbstractEventLoop
    flow: Flow
    server: tuple[str, int | None] | None
    client: tuple[str, int] | None
    client_name: str
    is_logged: bool
    has_access_log: bool
    scheme: str
    app_state: dict[str, Any]
    has_ended: bool

    @abstractmethod
    def watch(self) -> None:
        """Set the deadline for what the connection waits for."""

    @abstractmethod
    def resume_body(self) -> None:
        """Let more of the body come that is being received: the application waits for it."""

    @abstractmethod
    def on_response_end(self) -> None:
        """Go on to the next request: the response has been written."""

    @abstractmethod
    def close(self) -> None:
        """Close when what is written has been sent."""


class Exchange(ABC):
    """A request, how much of it has come, and how much of its response has left.

    Attributes:
        is_forwarded: Whether a proxy says who the client is.
        client_disconnected: Whether nothing can be sent any more, nor will anything come.
        outcome: What answers, or what was raised when it was looked for; None before.
        found: What routing found, if a compiled route answers.
        layer: The innermost middleware, which takes the response; None for the client.
        observation: What an observer knows of it; None if nobody observes requests.
        is_read: Whether somebody has asked by ASGI what the client sends.
        kept_body: The bytes of the body, and what they were decoded to, if compiled code has read
            it.
        known_scope: The ASGI scope, once somebody has asked for it.
        stream_headers: The header fields of a response that is sent in parts.
        ends_at_item: Whether the server, which stops, ends the response behind its next part.
        has_heard: Whether the application has heard that the client has left.
    """

    # PERF: small-json. Most requests change few of these, so they are not set for each.
    request_state = RECEIVING
    response_state = EXPECTED
    verdict = ADMITTED
    place = AT_ROUTES
    client_disconnected = False
    is_forwarded = False
    outcome: Any = None
    found: Any = None
    layer: Layer | None = NO_LAYER
    observation: Any = None
    is_read = False
    kept_body: Any = None
    known_scope: dict[str, Any] | None = None
    stream_headers: Any = ()
    ends_at_item = False
    has_heard = False

    def __init__(
        self,
        connection: Connection,
        method: str,
        path: str,
        raw_path: bytes,
        query_string: bytes,
        headers: Headers,
    ) -> None:
        self.connection = connection
        self.method = method
        self.path = path
        self.raw_path = raw_path
        self.query_string = query_string
        self.headers = headers
        self.http_version = "1.1"

    # States

    @property
    def request_complete(self) -> bool:
        """Whether the whole request has come; its body may still be unread."""
        return self.request_state >= RECEIVED

    @property
    def is_consumed(self) -> bool:
        """Whether compiled code has taken all of the body."""
        return self.request_state == TAKEN

    @property
    def response_started(self) -> bool:
        """Whether the head of the response is on its way."""
        return self.response_state != EXPECTED

    @property
    def response_complete(self) -> bool:
        """Whether the whole response is on its way."""
        return self.response_state == COMPLETE

    @property
    def is_refused(self) -> bool:
        """Whether the response is the server's own, of which the application does not know."""
        return self.verdict == REFUSED

    @property
    def is_routed(self) -> bool:
        """Whether the scope says what routing found: middleware around the routes sees it later."""
        return self.place != AROUND_ROUTES

    @property
    def is_answered(self) -> bool:
        """Whether the innermost middleware has the response of the routes, or its beginning."""
        return self.place == ANSWERED

    def stay_around_routes(self) -> None:
        """Let a function of middleware have the request before the routes have it."""
        self.place = AROUND_ROUTES

    def enter_routes(self) -> None:
        """Let the routes have the request."""
        self.place = AT_ROUTES

    def mark_answered(self) -> None:
        """Note that the innermost middleware has the response, or its beginning."""
        self.place = ANSWERED

    @abstractmethod
    def runs_alone(self) -> bool:
        """Return whether the handler is certain to run in no cancel scope."""

    # Answering

    @property
    @abstractmethod
    def scheme(self) -> str:
        """The scheme that the client has used, as far as proxies are trusted to say so."""

    @abstractmethod
    def answer(
        self, first_line: bytes, tail: bytes, content: Any, *, is_outside: bool = False
    ) -> None:
        """Send a whole response with prepared lines; `tail` follows the Content-Length.

        `is_outside` says that it has passed the middleware.
        """

    @abstractmethod
    def respond(self, status: Any, headers: Any, content: Any, *, is_outside: bool = False) -> None:
        """Send a whole response; for `is_outside` see `answer`.

        Raises:
            RuntimeError: A header may not be sent, or the Content-Length is another one.
        """

    # ASGI

    @property
    @abstractmethod
    def scope(self) -> Scope:
        """The ASGI scope."""

    @property
    @abstractmethod
    def receive(self) -> Receive:
        """The `receive` of the innermost application."""

    @property
    @abstractmethod
    def send(self) -> Send:
        """The `send` of the innermost application."""

    @property
    @abstractmethod
    def receive_outside(self) -> Receive:
        """The `receive` of the outermost application."""

    @property
    @abstractmethod
    def send_outside(self) -> Send:
        """The `send` of the outermost application."""

    @abstractmethod
    def is_changed(self) -> bool:
        """Return whether somebody has changed the request in its scope; take over its fields."""

    # What the coroutines of `serving.py` call

    @property
    @abstractmethod
    def application(self) -> Application | None:
        """The application as it answers without ASGI; None if it does not."""

    @property
    @abstractmethod
    def asgi_application(self) -> Any:
        """The application as ASGI knows it."""

    @abstractmethod
    def claim(self) -> DirectHandler | None:
        """Return what is to answer; None if that is done, or nobody waits for it any more."""

    @abstractmethod
    def settle(self) -> None:
        """Make sure that there is a response after the application has returned."""

    @abstractmethod
    def crash(self, error: BaseException) -> None:
        """Report what the application has raised, and answer if nobody has."""

    @abstractmethod
    def release(self) -> None:
        """Forget the task of the request, which has ended."""

    @abstractmethod
    def has_whole_body(self) -> bool:
        """Return whether the whole body has come; the client is asked for it if it waits."""

    @abstractmethod
    def take_body(self) -> bytes:
        """Return the whole body, once it has come."""

    @abstractmethod
    def changed(self) -> Awaitable[None]:
        """Return what is done when the client has sent something, or has left."""

    @abstractmethod
    def next_message(self) -> Message | None:
        """Return the next message of ASGI's `receive`; None if it is still to come."""

    @abstractmethod
    def send_message(self, message: Message) -> bool:
        """Send a part of the response, past all middleware (ASGI); return whether the server stops.

        Raises:
            RuntimeError: The message is not the one that has to come now.
        """


#: A handler of a route that is compiled for this transport.
DirectHandler = Callable[[Exchange], Awaitable[None]]


class Layer(Protocol):
    """Takes the response of an exchange instead of the client.

    Attributes:
        outer: The layer that the response goes to next; None for the client.
        handles_errors: Whether this or an outer layer lets exception handlers answer what the
            routes raise, so that what comes out of it is for the server's error page.
    """

    outer: Layer | None
    handles_errors: bool

    def answer(self, exchange: Exchange, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""

    def respond(self, exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response."""

    def send_on(self, exchange: Exchange, message: Message) -> Awaitable[None]:
        """Take a part of a response (ASGI)."""
        ...

    def receive_for(self, exchange: Exchange) -> Awaitable[Message]:
        """Return the next message of ASGI's `receive`."""
        ...


class Observer(Protocol):
    """Sees requests begin and end, and answers those for the server's own paths.

    A server without such options has none. What it knows of a request is the `observation` of the
    exchange, an object with `lines`, the lines that it adds to the head of the response, and with
    the sizes `sent` and `received` of the bodies in bytes.
    """

    def begin(self, exchange: Exchange) -> Outcome | None:
        """See a request begin; return what answers it if it is for a path of the server's own.

        It may be called again for the same request.
        """

    def enter(self, exchange: Exchange, variables: Context) -> None:
        """Prepare the context variables of the task of a request."""

    def extend(self, exchange: Exchange, scope: Scope) -> None:
        """Write into an ASGI scope what the application may know of the observation."""

    def begin_websocket(
        self, connection: Connection, protocol: Any, head: bytes, variables: Context
    ) -> None:
        """Prepare a WebSocket's protocol, which has read nothing, and its context variables."""

    def lines_for(self, exchange: Exchange, own: Any) -> bytes:
        """Return the lines for a response with these header lines or fields of its own."""
        ...

    def on_response(self, exchange: Exchange, status: Any, size: int) -> None:
        """See a response begin, of whose body so many bytes are sent at once."""

    def on_end(self, exchange: Exchange) -> bool:
        """See a request end, with its response or without; return whether it counts as one."""
        ...


class Application(Protocol):
    """An application that can be served without ASGI messages."""

    def find(self, method: str, path: str) -> Outcome | None:
        """Return what answers a request; None before the application is built."""

    def build(self) -> None:
        """Build the application, in the task of a request.

        Raises:
            Exception: What the application raises.
        """

    def enter(self, scope: Scope, exchange: Exchange) -> None:
        """Write into an ASGI scope what routing and the layers around it would have written."""

    def answer_error(self, error: Exception, exchange: Exchange) -> Awaitable[None]:
        """Answer as the layers around the routes would have."""
        ...

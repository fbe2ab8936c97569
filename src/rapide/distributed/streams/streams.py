"""Begin a stream, and resume it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.distributed.channels import Unavailable
from rapide.distributed.streams.endings import Ending
from rapide.distributed.streams.endpoint import F, mark_resumable, resuming
from rapide.distributed.streams.listening import Listening
from rapide.distributed.streams.log import Bounds, LeaseLost, Log
from rapide.distributed.streams.memory_log import MemoryLog
from rapide.distributed.streams.production import Production, stream_format
from rapide.distributed.streams.upload import Upload
from rapide.distributed.streams.wire import Format, Position
from rapide.scope_keys import RESPONSE_STARTED
from rapide.shutdown import shutdown_event

if TYPE_CHECKING:
    Task = asyncio.Task[None]

_logger: Final = logging.getLogger("rapide.distributed")
_HEADER: Final = b"last-event-id"
_QUERY: Final = b"last_event_id"


class Streams:
    """Streams that a client can resume, in any process that has the same Redis server.

    Args:
        url: The Redis server, such as `redis://localhost:6379/0`.
            Without it, streams are kept in the memory of this process, and resumed only there.
        idle: The time in seconds after which an endpoint is cancelled if nobody listens.
        window: How many events an endpoint may be ahead of the first of its listeners.
        kept: How many events are kept for clients that resume.
        largest: How many bytes an event may have.
        retention: The time in seconds for which a stream is kept after its last event.
        lease: The time in seconds after which the stream of a process that has died ends.
        retry: The time in milliseconds after which browsers reconnect.
        prefix: The beginning of the names of keys and channels in Redis.

    Raises:
        ImportError: There is a URL, but redis-py is not installed.
        ValueError: The URL does not name a Redis server, or a number is out of range.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        idle: float = 30,
        window: int = 1_000,
        kept: int = 10_000,
        largest: int = 1_048_576,
        retention: float = 300,
        lease: float = 10,
        retry: int = 1_000,
        prefix: str = "rapide:streams:",
    ) -> None:
        numbers = {"idle": idle, "window": window, "retention": retention, "lease": lease}
        for name, value in {**numbers, "largest": largest}.items():
            if not value > 0:
                raise ValueError(f"{name} must be greater than 0, not {value}")
        if lease < 1:
            raise ValueError(f"lease must be at least 1 second, not {lease}")
        if kept < window:
            raise ValueError(f"kept ({kept}) must be at least window ({window})")
        if retry < 0:
            raise ValueError(f"retry must not be negative, but it is {retry}")
        self.url = url
        self.idle = idle
        self.window = window
        self.largest = largest
        self.retry = retry
        self.prefix = prefix
        self.bounds = Bounds(kept, max(retention, idle, lease), lease)
        self._log: Log = self._open()
        self._loop: asyncio.AbstractEventLoop | None = None
        #: The producers that run; the event loop itself does not keep those without a request.
        self._producers: set[Task] = set()

    def __repr__(self) -> str:
        # The URL may have a password.
        return f"<Streams {'in memory' if self.url is None else 'over Redis'}>"

    def resumable(self, endpoint: F) -> F:
        """Let clients resume the stream of an endpoint. Write it below the decorator of the route.

        Args:
            endpoint: A generator function, async or not.

        Raises:
            TypeError: It is not a generator function.
        """
        return mark_resumable(endpoint, self._guard)

    async def __aenter__(self) -> Self:
        self._bind()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel the endpoints that still run, and close the connections to Redis."""
        tasks = list(self._producers)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._log.close()
        self._log = self._open()
        self._loop = None

    def _open(self) -> Log:
        if self.url is None:
            return MemoryLog(self.bounds)
        from rapide.distributed.streams.redis_log import RedisLog

        return RedisLog(self.url, self.prefix, self.bounds)

    def _bind(self) -> None:
        """Begin to belong to the running event loop. A log in memory belongs to none."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        if self._loop is not None and self.url is not None:
            if self._loop.is_running():
                raise RuntimeError(f"{self!r} is used in two event loops: make one for each")
            self._log = self._open()
        self._loop = loop

    def _guard(self, app: ASGIApp) -> ASGIApp:
        """Return an application around a route that produces or resumes its streams."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            self._bind()
            upload = Upload(receive)
            position = _position(scope)
            try:
                if position is None:
                    await self._begin(app, scope, upload, send)
                else:
                    await self._resume(app, scope, upload, send, position)
            finally:
                await upload.close()

        return serve

    async def _begin(self, app: ASGIApp, scope: Scope, upload: Upload, send: Send) -> None:
        """Begin a stream and listen to it.

        Raises:
            HTTPException: 503: the log cannot be reached.
        """
        stream = secrets.token_urlsafe(16)
        key = _key(scope, stream)
        production = Production(
            self._log,
            key,
            send,
            idle=self.idle,
            lease=self.bounds.lease,
            window=self.window,
            largest=self.largest,
        )
        producer = asyncio.create_task(production.run(app, scope, upload.receive))
        self._producers.add(producer)
        producer.add_done_callback(self._producers.discard)
        try:
            futures: list[asyncio.Future[Any]] = [producer, production.begun]
            await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
            if production.format is not None:
                form = type(production.format)
                listening = self._listening(key, stream, form())
                with suppress(OSError):  # so a server says that the client has left
                    await listening.run(production.begun.result(), 0, upload, send)
            await asyncio.shield(producer)
        except asyncio.CancelledError:
            await self._leave(producer, is_stream=production.format is not None)
            raise
        except LeaseLost:
            _logger.warning("a stream has ended: its lease has expired, or its log is gone")
        except Unavailable as error:
            if production.format is None:
                # The route believes that its response has begun, but the client has got nothing.
                scope.pop(RESPONSE_STARTED, None)
                raise HTTPException(503, headers={"Retry-After": "1"}) from error
            _logger.warning("a stream has ended: %s", error)

    def _listening(self, key: str, stream: str, form: Format) -> Listening:
        interval = self.idle / 4
        return Listening(self._log, key, stream, form, interval=interval, retry=self.retry)

    async def _leave(self, producer: Task, *, is_stream: bool) -> None:
        """Leave a producer alone whose request is cancelled, unless the server stops."""
        if is_stream and not shutdown_event().is_set():
            producer.add_done_callback(_report)
            return
        producer.cancel()
        await asyncio.wait([producer])

    async def _resume(
        self, app: ASGIApp, scope: Scope, upload: Upload, send: Send, position: Position
    ) -> None:
        """Run the route without its endpoint, which may refuse the request, and listen."""
        heads: list[Message] = []

        async def check(message: Message) -> None:
            if message["type"] == "http.response.start" and stream_format(message) is not None:
                heads.append(message)
            elif not heads:
                await send(message)

        token = resuming.set(True)
        try:
            await app(scope, upload.receive, check)
        finally:
            resuming.reset(token)
        if not heads:
            return
        form = stream_format(heads[0])
        assert form is not None
        key = _key(scope, position.stream)
        if position.number is None or await self._is_complete(key, position.number):
            # SPEC: WHATWG HTML section 9.2.3: a browser does not reconnect after this status.
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        listening = self._listening(key, position.stream, form)
        await listening.run(heads[0], position.number, upload, send)

    async def _is_complete(self, key: str, after: int) -> bool:
        """Return whether a client has everything of a stream that has ended well."""
        try:
            page = await self._log.read(key, after)
        except Unavailable:
            return False
        return page.ending is Ending.COMPLETE and not page.events


def _report(producer: Task) -> None:
    """Report the error of a producer that no request waits for."""
    error = None if producer.cancelled() else producer.exception()
    if error is not None:
        _logger.error("the endpoint of a stream has failed", exc_info=error)


def _position(scope: Scope) -> Position | None:
    """Return the position of a client that resumes: of the header, else of the query."""
    for name, value in scope["headers"]:
        if name == _HEADER:
            return Position.read(value.decode("utf-8", "replace").strip())
    if _QUERY in scope["query_string"]:
        for value in parse_qs(scope["query_string"]).get(_QUERY, ()):
            return Position.read(value.decode("utf-8", "replace"))
    return None


def _key(scope: Scope, stream: str) -> str:
    """Return the name of a log: a stream can be resumed only at the path where it was begun."""
    text = f"{scope['path']}\0{stream}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]

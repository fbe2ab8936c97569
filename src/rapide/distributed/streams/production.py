"""The producer of a stream: a request whose response goes to a log.

Theory of operation. The whole route runs here, in a task of its own: middleware has gone before,
and everything that the request opens (dependencies with `yield`, files, background tasks) ends when
the endpoint ends, as in any request. Only its messages do not go to a server. A response that is
not a stream goes to the client as it is.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Final, NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.distributed.channels import Unavailable
from rapide.distributed.streams.endings import Ending
from rapide.distributed.streams.log import LeaseLost, Log, Standing
from rapide.distributed.streams.wire import Format, find_format

#: The time between two looks at how far listeners are, in seconds.
_LOOK: Final = 0.05


def content_type_of(message: Message) -> str:
    """Return the content type of the beginning of a response."""
    for name, value in message.get("headers", ()):
        if name.lower() == b"content-type":
            return bytes(value).decode("latin-1")
    return ""


def stream_format(message: Message) -> Format | None:
    """Return the format if a response begins that is a stream of events."""
    is_stream = 200 <= message["status"] < 300
    return find_format(content_type_of(message)) if is_stream else None


class EventTooLarge(ValueError):
    """An endpoint has yielded an event that is larger than events of its streams may be."""


class Production:
    """The producer of one stream."""

    def __init__(
        self,
        log: Log,
        key: str,
        send: Send,
        *,
        idle: float,
        lease: float,
        window: int,
        largest: int,
    ) -> None:
        self.log = log
        self.key = key
        self.owner = secrets.token_hex(8)
        #: The server's `send`, for a response that is not a stream.
        self.pass_on = send
        self.idle = idle
        #: The time between two renewals of the lease, in seconds.
        self.pause = min(idle, lease) / 3
        self.window = window
        self.largest = largest
        self.path = ""
        #: The beginning of the response and its format, once the stream has begun.
        self.begun: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self.format: Format | None = None
        self.appended = 0
        self.ending: Ending | None = None
        self.work: asyncio.Task[None] | None = None
        #: What has kept the log from being written.
        self.failure: LeaseLost | Unavailable | EventTooLarge | None = None

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Run the route until it ends or until nobody listens any more.

        Raises:
            Exception: What the route has raised.
        """
        self.path = scope["path"]
        work = self.work = asyncio.ensure_future(app(scope, receive, self._send))
        supervision = asyncio.create_task(self._supervise())
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            await self._cancel(Ending.STOPPED)
            raise
        finally:
            supervision.cancel()
            await asyncio.shield(self._end())
        if self.failure is not None:
            raise self.failure
        if not work.cancelled() or self.ending is None:
            work.result()

    async def _cancel(self, ending: Ending) -> None:
        """End the route from outside."""
        assert self.work is not None
        if self.ending is None:
            self.ending = ending
        self.work.cancel()
        await asyncio.wait([self.work])

    async def _give_up(
        self, failure: LeaseLost | Unavailable | EventTooLarge, ending: Ending = Ending.LOST
    ) -> NoReturn:
        """Cancel the route from within.

        An exception would come out of the route in whatever the route makes of it.
        """
        assert self.work is not None
        self.failure, self.ending = failure, ending
        self.work.cancel()
        await asyncio.get_running_loop().create_future()
        raise AssertionError("a future that nobody has was set")

    async def _end(self) -> None:
        if self.format is not None:
            try:
                await self.log.end(self.key, self.owner, self.ending or Ending.FAILED)
            except Unavailable:
                return  # the lease expires, which ends the stream for those who listen

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            found = stream_format(message)
            if found is not None:
                try:
                    await self.log.open(self.key, self.owner)
                except Unavailable as failure:
                    await self._give_up(failure)
                self.format = found
                self.begun.set_result(message)
                return
        if self.format is None:
            await self.pass_on(message)
        elif message["type"] == "http.response.body":
            await self._take(self.format, message)

    async def _take(self, form: Format, message: Message) -> None:
        events = form.split(message.get("body", b""))
        is_last = not message.get("more_body", False)
        if is_last:
            events += form.finish()
        # What has no end yet is in memory, too.
        if any(len(event) > self.largest for event in (*events, form.rest)):
            failure = EventTooLarge(
                f"an event of the stream {self.path} has more than {self.largest:,} bytes: yield "
                "smaller parts, or set Streams(largest=…)"
            )
            await self._give_up(failure, Ending.FAILED)
        if events:
            try:
                await self._append(events)
            except (LeaseLost, Unavailable) as failure:
                await self._give_up(failure)
        if is_last and self.ending is None:
            self.ending = Ending.COMPLETE
            # Listeners need not wait for background tasks and dependencies.
            await self._end()

    async def _append(self, events: list[bytes]) -> None:
        """Append events in parts that fit the window, each as soon as listeners are near enough."""
        while events:
            part, events = events[: self.window], events[self.window :]
            standing = await self.log.append(self.key, self.owner, self.appended + 1, part)
            self.appended += len(part)
            while self.appended - standing.read >= self.window:
                await asyncio.sleep(_LOOK)
                standing = await self._look()

    async def _look(self) -> Standing:
        return await self.log.append(self.key, self.owner, self.appended + 1, ())

    async def _supervise(self) -> None:
        """Renew the lease, and end the route if that fails or if nobody listens."""
        await asyncio.shield(self.begun)
        while self.ending is None:
            await asyncio.sleep(self.pause)
            try:
                standing = await self._look()
            except Unavailable:
                continue  # perhaps Redis is back before the lease has expired
            except LeaseLost:
                await self._cancel(Ending.LOST)
                return
            if standing.unheard > self.idle:
                await self._cancel(Ending.ABANDONED)
                return

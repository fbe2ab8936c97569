"""A listener: a response that reads a log."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.types import Message, Send

from rapide.distributed.channels import Unavailable
from rapide.distributed.streams.endings import Ending
from rapide.distributed.streams.log import Log, Page
from rapide.distributed.streams.upload import Upload
from rapide.distributed.streams.wire import Format
from rapide.shutdown import shutdown_event

#: The longest time without reading the log, in seconds. It also reports that somebody listens.
_INTERVAL: Final = 1.0
#: The time without events before a heartbeat, in seconds.
_HEARTBEAT: Final = 15.0
#: The header with the id of the stream.
STREAM_HEADER: Final = b"stream-id"
_DROPPED: Final = (b"content-length", STREAM_HEADER)


#: The tasks that end when the client leaves and when the server stops.
Leaving = list[asyncio.Task[Any]]


class Listening:
    """One response of a stream, from a position to the end or to the client's leaving."""

    def __init__(
        self, log: Log, key: str, stream: str, form: Format, *, interval: float, retry: int
    ) -> None:
        self.log = log
        self.key = key
        self.stream = stream
        self.form = form
        self.interval = min(interval, _INTERVAL)
        self.retry = retry

    async def run(self, head: Message, position: int, upload: Upload, send: Send) -> None:
        """Send the events after a position."""
        await send(self._head(head))
        begin = self.form.begin(self.stream, position, self.retry)
        if begin:
            await send(_part(begin))
        leaving: Leaving = [
            asyncio.create_task(upload.gone.wait()),
            asyncio.create_task(shutdown_event().wait()),
        ]
        try:
            await self._follow(position, leaving, send)
        finally:
            for task in leaving:
                task.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _head(self, head: Message) -> Message:
        headers = [item for item in head.get("headers", ()) if item[0].lower() not in _DROPPED]
        return {**head, "headers": [*headers, (STREAM_HEADER, self.stream.encode())]}

    async def _follow(self, position: int, leaving: Leaving, send: Send) -> None:
        loop = asyncio.get_running_loop()
        sent_at = loop.time()
        async with self.log.watch(self.key) as changed:
            while not any(task.done() for task in leaving):
                changed.clear()
                try:
                    page = await self.log.read(self.key, position)
                except Unavailable:
                    return  # the client resumes, perhaps in a process that reaches the log
                if page.events:
                    position += len(page.events)
                    await send(_part(self.form.write(self.stream, page.first, page.events)))
                    sent_at = loop.time()
                if page.ending is not None:
                    await self._say_end(page, send)
                    return
                if page.events:
                    continue
                if self.form.heartbeat and loop.time() - sent_at > _HEARTBEAT:
                    await send(_part(self.form.heartbeat))
                    sent_at = loop.time()
                await self._wait(changed, leaving)

    async def _say_end(self, page: Page, send: Send) -> None:
        assert page.ending is not None
        if page.ending is not Ending.COMPLETE:
            await send(_part(self.form.write_end(self.stream, page.ending)))

    async def _wait(self, changed: asyncio.Event, leaving: Leaving) -> None:
        waiting = asyncio.create_task(changed.wait())
        try:
            await asyncio.wait(
                [waiting, *leaving], timeout=self.interval, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waiting.cancel()


def _part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}

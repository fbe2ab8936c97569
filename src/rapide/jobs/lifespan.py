"""Enter the lifespan of an application where no server does: in a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message


class WorkerLifespan:
    """The lifespan of an application in a worker process, by the protocol of ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.state: dict[str, Any] = {}

    async def start(self) -> Mapping[str, object]:
        """Enter the lifespan and return its state.

        Raises:
            RuntimeError: The application has failed to start. Its own exception is the cause.
        """
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        running = self._app(scope, self._events.get, self._answers.put)
        self._task = asyncio.ensure_future(running)
        await self._ask("lifespan.startup")
        return self.state

    async def stop(self) -> None:
        """Leave the lifespan.

        Raises:
            RuntimeError: The application has failed to stop.
        """
        if self._task is not None and not self._task.done():
            await self._ask("lifespan.shutdown")
            await self._task

    async def _ask(self, event: str) -> None:
        assert self._task is not None
        await self._events.put({"type": event})
        answer = asyncio.ensure_future(self._answers.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            await self._task
            raise RuntimeError(f"The application has ended without an answer to {event}")
        said = answer.result()
        if said["type"] != f"{event}.complete":
            cause = (await asyncio.gather(self._task, return_exceptions=True))[0]
            detail = said.get("message") or "no reason was given"
            raise RuntimeError(f"{said['type']}: {detail}") from cause

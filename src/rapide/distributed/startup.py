"""Start an application once where nothing else does: under adapters for functions and for WSGI.

Mangum runs the lifespan for each invocation, and a2wsgi never does. `StartOnce` runs it at the
first request, in the event loop of that request. It ends with the process.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

#: How long the end of the process waits for the application to shut down, in seconds.
_PATIENCE: Final = 10.0


class StartOnce:
    """An ASGI application that runs the lifespan of another at its first request.

    `Mangum(StartOnce(app), lifespan="off")` starts the application once in each environment of
    AWS Lambda, and `ASGIMiddleware(StartOnce(app))` of a2wsgi once in each process.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._run: _Lifespan | None = None
        self._is_started_by_server = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; the first one starts the application.

        Raises:
            StartupError: The application cannot start. The next request tries again.
        """
        if scope["type"] == "lifespan":
            self._is_started_by_server = True
        elif not self._is_started_by_server:
            run = self._current()
            try:
                await asyncio.shield(run.starting)
            except StartupError:
                if self._run is run:
                    self._run = None
                raise
            scope["state"] = {**run.state, **scope.get("state", {})}
        await self.app(scope, receive, send)

    def _current(self) -> _Lifespan:
        loop = asyncio.get_running_loop()
        run = self._run
        if run is None or run.loop.is_closed():
            run = self._run = _Lifespan(self.app, loop)
            atexit.register(self.close)
        elif run.loop is not loop:
            raise RuntimeError("StartOnce: the requests of one process need one event loop")
        return run

    def close(self) -> None:
        """Shut the application down. The end of the process does it, too.

        Call it outside of the event loop.
        """
        atexit.unregister(self.close)
        run, self._run = self._run, None
        if run is None or run.loop.is_closed():
            return
        if run.loop.is_running():
            asyncio.run_coroutine_threadsafe(run.stop(), run.loop).result(_PATIENCE)
        else:
            run.loop.run_until_complete(asyncio.wait_for(run.stop(), _PATIENCE))


class StartupError(RuntimeError):
    """An application has reported that it cannot start."""


class _Lifespan:
    """One run of the lifespan of an application (ASGI 3, lifespan protocol 2.0)."""

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop) -> None:
        self.app = app
        self.loop = loop
        self.state: dict[str, Any] = {}
        self._messages: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._answer: asyncio.Future[MutableMapping[str, Any]] = loop.create_future()
        self._task = loop.create_task(self._serve())
        self.starting = loop.create_task(self._start())

    async def _serve(self) -> None:
        scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        await self.app(scope, self._messages.get, self._take)

    async def _take(self, message: MutableMapping[str, Any]) -> None:
        if not self._answer.done():
            self._answer.set_result(message)

    async def _ask(self, kind: str) -> str:
        """Send a message, and return the type of the answer; it is empty if there is none."""
        if self._answer.done():
            self._answer = self.loop.create_future()
        self._messages.put_nowait({"type": kind})
        waited: list[asyncio.Future[Any]] = [self._task, self._answer]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        return str(self._answer.result()["type"]) if self._answer.done() else ""

    async def _start(self) -> None:
        answer = await self._ask("lifespan.startup")
        if answer == "lifespan.startup.failed":
            await asyncio.wait([self._task])
            cause = None if self._task.cancelled() else self._task.exception()
            message = self._answer.result().get("message") or "no reason given"
            raise StartupError(f"the application does not start: {message}") from cause
        if not answer and not self._task.cancelled():
            # SPEC: an application that raises instead of answering has no lifespan.
            self._task.exception()

    async def stop(self) -> None:
        """Shut the application down.

        Raises:
            Exception: What the end of the lifespan has raised.
        """
        await asyncio.wait([self.starting])
        if not self._task.done():
            await self._ask("lifespan.shutdown")
            await self._task


__all__ = ["StartOnce", "StartupError"]

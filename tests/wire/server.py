"""Servers over real sockets, on an event loop in a thread of this process.

They share the process with the tests, so that a test sees what handlers saw and what was logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

import uvicorn
import uvloop

from tests.parity.harness import Framework

if TYPE_CHECKING:
    from rapide.server.options import Options

T = TypeVar("T")
Build = Callable[[Framework], Any]

#: Our protocol, the same with every request forced through ASGI, and the reference.
OURS = ("http11", "http11-asgi")
REFERENCE = "uvicorn"
#: ``WIRE_TRANSPORTS=uvicorn`` checks the tests against the reference alone.
TRANSPORTS = tuple(os.environ.get("WIRE_TRANSPORTS", "http11,http11-asgi,uvicorn").split(","))


def framework_of(transport: str) -> Framework:
    """The framework whose application a transport serves."""
    return Framework("fastapi" if transport == REFERENCE else "rapide")


def protocol_of(
    transport: str, limits: dict[str, Any] | None = None, observed: Options | None = None
) -> Any:
    """The argument for uvicorn's ``http`` option."""
    if transport == REFERENCE:
        return "httptools"
    from rapide.http11.connection import Http11Protocol
    from rapide.http11.limits import Limits

    compiled = {"http11": True, "http11-asgi": False}[transport]
    observe = None
    if observed is not None:
        from rapide.server.observing import observe_with

        observe = observe_with(observed)
    return functools.partial(
        Http11Protocol, limits=Limits(**limits or {}), compiled=compiled, observe=observe
    )


class LoopThread:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 20) -> T:
        """Run a coroutine on the loop and wait for its result."""
        return self.submit(work).result(timeout)

    def call(self, function: Callable[[], T]) -> T:
        """Call a function on the loop's thread."""

        async def work() -> T:
            return function()

        return self.run(work())

    def settle(self) -> None:
        """Wait until the loop has read everything that has arrived at its sockets."""
        for _ in range(2):
            done = threading.Event()
            self.loop.call_soon_threadsafe(done.set)
            assert done.wait(20)

    def close(self) -> None:
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class _Server(uvicorn.Server):
    """A server of uvicorn's that notices at once when it is to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up: Future[None] = Future()
        self.wake = asyncio.Event()
        #: A graceful shutdown, or else one that aborts what is left.
        self.graceful = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except BaseException as error:
            self.up.set_exception(RuntimeError(f"no start: {error!r}"))
            raise
        self.up.set_result(None)

    async def main_loop(self) -> None:
        tick = 0
        while not await self.on_tick(tick):
            tick += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.graceful:
            return await super().shutdown(sockets)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # Handlers that wait for their client hear of it before they are cancelled.
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=0.3)
        for task in list(self.server_state.tasks):
            task.cancel()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=5)
        await self.lifespan.shutdown()


class Running:
    """An application that is being served."""

    def __init__(
        self,
        thread: LoopThread,
        transport: str,
        build: Build,
        *,
        limits: dict[str, Any] | None = None,
        observed: Options | None = None,
        wrap: Callable[[Any], Any] = lambda app: app,
        **options: Any,
    ) -> None:
        self.thread = thread
        self.transport = transport
        self.fw = framework_of(transport)
        self.app = build(self.fw)
        self.log: list[Any] = self.fw.log
        #: Errors in the server's log are a failure unless a test expects them.
        self.expects_errors = False
        self._records = _Records()
        options = {"lifespan": "auto", "log_config": None, "log_level": "info", **options}
        self.config = uvicorn.Config(
            wrap(self.app), http=protocol_of(transport, limits, observed), loop="none", **options
        )
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self.socket.getsockname()[1]
        logging.getLogger().addHandler(self._records)
        self.server = thread.call(lambda: _Server(self.config))
        self.ended = thread.submit(self._serve())
        try:
            self.server.up.result(20)
        except BaseException:
            self._forget()
            raise

    async def _serve(self) -> None:
        # It exits the process where there is no start; here that is the caller's business.
        with contextlib.suppress(SystemExit):
            await self.server._serve([self.socket])

    @property
    def tasks(self) -> int:
        """How many tasks uvicorn knows of, between two turns of the event loop.

        A task that begins at once is not known before it waits.
        """
        return self.thread.call(lambda: len(self.server.server_state.tasks))

    @property
    def connections(self) -> int:
        """How many connections uvicorn knows of."""
        return len(self.server.server_state.connections)

    def records(self, logger: str = "") -> list[logging.LogRecord]:
        """What was logged, by one logger or by all."""
        return [r for r in self._records.records if r.name == logger or not logger]

    def access_lines(self) -> list[str]:
        """The lines of the access log, without the clients' ports."""
        return [r.getMessage().partition(" - ")[2] for r in self.records("uvicorn.access")]

    def troubles(self) -> list[str]:
        """Errors and tracebacks in the log; it is empty then."""
        formatter = logging.Formatter()
        troubles = [
            formatter.format(record)
            for record in self.records()
            if record.levelno >= logging.ERROR or record.exc_info or record.name == "asyncio"
        ]
        self._records.records.clear()
        return troubles

    def wait_for(self, condition: Callable[[], Any], what: str = "the condition") -> None:
        """Wait until something holds."""
        for _ in range(5000):
            if condition():
                return
            threading.Event().wait(0.002)
        raise AssertionError(f"{what} never came")

    def begin_shutdown(self) -> None:
        """Begin what SIGTERM begins."""
        self.server.graceful = True
        self.server.should_exit = True
        self.thread.loop.call_soon_threadsafe(self.server.wake.set)

    def stop(self) -> None:
        """Stop, and check that nothing went wrong on the server."""
        self.server.should_exit = True
        self.thread.loop.call_soon_threadsafe(self.server.wake.set)
        try:
            self.ended.result(20)
        finally:
            self._forget()
        if not self.expects_errors and (troubles := self.troubles()):
            raise AssertionError("\n".join(troubles))

    def _forget(self) -> None:
        logging.getLogger().removeHandler(self._records)
        self.socket.close()


@contextlib.contextmanager
def serving(thread: LoopThread, transport: str, build: Build, **options: Any) -> Iterator[Running]:
    """Serve an application for the length of a block."""
    running = Running(thread, transport, build, **options)
    try:
        yield running
    except BaseException:
        running.expects_errors = True
        raise
    finally:
        running.stop()

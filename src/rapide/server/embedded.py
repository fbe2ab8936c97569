"""Servers inside of other programs: in a running event loop, or in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, Self

from rapide.server.arguments import OF_PROCESSES, command_of, make_options
from rapide.server.options import OptionError, Options
from rapide.server.run import serve
from rapide.server.server import Config, Server
from rapide.server.sockets import describe, listening

#: What is different in tests: a free port, and no waiting for streams that are open at the end.
TEST_DEFAULTS: Final[dict[str, object]] = {
    "host": "127.0.0.1",
    "port": 0,
    "access_log": False,
    "timeout_graceful_shutdown": 2,
}


@dataclass(frozen=True, slots=True)
class _Named:
    """An application, which may be an import string."""

    app: object
    import_string: str
    is_factory: bool


def run_application(app: object, given: Mapping[str, object]) -> None:
    """Serve an application until the process gets a signal to stop."""
    options = make_options(given, reads_environment=True)
    if not isinstance(app, str) and (options.reload or (options.workers or 1) > 1):
        name = "reload" if options.reload else "workers"
        raise OptionError(f'{name} needs an import string instead of the application: "main:app"')

    def find(is_first: bool) -> _Named:
        if isinstance(app, str):
            return _Named(app, app, options.factory)
        return _Named(app() if options.factory and callable(app) else app, "", False)

    serve(find, options, command_of(app, given))


class EmbeddedServer(Server):
    """A server that binds its sockets itself, and tells when it has started.

    Args:
        config: The configuration.

    Attributes:
        url: The address, once the server has started.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        config.factory = config.options.factory
        self._options = config.options
        self._task: asyncio.Task[None] | None = None
        self._is_started = asyncio.Event()
        self.url = ""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until the process gets a signal to stop, or `stop` is called."""
        with nullcontext(sockets) if sockets else listening(self._options) as bound:
            await super().serve(bound)

    def stop(self) -> None:
        """Begin to stop, as after a signal. May be called in any thread."""
        self.server_state.is_stopping = self.should_exit = True
        self._call_soon(self._awake)

    async def __aenter__(self) -> Self:
        self._is_started.clear()
        self.should_exit = self.started = self.server_state.is_stopping = False
        self._task = asyncio.create_task(self.serve_quietly())
        started = asyncio.create_task(self._is_started.wait())
        await asyncio.wait({self._task, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._task.done():
            self._task.result()
        return self

    async def __aexit__(self, *details: object) -> None:
        self.stop()
        if self._task is not None:
            await self._task

    async def serve_quietly(self) -> None:
        """Serve, and leave signals to the program.

        Raises:
            RuntimeError: The application could not start.
        """
        with listening(self._options) as bound:
            try:
                await self._serve(bound)
            except SystemExit:
                raise RuntimeError("the application could not start; its log says why") from None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            self.url = describe(sockets, "https" if self.config.is_ssl else "http")[0]
            self.on_started()

    def on_started(self) -> None:
        """Tell those who wait that the server accepts connections."""
        self._is_started.set()


class _TestConfig(Config):
    """A configuration that leaves the loggers to the tests."""

    def configure_logging(self) -> None:
        pass


class ThreadedServer(EmbeddedServer):
    """A server in a thread of its own.

    Attributes:
        is_settled: Set when the server has started, or cannot start.
        error: Why it could not start, or did not end well.
    """

    def __init__(self, app: object, options: Options) -> None:
        super().__init__(_TestConfig(options, app))
        self.is_settled = threading.Event()
        self.error: BaseException | None = None

    def run_in_thread(self) -> None:
        """Serve until the server is told to stop."""
        try:
            with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
                runner.run(self.serve_quietly())
        except BaseException as error:
            self.error = error
        finally:
            self.is_settled.set()

    def on_started(self) -> None:
        """Let the test begin."""
        self.is_settled.set()


@contextlib.contextmanager
def serve_in_thread(app: object, given: Mapping[str, object]) -> Iterator[str]:
    """Serve an application in a thread, and give its address."""
    options = make_options(given, defaults=TEST_DEFAULTS, without=OF_PROCESSES)
    server = ThreadedServer(app, options)
    thread = threading.Thread(target=server.run_in_thread, name="rapide.testing.serve")
    thread.start()
    server.is_settled.wait()
    try:
        if server.error is None:
            yield server.url
    finally:
        server.stop()
        thread.join()
    if server.error is not None:
        raise server.error

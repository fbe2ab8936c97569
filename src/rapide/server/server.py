"""One process's server: uvicorn's, with signals, a delay and an end of our own.

The loggers are configured when a `Config` is made. So make it before the application is imported:
what the application configures then stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Protocol

import uvicorn
import uvicorn.server
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from rapide.http11.limits import Limits
from rapide.http11.shutdown import (
    LAST_CALL,
    UNCHANGED_PART,
    announce_shutdown,
    begin_shutdown,
    shutdown_of,
)
from rapide.http11.startup import load_websockets, serve_websocket
from rapide.routing import iter_route_contexts
from rapide.server.certificates import Renewal
from rapide.server.listeners import admit_waiting, listen
from rapide.server.logs import configure_logging
from rapide.server.observing import observe_from_start, observe_with
from rapide.server.options import Options
from rapide.server.options import Protocol as HttpProtocol
from rapide.server.sockets import ListeningError, describe, release
from rapide.server.uvicorn_options import (
    limit_versions,
    message_options,
    process_options,
    tls_options,
)

if TYPE_CHECKING:
    from rapide.server.stalls import StallWatch

_errors: Final = logging.getLogger("uvicorn.error")

#: The exit status of a server that could not start, as uvicorn's.
STARTUP_FAILURE: Final = 3
#: What part of the limit of requests a worker adds to it at most, by default.
JITTER: Final = 10
#: The time in seconds between two looks at whether the server is to stop, as uvicorn's.
TICK: Final = 0.1
#: The number of ticks between two looks at the files of a certificate.
LOOKS_AT_CERTIFICATES: Final = 50
#: The part of the time for the end for which a retired server keeps idle connections at most.
IDLE_PART: Final = 0.8
#: The time in seconds between two looks at what is left at the end.
GLANCE: Final = 0.01
#: The time in seconds after a second signal, when what then still runs is abandoned.
LAST_SECOND: Final = 1.0


class ServerState(uvicorn.server.ServerState):
    """What the connections of a server share, and whether it is about to stop.

    Attributes:
        is_stopping: Whether the signal to stop has come. During `--shutdown-delay`, requests are
            still served, and the health path answers 503.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_stopping = False


class Attendant(Protocol):
    """What a worker has beside its server: a connection to its supervisor."""

    def attach(self, server: Server) -> None:
        """Begin to listen to the supervisor, on the running event loop."""

    def on_started(self) -> None:
        """Report that the server accepts connections."""

    def on_tick(self) -> None:
        """Report what the supervisor has to know."""


class Config(uvicorn.Config):
    """The configuration of a server. Making it configures the loggers.

    Args:
        options: How the application is served.
        app: The application, or its import string. It may be set later, before `load`.
        observe: Makes the observer of requests, in place of the one that the options ask for.
    """

    def __init__(self, options: Options, app: Any = "", *, observe: Any = None) -> None:
        self.options = options
        #: The certificate, which is read again when its files change.
        self.renewal: Renewal | None = None
        #: What TLS needs if another header comes before its first byte.
        self.tls_behind_proxy: tuple[ssl.SSLContext, float] | None = None
        super().__init__(app, **uvicorn_options(options, observe or observe_with(options)))

    def configure_logging(self) -> None:
        configure_logging(self.options)

    def load(self) -> None:
        if isinstance(self.app, str):  # the command line has called another factory already
            self.factory = self.options.factory
        is_own = (
            self.options.protocol is HttpProtocol.RAPIDE and find_spec("websockets") is not None
        )
        if is_own:
            self.ws = serve_websocket  # type: ignore[assignment] # uvicorn calls it
        super().load()
        if is_own and may_have_websockets(self.loaded_app):
            load_websockets()
        context, options = self.ssl, self.options
        if context is not None:
            limit_versions(context, options)
            self.renewal = Renewal(context, options)
            if options.proxy_protocol:
                self.tls_behind_proxy = context, options.handshake_seconds
                self.ssl = None


def may_have_websockets(app: Any) -> bool:
    """Return whether an application can have WebSockets, as far as its routes tell."""
    while type(app) is ProxyHeadersMiddleware:
        app = app.app
    if not isinstance(app, Starlette):
        return True
    with contextlib.suppress(Exception):  # of its routes: each request will meet it
        found = iter_route_contexts(app.routes)
        return not all(isinstance(context.original_route, Route) for context in found)
    return True


class Server(uvicorn.Server):
    """A server in this process.

    It owns SIGINT and SIGTERM while it runs in the main thread. SIGTERM stops it after the delay
    of its configuration, SIGINT without. A second signal ends it at once: requests are cancelled,
    and what does not end then is abandoned.

    Args:
        config: The configuration; any of uvicorn's will do.
        attendant: The connection to the supervisor, in a worker.
    """

    def __init__(self, config: uvicorn.Config, attendant: Attendant | None = None) -> None:
        super().__init__(config)
        self.server_state: ServerState = ServerState()
        self._attendant = attendant
        #: Whether the process goes on when a signal has stopped the server, and ends by itself.
        self.outlives_signals = attendant is not None
        #: What is done once the server accepts connections.
        self.after_start: Callable[[], None] = _nothing
        #: What is done when the server has stopped.
        self.at_end: Callable[[], None] = _nothing
        self._delay = config.options.shutdown_delay if isinstance(config, Config) else 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._stall_watch: StallWatch | None = None
        #: How long idle connections are kept at the end.
        self._idle_seconds = LAST_CALL
        #: Whether other processes go on to accept connections from the same sockets.
        self._has_successors = False

    @property
    def _renewal(self) -> Renewal | None:
        return self.config.renewal if isinstance(self.config, Config) else None

    # Signals

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at a first signal; end at once at a second one."""
        if self.server_state.is_stopping:
            self.end_at_once(sig)
        elif sig == signal.SIGTERM:
            self.begin_delay(sig)
        else:
            self.begin_to_stop(sig)

    def begin_delay(self, sig: int = signal.SIGTERM) -> None:
        """Stop after the delay, if there is one; the health path answers 503 until then."""
        if self.server_state.is_stopping:
            self._call_soon(self._hurry)
            return
        if self._delay <= 0 or not self.started:
            self.begin_to_stop(sig)
            return
        self.server_state.is_stopping = True
        self._call_soon(self._stop_later, sig)

    def begin_to_stop(self, sig: int = signal.SIGTERM) -> None:
        """Stop now: `should_exit` is true from here on."""
        self.server_state.is_stopping = True
        if not self.should_exit:
            # Tools that replace uvicorn's method hear of the end here.
            super().handle_exit(sig, None)
        self._call_soon(self._awake)

    def retire(self) -> None:
        """Stop now, but let clients keep idle connections: others serve the new ones.

        So no connection is closed just when its client sends the next request. The answer to that
        request says that it is the last.
        """
        self._has_successors = True
        keep_alive: float = self.config.timeout_keep_alive
        grace = self.config.timeout_graceful_shutdown
        if grace is not None:
            keep_alive = min(keep_alive, grace * IDLE_PART)
        self._idle_seconds = max(keep_alive, LAST_CALL)
        self.begin_to_stop()

    def _hurry(self) -> None:
        """Close idle connections: the others that would serve them stop, too."""
        if self.should_exit and self._idle_seconds > LAST_CALL:
            self._idle_seconds = LAST_CALL
            if shutdown_of(self.server_state).has_begun:
                begin_shutdown(self.server_state)

    def end_at_once(self, sig: int = signal.SIGTERM) -> None:
        """Cancel what runs, and abandon what does not end within a second."""
        self.server_state.is_stopping = True
        if not self.should_exit:
            super().handle_exit(sig, None)
        if not self.force_exit:
            self.force_exit = True
            threading.Thread(target=abandon, args=(sig,), daemon=True).start()
        self._call_soon(self._awake)

    def _stop_later(self, sig: int) -> None:
        self.loop.call_later(self._delay * UNCHANGED_PART, announce_shutdown, self.server_state)
        self.loop.call_later(self._delay, self.begin_to_stop, sig)

    def _call_soon(self, function: Callable[..., None], *arguments: object) -> None:
        """Call a function on the event loop, also from a signal handler or another thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(function, *arguments)

    def _awake(self) -> None:
        if self._wake is not None:
            self._wake.set()

    # The life of a server

    async def _serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        if self._attendant is not None:
            self._attendant.attach(self)
        try:
            await super()._serve(sockets)
        finally:
            if self._stall_watch is not None:
                self._stall_watch.stop()
            self.at_end()  # SIGTERM is raised again afterwards, and ends the process
        if self.outlives_signals:
            self._captured_signals.clear()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of a running server."""
        assert self._loop is not None
        return self._loop

    async def _watch_stalls(self) -> None:
        threshold = self.config.options.stall_threshold if isinstance(self.config, Config) else 0
        if threshold:
            from rapide.server.stalls import StallWatch

            watch = StallWatch(threshold / 1000)
            await watch.start()
            self._stall_watch = watch

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # The application has been imported, and is about to start.
        await self._watch_stalls()
        config = self.config
        if isinstance(config, Config) and sockets and sys.platform != "win32":
            await listen(self, sockets, self._handshake_seconds, STARTUP_FAILURE)
        else:
            await super().startup(sockets)
        if not self.started:
            return
        try:
            self.servers += await observe_from_start(self.config, self.server_state)
        except (ListeningError, OSError) as error:
            _errors.error("%s", error)
            await self.lifespan.shutdown()
            sys.exit(STARTUP_FAILURE)
        if self._attendant is not None:
            self._attendant.on_started()
        elif sockets is not None:
            log_addresses(self.config, sockets)
        self.after_start()

    async def main_loop(self) -> None:
        """Look after the server until it is to stop; a signal is noticed at once."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            await self._pause(TICK)

    async def on_tick(self, counter: int) -> bool:
        if self._attendant is not None:
            self._attendant.on_tick()
        if counter % LOOKS_AT_CERTIFICATES == 0 and self._renewal is not None:
            self._renewal.renew_if_changed()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, let requests end, then let the application's lifespan end."""
        _errors.info("Shutting down")
        await self._close_listeners(sockets or [])
        begin_shutdown(self.server_state, idle_seconds=self._idle_seconds)
        grace: Any = self.config.timeout_graceful_shutdown
        try:
            await asyncio.wait_for(self._finish(), grace)
        except TimeoutError:
            tasks = self.server_state.tasks
            _errors.error(
                "Cancel %s running task(s), timeout graceful shutdown exceeded", len(tasks)
            )
            for task in tasks:
                task.cancel(msg="Task cancelled, timeout graceful shutdown exceeded")
        if self.force_exit:
            await self._cancel_all()
        await self.lifespan.shutdown()

    async def _close_listeners(self, sockets: list[socket.socket]) -> None:
        """Accept no more connections than those that clients believe to have.

        If other processes accept from the same sockets, the waiting connections are left to them.
        """
        announce_shutdown(self.server_state)
        queues = [] if self._has_successors else sockets
        admitted = admit_waiting(self, queues, self._handshake_seconds)
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()
        tasks = self.server_state.tasks
        for task in admitted:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if admitted:
            await asyncio.wait(admitted, timeout=LAST_CALL)

    @property
    def _handshake_seconds(self) -> float | None:
        config = self.config
        return (
            config.options.handshake_seconds if isinstance(config, Config) and config.ssl else None
        )

    async def _finish(self) -> None:
        """Wait until connections and tasks have ended, or until they are not waited for.

        The sockets that accepted them are not waited for: in Python 3.12 and later, that would
        wait for each connection again.
        """
        state = self.server_state
        for left, message in (
            (state.connections, "Waiting for connections to close. (CTRL+C to force quit)"),
            (state.tasks, "Waiting for background tasks to complete. (CTRL+C to force quit)"),
        ):
            if left and not self.force_exit:
                await self._pause(GLANCE)
            if left and not self.force_exit:
                _errors.info(message)
            while left and not self.force_exit:
                await self._pause(GLANCE)

    async def _cancel_all(self) -> None:
        """Cancel what still runs, so that the lifespan of the application ends after it."""
        tasks = [task for task in self.server_state.tasks if task is not None]
        for task in tasks:
            task.cancel(msg="Task cancelled, the server ends at once")
        if tasks:
            await asyncio.wait(tasks)

    async def _pause(self, seconds: float) -> None:
        """Wait, at most until something happens to the server."""
        assert self._wake is not None
        self._wake.clear()
        timer = self.loop.call_later(seconds, self._wake.set)
        await self._wake.wait()
        timer.cancel()


def _nothing() -> None:
    pass


def abandon(sig: int) -> None:
    """End the process, if it is still there a second after it was told to end at once."""
    time.sleep(LAST_SECOND)
    os._exit(128 + sig)


def make_protocol(limits: Limits, observe: Any = None, *, is_proxied: bool = False) -> Any:
    """Return our HTTP/1.1 protocol as uvicorn's `http` option, in a form for other processes."""
    if is_proxied:
        from rapide.server.proxied import ProxiedProtocol

        return partial(ProxiedProtocol, limits=limits, observe=observe)
    from rapide.http11.connection import Http11Protocol

    return partial(Http11Protocol, limits=limits, observe=observe)


def uvicorn_options(options: Options, observe: Any = None) -> dict[str, Any]:
    """Return the options that uvicorn knows, and our protocol with what makes its observer."""
    of_uvicorn = {
        "host": options.host,
        "port": options.port,
        "uds": str(options.uds) if options.uds else None,
        "fd": options.fd,
        "backlog": options.backlog,
        "reload": options.reload,
        "workers": options.workers or 1,  # uvicorn takes an empty WEB_CONCURRENCY for a number
        "root_path": options.root_path,
        "proxy_headers": options.proxy_headers,
        "forwarded_allow_ips": options.forwarded_allow_ips,
        "access_log": options.access_log,
        "limit_concurrency": options.limit_concurrency,
        "limit_max_requests": options.limit_max_requests,
        "timeout_keep_alive": options.timeout_keep_alive,
        "timeout_graceful_shutdown": options.timeout_graceful_shutdown,
        "log_level": options.log_level,
        **tls_options(options),
        **message_options(options),
        **process_options(options),
    }
    if options.protocol is HttpProtocol.RAPIDE:
        of_uvicorn["http"] = make_protocol(
            options.limits(), observe, is_proxied=options.proxy_protocol
        )
    return of_uvicorn


def log_addresses(config: uvicorn.Config, bound: Iterable[socket.socket]) -> None:
    """Log where the server listens."""
    for address in describe(bound, "https" if config.is_ssl else "http"):
        facts = {"event": "started", "address": address}
        _errors.info("Uvicorn running on %s (Press CTRL+C to quit)", address, extra=facts)


def run_here(server: Server, bound: Iterable[socket.socket]) -> None:
    """Serve in this process until the server is stopped.

    Raises:
        SystemExit: The server could not start; the status is 3.
    """
    sockets = [*bound]
    if isinstance(server.config, Config):
        server.at_end = partial(release, sockets, server.config.options)
    with contextlib.suppress(KeyboardInterrupt):  # SIGINT has ended the server, and is raised again
        server.run(sockets)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def with_jitter(limit: int | None, jitter: int | None) -> int | None:
    """Return a number of requests, which differs between processes.

    Args:
        limit: The least number; None for no limit.
        jitter: The most that is added; None for a tenth.
    """
    if limit is None:
        return None
    return limit + random.randint(0, limit // JITTER if jitter is None else jitter)

"""What the jobs of one application have in common: its state, its brokers, its telemetry."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from taskiq import AsyncBroker, InMemoryBroker, TaskiqEvents
from taskiq.exceptions import SendTaskError

from rapide.jobs.contract import HasJobs, RegisteredJob
from rapide.jobs.jetstream import use_own_inbox
from rapide.jobs.lifespan import WorkerLifespan
from rapide.jobs.outbox import Outbox
from rapide.jobs.pools import forget_connections
from rapide.jobs.retries import JobMiddleware
from rapide.runtime.jobs import JobRun

if TYPE_CHECKING:
    from rapide.telemetry.jobs import JobTraces

#: How long a broker may take to start before the first message is sent, in seconds.
_PATIENCE: Final = 10.0


class JobHost:
    """The jobs of one application.

    Attributes:
        state: What the lifespan of the application has yielded in this process.
        brokers: The brokers of the jobs, in the order of their declaration.
        jobs: The jobs by their names.
    """

    def __init__(self, app: HasJobs) -> None:
        self.app = app
        self.state: Mapping[str, object] = {}
        self.brokers: list[AsyncBroker] = []
        self.jobs: dict[str, RegisteredJob] = {}
        self.outboxes: list[Outbox] = []
        #: The event loop in which each broker was started.
        self._loops: dict[AsyncBroker, asyncio.AbstractEventLoop] = {}
        #: The brokers that are being started here.
        self._starting: dict[AsyncBroker, asyncio.Task[None]] = {}
        #: The brokers that were started here, and not by the application.
        self._own: list[AsyncBroker] = []
        self._lifespan: WorkerLifespan | None = None

    def take(self, broker: AsyncBroker) -> JobMiddleware:
        """Prepare a broker for the jobs of this application, and return its middleware."""
        if broker not in self.brokers:
            self.brokers.append(broker)
            broker.add_event_handler(TaskiqEvents.CLIENT_STARTUP, self._noting_start(broker))
            broker.add_event_handler(TaskiqEvents.WORKER_STARTUP, self._starting_worker(broker))
            broker.add_event_handler(TaskiqEvents.WORKER_SHUTDOWN, self._stop_worker)
        for known in broker.middlewares:
            if isinstance(known, JobMiddleware):
                return known
        middleware = JobMiddleware()
        broker.add_middlewares(middleware)
        return middleware

    def add_outbox(self, outbox: Outbox) -> None:
        """Send what is in an outbox as long as the application runs."""
        if outbox not in self.outboxes:
            self.outboxes.append(outbox)

    def _noting_start(self, broker: AsyncBroker) -> Callable[[object], None]:
        def note(_: object) -> None:
            use_own_inbox(broker)
            self._loops[broker] = asyncio.get_running_loop()

        return note

    def _starting_worker(self, broker: AsyncBroker) -> Callable[[object], Any]:
        async def start(_: object) -> None:
            use_own_inbox(broker)
            if not broker.is_worker_process or self._lifespan is not None:
                return  # a broker in the memory of a server, whose lifespan is the server's
            self._lifespan = WorkerLifespan(self.app)
            self.state = await self._lifespan.start()

        return start

    async def _stop_worker(self, _: object) -> None:
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None:
            await lifespan.stop()

    async def ensure_started(self, broker: AsyncBroker) -> None:
        """Start a broker before the first message is sent, unless the application has done it.

        Raises:
            SendTaskError: The broker cannot be started. The next message tries it again.
        """
        if broker.is_worker_process:
            return
        loop = asyncio.get_running_loop()
        starting = self._starting.get(broker)
        if starting is None or starting.get_loop() is not loop:
            if self._loops.get(broker) is loop:
                return
            starting = self._starting[broker] = loop.create_task(self._start(broker))
        await asyncio.shield(starting)

    async def _start(self, broker: AsyncBroker) -> None:
        earlier = self._loops.get(broker)
        if earlier is not None and earlier.is_closed():
            forget_connections(broker)
        try:
            # The client of NATS would try it for two minutes.
            async with asyncio.timeout(_PATIENCE):
                await broker.startup()
        except Exception as error:
            self._loops.pop(broker, None)
            # Brokers raise the errors of their clients. The engine itself reports them so, too.
            raise SendTaskError from error
        finally:
            # The task of an event loop that was left may end later than the next one begins.
            self._starting.pop(broker, None)
        self._loops[broker] = asyncio.get_running_loop()
        self._own.append(broker)

    def around(self, stack: ASGIApp) -> ASGIApp:
        """Return what serves the lifespan of the application, around its layers."""
        return partial(self._serve_lifespan, stack)

    async def _serve_lifespan(
        self, stack: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve the lifespan of the application, and keep its state for the jobs."""

        async def leaving() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._close()
            return message

        async def entering(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.state = scope.get("state", {})
                for outbox in self.outboxes:
                    outbox.start()
            await send(message)

        await stack(scope, leaving, entering)

    async def _close(self) -> None:
        for outbox in self.outboxes:
            await outbox.stop()
        for broker in self.brokers:
            if isinstance(broker, InMemoryBroker):
                await broker.wait_all()
        own, self._own = self._own, []
        for broker in own:
            self._loops.pop(broker, None)
            if not isinstance(broker, InMemoryBroker):
                await broker.shutdown()

    def span(self, run: JobRun) -> AbstractContextManager[None] | None:
        """Return the span of a run, or None if nothing records it."""
        if "opentelemetry" not in sys.modules:
            return None
        return self._traces.span(run)

    def labels_of_trace(self) -> Mapping[str, str]:
        """Return the labels with which a message carries the current trace."""
        if "opentelemetry" not in sys.modules:
            return {}
        return self._traces.labels()

    @cached_property
    def _traces(self) -> JobTraces:
        """The traces of the jobs. It loads OpenTelemetry."""
        from rapide.telemetry.jobs import JobTraces

        return JobTraces(self.app._native_telemetry.config)

"""Worker processes, which run the jobs of an application. The engine looks after them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from taskiq import AsyncBroker, InMemoryBroker
from taskiq.cli.common_args import LogLevel
from taskiq.cli.worker.args import WorkerArgs
from taskiq.cli.worker.process_manager import ProcessManager
from taskiq.cli.worker.run import start_listen

from rapide.jobs.brokers import weaknesses_of
from rapide.jobs.errors import JobError
from rapide.jobs.host import JobHost
from rapide.jobs.jetstream import keep_running
from rapide.jobs.redis_streams import take_over_always
from rapide.limits import RequestLimits
from rapide.logger import logger


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """The options of `rapide worker`.

    Attributes:
        find: Returns the application and, if one was named, the broker. Each process calls it.
        processes: Number of worker processes.
        concurrency: Largest number of jobs that a process runs at the same time.
        log_level: The level of the engine's log.
    """

    find: Callable[[], tuple[object, object | None]]
    processes: int = 1
    concurrency: int | None = None
    log_level: str = "INFO"


def find_broker(app: object, named: object | None) -> tuple[JobHost, AsyncBroker]:
    """Return the jobs of an application, and the broker that carries them.

    Raises:
        JobError: The application has no jobs, or it is not clear which broker is meant.
    """
    host = vars(app).get("_rapide_jobs")
    if not isinstance(host, JobHost) or not host.jobs:
        raise JobError("the application has no jobs: app.job(broker) makes one of a function")
    if named is None and len(host.brokers) > 1:
        raise JobError(
            f"the jobs of the application have {len(host.brokers)} brokers: name one by --broker"
        )
    broker = host.brokers[0] if named is None else named
    if not isinstance(broker, AsyncBroker):
        raise JobError(f"--broker must name a broker of taskiq, and not {broker!r}")
    if broker not in host.brokers:
        raise JobError("no job of the application is sent by the broker that --broker names")
    if isinstance(broker, InMemoryBroker):
        raise JobError("InMemoryBroker runs its jobs in the process that enqueues them: no worker")
    return host, broker


def run_workers(options: WorkerOptions) -> int:
    """Run worker processes until they are asked to stop, and return an exit status.

    Raises:
        JobError: There is nothing to run.
    """
    _, broker = find_broker(*options.find())
    args = WorkerArgs(
        broker="",
        modules=[],
        workers=options.processes,
        log_level=LogLevel[options.log_level.upper()],
        receiver="rapide.jobs.receiver:JobReceiver",
    )
    logging.basicConfig(level=args.log_level.name, format=args.log_format)
    for weakness in weaknesses_of(broker):
        logger.warning(weakness)
    return ProcessManager(args=args, worker_function=_Worker(options)).start() or 0


@dataclass(frozen=True, slots=True)
class _Worker:
    """The function of a worker process."""

    options: WorkerOptions

    def __call__(self, args: WorkerArgs) -> None:
        host, broker = find_broker(*self.options.find())
        broker.is_worker_process = True
        take_over_always(broker)
        keep_running(broker)
        given: Any = broker  # the engine takes a broker here, or its name
        concurrency = self.options.concurrency or concurrency_of(host.app._rapide_limits)
        try:
            start_listen(replace(args, broker=given, max_async_tasks=concurrency))
        except JobError as error:
            logger.error("%s; trying again", error, exc_info=logger.isEnabledFor(logging.DEBUG))
            raise SystemExit(1) from None


def concurrency_of(limits: RequestLimits | None, default: int = 100) -> int:
    """Return how many jobs may run at the same time: what the application's limits allow."""
    if limits is None or limits.concurrency is None:
        return default
    return min(default, limits.concurrency)

"""What the brokers of taskiq can do, and what they cannot."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

from taskiq import AsyncBroker

from rapide.jobs.errors import JobError

#: The label with which RabbitMQ's broker delays a message, in seconds.
DELAY: Final = "delay"


def is_of(broker: AsyncBroker, package: str, *names: str) -> bool:
    """Return whether the class of a broker, or a base of it, is one of these of a package."""
    return any(
        base.__module__.partition(".")[0] == package and (not names or base.__name__ in names)
        for base in type(broker).__mro__
    )


def check_broker(broker: AsyncBroker) -> None:
    """Check that a broker gives each job to one worker.

    Raises:
        JobError: It delivers jobs to processes that only enqueue, or each job to every worker.
    """
    if is_of(broker, "taskiq_nats", "PushBasedJetStreamBroker"):
        raise JobError(
            "PushBasedJetStreamBroker subscribes to the jobs in each process, also in those that "
            "only enqueue them: use PullBasedJetStreamBroker"
        )
    if is_of(broker, "taskiq_nats", "NatsBroker") and not getattr(broker, "queue", None):
        raise JobError(
            "NatsBroker without a queue delivers each job to every worker: give it the name of "
            'one, as in NatsBroker(servers, queue="jobs")'
        )


def connection_errors() -> tuple[type[Exception], ...]:
    """Return the errors that clients of brokers raise if they reach no server."""
    found: list[type[Exception]] = [OSError]  # that of RabbitMQ's client is one
    if "redis" in sys.modules:
        from redis import exceptions as of_redis

        found += [of_redis.ConnectionError, of_redis.TimeoutError]
    if "nats" in sys.modules:
        from nats.errors import NoServersError

        found.append(NoServersError)
    return tuple(found)


def weaknesses_of(broker: AsyncBroker) -> Iterator[str]:
    """Return what somebody who starts a worker should know of a broker."""
    if is_of(broker, "taskiq_nats", "NatsBroker"):
        yield (
            "NatsBroker keeps no jobs: those of a worker that is killed, and those that are "
            "enqueued while no worker runs, are lost. PullBasedJetStreamBroker keeps them"
        )


def delays_by_label(broker: AsyncBroker) -> bool:
    """Return whether a broker delays a message that has the label `delay`."""
    if not is_of(broker, "taskiq_aio_pika"):
        return False
    given: Any = broker
    ways = ("_delay_queue", "_delayed_message_exchange_plugin")
    return any(getattr(given, way, False) for way in ways) or not hasattr(given, ways[0])


def advice_on_delays(broker: AsyncBroker) -> str:
    """Return what to do about a broker that cannot delay messages."""
    schedules = (
        "give the job a schedule source, as in app.job(broker, schedules=source), and run "
        "`taskiq scheduler`"
    )
    if is_of(broker, "taskiq_aio_pika"):
        return f'make it with delay_queue=Queue(name="delayed"), or {schedules}'
    return schedules

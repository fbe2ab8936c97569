"""Receive messages from Redis Streams so that the jobs of a killed worker are always taken over.

The broker of taskiq-redis looks for unacknowledged messages only after new ones have arrived. So
the jobs of a worker that was killed would wait until somebody enqueues another job. This listener
looks for them also while the stream is quiet. It also claims the messages of jobs that still run,
so that no other worker takes over a job that only takes long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from time import monotonic
from typing import Any

from taskiq import AckableMessage, AsyncBroker

from rapide.jobs.brokers import is_of
from rapide.jobs.keeping import PER_TIMEOUT, KeptMessage, keep_until_shutdown
from rapide.logger import logger


def take_over_always(broker: AsyncBroker) -> None:
    """Let a broker of Redis Streams take over unacknowledged messages. Leave others alone."""
    if not is_of(broker, "taskiq_redis") or not hasattr(broker, "idle_timeout"):
        return
    if not hasattr(broker, "consumer_group_name"):
        return
    given: Any = broker
    given.listen = partial(_listen, given)


def _is_cancelled() -> bool:
    """Return whether this task was cancelled, although the client of Redis has swallowed that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class _Listener:
    """What a worker receives from the streams of a broker, and has not acknowledged yet."""

    def __init__(self, broker: Any, client: Any) -> None:
        self._broker = broker
        self._client = client
        self._streams = {broker.queue_name: ">", **broker.additional_streams}
        self._running: set[tuple[Any, Any]] = set()
        #: Seconds between two looks at the unacknowledged messages.
        self._pause = broker.idle_timeout / 1000 / PER_TIMEOUT

    async def receive(self) -> AsyncIterator[AckableMessage]:
        """Yield new messages, and those that another worker has not acknowledged in time."""
        broker = self._broker
        wait = max(1, min(broker.block, int(self._pause * 1000)))
        looked = monotonic() - self._pause
        while not _is_cancelled():
            found = await self._client.xreadgroup(
                broker.consumer_group_name,
                broker.consumer_name,
                self._streams,
                count=broker.count,
                block=wait,
            )
            for stream, messages in found or ():
                for identifier, content in messages:
                    yield self._ackable(stream, identifier, content)
            if monotonic() - looked >= self._pause:
                looked = monotonic()
                for stream in self._streams:
                    for identifier, content in await self._take_over(stream):
                        yield self._ackable(stream, identifier, content)

    async def _take_over(self, stream: str) -> list[Any]:
        claimed = await self._client.xautoclaim(
            name=stream,
            groupname=self._broker.consumer_group_name,
            consumername=self._broker.consumer_name,
            min_idle_time=self._broker.idle_timeout,
            count=self._broker.unacknowledged_batch_size,
        )
        return list(claimed[1])

    def _ackable(self, stream: Any, identifier: Any, content: Any) -> KeptMessage:
        running = stream, identifier
        self._running.add(running)
        forget = partial(self._running.discard, running)

        async def acknowledge() -> None:
            forget()
            group = self._broker.consumer_group_name
            await self._client.xack(stream, group, identifier)

        return KeptMessage(data=content[b"data"], ack=acknowledge, forget=forget)

    async def keep(self) -> None:
        """Keep the messages whose jobs run here, however long they take."""
        from redis.exceptions import RedisError

        while True:
            await asyncio.sleep(self._pause)
            try:
                await self._claim_running()
            except (RedisError, OSError) as error:
                logger.warning("Redis does not know which jobs still run: %s", error)

    async def _claim_running(self) -> None:
        for stream, identifier in tuple(self._running):
            await self._client.xclaim(
                stream,
                self._broker.consumer_group_name,
                self._broker.consumer_name,
                min_idle_time=0,
                message_ids=[identifier],
                justid=True,
            )


async def _listen(broker: Any) -> AsyncIterator[AckableMessage]:
    from redis.asyncio import Redis

    # The messages are acknowledged after the receiver has stopped to listen.
    listener = _Listener(broker, Redis(connection_pool=broker.connection_pool))
    keep_until_shutdown(broker, listener.keep())
    async for message in listener.receive():
        yield message

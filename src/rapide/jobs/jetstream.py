"""Receive messages from JetStream so that a job which only takes long is not delivered again.

JetStream delivers a message again if nobody has acknowledged it in time, 30 seconds by default. So
a job that takes longer would run several times, and never end as far as the server knows. This
listener reports that the job still runs. It also asks for messages again and again, because the
server forgets what was asked for when it restarts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final
from uuid import uuid4

from taskiq import AckableMessage, AsyncBroker

from rapide.jobs.brokers import is_of
from rapide.jobs.keeping import PER_TIMEOUT, KeptMessage, keep_until_shutdown
from rapide.logger import logger

#: Seconds after which the server is asked for messages again.
_PATIENCE: Final = 5.0
#: The pause after an error, in seconds.
_PAUSE: Final = 0.5
#: Seconds after which the server delivers a message again, unless it says something else.
_WAIT: Final = 30.0
#: What precedes our part of the name of an inbox.
_OURS: Final = ".rapide-"


def keep_running(broker: AsyncBroker) -> None:
    """Let a pull-based broker of JetStream keep the messages of jobs that run. Leave others."""
    if is_of(broker, "taskiq_nats", "PullBasedJetStreamBroker"):
        given: Any = broker
        given.listen = partial(_listen, given)


def use_own_inbox(broker: AsyncBroker) -> None:
    """Let a broker of NATS receive answers under names that no other process has.

    Processes that were forked from one inherit the state from which the client makes its names.
    They would get each other's jobs, and take each other's confirmations for their own.
    """
    if not is_of(broker, "taskiq_nats"):
        return
    given: Any = broker
    options: dict[str, Any] = given.connection_kwargs
    prefix = options.get("inbox_prefix", "_INBOX")
    prefix = prefix.decode() if isinstance(prefix, bytes) else prefix
    options["inbox_prefix"] = f"{prefix.partition(_OURS)[0]}{_OURS}{uuid4().hex}"


async def _listen(broker: Any) -> AsyncIterator[AckableMessage]:
    listener = _Listener(broker)
    keep_until_shutdown(broker, listener.keep())
    async for message in listener.receive():
        yield message


class _Listener:
    """What a worker receives from a consumer of JetStream, and has not acknowledged yet."""

    def __init__(self, broker: Any) -> None:
        self._broker = broker
        #: The messages by their sequence in the consumer.
        self._running: dict[int, Any] = {}

    async def receive(self) -> AsyncIterator[AckableMessage]:
        """Yield the messages that the server delivers to this worker."""
        from nats.errors import Error

        broker = self._broker
        patience = broker.pull_consume_timeout or _PATIENCE
        is_lost = False
        while not broker.client.is_closed:
            try:
                messages = await broker.consumer.fetch(broker.pull_consume_batch, patience)
            except TimeoutError:
                continue  # there are none
            except Error as error:
                if not is_lost:
                    logger.warning("NATS delivers no jobs now, trying again: %r", error)
                is_lost = True
                await asyncio.sleep(_PAUSE)
                continue
            is_lost = False
            for message in messages:
                yield self._ackable(message)

    def _ackable(self, message: Any) -> KeptMessage:
        number = message.metadata.sequence.consumer
        self._running[number] = message

        def forget() -> None:
            self._running.pop(number, None)

        async def acknowledge() -> None:
            forget()
            await message.ack()

        return KeptMessage(data=message.data, ack=acknowledge, forget=forget)

    async def keep(self) -> None:
        """Report the jobs that still run, however long they take."""
        from nats.errors import Error

        pause = await self._time_to_acknowledge() / PER_TIMEOUT
        while True:
            await asyncio.sleep(pause)
            try:
                for number, message in tuple(self._running.items()):
                    if number in self._running:  # it may have been acknowledged meanwhile
                        await message.in_progress()
            except Error as error:
                logger.warning("NATS does not know which jobs still run: %r", error)

    async def _time_to_acknowledge(self) -> float:
        """Return how long the server waits for an acknowledgement, in seconds."""
        from nats.errors import Error

        given = self._broker.consumer_config
        try:
            config = (await self._broker.consumer.consumer_info()).config
        except (Error, TimeoutError):
            config = given
        return float(config.ack_wait or _WAIT)

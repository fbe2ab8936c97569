"""The receiver of a worker: a broker that is down, and messages that are not acknowledged."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import ClassVar

import pytest
from taskiq import AsyncBroker, BrokerMessage
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker

from rapide import FastAPI
from rapide.jobs.receiver import JobReceiver
from rapide.jobs.redis_streams import _Listener
from tests.unit.jobs.workers import environment, running_worker


def test_a_worker_reports_in_one_line_that_its_broker_is_down(tmp_path: Path) -> None:
    env = environment("redis://127.0.0.1:1", tmp_path / "runs")
    with running_worker(env, "--log-level", "error", log=subprocess.PIPE) as worker:
        assert worker.stderr is not None
        # The process is started again, and tries it again.
        lines = [worker.stderr.readline().decode() for _ in range(2)]
    with worker.stderr:
        assert not worker.stderr.read().count(b"Traceback")
    for line in lines:
        assert "RedisStreamBroker cannot start: ConnectionError: Error 111 connecting" in line
        assert line.endswith("; trying again\n")


class Broker(AsyncBroker):
    """Keeps the first message, and cannot send another one."""

    queue_name, consumer_group_name, consumer_name = "queue", "group", "consumer"
    additional_streams: ClassVar[dict[str, str]] = {}
    idle_timeout = 1000
    sent: bytes | None = None

    async def kick(self, message: BrokerMessage) -> None:
        if self.sent is not None:
            raise ConnectionError("the broker is down")
        self.sent = message.message

    def listen(self) -> AsyncGenerator[bytes, None]:
        raise NotImplementedError


def test_a_message_whose_next_attempt_cannot_be_sent_is_not_kept() -> None:
    """Otherwise no worker gets it as long as this one lives."""
    broker = Broker()

    async def fail() -> None:
        raise ValueError

    job = FastAPI().job(broker, retries=1)(fail)

    async def play() -> None:
        await AsyncKicker[..., None](job.name, broker, {}).kiq()
        listener = _Listener(broker, None)
        message = listener._ackable("queue", b"1-0", {b"data": broker.sent})
        assert listener._running
        with pytest.raises(SendTaskError):
            await JobReceiver(broker, max_async_tasks=1).callback(message)
        assert not listener._running

    asyncio.run(play())

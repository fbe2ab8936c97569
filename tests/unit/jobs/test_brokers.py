"""What the brokers of taskiq can do. `tests/engines` plays the same with real servers."""

import asyncio
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from taskiq import AsyncBroker, TaskiqMessage, TaskiqResult
from taskiq.exceptions import SendTaskError
from taskiq_aio_pika import AioPikaBroker, Queue
from taskiq_nats import NatsBroker, PullBasedJetStreamBroker, PushBasedJetStreamBroker

from rapide import FastAPI
from rapide.jobs import JobError, host
from rapide.jobs.brokers import delays_by_label, is_of, weaknesses_of
from rapide.jobs.jetstream import _Listener, use_own_inbox
from rapide.jobs.retries import JobMiddleware

RABBIT, NATS = "amqp://127.0.0.1:1", "nats://127.0.0.1:1"


class MyRabbit(AioPikaBroker):
    """A broker of somebody's own."""


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: PushBasedJetStreamBroker(NATS, queue="a"), "use PullBasedJetStreamBroker"),
        (lambda: NatsBroker(NATS), 'as in NatsBroker(servers, queue="jobs")'),
    ],
)
def test_a_broker_must_give_each_job_to_one_worker(
    make: Callable[[], AsyncBroker], advice: str
) -> None:
    with pytest.raises(JobError, match=re.escape(advice)):
        FastAPI().job(make())


def test_a_broker_that_keeps_no_jobs_is_reported() -> None:
    assert len([*weaknesses_of(NatsBroker(NATS, queue="a"))]) == 1
    assert not [*weaknesses_of(PullBasedJetStreamBroker(NATS))]


@pytest.mark.parametrize(
    ("options", "delays"),
    [
        ({}, False),
        ({"delay_queue": Queue(name="delayed")}, True),
        ({"delayed_message_exchange_plugin": True}, True),
    ],
)
def test_rabbitmq_delays_if_it_has_a_place_for_it(options: dict[str, Any], delays: bool) -> None:
    assert delays_by_label(MyRabbit(RABBIT, **options)) is delays
    assert not is_of(MyRabbit(RABBIT), "taskiq_nats")


def test_a_second_attempt_is_not_delayed_like_the_first() -> None:
    sent: list[dict[str, Any]] = []

    class Broker(AioPikaBroker):
        async def kick(self, message: Any) -> None:
            sent.append(message.labels)

    async def fail() -> None:
        broker = Broker(RABBIT, delay_queue=Queue(name="delayed"))
        job = FastAPI().job(broker, name="work", retries=1)(work)
        message = TaskiqMessage(
            task_id="1", task_name=job.name, labels={"delay": 60, "a": 1}, args=[], kwargs={}
        )
        (middleware,) = (item for item in broker.middlewares if isinstance(item, JobMiddleware))
        error = RuntimeError()
        result = TaskiqResult[Any](is_err=True, return_value=None, execution_time=0, error=error)
        await middleware.on_error(message, result, error)

    async def work() -> None: ...

    asyncio.run(fail())
    assert [sorted(labels) for labels in sent] == [["a", "rapide_attempt"]]


@pytest.mark.parametrize("given", [{}, {"inbox_prefix": b"mine"}, {"inbox_prefix": "mine"}])
def test_each_start_of_a_broker_of_nats_has_an_inbox_of_its_own(given: dict[str, Any]) -> None:
    broker = PullBasedJetStreamBroker(NATS, **given)
    prefixes = set()
    for _ in range(3):
        use_own_inbox(broker)
        prefixes.add(broker.connection_kwargs["inbox_prefix"])
    assert len(prefixes) == 3
    begin = "mine" if given else "_INBOX"
    assert {prefix.rpartition(".rapide-")[0] for prefix in prefixes} == {begin}


def test_a_worker_of_jetstream_survives_errors_of_the_server() -> None:
    """It reports the jobs that run until they are acknowledged, and asks for messages again."""
    from nats.errors import ConnectionReconnectingError

    reports: list[int] = []

    class Message:
        data = b"job"
        metadata = SimpleNamespace(sequence=SimpleNamespace(consumer=7))

        async def in_progress(self) -> None:
            reports.append(7)
            if len(reports) == 1:
                raise ConnectionReconnectingError
            if len(reports) > 1:
                reported.set()

        async def ack(self) -> None:
            reports.append(0)

    answers: list[Any] = [TimeoutError(), ConnectionReconnectingError(), [Message()]]

    class Consumer:
        async def fetch(self, batch: int, timeout: float) -> Any:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        async def consumer_info(self) -> Any:
            return SimpleNamespace(config=SimpleNamespace(ack_wait=0.01))

    async def play() -> bytes:
        nonlocal reported
        reported = asyncio.Event()
        broker = SimpleNamespace(
            client=SimpleNamespace(is_closed=False),
            consumer=Consumer(),
            consumer_config=None,
            pull_consume_batch=1,
            pull_consume_timeout=None,
        )
        listener = _Listener(broker)
        message = await anext(listener.receive())
        keeping = asyncio.create_task(listener.keep())
        await asyncio.wait_for(reported.wait(), 60)
        acknowledged = message.ack()
        assert acknowledged is not None
        await acknowledged
        assert not listener._running
        keeping.cancel()
        return message.data

    reported = asyncio.Event()
    assert asyncio.run(play()) == b"job"
    assert reports[-1] == 0


def test_a_broker_that_does_not_start_is_an_error_after_some_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client of NATS tries for two minutes: a request cannot wait that long."""
    monkeypatch.setattr(host, "_PATIENCE", 0.01)

    class Broker(NatsBroker):
        async def startup(self) -> None:
            await asyncio.Event().wait()

    async def work() -> None: ...

    job = FastAPI().job(Broker(NATS, queue="a"))(work)
    for _ in range(2):
        with pytest.raises(SendTaskError) as raised:
            asyncio.run(job.enqueue())
        assert isinstance(raised.value.__cause__, TimeoutError)

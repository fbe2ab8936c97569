"""Runs of jobs: retries, timeouts, unique jobs, delays, the outbox and telemetry."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from taskiq import InMemoryBroker, SimpleRetryMiddleware
from taskiq.exceptions import SendTaskError

from rapide import Depends, FastAPI
from rapide.jobs import Job, JobError, MemoryKeys, Outbox
from rapide.limits import RequestLimits
from rapide.testclient import TestClient
from tests.parity.observed import uninstrumented_after

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def end_of(task: Any) -> Any:
    return await task.wait_result(check_interval=0.001, timeout=20)


async def test_a_failed_job_is_tried_again_with_its_arguments_and_identifier() -> None:
    app, broker, runs = FastAPI(), InMemoryBroker(), []

    @app.job(broker, retries=2)
    async def work(number: int) -> str:
        runs.append(number)
        if len(runs) < 3:
            raise OSError
        return "done"

    result = await end_of(await work.enqueue(number=4))
    assert (result.return_value, result.is_err) == ("done", False)
    assert runs == [4, 4, 4]


async def test_attempts_end_and_only_the_named_exceptions_count() -> None:
    app, broker, runs = FastAPI(), InMemoryBroker(), []

    @app.job(broker, retries=2, retry_on=(OSError,), retry_delay=0.001)
    async def work(kind: str) -> None:
        runs.append(kind)
        raise {"os": OSError, "value": ValueError}[kind]

    assert type((await end_of(await work.enqueue(kind="os"))).error) is OSError
    assert type((await end_of(await work.enqueue(kind="value"))).error) is ValueError
    assert runs == ["os", "os", "os", "value"]


async def test_a_middleware_of_the_engine_does_not_add_attempts() -> None:
    app, runs = FastAPI(), []
    broker = InMemoryBroker().with_middlewares(SimpleRetryMiddleware())

    @app.job(broker, retries=1)
    async def work() -> None:
        runs.append(1)
        raise OSError

    await end_of(await work.enqueue())
    assert len(runs) == 2


async def test_a_job_that_takes_too_long_is_cancelled_and_its_dependencies_exit() -> None:
    events = []

    async def session() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            events.append("exit")

    async def work(session: Annotated[int, Depends(session)]) -> None:
        await asyncio.sleep(60)

    own = FastAPI().job(InMemoryBroker(), timeout=0.01)(work)
    of_application = FastAPI(limits=RequestLimits(timeout=0.01)).job(InMemoryBroker())(work)
    for job in (own, of_application):
        assert type((await end_of(await job.enqueue())).error) is TimeoutError
    assert events == ["exit", "exit"]


async def test_a_unique_job_waits_or_runs_once() -> None:
    go, runs = asyncio.Event(), []

    @FastAPI().job(InMemoryBroker())
    async def work(number: int) -> int:
        runs.append(number)
        await go.wait()
        return number

    first = await work.enqueue(number=1, unique="order 7")
    second = await work.enqueue(number=2, unique="order 7")
    other = await work.enqueue(number=3, unique="order 8")
    assert first.task_id == second.task_id != other.task_id
    go.set()
    assert (await end_of(second)).return_value == 1
    await end_of(other)
    again = await work.enqueue(number=4, unique="order 7")
    assert (await end_of(again)).return_value == 4
    assert runs == [1, 3, 4]


async def test_the_key_of_a_unique_job_is_held_between_its_attempts() -> None:
    seen = []

    @FastAPI().job(InMemoryBroker(), retries=1)
    async def work() -> None:
        seen.append((await work.enqueue(unique="one")).task_id)
        if len(seen) == 1:
            raise OSError

    task = await work.enqueue(unique="one")
    await end_of(task)
    assert seen == [task.task_id, task.task_id]


async def test_a_key_is_free_when_its_time_is_over() -> None:
    now = [0.0]
    keys = MemoryKeys(lambda: now[0])
    assert await keys.claim("key", "a", 10) == "a"
    assert await keys.claim("key", "b", 10) == "a"
    now[0] = 11
    assert await keys.claim("key", "b", 10) == "b"
    await keys.release("key", "a")
    assert await keys.claim("key", "c", 10) == "b"


async def test_a_key_is_free_when_a_job_cannot_be_sent() -> None:
    class Broken(InMemoryBroker):
        is_broken = True

        async def kick(self, message: Any) -> None:
            if self.is_broken:
                raise OSError("no connection")
            await super().kick(message)

    broker = Broken()
    job = FastAPI().job(broker, name="work")(lambda: 5)
    with pytest.raises(SendTaskError):
        await job.enqueue(unique="one")
    broker.is_broken = False
    assert (await end_of(await job.enqueue(unique="one"))).return_value == 5


async def test_messages_wait_until_their_broker_is_started_and_a_failed_start_is_repeated() -> None:
    class Slow(InMemoryBroker):
        starts, is_started = 0, False

        async def startup(self) -> None:
            self.starts += 1
            await super().startup()
            await asyncio.sleep(0)
            if self.starts == 1:
                raise LookupError("no connection")
            self.is_started = True

        async def kick(self, message: Any) -> None:
            assert self.is_started
            await super().kick(message)

    broker = Slow()
    job = FastAPI().job(broker, name="work")(lambda: 5)
    with pytest.raises(SendTaskError) as failed:
        await job.enqueue()
    assert isinstance(failed.value.__cause__, LookupError)
    tasks = await asyncio.gather(job.enqueue(), job.enqueue())
    assert [(await end_of(task)).return_value for task in tasks] == [5, 5]
    assert broker.starts == 2


async def test_a_delayed_job_is_sent_later() -> None:
    job = FastAPI().job(InMemoryBroker(), name="work")(lambda: 5)
    task = await job.enqueue(delay=0.05)
    assert not await task.is_ready()
    assert (await end_of(task)).return_value == 5


@pytest.fixture
def uninstrumented() -> Iterator[None]:
    """Leave the process as applications without telemetry want it."""
    with uninstrumented_after():
        yield


@pytest.mark.usefixtures("uninstrumented")
async def test_the_trace_of_a_request_continues_in_the_job() -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = FastAPI(telemetry={"tracer_provider": provider})

    @app.job(InMemoryBroker(await_inplace=True), name="receipt")
    async def work(is_wrong: bool) -> None:
        with provider.get_tracer("test").start_as_current_span("inside"):
            if is_wrong:
                raise OSError

    @app.post("/orders")
    async def order(is_wrong: bool = False) -> None:
        await work.enqueue(is_wrong=is_wrong)

    with TestClient(app) as client:
        assert client.post("/orders").status_code == 200
    spans = {span.name: span for span in exporter.get_finished_spans()}
    job, request = spans["job receipt"], spans["POST /orders"]
    assert job.kind is trace.SpanKind.CONSUMER
    assert job.context.trace_id == request.context.trace_id
    assert spans["inside"].parent.span_id == job.context.span_id
    exporter.clear()
    with TestClient(app) as client:
        client.post("/orders?is_wrong=true")
    failed = {span.name: span for span in exporter.get_finished_spans()}["job receipt"]
    assert failed.status.status_code is trace.StatusCode.ERROR
    assert failed.attributes["error.type"] == "OSError"


def with_outbox(folder: Path) -> tuple[FastAPI, Outbox, Job, list[int]]:
    """An application whose route enqueues a job in the transaction of a dependency."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'test.db'}")
    outbox, sent = Outbox(engine, interval=0.01), []

    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(outbox.table.metadata.create_all)
        yield
        await engine.dispose()

    async def session() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine) as session, session.begin():
            yield session

    app = FastAPI(lifespan=lifespan)

    @app.job(InMemoryBroker(), outbox=outbox)
    async def receipt(order_id: int) -> None:
        sent.append(order_id)

    @app.post("/orders/{order_id}")
    async def order(order_id: int, session: Annotated[AsyncSession, Depends(session)]) -> None:
        await receipt.enqueue(order_id=order_id, session=session)
        if order_id < 0:
            raise ValueError("the transaction is rolled back")

    return app, outbox, receipt, sent


async def rows_of(outbox: Outbox) -> Any:
    async with outbox._engine.connect() as connection:
        return (await connection.execute(outbox.table.select())).all()


def test_a_job_of_a_transaction_that_is_rolled_back_is_not_sent(tmp_path: Path) -> None:
    app, outbox, _, sent = with_outbox(tmp_path)
    with TestClient(app, raise_server_exceptions=False) as client:
        for order_id in (1, -2, 3):
            client.post(f"/orders/{order_id}")
        while client.portal.call(rows_of, outbox):
            pass
    assert sent == [1, 3]


@pytest.mark.parametrize("batch", [1, 100])
async def test_a_job_that_cannot_be_sent_stays_in_the_outbox_and_others_are_sent_once(
    batch: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapide.jobs.outbox._BATCH", batch)

    class Unreachable(InMemoryBroker):
        attempts = 0

        async def startup(self) -> None:
            self.attempts += 1
            if self.attempts < 3:
                raise LookupError("no connection")
            await super().startup()

    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    app, outbox, ran = FastAPI(), Outbox(engine, interval=0.01), []
    broker = Unreachable()
    app.job(broker, name="unreachable", outbox=outbox)(lambda number: ran.append(number))
    app.job(InMemoryBroker(), name="reachable", outbox=outbox)(lambda number: ran.append(number))
    async with engine.begin() as connection:
        await connection.run_sync(outbox.table.metadata.create_all)
    async with AsyncSession(engine) as session, session.begin():
        for number, name in enumerate(["unreachable", "reachable", "unreachable"]):
            job = app._rapide_jobs.jobs[name]
            await job.enqueue(number=number, session=session)

    outbox.start()
    while await rows_of(outbox):
        await asyncio.sleep(0.01)
    await outbox.stop()
    await broker.wait_all()
    assert (ran, broker.attempts) == ([1, 0, 2], 3)
    # Two attempts have failed, which is reported once.
    assert caplog.text.count("The job unreachable cannot be sent now") == 1
    await engine.dispose()


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize(
    ("steps", "is_held"),
    [
        ("enqueue commit", True),
        ("enqueue rollback", False),
        ("enqueue close", False),
        ("savepoint enqueue release commit", True),
        ("other savepoint enqueue release rollback", False),
        ("savepoint enqueue undo commit", False),
        ("enqueue savepoint undo commit", True),
        ("enqueue savepoint release rollback", False),
        ("other rollback enqueue commit", True),
        ("other commit enqueue close", False),
    ],
)
async def test_the_key_of_a_unique_job_is_free_if_its_transaction_is_rolled_back(
    tmp_path: Path, kind: str, steps: str, *, is_held: bool
) -> None:
    path = tmp_path / "test.db"
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    outbox = Outbox(engine)
    job = FastAPI().job(InMemoryBroker(), name="work", outbox=outbox)(lambda: 5)
    async with engine.begin() as connection:
        await connection.run_sync(outbox.table.metadata.create_all)
    session: Any = AsyncSession(engine)
    if kind == "sync":
        session = Session(create_engine(f"sqlite:///{path}"))

    async def call(function: Any) -> Any:
        made = function()
        return await made if kind == "async" else made

    job_id: Any = None
    savepoint: Any = None
    for step in steps.split():
        if step == "enqueue":
            job_id = (await job.enqueue(unique="one", session=session)).task_id
        elif step == "other":
            await call(lambda: session.execute(outbox.table.delete()))
        elif step == "savepoint":
            savepoint = await call(session.begin_nested)
        elif step in ("release", "undo"):
            await call(savepoint.commit if step == "release" else savepoint.rollback)
        else:
            await call(getattr(session, step))
    await call(session.close)
    for _ in range(20):  # the key is released by a task
        await asyncio.sleep(0)
    again = await job.enqueue(unique="one")
    assert (again.task_id == job_id) is is_held
    assert [row.job_id for row in await rows_of(outbox)] == [job_id] * is_held
    await engine.dispose()


async def test_a_session_needs_an_outbox() -> None:
    job = FastAPI().job(InMemoryBroker(), name="work")(lambda: 5)
    with pytest.raises(JobError, match="needs an outbox"):
        await job.enqueue(session=object())

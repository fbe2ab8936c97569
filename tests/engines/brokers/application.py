"""An application whose jobs go through the broker that `BROKER` names, at `BROKER_URL`.

`RUNS` is the file that notes what was done, and `REDIS_URL` has the keys of unique jobs.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine
from taskiq import AsyncBroker

from rapide import Depends, FastAPI
from rapide.jobs import JobError as JobError
from rapide.jobs import Outbox, RedisKeys
from rapide.requests import HTTPConnection

URL = os.environ["BROKER_URL"]
REDIS = os.environ["REDIS_URL"]
RUNS = Path(os.environ["RUNS"])
#: After this time a message counts as lost, if its worker does not report that it still runs.
SILENCE = 1.0


def redis() -> AsyncBroker:
    from taskiq_redis import RedisStreamBroker

    return RedisStreamBroker(
        URL, consumer_id="0", xread_count=1, idle_timeout=int(SILENCE * 1000), xread_block=50
    )


def rabbitmq() -> AsyncBroker:
    from taskiq_aio_pika import AioPikaBroker, Queue

    return AioPikaBroker(URL, qos=4, delay_queue=Queue(name="delayed"))


def rabbitmq_without_delays() -> AsyncBroker:
    from taskiq_aio_pika import AioPikaBroker

    return AioPikaBroker(URL)


def jetstream() -> AsyncBroker:
    from nats.js.api import ConsumerConfig
    from taskiq_nats import PullBasedJetStreamBroker

    config = ConsumerConfig(durable_name="workers", ack_wait=SILENCE)
    return PullBasedJetStreamBroker(URL, durable="workers", consumer_config=config)


def nats() -> AsyncBroker:
    from taskiq_nats import NatsBroker

    return NatsBroker(URL, queue="workers")


BROKERS: dict[str, Callable[[], AsyncBroker]] = {
    "redis": redis,
    "rabbitmq": rabbitmq,
    "rabbitmq without delays": rabbitmq_without_delays,
    "jetstream": jetstream,
    "nats": nats,
}
broker = BROKERS[os.environ["BROKER"]]()
engine = create_async_engine(f"sqlite+aiosqlite:///{RUNS}.db")
outbox = Outbox(engine)


def note(line: str) -> None:
    """Append a line to the record of what was done, also for a process that is killed next."""
    with RUNS.open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {line}\n")


async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    async with engine.begin() as connection:
        await connection.run_sync(outbox.table.create, checkfirst=True)
    note("lifespan begins")
    yield {"greeting": "hello"}
    note("lifespan ends")


app = FastAPI(lifespan=lifespan)


def greeting(connection: HTTPConnection) -> str:
    return str(connection.state.greeting)


def attempt(connection: HTTPConnection) -> int:
    return int(connection.scope["rapide.job"].attempt)


@app.job(broker, name="work")
async def work(number: int, greeting: Annotated[str, Depends(greeting)], seconds: float = 0) -> str:
    """Take some time, unless another process has begun the same job and was killed."""
    note(f"begin {number}")
    if RUNS.read_text(encoding="utf-8").count(f" begin {number}\n") == 1:
        await asyncio.sleep(seconds)
    note(f"end {number}")
    return f"{greeting} {number}"


@app.job(broker, name="fail", retries=2)
async def fail(number: int, attempt: Annotated[int, Depends(attempt)]) -> None:
    note(f"attempt {number} {attempt} {time.time()}")
    if attempt < 3:
        raise RuntimeError("it fails twice")


@app.job(broker, name="once", unique_keys=RedisKeys(Redis.from_url(REDIS)))
async def once(number: int) -> None:
    note(f"once {number}")


@app.job(broker, name="committed", outbox=outbox)
async def committed(number: int) -> None:
    note(f"committed {number}")

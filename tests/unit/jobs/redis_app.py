"""An application whose jobs go through Redis. `REDIS_URL` and `RUNS` say where."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from rapide import Depends, FastAPI
from rapide.requests import HTTPConnection

broker = RedisStreamBroker(
    os.environ["REDIS_URL"],
    xread_block=50,
    xread_count=1,
    idle_timeout=int(os.environ.get("IDLE", "600000")),
    consumer_id="0",
).with_result_backend(RedisAsyncResultBackend(os.environ["REDIS_URL"]))


def note(line: str) -> None:
    """Append a line to the record of what was done, also for a process that is killed next."""
    with Path(os.environ["RUNS"]).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {line}\n")


async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    note("lifespan begins")
    yield {"greeting": "hello"}
    note("lifespan ends")


app = FastAPI(lifespan=lifespan)


def greeting(connection: HTTPConnection) -> str:
    return str(connection.state.greeting)


@app.job(broker, name="work", retries=1)
async def work(number: int, greeting: Annotated[str, Depends(greeting)], seconds: float = 0) -> str:
    """Take some time, unless another process has begun the same job and was killed."""
    note(f"begin {number}")
    record = Path(os.environ["RUNS"]).read_text(encoding="utf-8")
    if record.count(f" begin {number}\n") == 1:
        await asyncio.sleep(seconds)
    note(f"end {number}")
    return f"{greeting} {number}"


@app.job(broker, name="fail", retries=1, retry_delay=600)
async def fail() -> None:
    """Fail, and be tried again after a time for which no test waits."""
    note("attempt")
    raise ValueError

"""An application with streams that can be resumed, for several processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from rapide import Depends, FastAPI, Header, HTTPException, Response
from rapide.distributed.streams import Streams
from rapide.sse import EventSourceResponse, ServerSentEvent

streams = Streams(
    os.environ.get("STREAMS_URL"), lease=4, idle=float(os.environ.get("STREAMS_IDLE", "30"))
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with streams:
        yield


app = FastAPI(lifespan=lifespan)
#: What has happened to dependencies in this process.
happened: list[str] = []


async def log_in(key: Annotated[str, Header()], response: Response) -> None:
    response.headers["process"] = str(os.getpid())
    if key != "secret":
        raise HTTPException(401)


async def open_session() -> AsyncIterator[list[str]]:
    happened.append("opened")
    try:
        yield happened
    finally:
        happened.append("closed")


@app.get("/health")
async def read_health() -> str:
    return "ok"


@app.get("/happened")
async def read_happened() -> list[str]:
    return happened


@app.get("/numbers", response_class=EventSourceResponse, dependencies=[Depends(log_in)])
@streams.resumable
async def count(
    session: Annotated[list[str], Depends(open_session)], number: int, pause: float = 0
) -> AsyncIterator[Any]:
    for index in range(1, number + 1):
        yield index
        await asyncio.sleep(pause)
    session.append("finished")


@app.get("/lines")
@streams.resumable
async def write_lines(number: int, pause: float = 0) -> AsyncIterator[int]:
    for index in range(1, number + 1):
        yield index
        await asyncio.sleep(pause)


@app.get("/events", response_class=EventSourceResponse)
@streams.resumable
async def name_events() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(data=1, id="käse.1", event="begin")
    yield ServerSentEvent(raw_data="two\nlines", comment="why")


@app.get("/failing", response_class=EventSourceResponse)
@streams.resumable
async def fail() -> AsyncIterator[int]:
    yield 1
    raise ValueError("the second event fails")


@app.get("/blocking", response_class=EventSourceResponse)
@streams.resumable
def count_in_thread() -> Any:
    yield from range(3)

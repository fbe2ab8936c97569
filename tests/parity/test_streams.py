"""Generator endpoints: JSON lines and server-sent events."""

import math
from collections.abc import Iterator
from typing import Annotated

from pydantic import (
    BaseModel,
)

from .client import POST
from .harness import parity


class Item(BaseModel):
    name: str
    price: float = 10.5
    tags: list[str] = []
    description: str | None = None


@parity(
    "/lines /typed /sync /status /class /bad /empty /fail /dep",
    compiled=False,
    trio=True,
)
def test_generator_endpoints_stream_json_lines(fw):
    """JSON Lines (0.134)"""
    from collections.abc import AsyncIterable

    app = fw.FastAPI()

    @app.get("/lines")
    async def lines():
        yield {"a": 1}
        yield [1, "é", math.nan]

    @app.get("/typed")
    async def typed() -> AsyncIterable[Item]:
        yield Item(name="a")
        yield {"name": "b", "price": "2"}

    @app.get("/sync")
    def sync() -> Iterator[int]:
        yield from range(3)

    @app.get("/status", status_code=201)
    def status(response: fw.Response, tasks: fw.BackgroundTasks):
        response.headers["x-a"] = "1"
        tasks.add_task(fw.log.append, "task")
        yield 1

    @app.get("/class", response_class=fw.responses.StreamingResponse)
    def as_class():
        yield "plain "
        yield b"chunks"

    @app.get("/bad")
    async def bad() -> AsyncIterable[int]:
        yield 1
        yield "x"

    @app.get("/empty")
    async def empty() -> AsyncIterable[int]:
        return
        yield

    @app.get("/fail")
    async def fail():
        yield 1
        raise ValueError("midway")

    async def gen():
        fw.log.append("in")
        yield 5
        fw.log.append("out")

    @app.get("/dep")
    async def dep(v: Annotated[int, fw.Depends(gen)]):
        yield v
        fw.log.append("end of endpoint")

    return app


@parity(
    "/plain /events /typed /raw",
    POST("/post", {"name": "a"}),
    "/bad",
    compiled=False,
    trio=True,
)
def test_server_sent_events_are_streamed(fw):
    """SSE (0.135)"""
    from collections.abc import AsyncIterable

    app = fw.FastAPI()
    EventSourceResponse, ServerSentEvent = fw.sse.EventSourceResponse, fw.sse.ServerSentEvent

    @app.get("/plain", response_class=EventSourceResponse)
    async def plain():
        yield {"a": "é"}
        yield "text"

    @app.get("/events", response_class=EventSourceResponse)
    async def events():
        yield ServerSentEvent(data={"n": 1}, event="tick", id="7", retry=100, comment="note")
        yield ServerSentEvent(comment="only\ncomment")
        yield ServerSentEvent(data="quoted")

    @app.get("/typed", response_class=EventSourceResponse)
    async def typed() -> AsyncIterable[Item]:
        yield Item(name="a")

    @app.get("/raw", response_class=EventSourceResponse)
    def raw():
        yield ServerSentEvent(raw_data="line 1\nline 2", event="raw")

    @app.post("/post", response_class=EventSourceResponse)
    async def post(item: Item) -> AsyncIterable[Item]:
        yield item

    @app.get("/bad", response_class=EventSourceResponse)
    async def bad() -> AsyncIterable[int]:
        yield "x"

    return app

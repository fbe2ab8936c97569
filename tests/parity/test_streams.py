"""Generator endpoints: JSON lines and server-sent events."""

import math
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Annotated

import pytest
from pydantic import BaseModel

from .client import GET, POST, Req
from .harness import (
    MODES,
    ORACLE,
    SUBJECT,
    Case,
    Framework,
    fallbacks,
    observe,
    parity,
    path_of_execution,
)


class Item(BaseModel):
    name: str
    price: float = 10.5
    tags: list[str] = []
    description: str | None = None


@parity(
    "/lines /typed /sync /status /class /bad /empty /fail /dep",
    trio=True,
)
def test_generator_endpoints_stream_json_lines(fw):
    """JSON Lines (0.134)"""
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
    trio=True,
)
def test_server_sent_events_are_streamed(fw):
    """SSE (0.135)"""
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


@parity(
    "/lines/2 /lines/x /sync/2 /events/2 /chunks/2 /sync-chunks/2",
    Req("GET", "/lines/2", disconnect=True),
    Req("GET", "/chunks/2", disconnect=True),
)
def test_dependencies_are_left_when_a_stream_has_ended(fw):
    """scopes of dependencies around generator endpoints; injected response, background tasks"""
    app = fw.FastAPI()
    streaming = {"response_class": fw.responses.StreamingResponse}
    events = {"response_class": fw.sse.EventSourceResponse}

    def logged(name, scope):
        async def dependency(response: fw.Response, number: int):
            fw.log.append(f"{name} in")
            response.headers.append("x-by", name)
            response.status_code = 202
            yield
            fw.log.append(f"{name} out")

        return fw.Depends(dependency, scope=scope)

    around = {"dependencies": [logged("request", "request"), logged("function", "function")]}

    def sync(number: int, tasks: fw.BackgroundTasks) -> Iterator[int]:
        tasks.add_task(fw.log.append, "task")
        for one in range(number):
            fw.log.append(one)
            yield one
        fw.log.append("end")

    async def lines(number: int, tasks: fw.BackgroundTasks) -> AsyncIterator[int]:
        for one in sync(number, tasks):
            yield one

    async def texts(number: int, request: fw.Request):
        for one in range(number):
            yield f"{one} {request.url.path} "

    def sync_texts(number: int, request: fw.Request):
        for one in range(number):
            yield f"{one} {request.url.path} "

    app.get("/lines/{number}", **around)(lines)
    app.get("/sync/{number}", **around)(sync)
    app.get("/events/{number}", **around, **events)(texts)
    app.get("/chunks/{number}", **around, **streaming)(texts)
    app.get("/sync-chunks/{number}", **around, **streaming)(sync_texts)
    return app


@parity("/iterator /list /nothing /async-iterator /number", trio=True)
def test_events_may_come_from_what_a_plain_function_returns(fw):
    """EventSourceResponse as the class of an endpoint that is no generator"""
    app = fw.FastAPI()
    events = {"response_class": fw.sse.EventSourceResponse}

    @app.get("/iterator", **events)
    def iterator():
        return iter([1, "two", fw.sse.ServerSentEvent(comment="three")])

    @app.get("/list", **events)
    def items() -> list[int]:
        return [1, 2]

    @app.get("/nothing", **events)
    def nothing():
        return []

    @app.get("/async-iterator", **events)
    def async_iterator():
        async def items():
            yield 1

        return items()

    @app.get("/number", **events)
    def number():
        return 1

    return app


def many_lines(fw):
    """Streams that come faster than one by one: their lines may share messages."""
    app = fw.FastAPI()

    @app.get("/many")
    async def many() -> AsyncIterable[Item]:
        for number in range(500):
            yield Item(name=str(number))

    @app.get("/failing")
    async def failing() -> AsyncIterable[Item]:
        for number in range(300):
            yield Item(name=str(number))
        raise ValueError("no more")

    @app.get("/wrong")
    async def wrong() -> AsyncIterable[Item]:
        for number in range(300):
            yield Item(name=str(number))
        yield {"price": "none"}

    @app.get("/untyped")
    async def untyped():
        for number in range(300):
            yield {number: ("é", math.inf, None, True), "_sa_x": 1}

    return app


@pytest.mark.parametrize("mode", MODES)
def test_many_lines_are_those_of_fastapi(mode):
    """JSON Lines, whatever the messages are that they come in"""
    backend, generic = MODES[mode]
    case = Case(many_lines, [GET("/many"), GET("/failing"), GET("/wrong"), GET("/untyped")])
    expected = observe(case, Framework(ORACLE), backend)[0].answers
    with path_of_execution(SUBJECT, generic):
        fw = Framework(SUBJECT)
        outcome, app = observe(case, fw, backend)
        assert bool(fallbacks(fw, app)) is generic
    for left, right in zip(expected, outcome.answers, strict=True):
        assert b"".join(right.chunks) == b"".join(left.chunks)
        assert (right.status, right.headers) == (left.status, left.headers)
        assert (right.raised, right.log) == (left.raised, left.log)

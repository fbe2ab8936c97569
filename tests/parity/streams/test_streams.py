"""Generator endpoints: JSON lines and server-sent events."""

import math
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from ..client import GET, POST, Req
from ..harness import (
    MODES,
    SERVED,
    SUBJECT,
    Case,
    Framework,
    chosen_modes,
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


class Secret(BaseModel):
    name: str
    secret: str = "hidden"
    note: str | None = None


@parity("/exclude /unset /alias /include /cookie /refused /raising", trio=True)
def test_the_options_of_answers_apply_to_lines(fw):
    """The status, injected headers, background tasks, and what to include apply."""
    app = fw.FastAPI()

    async def items() -> AsyncIterable[Secret]:
        yield Secret(name="a")
        yield {"name": "b", "note": "n"}

    for path, options in {
        "/exclude": {"response_model_exclude": {"secret"}},
        "/include": {"response_model_include": {"name"}},
        "/unset": {"response_model_exclude_unset": True},
        "/alias": {"response_model_exclude_none": True, "response_model_by_alias": False},
    }.items():
        app.get(path, name=path, **options)(items)

    def cookies(response: fw.Response):
        response.set_cookie("from", "dependency")
        response.status_code = 203

    @app.get("/cookie", status_code=201, dependencies=[fw.Depends(cookies)])
    def cookie(response: fw.Response, tasks: fw.BackgroundTasks) -> Iterator[Secret]:
        response.set_cookie("from", "endpoint")
        tasks.add_task(fw.log.append, "task")
        yield Secret(name="c")

    def refuse():
        raise fw.HTTPException(403)

    @app.get("/refused", dependencies=[fw.Depends(refuse)])
    def refused() -> Iterator[int]:
        yield 1

    @app.get("/raising")
    async def raising() -> AsyncIterator[int]:
        raise fw.HTTPException(409)
        yield 1

    return app


@parity(
    "/spaces /iterable /async-iterator /generator /async-generator /wrong-in-the-middle /chunks",
    "/html /json",
    trio=True,
)
def test_the_annotation_or_the_class_says_what_a_stream_is(fw):
    """Items have the type of the annotation, or are written by `json.dumps`.

    A class that is given gets the generator.
    """
    from collections.abc import AsyncGenerator, Generator, Iterable

    app = fw.FastAPI()
    responses = fw.responses

    @app.get("/spaces")
    def spaces():
        yield {"a": [1, 2], "é": math.nan, "inf": [math.inf]}
        yield "text"

    def sync():
        yield "1"
        yield 2

    async def asynchronous():
        yield "1"
        yield 2

    def typed(endpoint, annotation):
        async def values():
            async for value in asynchronous():
                yield value

        def sync_values():
            yield from sync()

        copy = values if endpoint is asynchronous else sync_values
        copy.__annotations__ = {"return": annotation}
        return copy

    app.get("/iterable")(typed(sync, Iterable[int]))
    app.get("/async-iterator")(typed(asynchronous, AsyncIterator[int]))
    app.get("/generator")(typed(sync, Generator[int, None, None]))
    app.get("/async-generator")(typed(asynchronous, AsyncGenerator[int, None]))
    app.get("/wrong-in-the-middle")(typed(sync, Iterator[bool]))
    app.get("/chunks", response_class=responses.StreamingResponse)(typed(sync, Iterator[str]))

    class Html(responses.StreamingResponse):
        media_type = "text/html"

    @app.get("/html", response_class=Html, status_code=206)
    async def html():
        yield "<p>"
        yield b"</p>"

    @app.get("/json", response_class=responses.JSONResponse)
    def json():
        yield 1

    return app


@parity(
    *(Req(method, "/events") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
    trio=True,
)
def test_events_are_streamed_for_any_method_in_the_order_of_their_lines(fw):
    """Data is always JSON, and raw data is sent as it is."""
    app = fw.FastAPI()
    Event = fw.sse.ServerSentEvent

    @app.api_route(
        "/events",
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        response_class=fw.sse.EventSourceResponse,
        include_in_schema=False,
    )
    async def events():
        yield Event(data="text", event="e", id="1", retry=0, comment="c")
        yield Event(raw_data="a\nb\r\nc", comment="one\r\ntwo")
        yield Event(data=None)
        yield Event(data=[1, "é"], id="")
        yield Event(raw_data="")
        yield Item(name="plain")
        yield ["list"]

    return app


@parity(
    "/lines/2 /lines/x /sync/2 /events/2 /chunks/2 /sync-chunks/2",
    Req("GET", "/lines/2", disconnect=True),
    Req("GET", "/chunks/2", disconnect=True),
)
def test_dependencies_are_left_when_a_stream_has_ended(fw):
    """Both scopes are used, with an injected response and background tasks."""
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
    """The endpoint is not a generator."""
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


@pytest.mark.parametrize("mode", chosen_modes(*MODES))
def test_many_lines_are_those_of_fastapi(mode):
    """The messages that they come in may differ."""
    backend, generic = MODES.get(mode, ("asyncio", False))
    case = Case(many_lines, [GET("/many"), GET("/failing"), GET("/wrong"), GET("/untyped")])
    expected = case.expected(backend, mode == SERVED).answers
    with path_of_execution(SUBJECT, generic):
        fw = Framework(SUBJECT)
        fw.is_direct, fw.is_served = mode == "direct", mode == SERVED
        outcome, app = observe(case, fw, backend)
        assert bool(fallbacks(fw, app)) is generic
    for left, right in zip(expected, outcome.answers, strict=True):
        assert b"".join(right.chunks) == b"".join(left.chunks)
        assert (right.status, right.headers) == (left.status, left.headers)
        assert (right.raised, right.log) == (left.raised, left.log)


@parity("/chunks", "/lines", "/events", compiled=False)
def test_classes_of_users_see_streams_as_fastapi_makes_them(fw):
    class Shown(fw.responses.StreamingResponse):
        def __init__(self, *args: Any, status_code: int = 200, **options: Any) -> None:
            fw.log.append([len(args), sorted(options)])
            super().__init__(*args, status_code=status_code, **options)

    class Route(fw.routing.APIRoute):
        def get_route_handler(self):
            handler = super().get_route_handler()

            async def handle(request: Any):
                response = await handler(request)
                fw.log.append(
                    [type(response).__name__, response.media_type, sorted(response.headers)]
                )
                return response

            return handle

    app = fw.FastAPI()
    router = fw.APIRouter(route_class=Route)

    @router.get("/chunks", response_class=Shown)
    async def chunks():
        yield b"chunk"

    @router.get("/lines")
    def lines():
        yield {"line": 1}

    @router.get("/events", response_class=fw.sse.EventSourceResponse)
    async def events():
        yield {"event": 1}

    app.include_router(router)
    app.get("/compiled", response_class=Shown)(chunks)
    return app


@parity("/events", "/sync", "/both", "/lines", trio=True)
def test_streams_outlive_dependencies_of_the_function_scope(fw):
    app = fw.FastAPI()

    async def dependency():
        fw.log.append("entered")
        yield 1
        fw.log.append("left")

    def sync():
        yield 2

    Number = Annotated[int, fw.Depends(dependency, scope="function")]
    Events = fw.sse.EventSourceResponse

    @app.get("/events", response_class=Events)
    async def events(number: Number):
        yield number
        yield 2

    @app.get("/sync", response_class=Events)
    def sync_events(number: Number):
        yield number
        yield 2

    @app.get("/both", response_class=Events)
    async def both(number: Number, other: Annotated[int, fw.Depends(sync)]):
        yield number
        yield other

    @app.get("/lines")
    async def lines(number: Number, other: Annotated[int, fw.Depends(sync)]):
        yield number
        yield other

    return app

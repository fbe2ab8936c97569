"""What FastAPI and Starlette added lately, where no other file has it."""

import warnings
from collections.abc import AsyncIterable, Iterable
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
import pytest
from pydantic import BaseModel

from ..client import GET, POST, WS, Req, document
from ..harness import parity, same_value


class Item(BaseModel):
    name: str


@parity(document("/openapi.json"), compiled=False)
def test_streams_are_described_by_the_schema_of_an_item(fw):
    """`itemSchema` stands below `application/jsonl` or `text/event-stream`."""
    sse = fw.sse
    app = fw.FastAPI()

    @app.get("/lines")
    async def lines() -> AsyncIterable[Item]:
        yield Item(name="a")

    @app.get("/untyped")
    def untyped():
        yield 1

    @app.get("/events", response_class=sse.EventSourceResponse)
    async def events() -> AsyncIterable[Item]:
        yield Item(name="a")

    @app.get("/raw", response_class=sse.EventSourceResponse, status_code=201)
    def raw() -> Iterable[sse.ServerSentEvent]:
        yield sse.ServerSentEvent(data=1)

    @app.get("/numbers", response_class=sse.EventSourceResponse, responses={404: {"model": Item}})
    def numbers() -> Iterable[int]:
        yield 1

    return app


@parity("/cancelled /after", trio=True)
def test_cleanup_is_not_interrupted_by_cancellation(fw):
    """Cleanup that has started is finished, sync and async."""

    async def connection():
        try:
            yield "connection"
        finally:
            await anyio.sleep(0)
            fw.log.append("closed")

    def file():
        try:
            yield "file"
        finally:
            fw.log.append("file closed")

    app = fw.FastAPI()

    @app.get("/cancelled")
    async def cancelled(
        a: Annotated[str, fw.Depends(connection)],
        b: Annotated[str, fw.Depends(file, scope="function")],
    ):
        with anyio.move_on_after(0):
            await anyio.sleep_forever()
        return [a, b]

    class Impatient:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["type"] != "http":
                return await self.app(scope, receive, send)

            async def cancelling(message):
                await send(message)
                if not message.get("more_body", False) and message["type"].endswith("body"):
                    cancel_scope.cancel()

            with anyio.CancelScope() as cancel_scope:
                await self.app(scope, receive, cancelling)

    app.add_middleware(Impatient)

    @app.get("/after")
    async def after():
        return "after"

    return app


@same_value
def test_validation_errors_say_where_the_endpoint_is(fw):
    """FastAPI 0.124: exceptions carry the function, the path, the file and the line."""
    app = fw.FastAPI()
    seen = []

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def refused(request, error):
        seen.append([error, str(error)])
        return fw.responses.JSONResponse({})

    @app.get("/items/{number}")
    def item(number: int) -> Item:
        return number

    client = fw.testclient.TestClient(app)
    client.get("/items/x")
    with pytest.raises(fw.exceptions.ResponseValidationError) as invalid:
        client.get("/items/1")
    seen.append([invalid.value, str(invalid.value)])
    return [
        [
            error.endpoint_function,
            error.endpoint_path,
            error.endpoint_file == __file__,
            error.endpoint_line == item.__code__.co_firstlineno,
            sorted(error.endpoint_ctx),
            text,
            error.errors(),
        ]
        for error, text in seen
    ]


@parity("/query?number=x", POST("/body", {"name": 1}), "/list?b=1&b=x")
def test_errors_have_no_links_and_say_which_item(fw):
    """There is no key `url`, and `loc` has the index of a list's item."""
    app = fw.FastAPI()

    @app.get("/query")
    def query(number: int): ...

    @app.post("/body")
    def body(item: Item): ...

    @app.get("/list")
    def numbers(b: Annotated[list[int], fw.Query()]): ...

    return app


@parity(document("/openapi.json"), "/a/b/x")
def test_what_inclusions_say_of_responses_and_visibility(fw):
    """Dictionaries of responses are merged; the one nearest to the route wins."""
    child = fw.APIRouter(responses={400: {"description": "child"}, 401: {"description": "child"}})
    child.get("/x", responses={401: {"description": "route"}})(lambda: "x")
    child.get("/old", deprecated=True)(lambda: "old")
    child.get("/hidden", include_in_schema=False)(lambda: "hidden")
    parent = fw.APIRouter(responses={400: {"description": "parent"}, 403: {"description": "p"}})
    parent.include_router(child, prefix="/b", responses={403: {"description": "argument"}})
    app = fw.FastAPI(responses={400: {"description": "app"}, 500: {"description": "app"}})
    app.include_router(parent, prefix="/a")
    app.include_router(child, prefix="/deprecated", deprecated=True)
    app.include_router(child, prefix="/hidden", include_in_schema=False)
    return app


@parity("/child /state")
def test_state_of_nested_lifespans_is_merged(fw):
    """The lifespan of a child runs inside its parent's, whose keys win."""

    def lifespan(name, state):
        @asynccontextmanager
        async def of(app):
            fw.log.append(f"{name} starts")
            yield state
            fw.log.append(f"{name} stops")

        return of

    router = fw.APIRouter(lifespan=lifespan("child", {"who": "child", "only": 1}))
    app = fw.FastAPI(lifespan=lifespan("parent", {"who": "parent"}))
    router.get("/child")(lambda: "child")
    app.include_router(router)

    @app.get("/state")
    def state(request: fw.Request):
        return [request.state.who, request.state.only, request.state["who"], "x" in request.state]

    return app


@parity(WS("/in/ws", ["a"]), WS("/ws", ["a"]))
def test_custom_websocket_routes_are_rebuilt_when_included(fw):
    """Classes of users are not kept."""

    class Own(fw.routing.APIWebSocketRoute):
        async def handle(self, scope, receive, send):
            fw.log.append("own")
            await super().handle(scope, receive, send)

    async def echo(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    router = fw.APIRouter()
    router.routes.append(Own("/ws", echo))
    app = fw.FastAPI()
    app.include_router(router, prefix="/in")
    app.router.routes.append(Own("/ws", echo))
    return app


@parity(
    POST("/sub/items", {"name": "x" * 80}),
    POST("/sub/items", {"name": "x"}),
    POST("/items", {"name": "x" * 80}),
)
def test_mounted_applications_share_the_count_of_bytes(fw):
    """The innermost limit wins, even if it is larger."""
    app = fw.FastAPI(max_body_size=50)
    sub = fw.FastAPI(max_body_size=500)

    @app.post("/items")
    @sub.post("/items")
    def items(item: Item):
        return len(item.name)

    app.mount("/sub", sub)
    return app


@parity("/hints /memory /cookie", openapi=False)
def test_newer_responses_of_starlette(fw):
    """Starlette 1.10: early hints, memory views, partitioned cookies."""
    app = fw.FastAPI()

    @app.get("/hints")
    async def hints(request: fw.Request):
        send_early_hints = getattr(request, "send_early_hints", None)
        if send_early_hints is not None:
            await send_early_hints("</a.css>; rel=preload")
        return "hints"

    @app.get("/memory")
    def memory():
        return fw.Response(memoryview(b"bytes"), media_type="text/plain")

    @app.get("/cookie")
    def cookie(response: fw.Response):
        try:
            response.set_cookie("a", "1", secure=True, partitioned=True)
        except ValueError as error:  # Python before 3.14 does not know the attribute
            return str(error)
        return "set"

    return app


@parity(
    Req(
        "OPTIONS",
        "/",
        headers={
            "origin": "https://a.example.org",
            "access-control-request-method": "GET",
            "access-control-request-private-network": "true",
        },
    ),
    GET("/long", headers={"accept-encoding": "gzip"}),
    GET("/plain", headers={"accept-encoding": "gzip"}),
    openapi=False,
)
def test_newer_middleware_options_of_starlette(fw):
    """Starlette 1.10: private networks in CORS, excluded types in GZip."""
    app = fw.FastAPI()
    app.add_middleware(
        fw.module("middleware.cors").CORSMiddleware,
        allow_origin_regex=r"https://.*\.example\.org",
        allow_private_network=True,
    )
    app.add_middleware(
        fw.module("middleware.gzip").GZipMiddleware,
        minimum_size=10,
        exclude_content_types=("text/plain",),
    )

    @app.get("/long")
    def long():
        return fw.responses.HTMLResponse("x" * 100)

    @app.get("/plain")
    def plain():
        return fw.responses.PlainTextResponse("x" * 100)

    return app


@same_value
def test_events_are_checked_when_they_are_made(fw):
    """Both kinds of data, line breaks, NULs and negative times are refused."""
    mistakes = [
        {"data": 1, "raw_data": "1"},
        {"event": "a\nb"},
        {"event": "a\rb"},
        {"id": "a\nb"},
        {"id": "a\0b"},
        {"retry": -1},
        {"retry": "soon"},
        {"data": None},
        {},
    ]

    def kind(values):
        try:
            return fw.sse.ServerSentEvent(**values).model_dump()
        except ValueError as error:
            return [type(error).__name__, [one["type"] for one in error.errors()]]

    return [kind(values) for values in mistakes]


@parity("/slow", openapi=False)
def test_idle_event_streams_are_kept_alive(fw):
    """A comment is sent after `_PING_INTERVAL` seconds without an event."""
    app = fw.FastAPI()
    interval = 0.05
    before = fw.routing._PING_INTERVAL

    @asynccontextmanager
    async def lifespan(app):
        fw.routing._PING_INTERVAL = interval
        yield
        fw.routing._PING_INTERVAL = before

    app.router.lifespan_context = lifespan
    shown = anyio.Event()

    class Listener:
        """Lets the stream go on once a comment has been sent, and drops further ones."""

        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async def watch(message):
                if message.get("body", b"").startswith(b": ping"):
                    if shown.is_set():
                        return
                    shown.set()
                await send(message)

            await self.app(scope, receive, watch if scope["type"] == "http" else send)

    app.add_middleware(Listener)

    @app.get("/slow", response_class=fw.sse.EventSourceResponse)
    async def slow():
        yield 1
        await shown.wait()
        yield 2

    return app


@same_value
def test_what_was_removed_and_what_is_deprecated(fw):
    """Models of Pydantic v1 and unknown arguments are refused; old responses and events warn."""

    def outcome(action):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                action()
            except Exception as error:
                raised = [base.__name__ for base in type(error).__mro__][:2]
            else:
                raised = None
        return [raised, sorted({warning.category.__name__ for warning in caught})]

    app = fw.FastAPI()
    return [
        outcome(lambda: fw.FastAPI(openapi_prefix="/a")),
        outcome(lambda: fw.FastAPI(anything=1)),
        outcome(lambda: app.on_event("startup")(lambda: None)),
        outcome(lambda: fw.FastAPI(root_path="/a")),
        outcome(lambda: fw.FastAPI(routes=[])),
        outcome(lambda: fw.APIRouter(on_startup=[])),
        outcome(lambda: fw.Query(regex="a")),
        outcome(lambda: fw.Query(example="a")),
        outcome(lambda: fw.responses.ORJSONResponse({})),
        outcome(lambda: fw.utils.generate_operation_id_for_path(name="a", path="/", method="get")),
        outcome(lambda: app.include_router(fw.APIRouter(), prefix="no-slash")),
        outcome(lambda: app.include_router(app.router)),
    ]


@same_value
def test_json_inside_the_docs_pages_is_escaped(fw):
    """The pages have a viewport tag, and load their assets from a CDN by default."""
    docs = fw.module("openapi.docs")
    hostile = {"a": "</script><script>alert(1)</script>&"}
    page = docs.get_swagger_ui_html(
        openapi_url="/openapi.json", title="T", swagger_ui_parameters=hostile, init_oauth=hostile
    )
    other = docs.get_redoc_html(openapi_url="/openapi.json", title="T")
    text = page.body.decode()
    return [
        "<script>alert" in text,
        'name="viewport"' in text,
        'name="viewport"' in other.body.decode(),
        "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js" in text,
    ]


@same_value
def test_a_route_class_makes_one_handler_for_each_inclusion(fw):
    """`get_route_handler` runs once for each inclusion."""
    made = []

    class Own(fw.routing.APIRoute):
        def get_route_handler(self):
            made.append(self.path)
            return super().get_route_handler()

    router = fw.APIRouter(route_class=Own)
    router.get("/x")(lambda: "x")
    app = fw.FastAPI()
    app.include_router(router, prefix="/one")
    app.include_router(router, prefix="/two")
    made.clear()
    client = fw.testclient.TestClient(app)
    answers = [client.get(path).json() for path in ("/one/x", "/two/x", "/one/x", "/two/x")]
    return [answers, made]


@parity(Req("POST", "/file", files=[("f", "a", None, b"abc")]))
def test_reading_a_file_as_bytes_restores_its_position(fw):
    app = fw.FastAPI()

    @app.post("/file")
    async def file(f: Annotated[bytes, fw.File()], request: fw.Request):
        form = await request.form()
        return [len(f), (await form["f"].read()).decode()]

    return app

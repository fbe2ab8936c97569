"""OpenTelemetry: spans, metrics, log events and processors' data, as FastAPI has them."""

from typing import Annotated

import anyio
import pytest
from opentelemetry import trace
from pydantic import BaseModel

from .. import frontend_site
from ..client import GET, POST, WS, Req, raw
from ..observed import observed


class Item(BaseModel):
    name: str
    price: int = 1


@observed(
    "/items/3?q=2 /items/x /items/3?q=x /sync/ada /plain /raw",
    POST("/items", {"name": "emma"}),
    POST("/items", {"price": "x"}),
    raw("/items", b'{"name": '),
    raw("/items", b"text", "text/plain"),
    modes=("compiled", "generic", "trio"),
    compiled=("/items/{item_id}", "/items", "/sync/{name}", "/plain", "/raw"),
)
def test_answers_and_refusals_of_routes_are_told(fw, telemetry):
    """Compare server spans, spans of operations, metrics, and events of failed validation."""
    app = fw.FastAPI(telemetry=telemetry)

    def paging(q: int = 0):
        return q

    @app.get("/items/{item_id}")
    async def read(item_id: int, page: Annotated[int, fw.Depends(paging)]) -> int:
        return item_id + page

    @app.post("/items", status_code=201)
    async def create(item: Item, response: fw.Response) -> Item:
        response.headers["x-made"] = "1"
        return item

    @app.get("/sync/{name}")
    def sync(name: str) -> list[str]:
        return [name]

    @app.get("/plain", response_model=None)
    def plain():
        return {"a": 1}

    @app.get("/raw")
    async def returned(request: fw.Request):
        return fw.responses.PlainTextResponse("raw")

    return app


@observed(
    "/missing /forbidden /boom /sync-boom /bad-answer /sync-bad-answer /dependency /late",
    "/handled /teapot /five-hundred /reraised",
    modes=("compiled", "generic", "trio"),
    compiled=("/forbidden", "/boom", "/sync-boom", "/bad-answer", "/dependency", "/late"),
)
def test_errors_are_told_with_their_status_and_events(fw, telemetry):
    """An `HTTPException` is not a failure."""
    app = fw.FastAPI(telemetry=telemetry)

    class Handled(Exception):
        pass

    @app.exception_handler(Handled)
    async def handle(request, error):
        return fw.responses.JSONResponse({"handled": True}, 409)

    @app.get("/forbidden")
    async def forbidden():
        raise fw.HTTPException(403)

    @app.get("/boom")
    async def boom():
        raise ValueError("boom")

    @app.get("/sync-boom")
    def sync_boom():
        raise KeyError("boom")

    @app.get("/bad-answer")
    async def bad_answer() -> int:
        return "x"

    @app.get("/sync-bad-answer")
    def sync_bad_answer() -> int:
        return "x"

    async def broken():
        raise RuntimeError("dependency")

    @app.get("/dependency", dependencies=[fw.Depends(broken)])
    async def dependency():
        return 1

    async def breaks_late():
        yield 1
        raise RuntimeError("late")

    @app.get("/late")
    async def late(value: Annotated[int, fw.Depends(breaks_late, scope="function")]):
        return value

    @app.get("/handled")
    async def handled():
        raise Handled

    async def refuse():
        raise fw.HTTPException(418)

    @app.get("/teapot", dependencies=[fw.Depends(refuse)])
    async def teapot():
        return 1

    @app.get("/five-hundred")
    async def five_hundred():
        raise fw.HTTPException(503)

    @app.get("/reraised")
    async def reraised():
        raise fw.exceptions.RequestValidationError([])

    return app


@observed("/boom", compiled=("/boom",))
def test_the_handler_of_all_errors_comes_after_the_event(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)

    @app.exception_handler(Exception)
    async def handle(request, error):
        return fw.responses.PlainTextResponse("sorry", 500)

    class Passing:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await self.app(dict(scope), receive, send)

    app.add_middleware(Passing)

    @app.get("/boom")
    async def boom():
        raise ValueError("boom")

    return app


@observed("/ /sync /failing /after", compiled=("/", "/sync", "/failing"))
def test_background_tasks_have_spans(fw, telemetry):
    """Their name is `fastapi.background_task`."""
    app = fw.FastAPI(telemetry=telemetry)

    async def work(number: int):
        fw.log.append(trace.get_current_span().get_span_context().is_valid)

    def sync_work():
        fw.log.append("sync")

    def fail():
        raise fw.HTTPException(400)

    @app.get("/")
    async def read(tasks: fw.BackgroundTasks):
        tasks.add_task(work, 1)
        tasks.add_task(sync_work)
        return 1

    @app.get("/sync")
    def sync(tasks: fw.BackgroundTasks) -> int:
        tasks.add_task(sync_work)
        return 1

    @app.get("/failing")
    async def failing(tasks: fw.BackgroundTasks):
        tasks.add_task(fail)
        tasks.add_task(work, 2)

    async def enqueue(tasks: fw.BackgroundTasks):
        tasks.add_task(work, 3)

    @app.get("/after", dependencies=[fw.Depends(enqueue)])
    async def after():
        return fw.responses.PlainTextResponse("after")

    return app


@observed(
    WS("/ws/3?q=1"),
    WS("/ws/x"),
    WS("/closing"),
    WS("/boom"),
    WS("/leaving"),
    WS("/nowhere"),
    modes=("compiled", "trio"),
)
def test_websockets_are_told(fw, telemetry):
    """There are spans and events, but no metrics."""
    app = fw.FastAPI(telemetry=telemetry)

    def double(q: int = 0):
        return 2 * q

    @app.websocket("/ws/{number}")
    async def talk(websocket: fw.WebSocket, number: int, q: Annotated[int, fw.Depends(double)]):
        await websocket.accept()
        await websocket.send_json([number, q])
        await websocket.close()

    @app.websocket("/closing")
    async def closing(websocket: fw.WebSocket):
        raise fw.WebSocketException(1008)

    @app.websocket("/boom")
    async def boom(websocket: fw.WebSocket):
        await websocket.accept()
        raise ValueError("boom")

    @app.websocket("/leaving")
    async def leaving(websocket: fw.WebSocket):
        await websocket.accept()
        raise fw.WebSocketDisconnect(1001)

    return app


@observed("/lines /events /raw /broken", Req("GET", "/endless", disconnect=True))
def test_streams_are_told_until_their_end(fw, telemetry):
    """The endpoint has no span, and the server's ends with the stream."""
    app = fw.FastAPI(telemetry=telemetry)

    @app.get("/lines")
    async def lines():
        for number in range(3):
            yield number

    @app.get("/endless")
    async def endless():
        yield 1
        await anyio.sleep_forever()

    @app.get("/events", response_class=fw.sse.EventSourceResponse)
    def events():
        yield "a"
        yield "b"

    @app.get("/raw", response_class=fw.responses.StreamingResponse)
    async def raw_chunks():
        yield b"a"

    @app.get("/broken", response_class=fw.responses.StreamingResponse)
    async def broken():
        yield b"a"
        raise ValueError("broken")

    return app


@observed(
    "/sub/items/3 /sub/items/x /sub/boom /sub/nowhere /plain/a /v1/books/7 /v1/mounted/x",
    "POST /v1/books/7 /v1/books/7/ /nowhere /sub/items/3/ /deep/er/leaf/1",
    GET("/docs", body=False),
    GET("/openapi.json", body=False),
    Req("PROPFIND", "/v1/books/7"),
    compiled=(),
)
def test_the_route_is_named_below_mounts_and_prefixes(fw, telemetry):
    """Refusals, redirects and unknown methods are among the requests."""
    app = fw.FastAPI(telemetry=telemetry)
    sub = fw.FastAPI()

    @sub.get("/items/{item_id}")
    async def item(item_id: int):
        return item_id

    @sub.get("/boom")
    async def boom():
        raise ValueError("boom")

    app.mount("/sub", sub)

    async def plain(scope, receive, send):
        await fw.responses.PlainTextResponse("plain")(scope, receive, send)

    app.mount("/plain", plain)
    leaves = fw.FastAPI()
    leaves.get("/leaf/{n}")(lambda n: n)
    inner = fw.FastAPI()
    inner.mount("/er", leaves)
    app.mount("/deep", inner)
    books = fw.APIRouter(prefix="/books")

    @books.get("/{book_id}")
    async def book(book_id: int):
        return book_id

    v1 = fw.APIRouter()
    v1.include_router(books)
    v1.mount("/mounted", plain)
    app.include_router(v1, prefix="/v1")
    return app


@observed(
    Req("GET", "/items/3", scope={"root_path": "/api"}), "/raw/items/3", compiled=("/items/{n}",)
)
def test_a_root_path_stands_before_the_route(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)
    app.get("/items/{n}")(lambda n: n)
    return app


@pytest.fixture(scope="module", autouse=True)
def site():
    with frontend_site.built_site():
        yield


@observed("/app/app.js /app/deep/ /app/nothing.txt /ui/a.txt /ui/refused.txt?q=x /nowhere")
def test_frontends_are_told(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)
    app.frontend("/app", directory=frontend_site.ROOT / "spa", fallback=None)

    def check(q: int = 0):
        return q

    router = fw.APIRouter(dependencies=[fw.Depends(check)])
    router.frontend("/ui", directory=frontend_site.ROOT / "static", fallback=None)
    app.include_router(router)
    return app


class OwnRouter:
    """Makes a router that handles requests itself."""

    @staticmethod
    def of(fw):
        class Router(fw.APIRouter):
            async def handle(self, scope, receive, send):
                await super().handle(scope, receive, send)

        return Router()


@observed("/own/a/1 /wrapped /limited", POST("/limited", {"a": 1}), raw("/limited", b"[" * 99))
def test_routes_of_other_classes_and_with_limits_are_told(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)
    router = OwnRouter.of(fw)
    router.get("/a/{n}")(lambda n: n)
    app.include_router(router, prefix="/own")

    class Wrapping(fw.routing.APIRoute):
        def get_route_handler(self):
            handler = super().get_route_handler()

            async def wrapped(request):
                return await handler(request)

            return wrapped

    wrapped = fw.APIRouter(route_class=Wrapping)
    wrapped.get("/wrapped")(lambda: "wrapped")
    app.include_router(wrapped)

    @app.post("/limited", max_body_size=20)
    async def limited(body: dict[str, int]):
        return body

    return app


@observed("/", compiled=("/",))
def test_overrides_changed_by_a_dependency_leave_one_span(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)

    def second():
        return "second"

    async def first():
        app.dependency_overrides[second] = lambda: "other"
        return "first"

    @app.get("/")
    async def read(a: Annotated[str, fw.Depends(first)], b: Annotated[str, fw.Depends(second)]):
        return [a, b]

    return app


@observed("/3 /x", compiled=("/{n}",))
def test_generator_dependencies_end_outside_of_the_span(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)
    tracer = telemetry["tracer_provider"].get_tracer("user")

    async def session():
        with tracer.start_as_current_span("opening"):
            pass
        yield 1
        with tracer.start_as_current_span("closing"):
            pass

    @app.get("/{n}")
    async def read(n: int, s: Annotated[int, fw.Depends(session)]) -> int:
        with tracer.start_as_current_span("working"):
            return n

    return app


@observed("/ /form", Req("POST", "/form", form={"a": "1"}), Req("POST", "/form", form={"a": "x"}))
def test_forms_and_partial_functions_are_told(fw, telemetry):
    """Callables without a name have one in `code.function.name`."""
    import functools

    app = fw.FastAPI(telemetry=telemetry)

    class Callable:
        def __call__(self, a: int = 1):
            return a

    app.get("/")(Callable())
    app.get("/partial")(functools.partial(lambda a: a, 1))

    @app.post("/form")
    async def form(a: Annotated[int, fw.Form()]):
        return a

    return app


@observed("/scope", compiled=("/scope",))
def test_the_scope_of_an_observed_request_has_the_keys_of_fastapi(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)

    @app.get("/scope")
    async def scope(request: fw.Request):
        return sorted(request.scope)

    return app

"""A body over a limit is a 413, whatever stands between the limit and who reads the body."""

from typing import Annotated

import anyio
import pytest

from ..client import POST
from ..harness import parity

TEXT = {"content-type": "text/plain"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
#: The length is only known when the body has come.
CHUNKED = {"transfer-encoding": "chunked", "content-length": "0"}

# Starlette leaves the body's generator behind, on event loops that its middleware serves.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")


def bodies(*paths):
    return [
        POST(path + route, content=[b"a=3", b"x" * (size - 3)], headers={**kind, **length})
        for path in paths
        for route, kind in (
            ("/request", TEXT),
            ("/stream", TEXT),
            ("/bytes", TEXT),
            ("/form", FORM),
            ("/group", TEXT),
            ("/unread", TEXT),
        )
        for size in (8, 12)
        for length in ({}, CHUNKED)
    ]


def add_readers(fw, router):
    @router.post("/request")
    async def read_request(request: fw.Request):
        return len(await request.body())

    @router.post("/stream")
    async def read_stream(request: fw.Request):
        return sum([len(part) async for part in request.stream()])

    @router.post("/bytes")
    def read_bytes(data: Annotated[bytes, fw.Body(media_type="text/plain")]):
        return len(data)

    @router.post("/form")
    def read_form(a: Annotated[str, fw.Form()]):
        return len(a)

    @router.post("/group")
    async def read_in_group(request: fw.Request):
        async with anyio.create_task_group() as group:
            group.start_soon(request.body)
        return len(await request.body())

    @router.post("/unread")
    async def leave():
        return "unread"

    return router


def passing(fw):
    async def pass_through(request, call_next):
        fw.log.append("before")
        response = await call_next(request)
        fw.log.append(response.status_code)
        return response

    return pass_through


def reading(fw):
    async def read_body(request, call_next):
        fw.log.append(len(await request.body()))
        return await call_next(request)

    return read_body


@parity(*bodies(""), trio=True)
def test_a_function_passes_requests_on(fw):
    app = add_readers(fw, fw.FastAPI(max_body_size=10))
    app.middleware("http")(passing(fw))
    return app


@parity(*bodies(""), trio=True)
def test_a_function_reads_the_body(fw):
    app = add_readers(fw, fw.FastAPI(max_body_size=10))
    app.middleware("http")(reading(fw))
    return app


@parity(*bodies("", "/routes"), trio=True)
def test_the_limit_of_a_route_is_inside_of_the_function(fw):
    app = add_readers(fw, fw.FastAPI())
    app.include_router(add_readers(fw, fw.APIRouter()), prefix="/routes", max_body_size=10)
    app.middleware("http")(passing(fw))
    return app


@parity(*bodies("/plain", "/passing", "/reading", "/own", "/handled", "/included/deep"), trio=True)
def test_a_mounted_application_has_the_limit_of_the_one_around_it(fw):
    app = fw.FastAPI(max_body_size=10)
    for path, function in (("/passing", passing), ("/reading", reading)):
        child = add_readers(fw, fw.FastAPI())
        child.middleware("http")(function(fw))
        app.mount(path, child)
    app.mount("/plain", add_readers(fw, fw.FastAPI()))
    app.mount("/own", add_readers(fw, fw.FastAPI(max_body_size=11)))
    handled = add_readers(fw, fw.FastAPI())

    @handled.exception_handler(413)
    @handled.exception_handler(Exception)
    async def handle(request, error):
        fw.log.append(["handled", type(error).__name__])
        return fw.responses.PlainTextResponse("handled", 418)

    app.mount("/handled", handled)
    router = fw.APIRouter()
    deep = add_readers(fw, fw.FastAPI())
    deep.middleware("http")(reading(fw))
    router.mount("/deep", deep)
    app.include_router(router, prefix="/included", max_body_size=11)
    return app


@parity(*bodies("/child", "/routed/child"), trio=True)
def test_functions_stand_around_and_inside_of_a_mount(fw):
    app = fw.FastAPI(max_body_size=10)
    app.middleware("http")(passing(fw))
    child = add_readers(fw, fw.FastAPI())
    child.middleware("http")(reading(fw))
    app.mount("/child", child)
    router = fw.APIRouter()
    router.mount("/child", child)
    app.include_router(router, prefix="/routed", max_body_size=9)
    return app


@parity(*[POST(path, content=b"x", headers=TEXT) for path in ("/request", "/bytes")], trio=True)
def test_what_an_outer_layer_raises_from_receive_comes_in_a_group(fw):
    app = fw.FastAPI()

    @app.post("/request")
    async def read(request: fw.Request):
        try:
            await request.body()
        except Exception as error:
            fw.log.append([type(error).__name__, str(error), error.__cause__])
            fw.log.append([type(inner).__name__ for inner in getattr(error, "exceptions", [])])

    @app.post("/bytes")
    def read_bytes(data: Annotated[bytes, fw.Body(media_type="text/plain")]):
        return len(data)

    app.middleware("http")(passing(fw))
    app.middleware("http")(passing(fw))

    class Failing:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async def fail():
                raise OSError("gone")

            await self.app(scope, fail if scope["type"] == "http" else receive, send)

    app.add_middleware(Failing)
    return app

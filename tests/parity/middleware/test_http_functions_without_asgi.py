"""`@app.middleware("http")` and CORS around routes that our transport answers without ASGI.

The functions call `call_next` themselves, which lets the transport do without ASGI; those of
`test_http_functions.py` do it by way of another function.
"""

import asyncio
import contextlib
import contextvars
import importlib
from typing import Annotated

import pytest
from pydantic import BaseModel, WrapValidator
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from rapide.http11.outcomes import Compiled

from ..client import GET, POST, Req
from ..harness import SUBJECT, Framework, parity

ORIGIN = {"origin": "https://shop.example.org"}
WHO = contextvars.ContextVar("who", default="nobody")


async def pass_on(request, call_next):
    return await call_next(request)


async def add_headers(request, call_next):
    response = await call_next(request)
    response.headers["x-seen"] = f"{response.status_code} {type(response).__name__}"
    response.headers.append("vary", "Accept")
    return response


async def look_at_everything(request, call_next):
    before = sorted({"endpoint", "route", "path_params", "router", "app"} & request.scope.keys())
    seen = [str(request.url), request.method, request.client.host, dict(request.headers)]
    response = await call_next(request)
    after = sorted({"endpoint", "route", "path_params", "router", "app"} & request.scope.keys())
    request.app.log += [before, seen, after, request.path_params]
    return response


async def set_state(request, call_next):
    request.state.who = "Ada"
    WHO.set("Ada")
    response = await call_next(request)
    response.headers["x-who"] = WHO.get()
    return response


async def rewrite_path(request, call_next):
    request.scope["path"] = "/items/7"
    request.scope["query_string"] = b"q=rewritten"
    return await call_next(request)


async def change_headers(request, call_next):
    request.scope["headers"].append((b"x-token", b"given"))
    return await call_next(request)


async def replace_headers(request, call_next):
    request.scope["headers"] = [*request.scope["headers"], (b"x-token", b"given")]
    return await call_next(request)


async def change_method(request, call_next):
    request.scope["method"] = "GET"
    return await call_next(request)


async def read_body_before(request, call_next):
    body = await request.body()
    response = await call_next(request)
    response.headers["x-length"] = str(len(body))
    return response


async def stream_body_before(request, call_next):
    parts = [part async for part in request.stream()]
    response = await call_next(request)
    response.headers["x-length"] = str(len(b"".join(parts)))
    return response


async def read_body_after(request, call_next):
    response = await call_next(request)
    try:
        body = await request.body()
    except RuntimeError as error:
        body = str(error).encode()
    response.headers["x-body"] = body.decode()
    return response


async def ask_for_disconnect(request, call_next):
    left = request.method == "GET" and await request.is_disconnected()
    response = await call_next(request)
    response.headers["x-left"] = str(left)
    return response


async def give_a_body(request, call_next):
    if request.method == "POST":
        request._body = b'{"name": "given"}'
    return await call_next(request)


async def replace_receive(request, call_next):
    async def receive():
        return {"type": "http.request", "body": b'{"name": "received"}', "more_body": False}

    if request.method == "POST":
        request._receive = receive
    return await call_next(request)


async def answer_instead(request, call_next):
    await call_next(request)
    return PlainTextResponse("instead", headers={"x-instead": "1"})


async def answer_without(request, call_next):
    return PlainTextResponse("without", status_code=418)


async def stream_instead(request, call_next):
    response = await call_next(request)

    async def parts():
        async for part in response.body_iterator:
            yield part.upper()

    return StreamingResponse(parts(), response.status_code, media_type="text/plain")


async def replace_body_iterator(request, call_next):
    response = await call_next(request)
    body = b"".join([part async for part in response.body_iterator])

    async def parts():
        yield body

    response.body_iterator = parts()
    return response


async def copy_the_response(request, call_next):
    response = await call_next(request)
    body = b"".join([part async for part in response.body_iterator])
    return Response(body, response.status_code, dict(response.headers))


async def change_length(request, call_next):
    response = await call_next(request)
    del response.headers["content-length"]
    return response


async def change_status(request, call_next):
    response = await call_next(request)
    response.status_code = 299
    return response


async def run_a_task_after(request, call_next):
    response = await call_next(request)
    log = request.app.log

    async def after():
        log.append("after")

    response.background = BackgroundTask(after)
    return response


async def catch_errors(request, call_next):
    try:
        return await call_next(request)
    except Exception as error:
        return PlainTextResponse(f"{type(error).__name__}: {error}", status_code=599)


async def fail_before(request, call_next):
    raise RuntimeError("before")


async def fail_after(request, call_next):
    await call_next(request)
    raise RuntimeError("after")


async def fail_with_status(request, call_next):
    await call_next(request)
    raise request.app.HTTPException(418)


async def give_nothing(request, call_next):
    await call_next(request)


async def wait_before(request, call_next):
    await asyncio.sleep(0)
    response = await call_next(request)
    await asyncio.sleep(0)
    return response


async def in_a_task(request, call_next):
    return await asyncio.create_task(call_next(request))


async def with_patience(request, call_next):
    return await asyncio.wait_for(call_next(request), 5)


async def call_twice(request, call_next):
    if request.url.path == "/items/1":
        await call_next(request)
    return await call_next(request)


async def another_request(request, call_next):
    return await call_next(Request({**request.scope, "path": "/nowhere"}))


async def assign_a_scope(request, call_next):
    request.scope = {**request.scope, "path": "/nowhere"}
    return await call_next(request)


async def change_host(request, call_next):
    request.scope["headers"] = [(b"host", b"evil.com"), *request.scope["headers"]]
    return await call_next(request)


async def change_scheme(request, call_next):
    request.scope["scheme"] = "https"
    return await call_next(request)


async def read_headers(request, call_next):
    token = request.headers.get("x-token", "nothing")
    response = await call_next(request)
    response.headers["x-token"] = token
    return response


async def within_a_block(request, call_next):
    with contextlib.nullcontext():
        return await call_next(request)


def as_class(function):
    """A subclass of Starlette's class whose `dispatch` is the function."""
    return type("Function", (BaseHTTPMiddleware,), {"dispatch": staticmethod(function)})


FUNCTIONS = [
    *(pass_on, add_headers, look_at_everything, set_state, rewrite_path, change_headers),
    *(replace_headers, change_method, read_body_before, stream_body_before, read_body_after),
    *(ask_for_disconnect, give_a_body, replace_receive, answer_instead, answer_without),
    *(stream_instead, replace_body_iterator, copy_the_response, change_length, change_status),
    *(run_a_task_after, catch_errors, fail_before, fail_after, fail_with_status, give_nothing),
    *(wait_before, in_a_task, with_patience, call_twice, another_request, assign_a_scope),
    *(read_headers, change_host),
]


def routes(fw):
    app = fw.FastAPI()
    app.log, app.HTTPException = fw.log, fw.HTTPException

    class Teapot(Exception):
        pass

    @app.exception_handler(Teapot)
    async def pour(request, error):
        return fw.responses.JSONResponse({"teapot": request.url.path}, 418, {"vary": "Tea"})

    class Item(BaseModel):
        name: str

    @app.get("/items/{item_id}")
    async def read(
        request: fw.Request, item_id: int, q: str = "", x_token: str = fw.Header("none")
    ):
        fw.log.append([WHO.get(), getattr(request.state, "who", None)])
        WHO.set("inside")
        return [item_id, q, x_token]

    @app.post("/items")
    async def create(item: Item) -> Item:
        return item

    def refuse(value):
        raise ValueError(f"not {value}")

    @app.get("/checked/{name}")
    async def checked(name: Annotated[str, WrapValidator(lambda value, _: refuse(value))]):
        return name

    @app.post("/raw")
    async def raw(request: fw.Request):
        return (await request.body()).decode()

    @app.post("/form")
    async def form(name: str = fw.Form()):
        return name

    @app.get("/sync")
    def sync():
        return WHO.get()

    @app.get("/own", status_code=201)
    async def own(response: fw.Response):
        response.headers["Vary"] = "Cookie"
        response.headers["access-control-allow-origin"] = "https://own.example.org"
        response.set_cookie("a", "b")
        return "own"

    @app.get("/plain")
    async def plain():
        return PlainTextResponse("plain", headers={"vary": "Accept"})

    @app.get("/who")
    async def who(request: fw.Request):
        return [request.client.host, str(request.url)]

    @app.get("/visit")
    async def visit(request: fw.Request, leave: bool = False, refuse: bool = False, set: str = ""):
        session = request.scope.get("session", {})
        if leave:
            session.clear()
        else:
            session["visits"] = {1} if set else session.get("visits", 0) + 1
        if refuse:
            raise fw.HTTPException(403, "refused")
        return str(session.get("visits"))

    async def task(name):
        fw.log.append(f"task {name}")

    @app.get("/task")
    async def with_task(tasks: fw.BackgroundTasks):
        tasks.add_task(task, "declared")
        return "task"

    @app.get("/own-task")
    async def own_task():
        return PlainTextResponse("task", background=BackgroundTask(task, "own"))

    @app.get("/failing-task")
    async def failing_task():
        return PlainTextResponse("task", background=BackgroundTask(int, "no number"))

    @app.get("/stream")
    async def stream():
        return StreamingResponse(iter(["one", "two"]), media_type="text/plain")

    @app.get("/items-stream")
    async def items():
        for number in range(3):
            yield {"number": number}

    async def resource():
        fw.log.append("opened")
        yield
        fw.log.append("closed")

    @app.get("/resource", dependencies=[fw.Depends(resource)])
    async def with_resource():
        return "resource"

    @app.get("/waits")
    async def waits():
        await asyncio.sleep(0)
        return "waited"

    @app.get("/nothing", status_code=204)
    async def nothing() -> None: ...

    @app.get("/teapot")
    async def teapot():
        raise Teapot

    @app.get("/http")
    async def http():
        raise fw.HTTPException(409, "conflict", {"vary": "Accept"})

    @app.get("/fail")
    async def fail():
        raise ValueError("failed")

    @app.get("/result")
    async def result() -> int:
        return "no number"

    return app


STEPS = [
    *("/items/1", "/items/1?q=a", "/items/x", "/sync", "/own", "/plain", "/task", "/own-task"),
    *("/failing-task", "/stream", "/items-stream", "/resource", "/waits", "/nothing", "/teapot"),
    *("/http", "/fail", "/result", "/nowhere", "/checked/a"),
    GET("/items/1", headers=ORIGIN),
    GET("/own", headers=ORIGIN),
    GET("/plain", headers=ORIGIN),
    GET("/stream", headers=ORIGIN),
    GET("/http", headers=ORIGIN),
    GET("/teapot", headers=ORIGIN),
    GET("/items/x", headers=ORIGIN),
    GET("/fail", headers=ORIGIN),
    GET("/nowhere", headers=ORIGIN),
    Req("DELETE", "/items/1", headers=ORIGIN),
    Req("HEAD", "/items/1"),
    Req("OPTIONS", "/items", headers=ORIGIN | {"access-control-request-method": "POST"}),
    Req("OPTIONS", "/items", headers=ORIGIN),
    POST("/items", {"name": "a"}, headers=ORIGIN),
    POST("/items", {"name": 1}),
    POST("/items", content=[b'{"na', b'me": "a"}'], headers={"content-type": "application/json"}),
    POST("/items", content=b"{", headers={"content-type": "application/json"}),
    POST("/raw", content=[b"some", b"thing"]),
    POST("/form", form={"name": "a"}),
    POST("/form", form={"name": "a"}, headers=ORIGIN),
]


def around(*layers):
    """An application behind middleware: functions, or options of CORS; the first is innermost."""

    return parity(*STEPS, served=with_patience not in layers)(lambda fw: application(fw, layers))


def application(fw, layers):
    app = routes(fw)
    for layer in layers:
        if isinstance(layer, dict):
            app.add_middleware(fw.module("middleware.cors").CORSMiddleware, **layer)
        elif isinstance(layer, tuple):
            app.add_middleware(getattr(importlib.import_module(layer[0]), layer[1]), **layer[2])
        elif isinstance(layer, type):
            app.add_middleware(layer)
        else:
            app.middleware("http")(layer)
    return app


ONE = {"allow_origins": ["https://shop.example.org"], "expose_headers": ["x-seen"]}
ALL = {"allow_origins": ["*"], "allow_credentials": True}

for function in FUNCTIONS:
    vars()[f"test_{function.__name__}"] = around(function)
    vars()[f"test_{function.__name__}_within_cors"] = around(function, ONE)

for function in (read_body_before, replace_headers, change_host, replace_receive, set_state):
    vars()[f"test_{function.__name__}_around_a_class"] = around(as_class(pass_on), function)
    vars()[f"test_{function.__name__}_around_gzip_and_a_class"] = around(
        as_class(pass_on), ("starlette.middleware.gzip", "GZipMiddleware", {}), function
    )

test_cors_within_a_function = around(ALL, add_headers)
test_cors_within_a_function_that_replaces_the_body = around(ONE, stream_instead)
test_cors_within_a_function_that_catches_errors = around(ONE, catch_errors)
test_cors_within_a_function_that_fails_before = around(ONE, fail_before)
test_cors_within_a_function_that_fails_after = around(ONE, fail_with_status)
test_cors_alone = around(ONE)
test_cors_for_all_alone = around(ALL)
test_two_functions = around(add_headers, set_state)
test_cors_between_functions = around(add_headers, ONE, set_state)
test_three_functions_of_both_kinds = around(add_headers, as_class(set_state), catch_errors)
test_cors_twice = around(ONE, ALL)
test_cors_around_functions_with_cors_inside = around(ALL, look_at_everything, set_state, ONE)


@pytest.mark.parametrize(
    ("layers", "is_direct"),
    [
        ([], True),
        ([ONE], True),
        ([pass_on], True),
        ([pass_on, ONE], True),
        ([ONE, pass_on], True),
        ([pass_on, pass_on], True),
        ([as_class(pass_on), ONE, pass_on], True),
        ([ONE, ALL], True),
        ([pass_on, within_a_block], False),
    ],
)
def test_which_middleware_is_served_without_asgi(layers, is_direct):
    app = application(Framework(SUBJECT), layers)
    app._rapide_direct.build()
    assert isinstance(app._rapide_direct.find("GET", "/items/1"), Compiled) == is_direct

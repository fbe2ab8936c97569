"""`@app.middleware("http")`: what goes through `call_next`, in which order, and how it ends."""

import asyncio
import contextlib
import contextvars
from itertools import product
from typing import Any

import anyio
import pytest
from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ..client import GET, POST, Req, to_steps
from ..harness import Case, check, chosen_modes, parity
from .http_functions import AT_ONCE, EVERYTHING, WITH_BODY, through


@through("/ /sync /fail /nowhere", POST("/body", "x"), trio=True)
async def test_a_response_goes_through_as_it_is(fw, request, call_next):
    return await call_next(request)


@through(EVERYTHING)
async def test_things_happen_in_the_order_of_fastapi(fw, request, call_next):
    fw.log.append("function in")
    try:
        response = await call_next(request)
        fw.log.append("called")
        await anyio.sleep(0)
        fw.log.append("function out")
        return response
    finally:
        fw.log.append("function left")


@through(EVERYTHING)
async def test_a_function_may_raise_when_the_response_has_started(fw, request, call_next):
    await call_next(request)
    raise KeyError("changed my mind")


@through(f"/ /sync /fail /group /nowhere {AT_ONCE} {AT_ONCE}")
async def test_a_function_may_drop_the_response(fw, request, call_next):
    with contextlib.suppress(ValueError, ExceptionGroup):
        await call_next(request)
    return PlainTextResponse("dropped", 299)


@through(EVERYTHING)
async def test_a_function_may_not_call_the_application(fw, request, call_next):
    return PlainTextResponse("short", 299)


# A server does not let an answer be shorter than its Content-Length.
@through(EVERYTHING, direct=False)
async def test_a_body_may_be_read_in_part(fw, request, call_next):
    response = await call_next(request)
    async for chunk in response.body_iterator:
        fw.log.append(bytes(chunk))
        break
    return response


@through(EVERYTHING)
async def test_a_body_may_be_replaced_chunk_by_chunk(fw, request, call_next):
    response = await call_next(request)
    body = response.body_iterator

    async def changed():
        async for chunk in body:
            fw.log.append("chunk")
            yield chunk.upper()

    response.body_iterator = changed()
    return response


@through(WITH_BODY)
async def test_what_a_replaced_body_raises_leaves_the_application(fw, request, call_next):
    response = await call_next(request)

    async def failing():
        yield b"x"
        raise KeyError("body")

    response.body_iterator = failing()
    return response


@through(
    POST("/body", "x"),
    Req("POST", "/body", content=["part ", "", "another"]),
    Req("POST", "/body", content=["part"], disconnect=True),
    Req("POST", "/body"),
    "/",
)
async def test_whoever_asks_sees_the_same_of_the_client(fw, request, call_next):
    """The function and the endpoint ask `request.is_disconnected()`."""
    response = await call_next(request)
    fw.log.append(await request.is_disconnected())
    return response


@through(
    Req("POST", "/body", content=["part ", "", "another"]),
    Req("POST", "/body", content=["part ", "another"], disconnect=True),
    Req("POST", "/body"),
)
async def test_the_application_gets_what_the_function_has_left_of_the_body(fw, request, call_next):
    """The function does not read `request.stream()` to its end."""
    async for chunk in request.stream():
        fw.log.append(bytes(chunk))
        break
    return await call_next(request)


@through(
    Req("POST", "/body", content=["part ", "another"]),
    Req("POST", "/body", content=["part"], disconnect=True),
)
async def test_a_body_that_was_read_is_there_again(fw, request, call_next):
    try:
        fw.log.append(await request.body())
    except Exception as error:
        fw.log.append(type(error).__name__)
    return await call_next(request)


@parity("/ /stream /fail /short /nowhere")
def test_functions_and_classes_may_be_mixed(fw):
    """A `BaseHTTPMiddleware` stands inside and outside of the function."""
    app = fw.FastAPI()

    class Class(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            with anyio.fail_after(5):
                response = await call_next(request)
            response.headers["x-class"] = "1"
            return response

    def add(name):
        @app.middleware("http")
        async def function(request, call_next):
            fw.log.append(f"{name} in")
            if request.url.path == "/short" and name == "middle":
                return Response("short")
            with anyio.fail_after(5):
                response = await call_next(request)
            response.headers.append("x-by", name)
            fw.log.append(f"{name} out")
            return response

    add("inner")
    app.add_middleware(Class)
    add("middle")
    app.add_middleware(GZipMiddleware, minimum_size=3)
    app.add_middleware(Class)
    add("outer")

    @app.get("/")
    async def root(tasks: fw.BackgroundTasks):
        tasks.add_task(fw.log.append, "task")
        return "root" * 10

    @app.get("/stream")
    def stream():
        return StreamingResponse(iter(["a", "b"]))

    @app.get("/fail")
    def fail():
        raise ValueError("failed")

    return app


def application_of(*messages, end=None):
    """An ASGI application that sends these messages, behind a function that passes them."""

    def build(fw):
        async def send_all(scope, receive, send):
            for message in messages:
                await send(message)
                fw.log.append(f"sent {message['type']}")
            if end is not None:
                raise end

        app = fw.FastAPI()
        app.mount("/", send_all)

        @app.middleware("http")
        async def function(request, call_next):
            try:
                return await call_next(request)
            except BaseException as error:
                fw.log.append(f"function {type(error).__name__}")
                raise

        return app

    return build


START = {"type": "http.response.start", "status": 200, "headers": [(b"x", b"1")]}
BARE_START = {"type": "http.response.start", "status": 200}
PART = {"type": "http.response.body", "body": b"part", "more_body": True}
LAST = {"type": "http.response.body", "body": b"last"}
EMPTY = {"type": "http.response.body"}
MESSAGES = {
    "a response": [START, LAST],
    "no headers": [BARE_START, EMPTY],
    "a path to send": [START, {"type": "http.response.pathsend", "path": "/etc/hostname"}],
    "debug information": [
        {"type": "http.response.debug", "info": {"template": "t"}},
        START,
        PART,
        LAST,
    ],
    "early hints": [{"type": "http.response.early_hint", "links": [b"</a>"]}, START, LAST],
    "trailers": [
        START | {"trailers": True},
        LAST,
        {"type": "http.response.trailers", "headers": [(b"t", b"1")]},
    ],
    "a push": [{"type": "http.response.push", "path": "/", "headers": []}, START, LAST],
    "nothing": [],
    "a start alone": [START],
    "an unfinished body": [START, PART, PART],
    "a body without a start": [LAST],
    "a body after the last": [START, LAST, LAST],
}


@pytest.mark.parametrize("mode", ["compiled", "generic"])
@pytest.mark.parametrize("end", [None, ValueError("end")], ids=["ending", "raising"])
@pytest.mark.parametrize("name", MESSAGES)
def test_messages_of_every_kind_go_through_as_in_fastapi(name, end, mode):
    case = Case(application_of(*MESSAGES[name], end=end), [GET("/")])
    check(case, mode)


@parity("/ /", "/ /set /set /")
def test_context_variables_of_an_endpoint_stay_inside(fw):
    variable = contextvars.ContextVar("variable", default="unset")
    app = fw.FastAPI()

    @app.middleware("http")
    async def function(request, call_next):
        fw.log.append(variable.get())
        token = variable.set("by the function")
        response = await call_next(request)
        fw.log.append(variable.get())
        variable.reset(token)
        return response

    def dependency():
        fw.log.append(variable.get())

    @app.get("/", dependencies=[fw.Depends(dependency)])
    async def read():
        return variable.get()

    @app.get("/set")
    async def change():
        variable.set("by the endpoint")
        return variable.get()

    return app


@parity("/x", "/y")
def test_what_passes_call_next_has_its_context_as_its_cause(fw):
    app = fw.FastAPI()

    @app.exception_handler(KeyError)
    async def fail(request: Any, error: Exception):
        raise LookupError("in the handler")

    @app.middleware("http")
    async def around(request: Any, call_next: Any):
        try:
            return await call_next(request)
        except Exception as error:
            fw.log.append([repr(error), repr(error.__cause__)])
            return fw.responses.PlainTextResponse("caught", 418)

    @app.get("/x")
    async def x():
        raise KeyError("x")

    @app.get("/y")
    async def y():
        raise ValueError("y")

    return app


@parity("/events /failing /lines /lines-of-a-thread")
def test_a_stream_and_the_function_around_it_take_turns(fw):
    """The order in which a generator and the function around it run, step by step."""
    app = fw.FastAPI()
    events = fw.sse.EventSourceResponse

    @app.middleware("http")
    async def around(request: Any, call_next: Any):
        try:
            response = await call_next(request)
        except Exception as error:
            fw.log.append(["no response", type(error).__name__])
            raise
        fw.log.append(["the response", response.status_code])
        return response

    @app.get("/events", response_class=events)
    async def produce_events():
        for number in range(3):
            fw.log.append(number)
            yield number

    @app.get("/failing", response_class=events)
    async def fail():
        fw.log.append("fails at once")
        raise KeyError("at once")
        yield

    @app.get("/lines")
    async def produce_lines():
        for number in range(3):
            fw.log.append(number)
            yield number

    @app.get("/lines-of-a-thread")
    def produce_lines_in_a_thread():
        for number in range(3):
            fw.log.append(number)
            yield number

    return app


def changing(fw, *names):
    """An application whose functions, the innermost first, note their turns; `body` changes it."""
    app = fw.FastAPI()
    for number, name in enumerate(names):

        @app.middleware("http")
        async def function(request, call_next, note=f"{name} {number}", name=name):
            response = await call_next(request)
            fw.log.append(note)
            if name == "body":
                response.body_iterator = noted(response.body_iterator, note)
            return response

    async def noted(parts, note):
        async for part in parts:
            fw.log.append(f"{note} part")
            yield part
        fw.log.append(f"{note} end")

    @app.get("/")
    async def read():
        return 1

    @app.get("/stream")
    async def stream():
        async def parts():
            for number in range(3):
                fw.log.append(number)
                yield "part"

        return fw.StreamingResponse(parts())

    @app.get("/slow")
    async def stream_slowly():
        async def parts():
            for number in range(2):
                for _ in range(50):
                    await asyncio.sleep(0)
                fw.log.append(number)
                yield "part"

        return fw.StreamingResponse(parts())

    return app


@pytest.mark.parametrize("mode", chosen_modes("compiled", "direct"))
@pytest.mark.parametrize(
    "names", [names for n in (2, 3, 4) for names in product(("body", "passing"), repeat=n)]
)
def test_several_functions_may_each_change_the_body_or_pass_it_on(mode, names):
    check(Case(lambda fw: changing(fw, *names), to_steps("/ /stream /slow /nowhere")), mode)


# Over a socket, FastAPI's function would wait until the client leaves.
@parity("/ /stream", POST("/", "x"), served=False)
def test_requests_and_responses_are_of_starlettes_classes_for_those_who_import_them(fw):
    app = fw.FastAPI()

    @app.middleware("http")
    async def function(request, call_next):
        is_cached = isinstance(request, base._CachedRequest)
        fw.log.append([type(request).__name__, is_cached, (await request.body()).decode()])
        response = await call_next(request)
        is_streaming = isinstance(response, base._StreamingResponse)
        fw.log.append([type(response).__name__, is_streaming, hasattr(response, "body")])
        fw.log.append((await request.wrapped_receive())["type"])
        return response

    @app.get("/")
    async def read():
        return 1

    @app.post("/")
    async def receive(request: fw.Request):
        return (await request.body()).decode()

    @app.get("/stream")
    async def stream():
        return StreamingResponse(iter("ab"))

    return app

"""`@app.middleware("http")`: what goes through `call_next`, in which order, and how it ends."""

import asyncio
import contextlib
import contextvars
from typing import Any

import anyio
import pytest
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ..client import GET, POST, Req
from ..harness import ORACLE, SUBJECT, Case, Framework, check, parity


def application_with(dispatch):
    """An application of several kinds of routes behind `dispatch(fw, request, call_next)`."""

    def build(fw):
        app = fw.FastAPI()
        log = fw.log

        @app.middleware("http")
        async def function(request, call_next):
            return await dispatch(fw, request, call_next)

        async def resource():
            log.append("opened")
            try:
                yield
            except BaseException as error:
                log.append(f"closing after {type(error).__name__}")
                raise
            finally:
                log.append("closed")

        async def parts():
            for number in range(3):
                log.append(f"part {number}")
                yield f"part {number} "

        async def broken_parts():
            yield "part"
            raise ValueError("no more parts")

        async def task():
            log.append("task")

        @app.get("/", dependencies=[fw.Depends(resource)])
        async def root(tasks: fw.BackgroundTasks):
            tasks.add_task(task)
            return "root"

        @app.get("/sync", dependencies=[fw.Depends(resource)])
        def sync():
            return "sync"

        @app.get("/stream", dependencies=[fw.Depends(resource)])
        async def stream():
            return StreamingResponse(parts())

        @app.get("/broken")
        async def broken():
            return StreamingResponse(broken_parts())

        @app.get("/slow", dependencies=[fw.Depends(resource)])
        async def slow():
            try:
                await anyio.sleep(5)
            except BaseException as error:
                log.append(type(error).__name__)
                raise

        @app.get("/fail", dependencies=[fw.Depends(resource)])
        async def fail():
            raise ValueError("failed")

        @app.get("/group")
        async def group():
            raise ExceptionGroup("several", [ValueError("one")])

        async def plain_dependency():
            log.append("dependency")

        # These are answered at once: nothing is left but the tasks behind the answer.

        @app.get("/plain", dependencies=[fw.Depends(plain_dependency)])
        async def plain(tasks: fw.BackgroundTasks):
            tasks.add_task(task)
            log.append("endpoint")
            return "plain"

        @app.get("/plain-slow")
        async def plain_slow():
            try:
                await anyio.sleep(0.1)
            except BaseException as error:
                log.append(type(error).__name__)
                raise
            log.append("slow, but done")
            return "slow"

        @app.get("/plain-sync")
        def plain_sync(number: int = 1) -> list[int]:
            log.append("endpoint")
            return [number]

        @app.get("/plain-fail")
        async def plain_fail():
            raise ValueError("failed")

        @app.get("/failing-task")
        async def failing_task(tasks: fw.BackgroundTasks):
            async def fail():
                log.append("task")
                raise ValueError("failed behind the answer")

            tasks.add_task(fail)
            return "answer"

        @app.get("/refused")
        async def refused():
            raise fw.HTTPException(418, "refused")

        @app.exception_handler(KeyError)
        async def handle(request, error):
            return StreamingResponse(parts(), 299)

        @app.get("/handled")
        async def handled():
            raise KeyError

        @app.get("/streamed")
        async def streamed():
            return StreamingResponse(parts())

        @app.get("/given")
        async def given():
            return PlainTextResponse("given", background=BackgroundTask(task))

        @app.post("/body")
        async def body(request: fw.Request):
            return [(await request.body()).decode(), await request.is_disconnected()]

        return app

    return build


def through(*steps, trio=False, direct=True):
    """Turn `dispatch(fw, request, call_next)` into a parity test of that application.

    The order of events is that of asyncio: trio lets tasks run in any order.
    """

    def decorate(dispatch):
        test = parity(*steps, trio=trio, direct=direct)(application_with(dispatch))
        test.__name__ = test.__qualname__ = dispatch.__name__
        test.__module__ = dispatch.__module__
        return test

    return decorate


AT_ONCE = "/plain /plain-sync /plain-sync?number=x /plain-fail /failing-task /refused /given"
AT_ONCE += " POST /plain"
STREAMED = "/handled /streamed"
PLAIN = f"{AT_ONCE} {STREAMED} /plain-sync/"
#: The first request of a route compiles it: only the second one is answered as the later ones.
EVERYTHING = f"/ /sync /stream /broken /fail /group /nowhere {PLAIN} {PLAIN}"
#: Without the redirect, which says that its body is empty.
WITH_BODY = EVERYTHING.replace(" /plain-sync/", "")


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


@through("/ /fail /nowhere /plain /plain")
async def test_a_second_call_before_the_first_has_ended_is_as_in_fastapi(fw, request, call_next):
    """call_next twice"""
    try:
        await call_next(request)
    except Exception as error:
        fw.log.append(type(error).__name__)
    try:
        return await call_next(request)
    except BaseException as error:
        fw.log.append(type(error).__name__)
        return PlainTextResponse("failed twice")


@through(f"/ /stream /nowhere {PLAIN} {PLAIN}")
async def test_a_second_call_after_the_first_body_is_as_in_fastapi(fw, request, call_next):
    first = await call_next(request)
    fw.log.append([bytes(chunk) async for chunk in first.body_iterator])
    return await call_next(request)


def limit(request):
    """Seconds that only the slow endpoint exceeds."""
    return 0.02 if request.url.path.endswith("slow") else 60


@through(f"/ /sync /slow /stream /fail {PLAIN} {PLAIN} /plain-slow /plain-slow")
async def test_anyio_timeouts_may_be_around_the_call(fw, request, call_next):
    """with anyio.fail_after(…): await call_next(request)"""
    try:
        with anyio.fail_after(limit(request)):
            return await call_next(request)
    except TimeoutError:
        fw.log.append("timeout")
        raise


@through(f"/ /sync /stream /fail {PLAIN} {PLAIN}")
async def test_a_task_group_may_be_around_the_call(fw, request, call_next):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep, 5)
        response = None
        with contextlib.suppress(ValueError):
            response = await call_next(request)
        tasks.cancel_scope.cancel()
    return response or PlainTextResponse("failed")


@through(f"/ /sync /stream /fail {PLAIN} {PLAIN}")
async def test_the_call_may_be_made_by_another_task(fw, request, call_next):
    """asyncio.wait_for(call_next(request), …)"""
    return await asyncio.wait_for(call_next(request), 5)


@through(f"/ /sync /slow /stream {PLAIN} {PLAIN} /plain-slow /plain-slow")
async def test_asyncio_timeouts_may_be_around_the_call(fw, request, call_next):
    async with asyncio.timeout(limit(request)):
        return await call_next(request)


@through(
    POST("/body", "x"),
    Req("POST", "/body", content=["part ", "", "another"]),
    Req("POST", "/body", content=["part"], disconnect=True),
    Req("POST", "/body"),
    "/",
)
async def test_whoever_asks_sees_the_same_of_the_client(fw, request, call_next):
    """request.is_disconnected() in the function and in the endpoint"""
    response = await call_next(request)
    fw.log.append(await request.is_disconnected())
    return response


@through(
    Req("POST", "/body", content=["part ", "", "another"]),
    Req("POST", "/body", content=["part ", "another"], disconnect=True),
    Req("POST", "/body"),
)
async def test_the_application_gets_what_the_function_has_left_of_the_body(fw, request, call_next):
    """request.stream(), not to its end"""
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
    """BaseHTTPMiddleware inside and outside of @app.middleware"""
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


@pytest.mark.parametrize("moment", ["endpoint", "function", "stream"])
def test_a_cancelled_request_is_unwound_as_in_fastapi(moment):
    """cancellation by the server"""
    logs = []
    for root in (ORACLE, SUBJECT):
        fw = Framework(root)
        anyio.run(serve_and_cancel, fw, moment)
        logs.append(fw.log)
    assert logs[0] == logs[1]
    assert "closed at leisure" in logs[0]


async def serve_and_cancel(fw, moment):
    """Send a request, and cancel it when it waits in the endpoint, the function or the server."""
    log, reached = fw.log, anyio.Event()
    app = fw.FastAPI()

    async def wait():
        reached.set()
        try:
            await anyio.sleep(5)
        except BaseException as error:
            log.append(type(error).__name__.replace("Error", ""))
            raise

    @app.middleware("http")
    async def function(request, call_next):
        try:
            response = await call_next(request)
            if moment == "function":
                await wait()
            return response
        finally:
            log.append("function left")

    async def resource():
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.01)
                await anyio.sleep(0)
                log.append("closed at leisure")

    @app.get("/", dependencies=[fw.Depends(resource)])
    async def root():
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.01)
        if moment == "endpoint":
            await wait()

    async def send(message):
        log.append(message["type"])
        if moment == "stream" and message["type"] == "http.response.body":
            await wait()

    async def receive():
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(app, http_scope(), receive, send)
        await reached.wait()
        tasks.cancel_scope.cancel()


def http_scope():
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": "GET",
        "path": "/",
        "headers": [],
        "query_string": b"",
    }


@through("/plain /plain /plain-slow /plain-slow")
async def test_the_application_goes_on_when_a_function_gives_up_waiting(fw, request, call_next):
    """A time limit with a fallback: asyncio.wait_for, asyncio.timeout"""
    try:
        if "plain" in request.url.path:
            return await asyncio.wait_for(call_next(request), limit(request))
        async with asyncio.timeout(limit(request)):
            return await call_next(request)
    except TimeoutError:
        fw.log.append("timeout")
        return PlainTextResponse("too slow", 504)


@through("/plain /plain-slow /plain /plain-slow /stream /fail /nowhere")
async def test_a_time_limit_with_a_fallback_may_be_a_function_of_its_own(fw, request, call_next):
    return await limited(fw, request, call_next)


async def limited(fw, request, call_next):
    try:
        async with asyncio.timeout(limit(request)):
            return await call_next(request)
    except TimeoutError:
        fw.log.append("timeout")
        return PlainTextResponse("too slow", 504)


@parity("/plain /limited /failing /deep", "/plain /limited /failing /deep")
def test_endpoints_behind_a_function_may_have_time_limits_of_their_own(fw):
    app = fw.FastAPI()

    @app.middleware("http")
    async def outer(request, call_next):
        fw.log.append("outer in")
        response = await call_next(request)
        fw.log.append("outer out")
        return response

    @app.middleware("http")
    async def inner(request, call_next):
        response = await call_next(request)
        response.headers["x-inner"] = "1"
        return response

    @app.get("/plain")
    async def plain():
        await anyio.sleep(0)
        return "plain"

    @app.get("/limited")
    async def limited():
        with anyio.move_on_after(0.01):
            await anyio.sleep(5)
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(5)
        except TimeoutError:
            fw.log.append("timeout")
        return "in time"

    @app.get("/failing")
    async def failing():
        with anyio.fail_after(0.01):
            await anyio.sleep(5)

    @app.get("/deep")
    async def deep():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep, 0)
            tasks.start_soon(anyio.sleep, 0.01)
        return "deep"

    return app


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

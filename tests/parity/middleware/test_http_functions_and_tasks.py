"""HTTP functions that call twice, use tasks and time limits, or are cancelled."""

import asyncio
import contextlib

import anyio
import pytest
from starlette.responses import PlainTextResponse

from ..client import Req
from ..harness import ORACLE, SUBJECT, Framework, parity
from .http_functions import PLAIN, limit, through


@through("/ /fail /nowhere /plain /plain")
async def test_a_second_call_before_the_first_has_ended_is_as_in_fastapi(fw, request, call_next):
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


@through(f"/ /sync /slow /stream /fail {PLAIN} {PLAIN} /plain-slow /plain-slow")
async def test_anyio_timeouts_may_be_around_the_call(fw, request, call_next):
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
    """`asyncio.wait_for` makes the call."""
    return await asyncio.wait_for(call_next(request), 5)


@through(f"/ /sync /slow /stream {PLAIN} {PLAIN} /plain-slow /plain-slow")
async def test_asyncio_timeouts_may_be_around_the_call(fw, request, call_next):
    async with asyncio.timeout(limit(request)):
        return await call_next(request)


@pytest.mark.parametrize("moment", ["endpoint", "function", "stream"])
def test_a_cancelled_request_is_unwound_as_in_fastapi(moment):
    """The server cancels it."""
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
    """A time limit has a fallback."""
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


class Listening:
    """Writes down what it receives, and how its waiting ends."""

    def __init__(self, app, log):
        self.app = app
        self.log = log

    async def __call__(self, scope, receive, send):
        async def hear():
            try:
                message = await receive()
            except BaseException as error:
                self.log.append(f"ended by {type(error).__name__}")
                raise
            self.log.append(message["type"])
            return message

        async def tell(message):
            self.log.append(["tells", message["type"]])
            await send(message)

        await self.app(scope, hear, tell)


@parity(
    *(
        Req(method, path, json=body)
        for method, body in (("GET", None), ("POST", {"a": 1}))
        for path in ("/stream", "/lines", "/stream?later", "/lines?later")
    )
)
def test_a_stream_that_a_function_has_replaced_ends_at_the_same_item(fw):
    app = fw.FastAPI()
    app.add_middleware(Listening, log=fw.log)

    @app.middleware("http")
    async def replace(request, call_next):
        await call_next(request)
        if "later" in str(request.url):
            await anyio.sleep(0.01)
        fw.log.append("replaced")
        return fw.responses.PlainTextResponse("other", 299)

    async def produce():
        for number in range(100):
            fw.log.append(number)
            yield f"{number} "
            await anyio.sleep(0)

    @app.get("/stream")
    async def stream():
        return fw.responses.StreamingResponse(produce())

    @app.post("/stream")
    async def stream_after_a_body(body: dict):
        return fw.responses.StreamingResponse(produce())

    @app.get("/lines")
    async def lines():
        async for part in produce():
            yield part

    @app.post("/lines")
    async def lines_after_a_body(body: dict):
        async for part in produce():
            yield part

    app.add_middleware(Listening, log=fw.log)
    return app


@pytest.mark.parametrize("functions", [1, 2, 3])
@pytest.mark.parametrize("messages", [1, 2, 3])
@pytest.mark.parametrize("turns", [0, 1, 2, 4])
def test_a_function_may_read_the_body_after_a_stream_has_begun(functions, messages, turns):
    """The stream listens for the client meanwhile, through the functions around this one."""
    for place in range(functions):
        for stream in (lines, parts, events):
            arguments = functions, place, stream, messages, turns
            expected, log = (logged(root, *arguments) for root in (ORACLE, SUBJECT))
            assert log == expected, arguments
            assert log[0] == "called"


def logged(root, *arguments):
    fw = Framework(root)
    anyio.run(serve_and_read, fw, *arguments)
    return fw.log


@pytest.mark.parametrize("functions", [1, 2])
@pytest.mark.parametrize("messages", [1, 2, 3])
@pytest.mark.parametrize("turns", [0, 1, 2, 4])
def test_a_function_may_ask_for_the_client_after_a_stream_has_begun(functions, messages, turns):
    """To ask is to receive, but to be cancelled at once."""
    for place in range(functions):
        arguments = functions, place, parts, messages, turns, "is_disconnected"
        expected, log = (logged(root, *arguments) for root in (ORACLE, SUBJECT))
        assert log == expected, arguments
        assert log[0] == "called"


async def serve_and_read(fw, functions, place, stream, messages, turns, name="body"):
    """Send a request whose messages take some turns of the event loop, and stop listening to it."""
    log, app, left = fw.log, fw.FastAPI(), arriving(messages)

    async def read(request, call_next):
        response = await call_next(request)
        log.append("called")
        try:
            log.append(await getattr(request, name)())
        except Exception as error:
            log.append(repr(error))
        return response

    async def pass_on(request, call_next):
        return await call_next(request)

    for number in range(functions):
        app.middleware("http")(read if number == place else pass_on)
    stream(fw, app)

    async def receive():
        for _ in range(turns):
            await anyio.sleep(0)
        return left.pop(0) if left else await anyio.sleep_forever()

    async def send(message):
        log.append((message["type"], message.get("body")))

    async def serve():
        await app(http_scope(), receive, send)
        log.append("ended")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        for _ in range(300):
            await anyio.sleep(0)
        log.append("300 turns later")
        tasks.cancel_scope.cancel()


def arriving(count):
    """Return the messages of a request: the body, then that the client has left; or parts of it."""
    body = {"type": "http.request", "body": b"ab", "more_body": False}
    messages = [body, {"type": "http.disconnect"}]
    if count > len(messages):
        messages.insert(0, {"type": "http.request", "body": b"a", "more_body": True})
    return messages[:count]


def lines(fw, app):
    @app.get("/")
    async def stream():
        yield 1
        yield 2


def parts(fw, app):
    async def produce():
        yield "1"
        yield "2"
        yield "3"

    @app.get("/")
    async def stream():
        return fw.responses.StreamingResponse(produce())


def events(fw, app):
    @app.get("/", response_class=fw.sse.EventSourceResponse)
    async def stream():
        yield 1
        yield 2

"""Answers by our protocol are those of uvicorn with FastAPI, byte for byte."""

import asyncio
from typing import Annotated

import pytest
from pydantic import BaseModel

from .client import DATE, Connection, get, parse_answers, post
from .server import REFERENCE, serving

JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"


class Book(BaseModel):
    title: str
    pages: int = 0


class Taken(Exception):
    """For an exception handler of its own."""


def build(fw):
    app = fw.FastAPI()
    responses = fw.responses

    @app.exception_handler(Taken)
    async def taken(request: fw.Request, error: Taken):
        return responses.PlainTextResponse(f"taken: {error}", 409, {"x-path": request.url.path})

    @app.exception_handler(410)
    async def gone(request: fw.Request, error: Exception):
        return responses.JSONResponse({"gone": True}, 410)

    @app.get("/")
    async def root():
        return {"hello": "world", "é": 1.5}

    @app.get("/sync/{number}")
    def sync(number: int, q: Annotated[list[str], fw.Query()] = []):  # noqa: B006
        return [number, q]

    @app.post("/books", status_code=201)
    async def create(book: Book, response: fw.Response) -> Book:
        response.headers["location"] = f"/books/{book.title}"
        response.set_cookie("last", book.title)
        return book

    @app.post("/form")
    async def form(title: Annotated[str, fw.Form()], pages: Annotated[int, fw.Form()] = 0):
        return [title, pages]

    @app.get("/headers")
    async def headers(
        request: fw.Request,
        x_one: Annotated[str | None, fw.Header()] = None,
        last: Annotated[str | None, fw.Cookie()] = None,
    ):
        return [x_one, last, request.headers.raw, request.scope["http_version"]]

    @app.get("/scope/{rest:path}")
    async def scope(rest: str, request: fw.Request):
        kept = ("type", "scheme", "method", "path", "root_path", "raw_path", "query_string")
        return {
            **{key: repr(request.scope[key]) for key in kept},
            "rest": rest,
            "asgi": request.scope["asgi"],
            "client": request.client.host,
            "host": request.url.hostname,
            "keys": sorted(
                key for key in request.scope if not key.startswith(("fastapi", "rapide"))
            ),
        }

    @app.get("/text", response_class=responses.PlainTextResponse)
    async def text():
        return "hello"

    @app.get("/response")
    async def response():
        return responses.HTMLResponse("<p>hello", 202, {"X-Mixed-Case": "a", "x-twice": "b"})

    @app.get("/redirect")
    async def redirect():
        return responses.RedirectResponse("/é?a=b c")

    @app.get("/empty", status_code=204)
    async def empty() -> None:
        return None

    @app.get("/null")
    async def null():
        return None

    @app.get("/teapot")
    async def teapot():
        raise fw.HTTPException(418, {"short": "stout"}, {"X-Tea": "yes"})

    @app.get("/gone")
    async def raise_gone():
        raise fw.HTTPException(410)

    @app.get("/taken/{name}")
    async def raise_taken(name: str):
        raise Taken(name)

    @app.get("/stream")
    async def stream():
        async def parts():
            for number in range(3):
                yield b"%d" % number * 10
                await asyncio.sleep(0)

        return responses.StreamingResponse(parts(), media_type="text/plain")

    @app.get("/sized-stream")
    async def sized_stream():
        async def parts():
            yield b"ab"
            yield b"cd"

        return responses.StreamingResponse(parts(), headers={"content-length": "4"})

    @app.get("/file")
    async def file():
        return responses.FileResponse(__file__, media_type="text/x-python", filename="é.py")

    @app.api_route("/any", methods=["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
    async def any_method(request: fw.Request):
        return request.method

    sub = fw.FastAPI()

    @sub.get("/inner")
    async def inner(request: fw.Request):
        return [request.scope["root_path"], str(request.url)]

    app.mount("/sub", sub)
    router = fw.APIRouter(prefix="/v1")

    @router.get("/item/{item}")
    async def item(item: int):
        return item

    app.include_router(router)
    return app


REQUESTS = {
    "root": get("/"),
    "a query nobody reads": get("/?a=b"),
    "sync": get("/sync/7?q=a&q=b"),
    "a wrong path parameter": get("/sync/seven"),
    "a model": post("/books", b'{"title": "Emma", "pages": "3"}', JSON),
    "a wrong model": post("/books", b'{"pages": "x"}', JSON),
    "no JSON": post("/books", b'{"title"', JSON),
    "JSON as text": post("/books", b'{"title": "Emma"}', "Content-Type: text/plain"),
    "no body": post("/books", b""),
    "a form": post("/form", b"title=Emma&pages=3", FORM),
    "a wrong form": post("/form", b"pages=x", FORM),
    "headers": get("/headers", "X-One: 1", "x-two: 2", "X-TWO:3 ", "Cookie: last=Emma; b=c"),
    "the scope": get("/scope/a%2Fb/%C3%A9//c?x=%20y"),
    "the scope's odd path": get("//scope/x"),
    "text": get("/text"),
    "a response": get("/response"),
    "a redirect": get("/redirect"),
    "204": get("/empty"),
    "null": get("/null"),
    "an HTTP exception": get("/teapot"),
    "a handler by status": get("/gone"),
    "a handler by class": get("/taken/a"),
    "404": get("/nothing"),
    "404 by an own handler of 410": get("/gone/x"),
    "405": get("/", method="DELETE"),
    "the trailing slash": get("/text/"),
    "a stream": get("/stream"),
    "a stream with its length": get("/sized-stream"),
    "a file": get("/file"),
    "a part of a file": get("/file", "Range: bytes=0-3"),
    "HEAD": get("/any", method="HEAD"),
    "PUT": get("/any", method="PUT"),
    "OPTIONS": get("/any", method="OPTIONS"),
    "a mounted application": get("/sub/inner"),
    "404 in a mounted application": get("/sub/other"),
    "a router": get("/v1/item/3"),
    "the document": get("/sub/openapi.json"),
    "HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "a stream for HTTP/1.1 that closes": get("/stream", "Connection: close"),
}
#: What Rapide answers differently on purpose, see docs/differences.md.
DIFFERENT = {"the document"}


@pytest.fixture(scope="module")
def answered(thread):
    """What each transport answers to each request."""
    found: dict[str, dict[str, bytes]] = {}

    def answered(transport):
        if transport not in found:
            with serving(thread, transport, build) as running:
                found[transport] = {
                    name: exchange(running.port, data) for name, data in REQUESTS.items()
                }
        return found[transport]

    return answered


def exchange(port, data):
    """What comes back for a request, without what no two answers have in common."""
    with Connection(port) as client:
        client.send(data)
        received = DATE.sub(b"", client.raw_answer(head=data.startswith(b"HEAD"))[1])
    return received.replace(b":%d" % port, b":PORT")


@pytest.mark.parametrize("name", REQUESTS)
def test_the_bytes_of_an_answer_are_those_of_the_reference(own_transport, answered, name):
    answer, expected = answered(own_transport)[name], answered(REFERENCE)[name]
    if name in DIFFERENT:
        kept = [a.status for a in parse_answers(answer)]
        assert kept == [a.status for a in parse_answers(expected)]
    else:
        assert answer == expected


@pytest.mark.parametrize("debug", [False, True])
def test_an_unhandled_error_is_a_500_and_a_traceback_in_the_log(serve, debug):
    def failing(fw):
        app = fw.FastAPI(debug=debug)

        @app.get("/")
        async def fail():
            raise ValueError("not caught")

        return app

    running = serve(failing)
    with Connection(running.port) as client:
        answer = client.get()
        assert answer.status == 500
        assert (b"not caught" in answer.body) == debug
        if not debug:
            assert answer.body == b"Internal Server Error"
    running.wait_for(lambda: running.tasks == 0)
    [trouble] = running.troubles()
    assert trouble.startswith("Exception in ASGI application\n")
    assert "ValueError: not caught" in trouble


def test_a_connection_survives_a_500(serve_ours):
    # uvicorn closes it, because the error comes after the answer.
    running = serve_ours(failing_late)
    with Connection(running.port) as client:
        first = client.get("/early")
        second = client.get("/fine")
    assert (first.status, second.status) == (500, 200)
    running.wait_for(lambda: running.tasks == 0)
    assert len(running.troubles()) == 1


def test_an_error_after_the_head_closes_and_never_sends_a_second_head(serve):
    running = serve(failing_late)
    with Connection(running.port) as client:
        client.send(get("/late"))
        data = client.rest()
    assert data.count(b"HTTP/1.1") == 1
    assert data.startswith(b"HTTP/1.1 200")
    assert not data.endswith(b"0\r\n\r\n")
    running.wait_for(lambda: running.tasks == 0)
    assert "ValueError: late" in "".join(running.troubles())


@pytest.mark.parametrize("path", ["raised", "declared", "set"])
@pytest.mark.parametrize("status", [99, 1000])
def test_a_status_without_three_digits_is_never_sent(serve_ours, path, status):
    def odd_statuses(fw):
        app = fw.FastAPI()

        @app.get("/raised")
        async def raised():
            raise fw.HTTPException(status)

        @app.get("/declared", status_code=status)
        async def declared():
            return {}

        @app.get("/set")
        async def set_later(response: fw.Response):
            response.status_code = status
            return {}

        return app

    running = serve_ours(odd_statuses)
    with Connection(running.port) as client:
        assert client.get(f"/{path}").status == 500
    running.wait_for(lambda: running.tasks == 0)
    assert f"Invalid HTTP status {status}" in "".join(running.troubles())


@pytest.mark.parametrize("path", ["short", "long"])
def test_an_answer_of_another_length_than_announced_closes(serve, path):
    running = serve(failing_late)
    with Connection(running.port) as client:
        client.send(get(f"/{path}"))
        data = client.rest()
        body = data.partition(b"\r\n\r\n")[2]
    assert data.count(b"HTTP/1.1") == 1
    assert len(body) <= 4
    running.wait_for(lambda: running.tasks == 0)
    assert "Content-Length" in "".join(running.troubles())


def failing_late(fw):
    app = fw.FastAPI()

    @app.get("/fine")
    async def fine():
        return {}

    @app.get("/early")
    async def early():
        raise ValueError("early")

    @app.get("/late")
    async def late():
        async def parts():
            yield b"first"
            raise ValueError("late")

        return fw.responses.StreamingResponse(parts())

    def sized(*parts):
        async def stream():
            for part in parts:
                yield part

        return fw.responses.StreamingResponse(stream(), headers={"content-length": "4"})

    @app.get("/short")
    async def short():
        return sized(b"ab")

    @app.get("/long")
    async def long():
        return sized(b"ab", b"cd", b"ef")

    return app


def test_background_tasks_run_after_the_bytes_of_the_answer(serve):
    running = serve(with_background)
    for path in ("/injected", "/response", "/both"):
        with Connection(running.port) as client:
            assert client.get(path).body == b'"answered"'
            assert running.log == []
            running.thread.call(running.app.state.go.set)
            running.wait_for(lambda: running.log == ["ran"])
            running.log.clear()
            running.thread.call(running.app.state.go.clear)


def test_an_error_in_a_background_task_is_logged_and_the_answer_intact(serve):
    running = serve(with_background)
    with Connection(running.port) as client:
        assert client.get("/failing").body == b'"answered"'
        running.wait_for(lambda: running.tasks == 0)
    assert "ValueError: in the background" in "".join(running.troubles())


def with_background(fw):
    app = fw.FastAPI()
    app.state.go = asyncio.Event()

    async def work():
        await app.state.go.wait()
        fw.log.append("ran")

    async def fail():
        await asyncio.sleep(0)
        raise ValueError("in the background")

    @app.get("/injected")
    async def injected(tasks: fw.BackgroundTasks):
        tasks.add_task(work)
        return "answered"

    @app.get("/response")
    async def response():
        task = fw.background.BackgroundTasks()
        task.add_task(work)
        return fw.responses.JSONResponse("answered", background=task)

    @app.get("/both")
    async def both(tasks: fw.BackgroundTasks):
        tasks.add_task(work)
        return fw.responses.JSONResponse("answered")

    @app.get("/failing")
    async def failing(tasks: fw.BackgroundTasks):
        tasks.add_task(fail)
        return "answered"

    return app


@pytest.mark.parametrize("path", ["plain", "raises", "http", "stream", "invalid/x", "response"])
def test_dependencies_with_yield_are_left_in_the_order_of_the_reference(thread, path):
    logs = {}
    for transport in (REFERENCE, "http11", "http11-asgi"):
        with serving(thread, transport, nested) as running:
            running.expects_errors = path == "raises"
            with Connection(running.port) as client:
                client.get(f"/{path}")
                running.wait_for(lambda: running.tasks == 0)
            logs[transport] = list(running.log)
    assert logs["http11"] == logs["http11-asgi"] == logs[REFERENCE]
    assert logs[REFERENCE]


def nested(fw):
    app = fw.FastAPI()
    log = fw.log.append

    def entered(name):
        async def dependency():
            log(f"enter {name}")
            try:
                yield name
            except BaseException as error:
                log(f"{name} {type(error).__name__}")
                raise
            finally:
                log(f"leave {name}")

        return dependency

    outer = entered("outer")

    async def inner(o: Annotated[str, fw.Depends(outer)]):
        log("enter inner")
        yield o + "+"
        log("leave inner")

    function = entered("function")
    Inner = Annotated[str, fw.Depends(inner)]
    Function = Annotated[str, fw.Depends(function, scope="function")]

    @app.get("/plain")
    async def plain(i: Inner, f: Function):
        log("called")
        return [i, f]

    @app.get("/raises")
    async def raises(i: Inner, f: Function):
        raise ValueError("x")

    @app.get("/http")
    async def http(i: Inner, f: Function):
        raise fw.HTTPException(400)

    @app.get("/stream")
    async def stream(i: Inner, f: Function):
        async def parts():
            log("part")
            yield b"x"

        return fw.responses.StreamingResponse(parts())

    @app.get("/response")
    async def response(i: Inner, f: Function):
        return fw.responses.PlainTextResponse("x")

    @app.get("/invalid/{number}")
    async def invalid(i: Inner, f: Function, number: int):
        log("called")

    return app

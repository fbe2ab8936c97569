"""Errors as problem documents: FastAPI's answers, translated, on each way to serve Rapide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel

from rapide.compiler import forcing_generic
from rapide.problems import ProblemDetails
from rapide.testclient import TestClient
from tests.parity.harness import Framework
from tests.unit.direct.over_sockets import call, counting_asgi

from .client import Answer, Connection
from .server import LoopThread, serving

JSON = "content-type: application/json"
LARGE = '{"a": "' + "x" * 60 + '"}'

#: A request line, and a body with its framing, if there is one.
REQUESTS: list[tuple[str, str | None]] = [
    ("GET /text", None),
    ("HEAD /text", None),
    ("GET /members", None),
    ("GET /taken", None),
    ("GET /list", None),
    ("GET /number", None),
    ("GET /headers", None),
    ("GET /unknown-status", None),
    ("GET /starlette", None),
    ("GET /subclass", None),
    ("GET /empty/204", None),
    ("GET /empty/304", None),
    ("GET /query?x=a", None),
    ("GET /query", None),
    ("HEAD /query", None),
    ("GET /missing", None),
    ("GET /missing", None),
    ("HEAD /missing", None),
    ("POST /text", None),
    ("POST /text", None),
    ("GET /files/missing", None),
    ("GET /own", None),
    ("GET /teapot", None),
    ("GET /sub/text", None),
    ("GET /sub/missing", None),
    ("GET /bearer", None),
    ("GET /basic", None),
    ("GET /crash", None),
    ("GET /dependency", None),
    ("POST /body", "{"),
    ("POST /body", '{"a": "b"}'),
    ("POST /body", LARGE),
    ("POST /route-limit", '{"a": 1234567890}'),
    ("POST /form", "--x broken"),
    ("GET /fine", None),
]


def build(fw: Framework, **options: Any) -> Any:
    """Return an application with errors of each kind; `options` are for Rapide alone."""
    app = fw.FastAPI(**options)
    security = fw.module("security")

    class Own(Exception):
        pass

    class Missing(fw.HTTPException):
        def __init__(self) -> None:
            super().__init__(410, "gone")

    details: dict[str, Any] = {
        "/text": "There is no such book.",
        "/members": {"detail": "text", "type": "urn:a", "balance": 3, "nested": {"a": [1]}},
        "/taken": {"detail": {"a": 1}, "status": "x"},
        "/list": [1, "b"],
        "/number": 7,
    }

    def fail_with(detail: Any) -> Any:
        async def fail() -> None:
            raise fw.HTTPException(404, detail)

        return fail

    for path, detail in details.items():
        app.get(path)(fail_with(detail))

    @app.get("/headers")
    def headers() -> None:
        raise fw.HTTPException(429, headers={"Retry-After": "3", "x-a": "b"})

    @app.get("/unknown-status")
    async def unknown_status() -> None:
        raise fw.HTTPException(499, "closed")

    @app.get("/starlette")
    async def starlette() -> None:
        from starlette.exceptions import HTTPException

        raise HTTPException(402)

    @app.get("/subclass")
    async def subclass() -> None:
        raise Missing

    @app.get("/empty/{status}")
    async def empty(status: int) -> None:
        raise fw.HTTPException(status, headers={"x-a": "b"})

    @app.get("/query")
    async def query(x: int) -> int:
        return x

    @app.get("/own")
    async def own() -> None:
        raise Own

    @app.exception_handler(Own)
    async def answer_own(request: Any, error: Own) -> Any:
        return fw.responses.JSONResponse({"own": True}, 409)

    @app.get("/teapot")
    async def teapot() -> None:
        raise fw.HTTPException(418)

    @app.exception_handler(418)
    def answer_teapot(request: Any, error: Exception) -> Any:
        return fw.responses.PlainTextResponse("tea", 418)

    @app.get("/bearer")
    async def bearer(token: Any = fw.Depends(security.HTTPBearer())) -> None: ...

    @app.get("/basic")
    def basic(user: Any = fw.Depends(security.HTTPBasic(realm="a"))) -> None: ...

    @app.get("/crash")
    async def crash() -> None:
        raise LookupError("secret")

    async def refuse() -> None:
        raise fw.HTTPException(403)

    @app.get("/dependency", dependencies=[fw.Depends(refuse)])
    async def dependency() -> None: ...

    class Item(BaseModel):
        a: int

    @app.post("/body")
    async def body(item: Item) -> Item:
        return item

    @app.post("/route-limit", max_body_size=10)
    async def route_limit(item: Item) -> Item:
        return item

    @app.post("/form")
    async def form(a: str = fw.Form()) -> str:
        return a

    @app.get("/fine")
    async def fine() -> int:
        return 1

    app.mount("/files", fw.module("staticfiles").StaticFiles(directory="tests/wire"))
    sub = fw.FastAPI()
    sub.get("/text")(fail_with("of the other application"))
    app.mount("/sub", sub)
    return app


def request_of(line: str, body: str | None) -> bytes:
    fields = ["Host: a"]
    if body is not None:
        kind = "content-type: multipart/form-data; boundary=x" if "/form" in line else JSON
        fields += [kind, f"content-length: {len(body)}"]
    head = "\r\n".join([f"{line} HTTP/1.1", *fields])
    return f"{head}\r\n\r\n{body or ''}".encode()


def answers_of(thread: LoopThread, transport: str, make: Any) -> list[Answer]:
    found = []
    with serving(thread, transport, make) as server:
        server.expects_errors = True
        for line, body in REQUESTS:
            with Connection(server.port) as client:
                client.send(request_of(line, body))
                found.append(client.answer(head=line.startswith("HEAD")))
    return found


@pytest.fixture(scope="module")
def expected(thread: LoopThread) -> list[Answer]:
    """FastAPI's answers."""
    return answers_of(thread, "uvicorn", partial(build, max_body_size=50))


@pytest.fixture(params=["compiled", "generic"])
def path(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "compiled":
        yield
    else:
        with forcing_generic():
            yield


TITLES = {
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    499: "Client Error",
    500: "Internal Server Error",
    400: "Bad Request",
}


def translated(line: str, answer: Answer) -> tuple[int, list[tuple[bytes, bytes]], Any]:
    """Return FastAPI's answer as a problem document, if it is an error of the framework."""
    own = ("/own", "/teapot", "/sub/", "/fine")
    fields = [item for item in answer.headers if item[0] not in (b"content-length", b"server")]
    status = answer.status
    if line.split()[1].startswith(own) or status in (204, 304):
        return status, fields, answer.body
    fields = [item for item in fields if item[0] != b"content-type"]
    fields.append((b"content-type", b"application/problem+json"))
    if line.startswith("HEAD"):
        return status, sorted(fields), b""
    problem: dict[str, Any] = {"type": "about:blank", "title": TITLES[status], "status": status}
    detail: Any = None if status == 500 else "Content Too Large"
    if (b"content-type", b"application/json") in answer.headers:
        detail = json.loads(answer.body)["detail"]
    if status == 422:
        problem |= {"detail": "The request is not valid.", "errors": detail}
    elif isinstance(detail, str):
        problem["detail"] = detail
    elif line == "GET /members":
        problem |= detail
    elif detail is not None:
        problem["errors"] = detail
    return status, sorted(fields), problem


def seen(answer: Answer) -> tuple[int, list[tuple[bytes, bytes]], Any]:
    fields = [item for item in answer.headers if item[0] not in (b"content-length", b"server")]
    if (b"content-type", b"application/problem+json") not in fields:
        return answer.status, fields, answer.body
    return answer.status, sorted(fields), json.loads(answer.body) if answer.body else b""


@pytest.mark.parametrize("transport", ["http11", "http11-asgi", "uvicorn"])
def test_each_error_of_the_framework_is_a_problem_document(
    thread: LoopThread, expected: list[Answer], transport: str, path: None
) -> None:
    def make(fw: Framework) -> Any:
        return build(Framework("rapide"), problem_details=True, max_body_size=50)

    for (line, _), answer, theirs in zip(
        REQUESTS, answers_of(thread, transport, make), expected, strict=True
    ):
        assert (line, seen(answer)) == (line, translated(line, theirs))


def test_the_test_client_gets_the_same(expected: list[Answer], path: None) -> None:
    app = build(Framework("rapide"), problem_details=True, max_body_size=50)
    client = TestClient(app, raise_server_exceptions=False)
    for (line, body), theirs in zip(REQUESTS, expected, strict=True):
        method, target = line.split()
        kind = "multipart/form-data; boundary=x" if "/form" in line else "application/json"
        headers = {} if body is None else {"content-type": kind}
        answer = client.request(method, target, content=body, headers=headers)
        fields = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        ours = Answer(answer.status_code, fields, answer.content)
        assert (line, seen(ours)) == (line, translated(line, theirs))


def test_types_and_members_are_those_of_the_configuration(thread: LoopThread) -> None:
    def members(request: Any, error: Exception) -> dict[str, Any]:
        return {"instance": request.url.path, "error": type(error).__name__, "status": 200}

    def make(fw: Framework) -> Any:
        option = ProblemDetails(type_base="https://example.com/errors/", members=members)
        return build(Framework("rapide"), problem_details=option, max_body_size=50)

    found = dict(
        zip((line for line, _ in REQUESTS), answers_of(thread, "http11", make), strict=True)
    )
    for line, error in {
        "GET /text": "HTTPException",
        "GET /missing": "HTTPException",
        "POST /text": "HTTPException",
        "GET /query": "RequestValidationError",
        "GET /crash": "LookupError",
        "POST /route-limit": "HTTPException",
    }.items():
        problem = json.loads(found[line].body)
        assert problem["type"] == f"https://example.com/errors/{found[line].status}"
        assert problem["instance"] == line.split()[1]
        assert (problem["status"], problem["error"]) == (found[line].status, error)


@pytest.mark.parametrize("is_plain", [True, False])
def test_missing_routes_are_answered_directly_if_no_function_completes_them(is_plain: bool) -> None:
    option = True if is_plain else ProblemDetails(members=lambda request, error: {"n": 1})
    app = build(Framework("rapide"), problem_details=option)
    with counting_asgi() as paths:
        answers = call(app, *[("GET", "/missing"), ("POST", "/text")] * 2)
    assert [json.loads(body).get("n") for _, body in answers] == [None if is_plain else 1] * 4
    assert [status for status, _ in answers] == [404, 405] * 2
    assert len(paths) == (0 if is_plain else 5)

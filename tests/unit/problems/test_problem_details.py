"""`FastAPI(problem_details=…)`: whose answers change, and what the document says."""

import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from rapide import APIRouter, FastAPI, HTTPException, Request, WebSocket
from rapide.exceptions import RequestValidationError
from rapide.limits import RequestLimits
from rapide.problems import ProblemDetails, ProblemResponse
from rapide.responses import JSONResponse, PlainTextResponse
from rapide.testclient import TestClient

PROBLEM = "application/problem+json"


class Item(BaseModel):
    a: int


def application(option: Any = True, **options: Any) -> FastAPI:
    app = FastAPI(problem_details=option, **options)

    @app.get("/http")
    async def http() -> None:
        raise HTTPException(409)

    @app.get("/crash")
    async def crash() -> None:
        raise LookupError("secret")

    @app.post("/body")
    async def body(item: Item) -> Item:
        return item

    return app


def client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def kinds(app: FastAPI) -> list[str]:
    found = client(app)
    answers = [found.get("/http"), found.post("/body"), found.get("/crash"), found.get("/none")]
    return [answer.headers["content-type"].partition(";")[0] for answer in answers]


async def answer(request: Request, error: Exception) -> PlainTextResponse:
    return PlainTextResponse("own", 400)


@pytest.mark.parametrize("later", [True, False])
@pytest.mark.parametrize(
    ("handled", "expected"),
    [
        (HTTPException, [0, 1, 1, 1]),
        (409, [0, 1, 1, 1]),
        (404, [1, 1, 1, 0]),
        (RequestValidationError, [1, 0, 1, 1]),
        (Exception, [1, 1, 0, 1]),
        (500, [1, 1, 0, 1]),
        (LookupError, [1, 1, 0, 1]),
    ],
)
def test_handlers_of_the_application_win(handled: Any, expected: list[int], later: bool) -> None:
    app = application(exception_handlers=None if later else {handled: answer})
    if later:
        app.add_exception_handler(handled, answer)
    assert kinds(app) == [PROBLEM if item else "text/plain" for item in expected]


def test_debug_mode_shows_the_traceback() -> None:
    assert kinds(application(debug=True)) == [PROBLEM, PROBLEM, "text/plain", PROBLEM]


def test_an_unhandled_error_says_nothing_about_itself_and_is_raised() -> None:
    app = application()
    shown = client(app).get("/crash")
    assert "secret" not in shown.text
    assert shown.json()["status"] == 500
    with pytest.raises(LookupError):
        TestClient(app).get("/crash")


def test_without_the_option_nothing_changes() -> None:
    expected = ["application/json", "application/json", "text/plain", "application/json"]
    assert kinds(application(False)) == expected
    command = "import sys, rapide; rapide.FastAPI(); assert 'rapide.problems' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


@pytest.mark.parametrize("option", ["yes", 1, None, {}, ProblemDetails])
def test_another_value_of_the_option_is_refused(option: Any) -> None:
    with pytest.raises(ValueError, match="problem_details must be True, False or a ProblemDetails"):
        FastAPI(problem_details=option)


@pytest.mark.parametrize("base", ["", "a b", "a\n", 3])
def test_a_base_that_is_not_a_uri_is_refused(base: Any) -> None:
    with pytest.raises(ValueError, match="type_base must be a URI"):
        ProblemDetails(type_base=base)


def test_members_must_be_a_function_that_returns_a_mapping() -> None:
    with pytest.raises(ValueError, match="members must be a function"):
        ProblemDetails(members={"a": 1})  # type: ignore[arg-type]
    app = application(ProblemDetails(members=lambda request, error: None))  # type: ignore[arg-type,return-value]
    with pytest.raises(TypeError, match="members must return a mapping, not None"):
        TestClient(app).get("/http")


def test_limits_are_answered_with_problems() -> None:
    app = FastAPI(problem_details=True)

    @app.get("/slow", limits=RequestLimits(timeout=0.01))
    async def slow() -> None:
        import anyio

        await anyio.sleep_forever()

    shown = client(app).get("/slow")
    assert (shown.status_code, shown.json()["title"]) == (504, "Gateway Timeout")
    assert shown.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("outer", [True, False])
@pytest.mark.parametrize("inner", [True, False])
def test_the_option_of_a_mounted_application_is_its_own(outer: bool, inner: bool) -> None:
    app = application(outer)
    app.mount("/sub", application(inner))
    for prefix, option in (("", outer), ("/sub", inner)):
        for path in ("/http", "/none", "/crash"):
            kind = client(app).get(prefix + path).headers["content-type"]
            assert (kind == PROBLEM) is option


def routes(limit: int | None) -> APIRouter:
    router = APIRouter(max_body_size=limit)

    @router.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @router.post("/ignore")
    async def ignore() -> int:
        return 0

    @router.post("/own")
    async def own() -> PlainTextResponse:
        return PlainTextResponse("own", 413)

    return router


@pytest.mark.parametrize("layers", ["application", "router", "inclusion", "all"])
@pytest.mark.parametrize("sized", [True, False])
def test_a_body_that_is_too_large_is_a_problem_at_each_place_of_the_limit(
    layers: str, sized: bool
) -> None:
    def limit(*names: str) -> int | None:
        return 5 if layers in (*names, "all") else None

    app = FastAPI(problem_details=True, max_body_size=limit("application"))
    app.include_router(routes(limit("router")), max_body_size=limit("inclusion"))

    def body(size: int) -> Any:
        return b"x" * size if sized else iter([b"x"] * size)

    for path in ("/read", "/ignore") if sized else ("/read",):
        shown = client(app).post(path, content=body(9))
        assert (shown.status_code, shown.headers["content-type"]) == (413, PROBLEM)
        assert shown.json()["title"] == shown.json()["detail"] == "Content Too Large"
    assert client(app).post("/read", content=body(5)).json() == 5
    assert client(app).post("/own", content=body(5)).text == "own"


def test_web_sockets_are_not_affected() -> None:
    def ends(option: bool) -> list[Any]:
        app = application(option)

        @app.websocket("/refused")
        async def refused(websocket: WebSocket) -> None:
            raise HTTPException(403, "no")

        @app.websocket("/query")
        async def query(websocket: WebSocket, x: int) -> None: ...

        found = []
        for path in ("/refused", "/query", "/missing"):
            try:
                with client(app).websocket_connect(path):
                    pass
            except WebSocketDenialResponse as refusal:
                found.append((refusal.status_code, refusal.headers["content-type"], refusal.text))
            except WebSocketDisconnect as left:
                found.append((left.code, left.reason, ""))
        return found

    assert ends(True) == ends(False)
    assert len(ends(True)) == 3


def test_a_problem_response_is_for_handlers_of_the_application() -> None:
    app = application()

    @app.exception_handler(LookupError)
    async def answer(request: Request, error: LookupError) -> JSONResponse:
        return ProblemResponse({"type": "urn:missing", "status": 404}, 404)

    shown = client(app).get("/crash")
    assert (shown.status_code, shown.headers["content-type"]) == (404, PROBLEM)


# The document


def responses(app: FastAPI, path: str = "/body", method: str = "post") -> Any:
    return app.openapi()["paths"][path][method]["responses"]


def test_the_document_describes_the_problem_of_invalid_requests() -> None:
    app = application()
    reference = {"$ref": "#/components/schemas/ValidationProblem"}
    assert responses(app)["422"]["content"] == {PROBLEM: {"schema": reference}}
    schemas = app.openapi()["components"]["schemas"]
    assert sorted(schemas) == ["Item", "ValidationError", "ValidationProblem"]
    shown = client(app).post("/body").json()
    assert {*schemas["ValidationProblem"]["required"]} <= shown.keys()
    assert shown.keys() <= schemas["ValidationProblem"]["properties"].keys()


def test_an_own_handler_of_validation_errors_leaves_the_document_as_it_is() -> None:
    app = application(exception_handlers={RequestValidationError: answer})
    assert "application/json" in responses(app)["422"]["content"]


def test_responses_that_the_application_declares_stay() -> None:
    app = FastAPI(problem_details=True)

    @app.post("/other", responses={422: {"model": Item}})
    async def other(item: Item) -> None: ...

    schema = {"$ref": "#/components/schemas/Item"}
    assert responses(app, "/other")["422"]["content"] == {"application/json": {"schema": schema}}


def test_models_of_the_same_name_keep_it() -> None:
    class ProblemDetails(BaseModel):
        mine: int

    class ValidationProblem(BaseModel):
        mine: int

    app = FastAPI(problem_details=True, document_errors=True)

    @app.post("/body", response_model=ProblemDetails)
    async def body(item: ValidationProblem) -> None:
        raise HTTPException(404)

    found = responses(app)
    schemas = app.openapi()["components"]["schemas"]
    assert "mine" in schemas["ProblemDetails"]["properties"]
    assert "mine" in schemas["ValidationProblem"]["properties"]
    for status in ("404", "422"):
        name = found[status]["content"][PROBLEM]["schema"]["$ref"].rpartition("/")[2]
        assert "instance" in schemas[name]["properties"]


def test_documented_errors_are_problems() -> None:
    app = application(document_errors=True, max_body_size=9, limits=RequestLimits(timeout=1))
    reference = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    assert responses(app, "/http", "get")["409"]["content"] == {PROBLEM: reference}
    assert responses(app)["413"]["content"] == {PROBLEM: reference}
    assert responses(app)["504"]["content"] == {PROBLEM: reference}

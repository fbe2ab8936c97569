"""Exceptions say what FastAPI's say."""

import sys
from contextlib import nullcontext
from typing import Any

import fastapi.exceptions
import pytest
from pydantic import BaseModel

import rapide
import rapide.exceptions
from rapide.compiler import forcing_generic
from rapide.responses import JSONResponse
from rapide.testclient import TestClient

CONTEXTS: list[Any] = [
    None,
    {"path": "GET /items"},
    {"function": "read", "file": "shop.py", "line": 3},
    {"function": "read", "file": "shop.py", "line": 3, "path": "GET /items"},
]


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("errors", [[], [{"type": "missing"}], [1, "two"]])
@pytest.mark.parametrize(
    "name",
    [
        "ValidationException",
        "RequestValidationError",
        "WebSocketRequestValidationError",
        "ResponseValidationError",
    ],
)
def test_validation_errors_print_the_errors_and_the_endpoint(
    name: str, errors: list[Any], context: Any
) -> None:
    ours = getattr(rapide.exceptions, name)(errors, endpoint_ctx=context)
    theirs = getattr(fastapi.exceptions, name)(errors, endpoint_ctx=context)
    assert str(ours) == str(theirs)
    assert vars(ours) == vars(theirs)
    assert ours.errors() == theirs.errors()


def test_the_body_is_kept() -> None:
    assert rapide.exceptions.RequestValidationError([], body={"a": 1}).body == {"a": 1}
    assert rapide.exceptions.ResponseValidationError([], body=b"x").body == b"x"


def test_http_exceptions_print_as_in_fastapi() -> None:
    for arguments in [(404,), (418, {"a": 1}), (401, "no", {"X": "y"})]:
        ours = rapide.exceptions.HTTPException(*arguments)
        theirs = fastapi.exceptions.HTTPException(*arguments)
        assert (repr(ours), str(ours), vars(ours)) == (repr(theirs), str(theirs), vars(theirs))


def test_models_of_errors_are_made_when_asked_for() -> None:
    assert issubclass(rapide.exceptions.RequestErrorModel, BaseModel)
    assert rapide.exceptions.RequestErrorModel.__name__ == "Request"
    assert rapide.exceptions.RequestErrorModel is rapide.exceptions.RequestErrorModel
    assert rapide.exceptions.WebSocketErrorModel.__name__ == "WebSocket"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = rapide.exceptions.Nothing


def test_a_handler_keeps_its_exception_behind_functions_that_wrap_requests() -> None:
    app = rapide.FastAPI()

    for _ in range(2):

        @app.middleware("http")
        async def passed_on(request: rapide.Request, call_next: Any) -> Any:
            return await call_next(request)

    @app.exception_handler(LookupError)
    async def handle(request: rapide.Request, error: LookupError) -> JSONResponse:
        await request.body()
        return JSONResponse(sys.exception() is error)

    @app.post("/")
    async def fail() -> None:
        raise LookupError

    for path in (nullcontext, forcing_generic):
        with path():
            assert TestClient(app).post("/", content=iter([b"a", b"b"])).json() is True

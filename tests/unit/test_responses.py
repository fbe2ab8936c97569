"""Handlers of exceptions, deprecated response classes and the exit stack."""

import json
from typing import Any

import fastapi.exception_handlers
import pytest
from starlette.requests import Request

import rapide.exception_handlers
from rapide.exceptions import (
    FastAPIDeprecationWarning,
    HTTPException,
    RequestValidationError,
    WebSocketRequestValidationError,
)
from rapide.middleware.asyncexitstack import AsyncExitStackMiddleware
from rapide.responses import ORJSONResponse, UJSONResponse

pytestmark = pytest.mark.anyio

REQUEST = Request({"type": "http", "headers": []})


@pytest.mark.parametrize("status", [100, 199, 200, 204, 205, 304, 400, 401, 500])
@pytest.mark.parametrize("headers", [None, {"X-A": "b"}])
async def test_http_exceptions_are_answered_as_in_fastapi(status: int, headers: Any) -> None:
    error = HTTPException(status, {"why": ["a"]}, headers)
    ours = await rapide.exception_handlers.http_exception_handler(REQUEST, error)
    theirs = await fastapi.exception_handlers.http_exception_handler(REQUEST, error)
    assert (ours.status_code, ours.body, ours.raw_headers) == (
        theirs.status_code,
        theirs.body,
        theirs.raw_headers,
    )


async def test_validation_errors_are_answered_with_422() -> None:
    error = RequestValidationError([{"type": "missing", "input": b"raw"}])
    handler = rapide.exception_handlers.request_validation_exception_handler
    response = await handler(REQUEST, error)
    assert response.status_code == 422
    assert json.loads(response.body) == {"detail": [{"type": "missing", "input": "raw"}]}


async def test_an_invalid_handshake_closes_with_1008_and_the_errors() -> None:
    class Socket:
        async def close(self, **arguments: Any) -> None:
            self.closed = arguments

    socket: Any = Socket()
    error = WebSocketRequestValidationError([{"type": "missing"}])
    await rapide.exception_handlers.websocket_request_validation_exception_handler(socket, error)
    assert socket.closed == {"code": 1008, "reason": [{"type": "missing"}]}


@pytest.mark.parametrize("response_class", [ORJSONResponse, UJSONResponse])
def test_deprecated_json_classes_warn_where_they_are_used(response_class: Any) -> None:
    with pytest.warns(FastAPIDeprecationWarning, match="is deprecated") as caught:
        rendered = render(response_class, {"a": "é"})
    assert rendered in ('{"a":"é"}'.encode(), b"not installed")
    assert caught[0].filename == __file__


def render(response_class: Any, content: Any) -> bytes:
    try:
        return bytes(response_class(content).body)
    except AssertionError as error:
        assert "must be installed to use" in str(error)  # noqa: PT017
        return b"not installed"


async def test_the_exit_stack_closes_when_the_request_is_done() -> None:
    events = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["fastapi_middleware_astack"].callback(events.append, "closed")
        events.append("served")

    await AsyncExitStackMiddleware(app)({}, None, None)  # type: ignore[arg-type]
    assert events == ["served", "closed"]

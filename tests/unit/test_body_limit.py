"""Request bodies are limited as FastAPI limits them."""

from typing import Any

import anyio
import fastapi._body_limit
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import _RequestBodyLimitResponseSent, _RequestBodyTooLarge
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

import rapide._body_limit
from rapide._body_limit import (
    AppBodyLimitMiddleware,
    get_body_limit_error,
    get_body_size_limit,
    validate_max_body_size,
    wrap_app_with_body_limit,
)

MODULES = [rapide._body_limit, fastapi._body_limit]


def chunks(size: int) -> Any:
    yield from (b"x" for _ in range(size))


async def read(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def ignore(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ignored")


async def read_in_a_task(request: Request) -> PlainTextResponse:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(request.body)
    return PlainTextResponse("read")


ROUTES = [
    Route("/read", read, methods=["POST"]),
    Route("/ignore", ignore, methods=["POST"]),
    Route("/task", read_in_a_task, methods=["POST"]),
]


@pytest.mark.parametrize(("outer", "inner"), [(5, None), (None, 5), (5, 9), (9, 5), (None, None)])
@pytest.mark.parametrize("size", [0, 5, 6, 10])
@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("path", ["/read", "/ignore", "/task", "/sub/read", "/sub/ignore"])
def test_the_response_is_fastapis(
    outer: int | None, inner: int | None, size: int, sized: bool, path: str
) -> None:
    def answer(module: Any) -> tuple[int, str]:
        def limit(size: int | None) -> list[Middleware]:
            return [Middleware(module.AppBodyLimitMiddleware, max_body_size=size)]

        sub = Starlette(routes=ROUTES, middleware=limit(inner))
        app = Starlette(routes=[*ROUTES, Mount("/sub", sub)], middleware=limit(outer))
        body = b"x" * size if sized else chunks(size)
        response = TestClient(app, raise_server_exceptions=False).post(path, content=body)
        return response.status_code, response.text

    ours, theirs = (answer(module) for module in MODULES)
    assert ours == theirs


def test_a_declared_size_over_the_limit_is_answered_in_plain_text() -> None:
    app = Starlette(routes=ROUTES, middleware=[Middleware(AppBodyLimitMiddleware, max_body_size=5)])
    response = TestClient(app).post("/read", content=b"123456")
    assert (response.status_code, response.text) == (413, "Content Too Large")


def test_no_limit_wraps_nothing() -> None:
    assert wrap_app_with_body_limit(read, None) is read  # type: ignore[arg-type,comparison-overlap]


@pytest.mark.parametrize("limit", [-1, True, 1.0, "1"])
def test_a_limit_must_be_a_whole_number_from_zero(limit: Any) -> None:
    with pytest.raises(ValueError, match="max_body_size must be a non-negative integer or None"):
        validate_max_body_size(limit)


def test_zero_and_none_are_valid_limits() -> None:
    validate_max_body_size(0)
    validate_max_body_size(None)


def test_the_first_limit_that_is_set_counts() -> None:
    assert get_body_size_limit(None, 0, 5) == 0
    assert get_body_size_limit(None) is None


def test_signals_are_found_in_groups_of_nothing_else() -> None:
    large, sent = _RequestBodyTooLarge(), _RequestBodyLimitResponseSent()
    assert get_body_limit_error(large) is large
    assert get_body_limit_error(ValueError()) is None
    assert get_body_limit_error(ExceptionGroup("", [ExceptionGroup("", [large])])) is large
    assert get_body_limit_error(ExceptionGroup("", [large, sent])) is sent
    assert get_body_limit_error(ExceptionGroup("", [large, ValueError()])) is None

"""`FastAPI(document_errors=True)`: the errors that code raises are in the document."""

import asyncio
import contextlib
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteHTTPException

from rapide import Depends, FastAPI, HTTPException, Request, status
from rapide.exceptions import RequestValidationError
from rapide.limits import RequestLimits
from rapide.responses import JSONResponse
from rapide.security import HTTPBearer


class Missing(HTTPException):
    def __init__(self, what: str, code: int = status.HTTP_404_NOT_FOUND) -> None:
        super().__init__(status_code=code, detail=f"no {what}")


class Gone(Missing):
    def __init__(self) -> None:
        super().__init__("x", code=410)


class Locked(Missing):
    def __init__(self) -> None:
        HTTPException.__init__(self, 423)


class Teapot(StarletteHTTPException):
    pass


class Item(BaseModel):
    a: int


FIXED = HTTPException(402)


def built(code: int) -> HTTPException:
    return HTTPException(code, "built")


def fail(code: int) -> None:
    raise HTTPException(status_code=code)


def load() -> None:
    raise Missing("book")


def dependency() -> None:
    fail(429)


async def endpoint(x: int, item: Item) -> None:
    if x < 2:
        raise HTTPException(409 if x == 1 else 403)
    if x == 2:
        raise built(423)
    gone = Gone()
    if x == 3:
        raise gone
    if x == 4:
        raise FIXED
    if x == 5:
        raise Teapot(418)
    if x == 6:
        raise HTTPException(x)
    try:
        raise HTTPException(511)
    except HTTPException:
        pass
    await asyncio.to_thread(load)


async def handle(request: Request, error: Teapot) -> JSONResponse:
    return JSONResponse({"code": error.status_code, "text": "tea", "more": [error.detail]}, 418)


def application(**options: Any) -> FastAPI:
    app = FastAPI(max_body_size=10, limits=RequestLimits(timeout=1, concurrency=1), **options)
    app.add_exception_handler(Teapot, handle)  # type: ignore[arg-type]
    dependencies = [Depends(dependency), Depends(HTTPBearer())]
    responses: dict[int | str, Any] = {403: {"description": "mine"}}
    app.post("/a", dependencies=dependencies, responses=responses)(endpoint)
    return app


def responses(app: FastAPI) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"]["/a"]["post"]["responses"]
    return found


def test_the_document_has_each_status_with_the_body_of_its_handler() -> None:
    found = responses(application(document_errors=True))
    expected = "200 401 402 403 404 409 410 413 418 422 423 429 503 504"
    assert sorted(found) == expected.split()
    detail = found["404"]["content"]["application/json"]["schema"]
    content = {"application/json": {"schema": detail}}
    assert found["403"] == {"description": "mine", "content": content}
    assert detail["required"] == ["detail"]
    assert found["418"]["content"]["application/json"]["schema"]["properties"] == {
        "code": {"type": "integer"},
        "text": {"type": "string"},
        "more": {"type": "array", "items": {}},
    }
    assert found["504"]["content"]["application/json"]["schema"] == detail
    assert "Retry-After" in found["503"]["headers"]


def test_without_the_option_the_document_is_as_before() -> None:
    assert sorted(responses(application())) == ["200", "403", "422", "503", "504"]


def test_the_origin_of_an_error_is_its_chain_of_calls() -> None:
    from rapide.openapi.errors import errors_of
    from rapide.routing import iter_route_contexts

    app = application(document_errors=True)
    (route,) = [item for item in iter_route_contexts(app.routes) if item.path == "/a"]
    origins = {item.status: item.origin for item in errors_of(app, route)}  # type: ignore[arg-type]
    first, last = origins[429].split(" → ")
    assert first.startswith("dependency (")
    assert last.startswith("fail (")
    assert f":{fail.__code__.co_firstlineno + 1})" in last


def test_responses_that_the_application_declares_win() -> None:
    app = FastAPI(document_errors=True, responses={404: {"description": "none"}})

    @app.get("/a", responses={409: {"model": Item}, "5XX": {"description": "later"}})
    def a(x: int) -> None:
        if x == 1:
            raise HTTPException(404)
        if x == 2:
            raise HTTPException(503)
        raise HTTPException(409)

    found = app.openapi()["paths"]["/a"]["get"]["responses"]
    assert sorted(found) == ["200", "404", "409", "422", "5XX"]
    assert found["404"]["description"] == "none"
    assert found["404"]["content"]["application/json"]["schema"]["title"] == "HTTPError"
    reference = {"$ref": "#/components/schemas/Item"}
    assert found["409"]["content"] == {"application/json": {"schema": reference}}


def test_a_stream_has_no_errors_of_its_own() -> None:
    app = FastAPI(document_errors=True)

    @app.get("/a", dependencies=[Depends(dependency)])
    async def a() -> AsyncIterator[int]:
        yield 1
        raise HTTPException(404)

    assert sorted(app.openapi()["paths"]["/a"]["get"]["responses"]) == ["200", "429"]


def test_a_raised_validation_error_has_its_schema() -> None:
    app = FastAPI(document_errors=True)

    @app.get("/a")
    def a() -> None:
        raise RequestValidationError([])

    assert "422" in app.openapi()["paths"]["/a"]["get"]["responses"]
    assert {"HTTPValidationError", "ValidationError"} <= app.openapi()["components"][
        "schemas"
    ].keys()


async def late() -> AsyncIterator[int]:
    with contextlib.suppress(KeyError):
        try:
            yield 1
        except ValueError:
            raise HTTPException(409) from None
        finally:
            fail(410)
        fail(418)
    fail(423)


@pytest.mark.parametrize("scope", ["request", "function"])
def test_an_exit_after_the_response_has_no_errors(scope: Any) -> None:
    app = FastAPI(document_errors=True)

    @app.get("/a", dependencies=[Depends(late, scope=scope)])
    async def a() -> None: ...

    more = ["418", "423"] if scope == "function" else []
    found = app.openapi()["paths"]["/a"]["get"]["responses"]
    assert sorted(found) == ["200", "409", "410", *more]


def test_reading_a_deprecated_name_warns_nobody() -> None:
    app = FastAPI(document_errors=True)

    @app.get("/a")
    def a() -> None:
        raise HTTPException(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)

    with warnings.catch_warnings(action="error"):
        assert "413" in app.openapi()["paths"]["/a"]["get"]["responses"]


def test_the_initializer_that_a_class_names_decides() -> None:
    """`Locked` goes past the one of its parent, whose status is another."""
    app = FastAPI(document_errors=True)

    @app.get("/")
    def read() -> None:
        raise Locked

    assert sorted(app.openapi()["paths"]["/"]["get"]["responses"]) == ["200", "423"]

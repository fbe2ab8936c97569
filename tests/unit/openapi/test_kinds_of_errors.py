"""Each way to raise an error, and each kind of exception handler, against the document."""

from typing import Any

import pytest

from rapide import FastAPI, HTTPException
from rapide.encoders import jsonable_encoder
from rapide.exceptions import RequestValidationError
from rapide.openapi.errors import errors_of
from rapide.responses import JSONResponse
from rapide.routing import iter_route_contexts
from rapide.testclient import TestClient

from . import (
    samples_of_calls,
    samples_of_flows,
    samples_of_handlers,
    samples_of_raises,
    samples_of_subclasses,
    samples_of_values,
)

SAMPLES = [
    (samples_of_raises.sample.app, samples_of_raises.sample.expected),
    (samples_of_calls.sample.app, samples_of_calls.sample.expected),
    (samples_of_flows.sample.app, samples_of_flows.sample.expected),
    (samples_of_values.sample.app, samples_of_values.sample.expected),
    (samples_of_subclasses.sample.app, samples_of_subclasses.sample.expected),
    (samples_of_handlers.app, samples_of_handlers.expected),
]
CASES = [
    pytest.param(app, path, statuses, id=path)
    for app, expected in SAMPLES
    for path, statuses in expected.items()
]


def operation(app: FastAPI, path: str, method: str = "get") -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"][path][method]
    return found


@pytest.mark.parametrize(("app", "path", "statuses"), CASES)
def test_the_document_has_these_statuses(app: FastAPI, path: str, statuses: set[int]) -> None:
    described = operation(app, path)
    invalid = {422} if described.get("parameters") else set()
    assert {int(item) for item in described["responses"]} == {200} | statuses | invalid


@pytest.mark.parametrize(("app", "path", "statuses"), CASES)
def test_requests_get_what_the_document_has(app: FastAPI, path: str, statuses: set[int]) -> None:
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    answer = client.get(path)
    if not statuses or answer.status_code in (200, 422):
        return
    assert answer.status_code in statuses
    response = operation(app, path)["responses"][str(answer.status_code)]
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    assert list(response.get("content", {"": None})) == [media_type]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/model", {"$ref": "#/components/schemas/Body"}),
        ("/model2", {"$ref": "#/components/schemas/Body"}),
        ("/td", {"$ref": "#/components/schemas/TD"}),
        ("/td2", {"$ref": "#/components/schemas/TD"}),
        ("/td3", {"$ref": "#/components/schemas/TD"}),
        ("/dc", {"$ref": "#/components/schemas/DC"}),
    ],
)
def test_models_of_bodies_are_components(path: str, schema: dict[str, str]) -> None:
    document = samples_of_handlers.app.openapi()
    found = operation(samples_of_handlers.app, path)["responses"]["409"]["content"]
    assert found == {"application/json": {"schema": schema}}
    assert document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]


def test_a_status_that_the_code_does_not_say_is_reported_and_not_guessed() -> None:
    app = samples_of_raises.sample.app
    (route,) = [item for item in iter_route_contexts(app.routes) if item.path == "/unknown"]
    found = list(errors_of(app, route))  # type: ignore[arg-type]
    assert [item.status for item in found] == [None, 422]
    assert "unknown (" in found[0].origin


# Requests that are not valid


def validating(handler: Any) -> dict[str, Any]:
    app = FastAPI(document_errors=True)

    @app.get("/x")
    def x(a: int) -> None:
        raise HTTPException(404)

    app.add_exception_handler(RequestValidationError, handler)
    return app.openapi()


def test_an_own_handler_of_validation_errors_is_described() -> None:
    async def handle(request: Any, error: RequestValidationError) -> JSONResponse:
        return JSONResponse(jsonable_encoder({"errors": error.errors(), "path": "x"}), 400)

    document = validating(handle)
    responses = document["paths"]["/x"]["get"]["responses"]
    assert sorted(responses) == ["200", "400", "404"]
    assert responses["400"]["content"]["application/json"]["schema"]["properties"] == {
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ValidationError"}},
        "path": {"type": "string"},
    }
    assert sorted(document["components"]["schemas"]) == ["ValidationError"]


def test_a_handler_that_cannot_be_read_leaves_the_body_open() -> None:
    handlers = {"x": samples_of_handlers.helper}

    async def handle(request: Any, error: RequestValidationError) -> Any:
        return handlers[request.url.path]

    document = validating(handle)
    content = document["paths"]["/x"]["get"]["responses"]["422"]["content"]
    assert content == {"application/json": {"schema": {}}}
    assert "HTTPValidationError" not in str(document)

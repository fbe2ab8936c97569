"""Functions that make the documentation pages can be replaced where FastAPI looks for them."""

from importlib import import_module

import pytest
from starlette.responses import HTMLResponse
from starlette.testclient import TestClient

from rapide import FastAPI, applications


@pytest.mark.parametrize(
    ("name", "url", "title"),
    [
        ("get_swagger_ui_html", "/docs", "FastAPI - Swagger UI"),
        ("get_redoc_html", "/redoc", "FastAPI - ReDoc"),
    ],
)
def test_a_page_is_made_by_the_function_put_into_the_applications_module(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str, title: str
) -> None:
    asked: list[dict[str, object]] = []

    def make(**options: object) -> HTMLResponse:
        asked.append(options)
        return HTMLResponse("another page")

    monkeypatch.setattr(applications, name, make, raising=False)
    client = TestClient(FastAPI())
    assert client.get(url).text == "another page"
    assert asked[0]["openapi_url"] == "/openapi.json"
    assert asked[0]["title"] == title


@pytest.mark.parametrize("framework", ["fastapi", "rapide"])
def test_the_document_is_made_by_the_function_put_into_the_applications_module(
    monkeypatch: pytest.MonkeyPatch, framework: str
) -> None:
    applications = import_module(f"{framework}.applications")
    make = applications.get_openapi

    def make_and_sign(**options: object) -> dict[str, object]:
        asked.append(sorted(options))
        return {**make(**options), "x-signed": "yes"}

    asked: list[list[str]] = []
    monkeypatch.setattr(applications, "get_openapi", make_and_sign, raising=False)
    app = applications.FastAPI()
    assert app.openapi()["x-signed"] == "yes"
    assert TestClient(app).get("/openapi.json").json()["x-signed"] == "yes"
    names = "contact description external_docs license_info openapi_version routes"
    names += " separate_input_output_schemas servers summary tags terms_of_service title"
    assert asked == [[*names.split(), "version", "webhooks"]]

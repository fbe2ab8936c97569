"""Functions that make the documentation pages can be replaced where FastAPI looks for them."""

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

"""Starting, stopping and the pages around the shop."""

import json
from pathlib import Path

import httpx
import pytest

from .postgresql import Cluster
from .server import BOOKSHOP, PASSWORD, STAFF, STAFFED, Shop, rapide_run, serve, uvicorn

BOOKS = len(json.loads((BOOKSHOP / "data" / "books.json").read_text(encoding="utf-8"))["books"])


def test_health_tells_which_database_answers(shop: Shop, client: httpx.Client) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": shop.database},
    )


def test_the_front_door_leads_to_the_catalogue(client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/catalogue")
    assert 'href="/docs"' in client.get("/catalogue").text


def test_the_documentation_has_its_pages(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Bookshop" in page.text
    assert "/openapi.json" in page.text
    assert client.get("/redoc").status_code == 200


def test_the_openapi_document_describes_every_route(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "Bookshop"
    assert {
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item
    } == {
        "GET /books",
        "POST /books",
        "GET /books/{slug}",
        "PATCH /books/{slug}",
        "DELETE /books/{slug}",
        "GET /books.csv",
        "GET /books/{slug}/cover",
        "PUT /books/{slug}/cover",
        "DELETE /books/{slug}/cover",
        "GET /authors",
        "POST /authors",
        "GET /authors/{slug}",
        "GET /orders",
        "POST /orders",
        "GET /orders/{order_id}",
        "POST /orders/{order_id}/cancel",
        "POST /orders/{order_id}/ship",
        "GET /outbox",
        "GET /stock",
        "GET /stock/{slug}",
        "PUT /stock/{slug}",
        "POST /stock/{slug}/deliveries",
        "GET /stock-changes",
        "POST /accounts",
        "GET /accounts/me",
        "POST /token",
        "GET /health",
    }


def test_the_document_tells_filters_errors_and_who_may(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    search = document["paths"]["/books"]["get"]
    assert {parameter["name"] for parameter in search["parameters"]} == {
        *("title", "author", "subject", "language", "year_from", "year_to"),
        *("price_min", "price_max", "in_stock", "sort", "page", "size"),
    }
    conflict = document["paths"]["/orders"]["post"]["responses"]["409"]
    assert conflict["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Problem"
    }
    assert document["paths"]["/stock"]["get"]["security"] == [{"Account": ["stock"]}]
    assert document["paths"]["/orders"]["post"]["security"] == [{"Account": ["orders"]}]
    assert document["paths"]["/orders/{order_id}/ship"]["post"]["security"] == [
        {"Account": ["orders:all", "orders"]}
    ]
    scheme = document["components"]["securitySchemes"]["Account"]
    assert set(scheme["flows"]["password"]["scopes"]) == {
        *("orders", "orders:all", "catalogue", "stock"),
    }
    assert "security" not in search


def test_a_start_in_an_empty_directory_makes_a_full_shop_without_a_staff(tmp_path: Path) -> None:
    with serve(rapide_run(), tmp_path) as shop, shop.client() as client:
        assert client.get("/books").json()["total"] == BOOKS
        answer = client.post("/token", data={"username": STAFF, "password": PASSWORD})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (tmp_path / "bookshop.db").is_file()


def test_a_second_start_finds_what_the_first_left(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.db"
    variables = {"BOOKSHOP_DB": str(file), **STAFFED}
    with serve(rapide_run(), tmp_path, **variables) as shop, shop.staff() as staff:
        assert staff.delete("/books/emma").status_code == 204
    with serve(rapide_run(), tmp_path, **variables) as shop, shop.staff() as staff:
        assert staff.get("/books/emma").status_code == 404
        assert staff.get("/books").json()["total"] == BOOKS - 1
    assert file.is_file()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_processes_that_start_at_once_fill_an_empty_database_once(
    postgresql: Cluster, tmp_path: Path, scheme: str
) -> None:
    url = postgresql.create_database(f"at_once_{scheme}").replace("postgresql", scheme, 1)
    with serve(uvicorn(BOOKSHOP, "--workers", "2"), tmp_path, DATABASE_URL=url) as shop:
        with shop.client() as client:
            assert client.get("/books").json()["total"] == BOOKS
        assert "Error" not in shop.log.read_text()


def test_processes_that_start_at_once_share_one_sqlite_file(tmp_path: Path) -> None:
    with serve(uvicorn(BOOKSHOP, "--workers", "2"), tmp_path) as shop:
        with shop.client() as client:
            assert client.get("/books").json()["total"] == BOOKS
        assert "Error" not in shop.log.read_text()


def test_health_is_503_when_the_database_has_gone(postgresql: Cluster, tmp_path: Path) -> None:
    url = postgresql.create_database("gone")
    with serve(rapide_run(), tmp_path, DATABASE_URL=url) as shop, shop.client() as client:
        assert client.get("/health").status_code == 200
        postgresql.drop_database("gone")
        answer = client.get("/health")
        assert answer.status_code == 503
        assert answer.json() == {"status": "unavailable", "database": "postgresql"}

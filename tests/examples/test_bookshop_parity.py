"""The same shop on FastAPI and on Rapide: the same document, the same answers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .server import STAFF, STAFF_KEY, Shop, copy_for_fastapi, rapide_run, serve, uvicorn

LINES = [{"book": "lyrical-ballads", "quantity": 2}, {"book": "hamlet"}]
ORDER = {"customer": "reader@example.org", "lines": LINES}
BOOK = {
    "title": "The Earth",
    "authors": ["emile-zola"],
    "year": 1887,
    "language": "fr",
    "subjects": ["novel"],
    "price": "9.50",
}

Answer = dict[str, Any]

# Method, path, and what httpx is to send; later requests build on earlier ones.
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}),
    ("GET", "/health", {}),
    ("GET", "/nowhere", {}),
    ("GET", "/books", {}),
    ("GET", "/books/", {}),
    ("HEAD", "/books", {}),
    ("OPTIONS", "/books", {}),
    ("PUT", "/books", {"json": {}}),
    ("GET", "/books?author=%C3%A9mile+zola&sort=-year&size=3", {}),
    ("GET", "/books?subject=novel&subject=sea&year_from=1850&year_to=1900&in_stock=1", {}),
    ("GET", "/books?price_min=4.49&price_max=4.99&sort=price&page=2&size=5", {}),
    ("GET", "/books?language=fr&language=de", {}),
    ("GET", "/books?page=&size=", {}),
    ("GET", "/books?page=0&size=1000&sort=x&subject=x&language=x&price_min=x&more=1", {}),
    ("GET", "/books?year_from=1900&year_to=1800", {}),
    ("GET", "/books?title=%ff%00", {}),
    ("GET", "/books/middlemarch", {}),
    ("GET", "/books/no-such-book", {}),
    ("GET", "/books/No%20Slug", {}),
    ("GET", "/books/a%2Fb", {}),
    ("POST", "/books", {"json": BOOK}),
    ("POST", "/books", {"json": BOOK, "headers": STAFF}),
    ("POST", "/books", {"json": BOOK, "headers": STAFF}),
    ("POST", "/books", {"json": BOOK | {"authors": ["nobody"]}, "headers": STAFF}),
    ("POST", "/books", {"json": {"title": 1, "price": "x", "isbn": None}, "headers": STAFF}),
    ("PATCH", "/books/the-earth", {"json": {"price": 3.5, "title": None}, "headers": STAFF}),
    ("PATCH", "/books/the-earth", {"json": {"price": "3.555"}, "headers": STAFF}),
    ("PATCH", "/books/the-earth", {"json": [], "headers": STAFF}),
    ("DELETE", "/books/the-earth", {"headers": STAFF}),
    ("DELETE", "/books/the-earth", {"headers": STAFF}),
    ("GET", "/authors?name=bront%C3%AB&alive_in=1848", {}),
    ("GET", "/authors?alive_in=x&page=2", {}),
    ("GET", "/authors/karl-marx", {}),
    ("POST", "/authors", {"json": {"name": "Ada Lovelace", "born": 1815}, "headers": STAFF}),
    ("POST", "/authors", {"json": {"name": "x", "born": 2, "died": 1}, "headers": STAFF}),
    ("GET", "/stock?at_most=0&size=2", {}),
    ("GET", "/stock?at_most=0&size=2", {"headers": STAFF}),
    ("PUT", "/stock/hamlet", {"json": {"copies": 1}, "headers": STAFF}),
    ("PUT", "/stock/hamlet", {"json": {"copies": 1.5}, "headers": STAFF}),
    ("POST", "/stock/hamlet/deliveries", {"json": {"copies": 1}, "headers": STAFF}),
    ("POST", "/orders", {"json": ORDER}),
    ("POST", "/orders", {"json": ORDER}),
    ("POST", "/orders", {"json": ORDER}),
    ("POST", "/orders", {"json": ORDER | {"lines": []}}),
    ("POST", "/orders", {"json": ORDER | {"lines": LINES * 2}}),
    ("POST", "/orders", {"json": ORDER | {"customer": "nobody"}}),
    ("POST", "/orders", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/orders", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("POST", "/orders", {"content": b"{}"}),
    ("POST", "/orders", {"data": {"customer": "reader@example.org"}}),
    ("POST", "/orders", {}),
    ("GET", "/orders/1", {}),
    ("GET", "/orders/00000000-0000-0000-0000-000000000000", {}),
    ("GET", "/orders/{order}", {}),
    ("POST", "/orders/{order}/cancel", {}),
    ("POST", "/orders/{order}/cancel", {}),
    ("GET", "/orders?status=cancelled", {"headers": STAFF}),
    ("GET", "/orders?status=lost", {"headers": STAFF}),
]

# What differs between any two runs; the host is sent by us.
CHANCE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
)
HEADERS = ("content-type", "content-length", "location", "allow")


@pytest.fixture(scope="module")
def fastapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("fastapi")
    command = uvicorn(copy_for_fastapi(directory))
    with serve(command, directory, BOOKSHOP_STAFF_KEY=STAFF_KEY) as running:
        yield running


@pytest.fixture(scope="module", params=["rapide run", "uvicorn"])
def rapide(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("rapide")
    command = rapide_run() if request.param == "rapide run" else uvicorn()
    with serve(command, directory, BOOKSHOP_STAFF_KEY=STAFF_KEY) as running:
        yield running


@pytest.fixture(scope="module")
def fastapi_answers(fastapi: Shop) -> list[Answer]:
    return list(answers(fastapi))


def answers(shop: Shop) -> Iterator[Answer]:
    """What the shop answers to each request, without what is different every time."""
    order = ""
    with shop.client() as client:
        client.headers["Host"] = "bookshop.example"
        for method, path, arguments in REQUESTS:
            answer = client.request(method, path.format(order=order), **arguments)
            if (method, path) == ("POST", "/orders") and answer.status_code == 201:
                order = answer.json()["id"]
            yield {
                "request": f"{method} {path}",
                "status": answer.status_code,
                "headers": {
                    name: CHANCE.sub("*", answer.headers[name])
                    for name in HEADERS
                    if name in answer.headers
                },
                "body": CHANCE.sub("*", answer.text),
            }


def test_the_openapi_document_is_the_same(fastapi: Shop, rapide: Shop) -> None:
    documents = [
        json.dumps(httpx.get(f"{shop.url}/openapi.json", trust_env=False).json(), indent=1)
        for shop in (fastapi, rapide)
    ]
    assert documents[0] == documents[1]


def test_every_answer_is_the_same(fastapi_answers: list[Answer], rapide: Shop) -> None:
    ours = list(answers(rapide))
    for own, other in zip(ours, fastapi_answers, strict=True):
        assert own == other


def test_the_requests_reach_every_kind_of_answer(fastapi_answers: list[Answer]) -> None:
    statuses = {answer["status"] for answer in fastapi_answers}
    assert statuses == {200, 201, 204, 307, 403, 404, 405, 409, 422}

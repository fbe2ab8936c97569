"""The same shop on FastAPI and on Rapide: the same document, the same answers."""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import takewhile
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from .images import png
from .live import follow
from .server import (
    PASSWORD,
    READER,
    STAFF,
    STAFFED,
    Shop,
    copy_for_fastapi,
    rapide_run,
    serve,
    uvicorn,
)

LINES = [{"book": "lyrical-ballads", "quantity": 2}, {"book": "hamlet"}]
ORDER = {"lines": LINES}
IMAGE = {"image": ("front.png", png(), "image/png")}
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}
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
    ("POST", "/books", {"json": BOOK, "by": STAFF}),
    ("POST", "/books", {"json": BOOK, "by": STAFF}),
    ("POST", "/books", {"json": BOOK | {"authors": ["nobody"]}, "by": STAFF}),
    ("POST", "/books", {"json": {"title": 1, "price": "x", "isbn": None}, "by": STAFF}),
    ("PATCH", "/books/the-earth", {"json": {"price": 3.5, "title": None}, "by": STAFF}),
    ("PATCH", "/books/the-earth", {"json": {"price": "3.555"}, "by": STAFF}),
    ("PATCH", "/books/the-earth", {"json": [], "by": STAFF}),
    ("DELETE", "/books/the-earth", {"by": STAFF}),
    ("DELETE", "/books/the-earth", {"by": STAFF}),
    ("GET", "/authors?name=bront%C3%AB&alive_in=1848", {}),
    ("GET", "/authors?alive_in=x&page=2", {}),
    ("GET", "/authors/karl-marx", {}),
    ("POST", "/authors", {"json": {"name": "Ada Lovelace", "born": 1815}, "by": STAFF}),
    ("POST", "/authors", {"json": {"name": "x", "born": 2, "died": 1}, "by": STAFF}),
    ("GET", "/stock?at_most=0&size=2", {}),
    ("GET", "/stock?at_most=0&size=2", {"by": STAFF}),
    ("PUT", "/stock/hamlet", {"json": {"copies": 1}, "by": STAFF}),
    ("PUT", "/stock/hamlet", {"json": {"copies": 1.5}, "by": STAFF}),
    ("POST", "/stock/hamlet/deliveries", {"json": {"copies": 1}, "by": STAFF}),
    ("POST", "/orders", {"json": ORDER}),
    ("POST", "/accounts", {"json": {"email": READER, "password": PASSWORD}}),
    ("POST", "/accounts", {"json": {"email": READER, "password": "short", "role": "staff"}}),
    ("POST", "/accounts", {"data": {"email": READER, "password": PASSWORD}}),
    ("GET", "/accounts/me", {}),
    ("GET", "/accounts/me", {"by": READER}),
    ("GET", "/accounts/me", {"headers": {"Authorization": "Bearer x.y.z"}}),
    ("POST", "/token", {}),
    ("POST", "/token", {"json": {"username": READER, "password": PASSWORD}}),
    ("POST", "/token", {"data": {"username": READER, "password": PASSWORD}}),
    ("POST", "/token", {"files": {"username": (None, READER), "password": (None, PASSWORD)}}),
    ("POST", "/token", {"data": {"username": READER, "password": "x", "grant_type": "password"}}),
    ("POST", "/token", {"data": {"username": READER, "password": PASSWORD, "grant_type": "code"}}),
    ("POST", "/token", {"data": {"username": READER, "password": PASSWORD, "scope": "stock"}}),
    ("POST", "/token", {"data": {"username": READER, "password": ""}}),
    ("GET", "/outbox", {"by": READER}),
    ("POST", "/orders", {"json": ORDER, "by": READER}),
    ("POST", "/orders", {"json": ORDER, "by": READER}),
    ("POST", "/orders", {"json": ORDER, "by": READER}),
    ("POST", "/orders", {"json": ORDER | {"lines": []}, "by": READER}),
    ("POST", "/orders", {"json": ORDER | {"lines": LINES * 2}, "by": READER}),
    ("POST", "/orders", {"json": ORDER | {"customer": READER}, "by": READER}),
    ("POST", "/orders", {"content": b"{", "headers": JSON, "by": READER}),
    (
        "POST",
        "/orders",
        {"content": b"{}", "headers": TEXT, "by": READER},
    ),
    ("POST", "/orders", {"content": b"{}", "by": READER}),
    ("POST", "/orders", {"data": {"lines": "hamlet"}, "by": READER}),
    ("POST", "/orders", {"by": READER}),
    ("GET", "/orders/1", {}),
    ("GET", "/orders/1", {"by": READER}),
    ("GET", "/orders/00000000-0000-0000-0000-000000000000", {"by": READER}),
    ("GET", "/orders/{order}", {"by": READER}),
    ("GET", "/orders/{order}/status", {"by": READER}),
    ("POST", "/orders/{order}/ship", {"by": READER}),
    ("POST", "/orders/{order}/cancel", {"by": READER}),
    ("POST", "/orders/{order}/cancel", {"by": READER}),
    ("POST", "/orders/{order}/ship", {"by": STAFF}),
    ("GET", "/orders?size=1", {"by": READER}),
    ("GET", "/orders?status=cancelled", {"by": STAFF}),
    ("GET", "/orders?status=lost", {"by": STAFF}),
    ("GET", "/books/emma/cover", {}),
    ("PUT", "/books/emma/cover", {"files": IMAGE}),
    ("PUT", "/books/emma/cover", {"files": IMAGE, "by": STAFF}),
    ("PUT", "/books/emma/cover", {"files": {"image": b"text"}, "by": STAFF}),
    ("PUT", "/books/emma/cover", {"files": {"image": bytes(2**21 + 1)}, "by": STAFF}),
    ("PUT", "/books/emma/cover", {"files": {"image": bytes(2**22)}, "by": STAFF}),
    ("PUT", "/books/emma/cover", {"content": [bytes(2**20)] * 5, "by": STAFF}),
    ("PUT", "/books/emma/cover", {"files": {"picture": b"text"}, "by": STAFF}),
    ("PUT", "/books/emma/cover", {"data": {"image": "text"}, "by": STAFF}),
    ("PUT", "/books/emma/cover", {"json": {"image": "text"}, "by": STAFF}),
    ("GET", "/books/emma/cover", {}),
    ("GET", "/books/emma/cover", {"headers": {"Range": "bytes=1-3"}}),
    ("GET", "/books/emma/cover", {"headers": {"Range": "bytes=0-0,2-3"}}),
    ("GET", "/books/emma/cover", {"headers": {"Range": "bytes=9999-"}}),
    ("GET", "/books/emma/cover", {"headers": {"Range": "lines=1"}}),
    ("HEAD", "/books/emma/cover", {}),
    ("GET", "/catalogue?q=emma", {}),
    ("GET", "/catalogue?page=2", {}),
    ("GET", "/catalogue?page=0", {}),
    ("GET", "/static/shop.css", {}),
    ("GET", "/static/nothing", {}),
    ("DELETE", "/books/emma/cover", {"by": STAFF}),
    ("GET", "/books.csv?author=austen&sort=-price", {}),
    ("GET", "/books.csv?size=1", {}),
    ("HEAD", "/books.csv", {}),
    ("GET", "/stock-changes", {"headers": {"Last-Event-ID": "x"}}),
]

# What differs between any two runs: ids, file names, moments, tokens, boundaries of multipart
# bodies; the host is sent by us.
CHANCE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    r"|\b[0-9a-f]{26}\b|\b[0-9a-f]{32}\b"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+"
)
HEADERS = (
    *("content-type", "content-length", "content-range", "content-disposition", "location"),
    *("allow", "accept-ranges", "cache-control", "etag", "www-authenticate"),
    *("x-content-type-options", "x-accel-buffering"),
)


@pytest.fixture(scope="module")
def fastapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("fastapi")
    command = uvicorn(copy_for_fastapi(directory))
    with serve(command, directory, **STAFFED) as running:
        yield running


@pytest.fixture(scope="module", params=["rapide run", "uvicorn"])
def rapide(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("rapide")
    command = rapide_run() if request.param == "rapide run" else uvicorn()
    with serve(command, directory, **STAFFED) as running:
        yield running


@pytest.fixture(scope="module")
def fastapi_answers(fastapi: Shop) -> list[Answer]:
    return list(answers(fastapi))


@pytest.fixture(scope="module")
def rapide_answers(rapide: Shop) -> list[Answer]:
    return list(answers(rapide))


def answers(shop: Shop) -> Iterator[Answer]:
    """What the shop answers to each request, without what is different every time."""
    order = ""
    with ExitStack() as clients:
        known = {
            by: clients.enter_context(client)
            for by, client in (("", shop.client()), (STAFF, shop.staff()))
        }
        for method, path, arguments in REQUESTS:
            by = arguments.get("by", "")
            if by not in known:
                known[by] = clients.enter_context(shop.member(by))
            options = {name: value for name, value in arguments.items() if name != "by"}
            known[by].headers["Host"] = "bookshop.example"
            answer = known[by].request(method, path.format(order=order), **options)
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


def test_every_answer_is_the_same(
    fastapi_answers: list[Answer], rapide_answers: list[Answer]
) -> None:
    for own, other in zip(rapide_answers, fastapi_answers, strict=True):
        assert own == other


def test_the_requests_reach_every_kind_of_answer(fastapi_answers: list[Answer]) -> None:
    statuses = {answer["status"] for answer in fastapi_answers}
    assert statuses == {
        *(200, 201, 204, 206, 307, 400, 401, 403, 404, 405, 409, 413, 415, 416, 422)
    }


@pytest.fixture(scope="module")
def fastapi_streams(fastapi: Shop, fastapi_answers: list[Answer]) -> Answer:
    """What FastAPI streams, after the requests of the answers."""
    return streams(fastapi)


def test_every_stream_is_the_same(
    fastapi_streams: Answer, rapide: Shop, rapide_answers: list[Answer]
) -> None:
    assert rapide_answers
    assert streams(rapide) == fastapi_streams
    assert fastapi_streams["statuses"][-2:] == [1000, ""]
    assert len(fastapi_streams["events"]) > 20


def streams(shop: Shop) -> Answer:
    """The stock's event stream from its beginning, an order followed, and refusals."""
    found: Answer = {}
    with shop.staff() as staff:
        staff.put("/stock/hamlet", json={"copies": 2})
        order = staff.post("/orders", json={"lines": [{"book": "hamlet"}]}).json()["id"]
        with follow(shop, order, STAFF) as socket:
            found["statuses"] = [CHANCE.sub("*", str(socket.recv(timeout=30)))]
            staff.post(f"/orders/{order}/cancel")
            staff.put("/stock/ulysses", json={"copies": 77})
            found["statuses"] += [CHANCE.sub("*", str(text)) for text in socket]
            found["statuses"] += [socket.close_code, socket.close_reason]
        for tried, email in ((order, None), (str(uuid.uuid4()), STAFF), ("1", STAFF)):
            with pytest.raises(InvalidStatus) as refused, follow(shop, tried, email):
                pass
            response = refused.value.response
            headers = [(name, response.headers.get(name)) for name in HEADERS]
            body = CHANCE.sub("*", response.body.decode())
            found[f"refusal of {'1' if tried == '1' else email}"] = (
                *(response.status_code, headers, body),
            )
        with staff.stream("GET", "/stock-changes", headers={"Last-Event-ID": "0"}) as answer:
            found["headers"] = [(name, answer.headers.get(name)) for name in HEADERS]
            lines = takewhile(lambda line: '"stock":77' not in line, answer.iter_lines())
            found["events"] = [CHANCE.sub("*", line) for line in lines]
    return found

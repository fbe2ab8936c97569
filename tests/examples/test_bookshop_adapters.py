"""The bookshop as a function of AWS Lambda (Mangum), and behind a WSGI server (a2wsgi)."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import make_server

import httpx
import pytest
from a2wsgi import ASGIMiddleware
from mangum import Mangum

from rapide.distributed.startup import StartOnce
from tests.unit.distributed.lambda_events import (
    LambdaTransport,
    function_url,
    http_api,
    load_balancer,
    rest_api,
)

from .server import PASSWORD, STAFF

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50
EVENTS = (rest_api, http_api, function_url, load_balancer)
#: The fields of answers that are compared.
FIELDS = ("allow", "content-type", "location", "www-authenticate")


@pytest.fixture
def shop_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartOnce]:
    """The bookshop with an empty database, started by its first request."""
    for name in ("DATABASE_URL", "REDIS_URL", "BOOKSHOP_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOOKSHOP_DB", str(tmp_path / "shop.db"))
    monkeypatch.setenv("BOOKSHOP_COVERS", str(tmp_path / "covers"))
    monkeypatch.setenv("BOOKSHOP_STAFF_PASSWORD", PASSWORD)
    from examples.bookshop.main import app

    started = StartOnce(app)
    yield started
    started.close()


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()


def shown(answer: httpx.Response) -> object:
    return answer.status_code, answer.content, [answer.headers.get(name) for name in FIELDS]


def visit(client: httpx.Client) -> list[httpx.Response]:
    """Look at the shop, without a change of it."""
    return [
        client.get("/books?limit=3&q=the"),
        client.get("/books/middlemarch"),
        client.get("/books/no-such-book"),
        client.get("/books?limit=many"),
        client.post("/orders", json={}),
        client.get("/openapi.json"),
        client.get("/docs"),
    ]


def work(client: httpx.Client) -> None:
    """Log in and give a book a cover: a form, a token, a file and bytes that are no text."""
    answer = client.post("/token", data={"username": STAFF, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    path = "/books/middlemarch/cover"
    assert client.put(path, files={"image": ("a.png", PNG)}).status_code == 204
    cover = client.get(path)
    assert (cover.status_code, cover.headers["content-type"]) == (200, "image/png")
    assert cover.content == PNG
    part = client.get(path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, PNG[:10])
    assert client.put(path, files={"image": ("a.txt", b"text")}).status_code == 415
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


async def visit_by_asgi(app: StartOnce) -> list[object]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
        requests: list[httpx.Request] = []

        def note(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return httpx.Response(200)

        with httpx.Client(
            transport=httpx.MockTransport(note), base_url="http://shop.example"
        ) as noting:
            visit(noting)
        return [shown(await client.send(request)) for request in requests]


@pytest.mark.parametrize("number", range(len(EVENTS)), ids=lambda n: EVENTS[n].__name__)
def test_a_function_answers_like_asgi(
    number: int, loop: asyncio.AbstractEventLoop, shop_app: StartOnce
) -> None:
    transport = LambdaTransport(Mangum(shop_app, lifespan="off"), EVENTS[number])
    with httpx.Client(transport=transport, base_url="http://shop.example") as client:
        expected = loop.run_until_complete(visit_by_asgi(shop_app))
        assert [shown(answer) for answer in visit(client)] == expected
        work(client)


def test_a_wsgi_server_answers_like_asgi(shop_app: StartOnce) -> None:
    middleware = ASGIMiddleware(shop_app)
    asgi = asyncio.run_coroutine_threadsafe(visit_by_asgi(shop_app), middleware.loop)
    expected = asgi.result(60)
    server = make_server("127.0.0.1", 0, middleware)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        with httpx.Client(
            base_url=url, trust_env=False, timeout=60, headers={"host": "shop.example"}
        ) as client:
            assert [shown(answer) for answer in visit(client)] == expected
            work(client)
            export = client.get("/books.csv")  # it is streamed
            assert (export.status_code, export.text.startswith("slug,")) == (200, True)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        shop_app.close()
        middleware.loop.call_soon_threadsafe(middleware.loop.stop)

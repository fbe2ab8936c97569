"""`FastAPI(console=…)`: the console of applications that `rapide dev` does not serve."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from rapide import FastAPI
from rapide.cli.developing import console_path
from rapide.cli.listed import list_all
from rapide.console.data import names_this_machine
from rapide.development.install import install_console
from rapide.server.options import Options, Protocol
from rapide.stack import build
from rapide.testclient import TestClient


def application(**options: Any) -> FastAPI:
    app = FastAPI(**options)

    @app.get("/books/{title}")
    async def read_book(title: str) -> str:
        if title == "missing":
            raise LookupError(title)
        return title

    return app


def client_of(app: Any, host: str = "localhost:8000", address: str = "127.0.0.1") -> TestClient:
    return TestClient(
        app,
        base_url=f"http://{host}",
        client=(address, 1),
        raise_server_exceptions=False,
    )


def test_the_console_shows_requests_under_any_server() -> None:
    client = client_of(application(console=True))
    assert "The application opens this console itself" in client.get("/-/dev").text
    first = client.get("/-/dev/requests").json()
    assert first["requests"] == []
    assert client.get("/books/emma?api_key=abc").json() == "emma"
    assert client.get("/books/missing").status_code == 500
    assert client.get("/other").status_code == 404
    found = client.get("/-/dev/requests?after=0").json()
    shown = [(item["target"], item["route"], item["status"]) for item in found["requests"]]
    assert shown == [
        ("/books/emma?api_key=[hidden]", "/books/{title}", 200),
        ("/books/missing", "/books/{title}", 500),
        ("/other", None, 404),
    ]
    texts = [step["text"] for step in found["requests"][0]["steps"]]
    assert any(text.startswith("CallEndpoint") for text in texts)
    routes = client.get("/-/dev/routes").json()
    (number,) = [item["number"] for item in routes if item["path"] == "/books/{title}"]
    assert client.get(f"/-/dev/route?number={number}").json()["plan"]
    assert client.head("/-/dev").content == b""


@pytest.mark.parametrize(
    ("host", "address", "fields"),
    [
        ("evil.example", "127.0.0.1", {}),
        ("localhost", "192.168.0.7", {}),
        ("127.0.0.1", "203.0.113.9", {}),
        ("localhost", "testclient", {}),
        ("localhost", "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}),
        ("localhost", "127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
    ],
)
def test_only_this_machine_gets_answers(host: str, address: str, fields: dict[str, str]) -> None:
    client = client_of(application(console=True), host, address)
    for path in ("/-/dev", "/-/dev/requests", "/-/dev/routes", "/-/dev/route?number=0"):
        assert client.get(path, headers=fields).status_code == 403
    assert client.get("/books/emma", headers=fields).status_code == 200


@pytest.mark.parametrize("host", [b"localhost", b"LocalHost:8000", b"127.0.0.1:1", b"[::1]:8000"])
def test_the_names_of_this_machine(host: bytes) -> None:
    assert names_this_machine([(b"accept", b"*/*"), (b"host", host)])


@pytest.mark.parametrize("option", [None, False])
def test_without_the_option_there_is_none(
    option: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_ENV", "development")
    monkeypatch.setenv("RAPIDE_CONSOLE", "1")
    app = application(console=option)
    assert client_of(app).get("/-/dev").status_code == 404
    assert type(app.middleware_stack) is type(application().build_middleware_stack())


@pytest.mark.parametrize("option", ["true", "", 1, 0, object()])
def test_the_option_is_a_truth_value(option: Any) -> None:
    with pytest.raises(TypeError, match=r"FastAPI\(console=…\) must be True, False or None"):
        FastAPI(console=option)


def test_a_server_with_a_console_makes_the_layer_superfluous(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "is_console_served", True)
    assert client_of(application(console=True)).get("/-/dev").status_code == 404


def test_the_reason_for_asgi_is_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    app = application(console=True)

    def reasons() -> list[str]:
        (listed,) = [item for item in list_all(app) if item.path == "/books/{title}"]
        return [reason.sentence for reason in listed.verdict.by_asgi]

    expected = ["the console is a layer around the application (console=True)"]
    assert reasons() == expected
    client_of(app).get("/books/emma")
    assert reasons() == expected
    monkeypatch.setattr(build, "is_console_served", True)
    app = application(console=True)
    assert reasons() == []


def test_mounted_applications_have_their_own() -> None:
    outer = FastAPI()
    outer.mount("/inner", application(console=True))
    client = client_of(outer)
    assert client.get("/-/dev").status_code == 404
    assert client.get("/inner/-/dev").status_code == 200
    client.get("/inner/books/emma")
    (found,) = client.get("/inner/-/dev/requests?after=0").json()["requests"]
    assert found["target"] == "/books/emma"


def test_dev_gives_every_application_of_starlette_a_console() -> None:
    plain = Starlette(routes=[Route("/", lambda request: PlainTextResponse("hello"))])
    for app, path in (
        (plain, "/"),
        (application(), "/books/emma"),
        (application(console=True), "/"),
    ):
        install_console(app)
        client = client_of(app, address="192.168.0.7")
        client.get(path)
        assert "opens this console itself" not in client.get("/-/dev").text
        found = client.get("/-/dev/requests?after=0").json()["requests"]
        assert [item["target"] for item in found] == [path]
    unwanted = application(console=False)
    install_console(unwanted)
    install_console(object())
    assert client_of(unwanted).get("/-/dev").status_code == 404


def test_the_banner_names_the_console_where_there_is_one() -> None:
    def path_of(app: object, is_developing: bool, protocol: Protocol = Protocol.RAPIDE) -> Any:
        return console_path(app, Options(protocol=protocol), is_developing=is_developing)

    assert path_of(application(), True) == "/-/dev"
    assert path_of(application(), False) is None
    assert path_of(application(console=False), True) is None
    assert path_of(application(console=True), False) == "/-/dev"
    assert path_of(application(), True, Protocol.ASGI) == "/-/dev"
    assert path_of(object(), True, Protocol.ASGI) is None
    assert path_of(object(), True) == "/-/dev"


def test_middleware_is_inside_of_the_console() -> None:
    class Refusing:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await PlainTextResponse("no", 418)(scope, receive, send)

    app = application(console=True, middleware=[Middleware(Refusing)])
    client = client_of(app)
    assert client.get("/books/emma").status_code == 418
    (found,) = client.get("/-/dev/requests?after=0").json()["requests"]
    assert (found["status"], found["route"], found["steps"]) == (418, None, [])
    assert [item.cls for item in app.user_middleware] == [Refusing]

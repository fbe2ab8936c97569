"""The console of a running `rapide dev`."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.unit.server.conftest import Command

APPLICATION = """\
import time
from typing import Annotated

from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

from rapide import APIRouter, Depends, FastAPI
from rapide.changes import changes

app = FastAPI(threads={"reports": 3})
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
router = APIRouter(prefix="/v1")


def get_count(page: int = 1) -> int:
    return page


@router.get("/books/{title}")
async def read_book(title: str, count: Annotated[int, Depends(get_count)]) -> dict[str, int]:
    return {title: 1 // count}


@app.get("/measuring")
async def is_measuring() -> bool:
    return changes.is_measuring


@app.get("/block")
async def block() -> None:
    time.sleep(0.4)


@app.get("/queries")
def run_queries() -> None:
    with engine.connect() as connection:
        for number in range(4):
            connection.execute(text("SELECT :token"), {"token": "a secret"})


app.include_router(router)
"""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    folder = tmp_path_factory.mktemp("console")
    (folder / "main.py").write_text(APPLICATION)
    command = Command(folder, "main.py", "--no-reload", command="dev")
    assert command.wait_for(lambda: command.answer("/measuring")) == (200, b"false")
    yield command
    command.kill()


def ask(dev: Command, path: str) -> Any:
    return json.loads(dev.answer(f"/-/dev/{path}")[1])


def record_of(dev: Command, target: str) -> Any:
    """Send a request while somebody looks, and return its record."""
    ask(dev, "requests")
    dev.answer(target)

    def last() -> Any:
        found = [item for item in ask(dev, "requests")["requests"] if item["target"] == target]
        return found and found[-1]

    return dev.wait_for(last)


def test_the_banner_names_the_console(dev: Command) -> None:
    dev.wait_for_line(f"http://127.0.0.1:{dev.port}/-/dev")


def test_the_page_loads_nothing_from_elsewhere(dev: Command) -> None:
    for path in ("/-/dev", "/-/dev/"):
        status, page = dev.answer(path)
        assert status == 200
        assert b"http" not in page
    assert dev.answer("/-/dev/other")[0] == 404


def test_the_routes_have_their_plan_and_source(dev: Command) -> None:
    routes = ask(dev, "routes")
    (route,) = [item for item in routes if item["path"] == "/v1/books/{title}"]
    assert route["methods"] == "GET"
    assert route["function"] == "main.read_book"
    assert route["execution"] == "compiled, direct"
    details = ask(dev, f"route?number={route['number']}")
    assert details["plan"][-1] == "SendContent 200"
    assert "async def handle_request" in details["source"]
    assert "marks" not in details["source"]
    for number in ("", "x", "-1", "1000", "9" * 5000):
        assert ask(dev, f"route?number={number}") == {}


def test_requests_have_the_time_of_each_step(dev: Command) -> None:
    found = record_of(dev, "/v1/books/emma?page=1")
    assert (found["method"], found["status"], found["route"]) == ("GET", 200, "/v1/books/{title}")
    texts = [step["text"].split(" ")[0] for step in found["steps"]]
    assert texts[0] == "before"
    assert texts[-2:] == ["SendContent", "after"]
    assert "CallDependency" in texts
    # The response may have been sent a moment before its step has ended.
    assert sum(step["ms"] for step in found["steps"]) >= found["ms"] - 0.01
    assert ask(dev, f"requests?after={found['number']}")["requests"] == []


def test_a_failed_request_ends_at_its_step(dev: Command) -> None:
    ask(dev, "requests")
    status, page = dev.answer("/v1/books/emma?page=0")
    assert status == 500
    failed = [line for line in page.decode().splitlines() if line.endswith("<- failed here")]
    assert ["CallEndpoint" in line for line in failed] == [True]
    assert "Mark" not in page.decode()
    found = record_of(dev, "/v1/books/emma?page=0")
    assert found["status"] == 500
    assert found["steps"][-1]["text"].startswith("from here on: CallEndpoint")


def test_a_stall_is_shown(dev: Command) -> None:
    dev.answer("/block")
    stalls = dev.wait_for(lambda: ask(dev, "requests")["stalls"])
    assert "GET /block blocked the event loop" in stalls[0]["text"]


def test_the_statements_of_a_request_are_shown(dev: Command) -> None:
    sql = record_of(dev, "/queries")["sql"]
    line = 1 + APPLICATION[: APPLICATION.index("connection.execute")].count("\n")
    (statement,) = sql["statements"]
    assert (statement["text"], statement["count"]) == ("SELECT ?", 4)
    assert statement["place"] == f"main.py:{line}"
    assert "a secret" not in json.dumps(sql)
    assert record_of(dev, "/v1/books/emma?page=-1")["sql"]["count"] == 0


def test_the_lanes_are_shown(dev: Command) -> None:
    lanes = {lane["name"]: lane for lane in ask(dev, "requests")["lanes"]}
    assert lanes["default"]["threads"] == 40
    assert (lanes["reports"]["threads"], lanes["reports"]["busy"]) == (3, 0)
    assert lanes["reports"]["waited_ms"] == 0


def test_secrets_in_addresses_are_hidden(dev: Command) -> None:
    dev.answer("/measuring?" + urllib.parse.urlencode({"api_key": "a secret", "page": 3}))
    targets = [item["target"] for item in ask(dev, "requests")["requests"]]
    assert "/measuring?api_key=[hidden]&page=3" in targets


def test_a_page_from_elsewhere_cannot_ask(dev: Command) -> None:
    for host, status in (("evil.example", 403), ("localhost:1", 200), ("[::1]:80", 200)):
        with closing(dev.connect()) as connection:
            connection.request("GET", "/-/dev/routes", headers={"Host": host})
            assert connection.getresponse().status == status


def test_measuring_ends_when_nobody_looks(dev: Command) -> None:
    ask(dev, "requests")
    assert dev.answer("/measuring") == (200, b"true")
    dev.wait_for(lambda: dev.answer("/measuring") == (200, b"false"))


def test_dev_has_no_console_if_the_application_wants_none(tmp_path: Path) -> None:
    source = APPLICATION.replace("FastAPI(threads", "FastAPI(console=False, threads")
    (tmp_path / "main.py").write_text(source)
    command = Command(tmp_path, "main.py", "--no-reload", command="dev")
    try:
        assert command.wait_for(lambda: command.answer("/measuring")) == (200, b"false")
        assert command.answer("/-/dev")[0] == 404
        assert "Console" not in command.log
    finally:
        command.kill()


def test_run_has_no_console(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APPLICATION)
    command = Command(tmp_path, "main.py", FASTAPI_ENV="development")
    try:
        assert command.wait_for(lambda: command.answer("/-/dev"))[0] == 404
        assert "/-/dev" not in command.log.partition("GET")[0]
    finally:
        command.kill()

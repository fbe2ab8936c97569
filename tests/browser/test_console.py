"""The console of `rapide dev`, in a real browser."""

from collections.abc import Iterator

import httpx
import pytest

from tests.unit.server.conftest import Command

from .conftest import Page

APPLICATION = """\
import asyncio
from typing import Annotated

from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

from rapide import Depends, FastAPI, HTTPException

app = FastAPI(threads={"reports": 4})
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
STOCK = {"emma": 3, "walden": 0}


async def get_stock(book: str) -> int:
    await asyncio.sleep(0.02)
    if book not in STOCK:
        raise HTTPException(404, "There is no such book.")
    return STOCK[book]


@app.get("/books/{book}/stock")
async def read_stock(stock: Annotated[int, Depends(get_stock)], page: int = 1) -> int:
    return stock


@app.get("/authors")
def read_authors() -> list[int]:
    with engine.connect() as connection:
        query = text("SELECT :author, '<i>a text</i>'")
        connection.execute(text("SELECT 1 AS author"))
        return [connection.execute(query, {"author": n}).scalar_one() for n in range(3)]


@app.get("/<b>{book}")
async def read_odd(book: str) -> str:
    return book
"""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    folder = tmp_path_factory.mktemp("console")
    (folder / "main.py").write_text(APPLICATION)
    command = Command(folder, "main.py", command="dev")
    command.wait_for(lambda: command.answer("/books/emma/stock")[0] == 200)
    yield command
    command.kill()


def test_routes_and_requests_are_shown_as_they_come(dev: Command, page: Page) -> None:
    page.open(f"http://127.0.0.1:{dev.port}/-/dev")
    page.see("/books/{book}/stock", ".route .grow")
    page.see("/<b>{book}", ".route .grow")
    page.until(lambda: any("requests?after" in url for url in page.requested()))
    for target in ("/%3Cb%3Ex?%3Ci%3E=1", "/books/dune/stock", "/books/emma/stock?page=2"):
        dev.answer(target)
    page.see("GET /books/emma/stock?page=2", ".request .grow")
    page.click(".request summary")
    page.see("CallDependency", ".request .step .text")
    bars = page.driver.find_elements("css selector", ".request[open] .step .bar")
    widths = {bar.size["width"] for bar in bars}
    assert len(widths) > 1
    page.click(".route:nth-last-child(2) summary")
    page.see("async def handle_request", ".route .source")
    page.see("SendContent 200", ".route .plan li")
    assert page.complaints() == []
    hosts = {httpx.URL(url).host for url in page.requested() if url.startswith("http")}
    assert hosts == {"127.0.0.1"}


def test_statements_and_lanes_are_shown(dev: Command, page: Page) -> None:
    page.open(f"http://127.0.0.1:{dev.port}/-/dev")
    page.see("reports", ".lanes td")
    dev.answer("/authors")
    page.see("4 SQL, N+1", ".request summary .bad")
    page.click(".request:first-child summary")
    page.see("N+1: 3 times", ".statement .bad")
    page.see("SELECT ?, '[hidden]'", ".statement pre")
    page.see("main.py:", ".statement .facts")
    assert page.complaints() == []


def test_the_console_fits_on_a_phone_and_goes_on_after_a_change(dev: Command, page: Page) -> None:
    page.driver.set_window_size(500, 900)
    page.open(f"http://127.0.0.1:{dev.port}/-/dev")
    page.see("/books/{book}/stock", ".route .grow")
    root = page.find("html")
    assert root.get_property("scrollWidth") <= root.get_property("clientWidth")  # type: ignore[operator]
    page.driver.set_window_size(1280, 1600)
    (dev.folder / "main.py").write_text(APPLICATION.replace("/stock", "/copies"))
    page.see("/books/{book}/copies", ".route .grow")

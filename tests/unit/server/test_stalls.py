"""`--stall-threshold`: what blocks the event loop of a server is in its log."""

from __future__ import annotations

from typing import Any

import pytest

APPLICATION = """\
import time
from contextlib import asynccontextmanager

from rapide import FastAPI


@asynccontextmanager
async def lifespan(app):
    time.sleep(0.4)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/items/{item}")
async def read(item: str):
    time.sleep(0.4)
    return item


@app.get("/quick")
async def quick():
    return "quick"
"""


@pytest.mark.parametrize("protocol", ["rapide", "asgi"])
def test_the_log_names_what_blocks_the_event_loop(run: Any, protocol: str) -> None:
    server = run(APPLICATION, "--stall-threshold", "100", "--protocol", protocol)
    server.wait_for(lambda: server.ask("/items/1"))
    server.wait_for_line("the lifespan blocked the event loop for ")
    server.wait_for_line("GET /items/{item} blocked the event loop for ")
    assert "main.py:9 in lifespan\n" in server.log
    assert "main.py:18 in read\n" in server.log


def test_nothing_watches_unless_it_is_asked_for(run: Any) -> None:
    server = run(APPLICATION)
    server.wait_for(lambda: server.ask("/items/1"))
    assert server.ask("/quick") == "quick"
    assert "blocked" not in server.log

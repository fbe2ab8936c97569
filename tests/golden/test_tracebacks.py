"""Generated code shows itself in tracebacks for as long as its route lives."""

from __future__ import annotations

import gc
import linecache
import traceback
from typing import Any

import pytest
from starlette.testclient import TestClient

from rapide import FastAPI


def failing_app(path: str) -> FastAPI:
    app = FastAPI()

    @app.get(path)
    async def fail(number: int) -> Any:
        raise LookupError(number)

    return app


def test_a_traceback_through_a_route_shows_the_generated_line() -> None:
    with pytest.raises(LookupError) as caught:
        TestClient(failing_app("/shown")).get("/shown?number=1")
    frames = traceback.extract_tb(caught.value.__traceback__)
    generated = [frame for frame in frames if frame.filename == "<rapide GET /shown>"]
    assert [frame.line for frame in generated] == ["result = await call_fail(number=arg_number)"]
    assert frames[-1].name == "fail"


def test_generated_source_leaves_linecache_when_its_application_is_collected() -> None:
    app = failing_app("/collected")
    assert app.routes[-1].source
    assert "<rapide GET /collected>" in linecache.cache
    del app
    gc.collect()
    assert "<rapide GET /collected>" not in linecache.cache

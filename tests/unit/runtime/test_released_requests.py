"""Requests are freed after the response, without the garbage collector."""

import gc
import weakref

import pytest

from rapide import FastAPI, Request
from rapide.testclient import TestClient


@pytest.fixture
def uncollected():
    """Collect nothing during a test."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_request_and_its_scope_are_no_cycle_after_the_response(uncollected):
    app, seen = FastAPI(), []

    @app.post("/")
    async def upload(request: Request):
        await request.body()
        seen.append(weakref.ref(request))

    async def serve(scope, receive, send):
        await app(scope, receive, send)
        # The body would stay until the next collection.
        assert scope["type"] != "http" or seen[0]() is None

    assert TestClient(serve).post("/", content=b"a").status_code == 200
    assert len(seen) == 1

"""Requests are freed after the response, without the garbage collector."""

import gc
import logging
import time
import urllib.error
import urllib.request
import weakref

import pytest

from rapide import Depends, FastAPI, HTTPException, Request
from rapide.server.options import Protocol
from rapide.testclient import TestClient
from rapide.testing import serve


@pytest.fixture
def uncollected():
    """Collect nothing during a test."""
    gc.collect()
    gc.disable()
    logging.disable()  # records of pytest's would keep exceptions
    yield
    logging.disable(logging.NOTSET)
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


class Thing:
    """Something that an endpoint has in a variable."""


def make_failing(seen):
    """An application whose endpoints fail in several ways."""
    app = FastAPI()

    class Known(Exception):
        pass

    @app.exception_handler(Known)
    async def handle(request, error):
        raise ValueError("the handler fails") from error

    def note():
        thing = Thing()
        seen.add(thing)
        return thing

    async def resource():
        thing = note()
        try:
            yield thing
        finally:
            thing.is_closed = True

    @app.get("/unhandled")
    async def unhandled():
        thing = note()
        raise ValueError(id(thing))

    @app.get("/sync")
    def in_thread():
        thing = note()
        raise HTTPException(400 + (thing is None))

    @app.get("/handled")
    async def handled():
        thing = note()
        raise Known(id(thing))

    @app.get("/result")
    async def result() -> int:
        thing = note()
        return "no number" if thing else 1

    @app.get("/resource", dependencies=[Depends(resource)])
    async def with_resource():
        raise ValueError

    return app


KINDS = ("unhandled", "sync", "handled", "result", "resource")


@pytest.mark.parametrize("is_direct", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_failed_endpoint_held_is_freed_at_once(uncollected, kind, is_direct):
    seen = weakref.WeakSet()
    app = make_failing(seen)
    protocol = Protocol.RAPIDE if is_direct else Protocol.ASGI
    with serve(app, protocol=protocol) as url:
        for _ in range(3):
            with pytest.raises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(f"{url}/{kind}")
            raised.value.close()
        deadline = time.monotonic() + 60
        while seen and time.monotonic() < deadline:
            time.sleep(0.01)  # the last request ends just after its answer
        assert not seen

"""Errors of routes that end with their clients, on the way by ASGI."""

from __future__ import annotations

from rapide import FastAPI, HTTPException
from rapide.limits import RequestLimits
from rapide.testclient import TestClient


def test_errors_are_answered_as_in_other_routes() -> None:
    app = FastAPI(limits=RequestLimits(cancel_on_disconnect=True))

    @app.get("/missing")
    async def miss() -> None:
        raise HTTPException(404, "none")

    @app.post("/numbers")
    async def add(number: int) -> None: ...

    client = TestClient(app)
    answer = client.get("/missing")
    assert (answer.status_code, answer.json()) == (404, {"detail": "none"})
    assert client.post("/numbers").status_code == 422

"""Threads that some calls block do not keep other calls waiting."""

import threading
from typing import Any

import pytest

from .client import Connection
from .requests import get

BLOCKED = 60
DEFAULT_LIMIT = 40


@pytest.fixture
def release() -> Any:
    event = threading.Event()
    yield event
    event.set()


def test_health_checks_and_other_lanes_answer_behind_60_blocked_calls(serve_ours, release):
    blocked = threading.Semaphore(0)

    def build(fw):
        app = fw.FastAPI(threads={"reports": 1})

        def session():
            yield "session"

        @app.get("/slow")
        def slow():
            blocked.release()
            assert release.wait(60)
            return "slow"

        @app.get("/health")
        def health(session: str = fw.Depends(session)):
            return [session, threading.current_thread().daemon]

        @app.get("/report", threads="reports")
        def report():
            return str(threading.get_ident() != 0)

        @app.get("/marked", threads="health")
        def marked():
            return str(threading.get_ident() != 0)

        return app

    running = serve_ours(build)
    clients = [Connection(running.port) for _ in range(BLOCKED)]
    for client in clients:
        client.send(get(target=b"/slow"))
    for _ in range(DEFAULT_LIMIT):
        assert blocked.acquire(timeout=60)
    with Connection(running.port) as other:
        for path in ("/health", "/report", "/marked"):
            assert other.get(path).status == 200
    release.set()
    for client in clients:
        assert client.answer().status == 200
        client.close()

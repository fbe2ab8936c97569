"""Servers for the tests over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.watched_states import Watch, watching

from .server import REFERENCE, TRANSPORTS, Build, LoopThread, Running, serving

Serve = Callable[..., Running]


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    """Watch the states of all connections."""
    with watching() as watch:
        yield watch


@pytest.fixture(autouse=True)
def legal(watch: Watch) -> Iterator[None]:
    """Let a test fail that changed a state as no table allows, wherever that was swallowed."""
    yield
    illegal = [*watch.illegal]
    watch.steps.clear()
    watch.illegal.clear()
    assert illegal == []


@pytest.fixture(scope="session")
def thread() -> Iterator[LoopThread]:
    """The event loop of the servers."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """Each way of serving, the reference among them."""
    return str(request.param)


@pytest.fixture(params=[name for name in TRANSPORTS if name != REFERENCE] or TRANSPORTS)
def own_transport(request: pytest.FixtureRequest) -> str:
    """Each way of serving by our protocol."""
    return str(request.param)


def starter(thread: LoopThread, transport: str) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(build: Build, **options: Any) -> Running:
            return stack.enter_context(serving(thread, transport, build, **options))

        yield start


@pytest.fixture
def serve(thread: LoopThread, transport: str) -> Iterator[Serve]:
    """Serve applications until the test ends, each way."""
    yield from starter(thread, transport)


@pytest.fixture
def serve_ours(thread: LoopThread, own_transport: str) -> Iterator[Serve]:
    """Serve applications until the test ends, by our protocol."""
    yield from starter(thread, own_transport)

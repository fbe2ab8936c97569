"""Questions about the event loop, and the cheapest way to give it a turn."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator
from types import coroutine
from typing import Any


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The running event loop of asyncio's; None in one of trio's."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def current_token() -> Any:
    """What other threads reach the running event loop of trio's by."""
    from trio.lowlevel import current_trio_token

    return current_trio_token()


def current_task() -> asyncio.Task[Any] | None:
    """The running task of asyncio's; None in one of trio's."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def current_scope(task: asyncio.Task[Any]) -> Any:
    """The innermost cancel scope of anyio's that the running task is in; None if it is in none."""
    backend = sys.modules.get("anyio._backends._asyncio")
    if backend is None:
        return None
    # Which tasks are in a scope is anyio's secret. A version that keeps it elsewhere costs time,
    # not correctness: then this is another object each time.
    states = getattr(backend, "_task_states", None)
    if states is None:
        return object()
    state = states.get(task)
    return None if state is None else state.cancel_scope


@coroutine
def turn() -> Generator[None, None, None]:
    """Let others run, and cancellations in. On asyncio only: its tasks know a bare `yield`."""
    yield

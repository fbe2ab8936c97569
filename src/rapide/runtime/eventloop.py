"""Query the event loop, and give it a turn in the cheapest way."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator
from types import coroutine


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running asyncio event loop, or None inside trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def current_token() -> object:
    """Return the token with which other threads reach the running trio event loop."""
    from trio.lowlevel import current_trio_token

    return current_trio_token()


def current_task() -> asyncio.Task[object] | None:
    """Return the running asyncio task, or None inside trio."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def current_scope(task: asyncio.Task[object]) -> object:
    """Return the innermost anyio cancel scope of the running task, or None."""
    backend = sys.modules.get("anyio._backends._asyncio")
    if backend is None:
        return None
    # anyio keeps the tasks of a scope privately. A version that keeps them elsewhere costs time,
    # not correctness: this function then returns another object each time.
    states = getattr(backend, "_task_states", None)
    if states is None:
        return object()
    state = states.get(task)
    return None if state is None else state.cancel_scope


@coroutine
def turn() -> Generator[None, None, None]:
    """Give other tasks and cancellations a turn. Only asyncio's tasks support a bare `yield`."""
    yield

"""Questions about the event loop, and the cheapest way to give it a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from types import coroutine


def runs_on_asyncio() -> bool:
    """Whether the running code belongs to a task of asyncio's, not to one of trio's."""
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


@coroutine
def turn() -> Generator[None, None, None]:
    """Let others run, and cancellations in. On asyncio only: its tasks know a bare `yield`."""
    yield

"""Send requests to a probed application, and notice at once when one would wait for ever.

A request waits for ever when its event loop has nothing to do, no thread works for it, and it has
not ended. Then it is cancelled, and its journal closes.
"""

from __future__ import annotations

import contextlib
import selectors
from asyncio import SelectorEventLoop
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import anyio
from anyio.to_thread import current_default_thread_limiter

from ..client import Answer, Req
from ..direct import PATIENCE
from .journal import Journal

HANGS = "waits for ever"


@dataclass(frozen=True)
class Call:
    """A request, and the places that raise and that read during it."""

    request: Req
    raising: dict[str, str] = field(default_factory=dict)
    reads: dict[str, str] = field(default_factory=dict)
    #: Whether it is compared on its own, so that objects are numbered from the beginning.
    is_alone: bool = False


class Threads:
    """Counts the calls that threads have not answered."""

    def __init__(self) -> None:
        self.calls = 0

    @contextlib.contextmanager
    def counted(self, backend: Any) -> Iterator[None]:
        """Count the calls of one event loop."""
        original = backend.__dict__["run_sync_in_worker_thread"]
        run = original.__func__

        async def counting(cls: Any, func: Any, args: Any, *rest: Any, **options: Any) -> Any:
            limiter = options.get("limiter", rest[-1] if rest else None)
            is_pool = limiter is not None and limiter.total_tokens == inf
            self.calls += not is_pool
            try:
                return await run(cls, func, args, *rest, **options)
            finally:
                self.calls -= not is_pool

        backend.run_sync_in_worker_thread = classmethod(counting)
        try:
            yield
        finally:
            backend.run_sync_in_worker_thread = original

    def are_idle(self) -> bool:
        return not self.calls and not current_default_thread_limiter().borrowed_tokens


class NoticingSelector(selectors.DefaultSelector):
    """Calls `on_idle` when the event loop is about to wait without an end in sight."""

    on_idle: Callable[[], bool] | None = None

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if events or (timeout is not None and timeout < 1):
            return events or (super().select(timeout) if timeout else events)
        if self.on_idle is not None and self.on_idle():
            return []
        return super().select(timeout)


def drive(app: Any, calls: Sequence[Call], fw: Any, journal: Journal, backend: str) -> list[Answer]:
    """Make the calls on a fresh event loop and return their answers in order."""
    run = _on_trio if backend == "trio" else _on_asyncio
    return run(app, calls, fw, journal)


async def _send(
    app: Any, call: Call, fw: Any, journal: Journal, scope: anyio.CancelScope
) -> Answer:
    PATIENCE.set(None)
    journal.raising, journal.reads = call.raising, call.reads
    if call.is_alone:
        journal.forget()
    before = len(fw.log)
    answer = Answer(call.request.label, raised=HANGS)
    with scope:
        try:
            answer = await call.request.send(app, {}, fw)
        except ExceptionGroup as error:  # the task is not left as it was entered
            answer.raised = error
    journal.is_closed = False
    answer.log = fw.log[before:]
    if isinstance(answer.raised, BaseException):
        answer.raised = journal.describe_error(answer.raised)
    return answer


def _on_asyncio(app: Any, calls: Sequence[Call], fw: Any, journal: Journal) -> list[Answer]:
    from anyio._backends._asyncio import AsyncIOBackend

    selector, threads = NoticingSelector(), Threads()
    loop = SelectorEventLoop(selector)

    async def main() -> list[Answer]:
        answers = []
        for call in calls:
            scope = anyio.CancelScope()

            def on_idle(scope: anyio.CancelScope = scope) -> bool:
                if scope.cancel_called or not threads.are_idle():
                    return False
                if selectors.DefaultSelector.select(selector, 0):
                    return True  # a thread has just called
                journal.is_closed = True
                fw.log.append(HANGS)
                scope.cancel()
                return True

            selector.on_idle = on_idle
            answers.append(await _send(app, call, fw, journal, scope))
            selector.on_idle = None
        return answers

    with threads.counted(AsyncIOBackend):
        return anyio.run(main, backend="asyncio", backend_options={"loop_factory": lambda: loop})


def _on_trio(app: Any, calls: Sequence[Call], fw: Any, journal: Journal) -> list[Answer]:
    import trio
    from anyio._backends._trio import TrioBackend
    from trio.testing import wait_all_tasks_blocked

    threads = Threads()

    async def watch(scope: anyio.CancelScope) -> None:
        while not scope.cancel_called:
            await wait_all_tasks_blocked()
            if not threads.calls:
                journal.is_closed = True
                fw.log.append(HANGS)
                scope.cancel()
            else:
                await trio.sleep(0.001)

    async def main() -> list[Answer]:
        answers = []
        for call in calls:
            scope = anyio.CancelScope()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watch, scope)
                answers.append(await _send(app, call, fw, journal, scope))
                tasks.cancel_scope.cancel()
        return answers

    with threads.counted(TrioBackend):
        return anyio.run(main, backend="trio")

"""Sync endpoints and dependencies in worker threads, without a rendezvous for each call.

Theory of operation. anyio's `to_thread.run_sync` wakes the event loop once for every call and hands
every call to a thread of its own. Here each event loop has one queue: worker threads take
calls from it as fast as they can, and results come back in batches, one wake-up of the loop for all
that finished meanwhile. A thread is added when calls have waited for about a millisecond, so short
calls share few threads and blocking calls still get one each.

Rules:

1. A call runs in a copy of its caller's context, as with anyio.
2. A call holds a token of anyio's default thread limiter from before it is queued until it ends.
3. The workers are anyio worker threads, so `anyio.from_thread` works inside of a call.
4. A caller in a cancelled anyio scope waits for its call; a cancelled task does not.
5. On event loops other than asyncio's, anyio does it all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

import anyio
from anyio import CancelScope, CapacityLimiter, WouldBlock
from anyio.to_thread import current_default_thread_limiter

T = TypeVar("T")

#: Seconds that a call waits in the queue before another thread is added.
PATIENCE: Final = 0.001
#: Seconds after which an idle worker goes back to anyio's pool.
IDLE: Final = 5.0

Call = tuple[Context, Callable[[], Any], "asyncio.Future[Any]"]


class Workers:
    """The worker threads of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.calls: SimpleQueue[Call | None] = SimpleQueue()
        self.done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self.returning = False
        self.watching = False
        self.threads: set[asyncio.Task[None]] = set()
        self.unfinished = 0
        self.limiter = CapacityLimiter(inf)

    def submit(self, function: Callable[[], T], future: asyncio.Future[T]) -> None:
        """Queue a call; its outcome is set on `future` in the event loop."""
        self.unfinished += 1
        self.calls.put((copy_context(), function, future))
        if not self.threads:
            self._add_thread()
        elif not self.watching and self.unfinished > len(self.threads):
            self.watching = True
            self.loop.call_later(PATIENCE, self._watch)

    def _watch(self) -> None:
        """Add a thread for each call that is still waiting."""
        waiting = min(self.calls.qsize(), self.unfinished - len(self.threads))
        for _ in range(waiting):
            self._add_thread()
        self.watching = waiting > 0
        if self.watching:
            self.loop.call_later(PATIENCE, self._watch)

    def _add_thread(self) -> None:
        # The context of a request must not stay alive with the thread.
        task = self.loop.create_task(self._host_thread(), context=Context())
        self.threads.add(task)
        task.add_done_callback(self._forget_thread)

    async def _host_thread(self) -> None:
        await anyio.to_thread.run_sync(self._work, limiter=self.limiter)

    def _forget_thread(self, task: asyncio.Task[None]) -> None:
        self.threads.discard(task)
        if task.cancelled():
            self.calls.put(None)
        elif self.calls.qsize() and not self.threads:
            self._add_thread()
        if not self.threads:
            _workers.pop(self.loop, None)

    def _work(self) -> None:
        """The life of a worker thread."""
        while True:
            try:
                call = self.calls.get(timeout=IDLE)
            except Empty:
                return
            if call is None:
                return
            context, function, future = call
            result: Any = None
            error: BaseException | None = None
            if not future.cancelled():
                try:
                    result = context.run(function)
                except BaseException as raised:
                    error = raised
            self.done.append((future, result, error))
            del call, context, function, future, result, error
            if not self.returning:
                self.returning = True
                try:
                    self.loop.call_soon_threadsafe(self._return)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    return

    def _return(self) -> None:
        """Hand the outcomes that have come in to their callers."""
        self.returning = False
        while self.done:
            future, result, error = self.done.popleft()
            self.unfinished -= 1
            if future.cancelled():
                continue
            if error is None:
                future.set_result(result)
            elif isinstance(error, StopIteration):
                stopped = RuntimeError("coroutine raised StopIteration")
                stopped.__cause__ = error
                future.set_exception(stopped)
            else:
                future.set_exception(error)


_workers: dict[asyncio.AbstractEventLoop, Workers] = {}


async def run_in_thread(function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """Call a function in a worker thread and wait for what it returns or raises."""
    call: Callable[[], T] = partial(function, *args, **kwargs) if args or kwargs else function
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return await anyio.to_thread.run_sync(call)
    workers = _workers.get(loop)
    if workers is None:
        workers = _workers[loop] = Workers(loop)
    future: asyncio.Future[T] = loop.create_future()
    limiter = current_default_thread_limiter()
    try:
        limiter.acquire_on_behalf_of_nowait(future)
    except WouldBlock:
        await limiter.acquire_on_behalf_of(future)
    try:
        workers.submit(call, future)
        with CancelScope(shield=True):
            await future
        return future.result()
    finally:
        limiter.release_on_behalf_of(future)

"""Run sync endpoints and dependencies in worker threads, without a handshake for each call.

Theory of operation. anyio's `to_thread.run_sync` wakes the event loop once for every call, and
gives every call a thread. Here each event loop has one queue. Worker threads take calls from it as
fast as they can, and results return in batches: one wake-up of the loop for all calls that have
finished. A thread is added when calls have waited for about a millisecond. So short calls share a
few threads, and blocking calls still get one thread each.

Rules:

1. A call runs in a copy of its caller's context, as with anyio.
2. A call holds a token of anyio's default thread limiter from before it is queued until it ends.
3. The workers are anyio worker threads, so `anyio.from_thread` works inside a call.
4. A caller in a cancelled anyio scope waits for its call; a cancelled task does not.
5. Inside a call, `anyio.from_thread` sees the cancel scopes of the caller.
6. Inside a call, `caller_is_gone` says whether the caller still waits for it.
7. On event loops other than asyncio's, anyio runs the calls.
8. A call of `finish_in_thread` is made in any case. It holds no token, so it never waits for one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import local
from typing import Any, Final, TypeVar

import anyio
from anyio import CancelScope, CapacityLimiter, WouldBlock, from_thread
from anyio._core import _eventloop
from anyio.lowlevel import checkpoint_if_cancelled
from anyio.to_thread import current_default_thread_limiter

from rapide.runtime.eventloop import current_scope, current_task, running_loop

T = TypeVar("T")

#: The time in seconds that a call waits in the queue before another thread is added.
PATIENCE: Final = 0.001
#: The time in seconds after which an idle worker returns to anyio's pool.
IDLE: Final = 5.0


class Urgent:
    """The type of `URGENT`, the marker of a call that is made even if nobody waits for it."""


URGENT: Final = Urgent()

#: The context and the function of a call, the future of its outcome, the caller's cancel scope.
Call = tuple[Context, Callable[[], object], "asyncio.Future[Any]", CancelScope | Urgent | None]

# anyio keeps the cancel scope of a worker thread's caller privately. With a version that keeps it
# elsewhere, `anyio.from_thread` does not notice cancellations of the caller.
_threadlocals: Any = getattr(_eventloop, "threadlocals", None)


class _Running(local):
    """The call that a worker thread is running."""

    future: asyncio.Future[object] | None = None


_running = _Running()


class Workers:
    """The worker threads of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.calls: SimpleQueue[Call | None] = SimpleQueue()
        self.done: deque[tuple[asyncio.Future[object], object, BaseException | None]] = deque()
        self.returning = False
        self.watching = False
        self.threads: set[asyncio.Task[None]] = set()
        self.unfinished = 0
        self.limiter = CapacityLimiter(inf)
        #: anyio's limit of threads. It is the same object as long as the event loop runs.
        self.default_limiter = current_default_thread_limiter()

    def submit(
        self,
        function: Callable[[], T],
        future: asyncio.Future[T],
        scope: CancelScope | Urgent | None,
    ) -> None:
        """Queue a call. The event loop sets its outcome on `future`."""
        self.unfinished += 1
        self.calls.put((copy_context(), function, future, scope))
        self._ensure_threads()

    def _ensure_threads(self) -> None:
        """Make sure that no queued call waits for a blocking call."""
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
        elif (error := task.exception()) is not None:
            self._refuse_calls(error)
        elif self.calls.qsize():
            # A call was queued after the thread had stopped waiting and before the loop knew it.
            self._ensure_threads()
        if not self.threads:
            _workers.pop(self.loop, None)

    def _refuse_calls(self, error: BaseException) -> None:
        """Fail the calls if no thread is left, because the system cannot start more threads."""
        while not self.threads and self.calls.qsize():
            call = self.calls.get()
            if call is not None:
                self.done.append((call[2], None, error))
        self._return()

    def _work(self) -> None:
        """Run calls until the worker thread becomes idle."""
        while True:
            try:
                call = self.calls.get(timeout=IDLE)
            except Empty:
                return
            if call is None:
                return
            context, function, future, scope = call
            result: object = None
            error: BaseException | None = None
            if scope is URGENT or not future.cancelled():
                _running.future = future
                try:
                    if isinstance(scope, CancelScope):
                        result = _run_within(scope, context, function)
                    else:
                        result = context.run(function)
                except BaseException as raised:
                    error = raised
            self.done.append((future, result, error))
            _running.future = None
            del call, context, function, future, scope, result, error
            if not self.returning:
                self.returning = True
                try:
                    self.loop.call_soon_threadsafe(self._return)
                except RuntimeError:  # the loop is closed, so no caller waits any more
                    return

    def _return(self) -> None:
        """Pass the finished outcomes to their callers."""
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


def _run_within(scope: CancelScope, context: Context, function: Callable[[], T]) -> T:
    """Run a call in which `anyio.from_thread` sees the caller's cancel scope."""
    own = _threadlocals.current_cancel_scope
    _threadlocals.current_cancel_scope = scope
    try:
        return context.run(function)
    finally:
        _threadlocals.current_cancel_scope = own


def caller_is_gone() -> bool:
    """Return whether the caller of the call in this thread has been cancelled."""
    if _running.future is not None and _running.future.cancelled():
        return True
    try:
        from_thread.check_cancelled()
    except BaseException:  # each event loop has its own class for it
        return True
    return False


_workers: dict[asyncio.AbstractEventLoop, Workers] = {}


async def run_in_thread(function: Callable[..., T], /, *args: object, **kwargs: object) -> T:
    """Call a function in a worker thread, and wait for its result or exception."""
    call: Callable[[], T] = partial(function, *args, **kwargs) if args or kwargs else function
    # PERF: threads. The task knows its loop; to ask for the running one is a system call again.
    task = current_task()
    loop = running_loop() if task is None else task.get_loop()
    if loop is None:
        return await anyio.to_thread.run_sync(call)
    # PERF: threads. A shield keeps away the cancellations of scopes around it. A request that a
    # server calls directly is in none.
    is_alone = task is not None and current_scope(task) is None
    if not is_alone:
        await checkpoint_if_cancelled()
    workers = _workers.get(loop)
    if workers is None:
        workers = _workers[loop] = Workers(loop)
    future: asyncio.Future[T] = loop.create_future()
    limiter = workers.default_limiter
    try:
        limiter.acquire_on_behalf_of_nowait(future)
    except WouldBlock:
        await limiter.acquire_on_behalf_of(future)
    try:
        if is_alone:
            workers.submit(call, future, None)
            return await future
        with CancelScope(shield=True) as shield:
            scope = getattr(shield, "_parent_scope", None) if _threadlocals else None
            workers.submit(call, future, scope)
            await future
        return future.result()
    finally:
        limiter.release_on_behalf_of(future)


async def _finish_by_anyio(call: Callable[[], T]) -> T:
    with CancelScope(shield=True):
        result = await anyio.to_thread.run_sync(call, limiter=CapacityLimiter(1))
    return result


async def finish_in_thread(function: Callable[..., T], /, *args: object) -> T:
    """Call a function that frees what others wait for, without waiting for a free thread.

    Cancel scopes do not interrupt the call.
    """
    task = current_task()
    # A task that has cancelled itself notices that before the call.
    if task is None or current_scope(task) is not None or getattr(task, "_must_cancel", True):
        return await _finish_by_anyio(partial(function, *args))
    loop = task.get_loop()
    workers = _workers.get(loop)
    if workers is None:
        workers = _workers[loop] = Workers(loop)
    future: asyncio.Future[T] = loop.create_future()
    workers.submit(partial(function, *args), future, URGENT)
    return await future

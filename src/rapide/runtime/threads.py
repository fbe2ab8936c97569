"""Run sync endpoints and dependencies in worker threads, without a handshake for each call.

Theory of operation. anyio's `to_thread.run_sync` wakes the event loop once for every call, and
gives every call a thread. Here each event loop has one queue. Worker threads take calls from it as
fast as they can, and results return in batches: one wake-up of the loop for all calls that have
finished. A thread is added when calls have waited for about a millisecond. So short calls share a
few threads, and blocking calls still get one thread each.

Rules:

1. A call runs in a copy of its caller's context, as with anyio.
2. A call holds a token of its lane's limiter from before it is queued until it ends. The default
   lane is limited by anyio's default thread limiter, and every other lane by one of its own.
3. The workers are anyio worker threads, so `anyio.from_thread` works inside a call.
4. A caller in a cancelled anyio scope waits for its call; a cancelled task does not.
5. Inside a call, `anyio.from_thread` sees the cancel scopes of the caller.
6. Inside a call, `caller_is_gone` says whether the caller still waits for it.
7. On event loops other than asyncio's, anyio runs the calls.
8. A call of `finish_in_thread` is made in any case. It holds no token, so it never waits for one.
9. Each lane has a queue and threads of its own, so the calls of a full lane delay no others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextvars import Context, copy_context
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import local
from time import perf_counter
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary, ref

import anyio
from anyio import CancelScope, CapacityLimiter, WouldBlock, from_thread
from anyio._core import _eventloop
from anyio.lowlevel import RunVar, checkpoint_if_cancelled
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
    """The worker threads of one lane in one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lane: Lane | None = None) -> None:
        self.lane = lane or DEFAULT
        self.loop = loop
        self.calls: SimpleQueue[Call | None] = SimpleQueue()
        self.done: deque[tuple[asyncio.Future[object], object, BaseException | None]] = deque()
        self.returning = False
        self.watching = False
        self.threads: set[asyncio.Task[None]] = set()
        self.unfinished = 0
        self.unlimited = CapacityLimiter(inf)
        #: The limit of calls. It is the same object as long as the event loop runs.
        self.limiter = self.lane.find_limiter()

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
        await anyio.to_thread.run_sync(self._work, limiter=self.unlimited)

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
            self.lane.workers.pop(self.loop, None)

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


_END: Final = object()


class Lane:
    """Worker threads for calls, and a limit on the number of calls at the same time.

    Args:
        name: The name that applications give the lane.
        threads: The largest number of calls at the same time in each event loop. None: the limit
            is anyio's default thread limiter, which the application may change.
    """

    #: Whether the route names the lane. Otherwise, it has one because of its path.
    is_named = True

    def __init__(self, name: str, threads: int | None) -> None:
        self.name = name
        self.threads = threads
        self.workers: dict[asyncio.AbstractEventLoop, Workers] = {}
        #: The limiters of event loops; those of trio have none here.
        self._loops: WeakKeyDictionary[CapacityLimiter, Any] = WeakKeyDictionary()
        #: How many calls had to wait for a token, and the sum of their waiting times in seconds.
        self.waits = 0
        self.waited = 0.0
        # Some versions of anyio tell such variables apart by their names.
        self._limiter: RunVar[CapacityLimiter] = RunVar(f"rapide lane {name} {id(self)}")

    def __repr__(self) -> str:
        return f"<Lane {self}>"

    def __str__(self) -> str:
        return f"{self.name} ({self.threads})"

    def find_limiter(self) -> CapacityLimiter:
        """Return the limiter of the running event loop."""
        if self.threads is None:
            limiter = current_default_thread_limiter()
        else:
            try:
                limiter = self._limiter.get()
            except LookupError:
                limiter = CapacityLimiter(self.threads)
                self._limiter.set(limiter)
        if limiter not in self._loops:
            self._loops[limiter] = _running_loop()
        return limiter

    @property
    def limiters(self) -> list[CapacityLimiter]:
        """The limiters in use, one for each event loop that is not closed."""
        found: list[CapacityLimiter] = []
        for limiter, reference in [*self._loops.items()]:
            loop = None if reference is None else reference()
            if reference is None or (loop is not None and not loop.is_closed()):
                found.append(limiter)
        return found

    def workers_of(self, loop: asyncio.AbstractEventLoop) -> Workers:
        """Return the worker threads of the running event loop."""
        workers = self.workers.get(loop)
        if workers is None:
            workers = self.workers[loop] = Workers(loop, self)
        return workers

    async def run_in_thread(
        self, function: Callable[..., T], /, *args: object, **kwargs: object
    ) -> T:
        """Call a function in a worker thread, and wait for its result or exception."""
        call: Callable[[], T] = partial(function, *args, **kwargs) if args or kwargs else function
        # PERF: threads. The task knows its loop; to ask for the running one is a system call again.
        task = current_task()
        loop = running_loop() if task is None else task.get_loop()
        if loop is None:
            return await self._run_by_anyio(call)
        # PERF: threads. A shield keeps away the cancellations of scopes around it. A request that a
        # server calls directly is in none.
        is_alone = task is not None and current_scope(task) is None
        if not is_alone:
            await checkpoint_if_cancelled()
        workers = self.workers.get(loop) or self.workers_of(loop)
        future: asyncio.Future[T] = loop.create_future()
        limiter = workers.limiter
        try:
            limiter.acquire_on_behalf_of_nowait(future)
        except WouldBlock:
            workers = await self.wait_for_token(workers, future)
            limiter = workers.limiter
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

    async def wait_for_token(self, workers: Workers, future: asyncio.Future[Any]) -> Workers:
        """Acquire a token when one is free, and return the threads that the call may use."""
        began = perf_counter()
        try:
            await workers.limiter.acquire_on_behalf_of(future)
        finally:
            self.count_wait(began)
        return workers

    def count_wait(self, began: float) -> None:
        """Count a wait that ends now."""
        self.waits += 1
        self.waited += perf_counter() - began

    def choose_limiter(self) -> CapacityLimiter:
        """Return the limiter for a call that anyio runs."""
        return self.find_limiter()

    async def _run_by_anyio(self, call: Callable[[], T]) -> T:
        limiter = self.choose_limiter()
        if limiter.available_tokens > 0:
            return await anyio.to_thread.run_sync(call, limiter=limiter)
        began = perf_counter()

        def count_and_call() -> T:
            self.count_wait(began)
            return call()

        return await anyio.to_thread.run_sync(count_and_call, limiter=limiter)

    async def iterate(self, items: Iterable[T]) -> AsyncIterator[T]:
        """Yield the items of a blocking iterable, each of which is made in a worker thread."""
        iterator: Any = iter(items)
        item: Any
        while (item := await self.run_in_thread(next, iterator, _END)) is not _END:
            yield item


class LaneWithSpare(Lane):
    """The default lane for calls that use another lane if the default lane has no free thread.

    Such a call is like any other one as long as it would not wait. An application that allows only
    one thread relies on calls that never overlap, so there they wait.
    """

    is_named = False

    def __init__(self, spare: Lane) -> None:
        super().__init__(DEFAULT.name, DEFAULT.threads)
        self.workers = DEFAULT.workers
        self.spare = spare

    def __str__(self) -> str:
        return f"{self.name}; {self.spare} while all of them are busy"

    def workers_of(self, loop: asyncio.AbstractEventLoop) -> Workers:
        """Return the default lane's worker threads of the running event loop."""
        return DEFAULT.workers_of(loop)

    async def wait_for_token(self, workers: Workers, future: asyncio.Future[Any]) -> Workers:
        """Take a token of the other lane if one is free, else wait for one of the default lane."""
        if workers.limiter.total_tokens > 1:
            others = self.spare.workers_of(workers.loop)
            try:
                others.limiter.acquire_on_behalf_of_nowait(future)
            except WouldBlock:
                pass
            else:
                return others
        return await DEFAULT.wait_for_token(workers, future)

    def count_wait(self, began: float) -> None:
        """Count a wait of the default lane."""
        DEFAULT.count_wait(began)

    def choose_limiter(self) -> CapacityLimiter:
        """Return the limiter for a call that anyio runs."""
        limiter = DEFAULT.find_limiter()
        if limiter.available_tokens <= 0 and limiter.total_tokens > 1:
            spare = self.spare.find_limiter()
            if spare.available_tokens > 0:
                return spare
        return limiter


#: The lane of every call that names no other one. Its limit is FastAPI's.
DEFAULT: Final = Lane("default", None)
_workers = DEFAULT.workers
run_in_thread = DEFAULT.run_in_thread


def _running_loop() -> ref[asyncio.AbstractEventLoop] | None:
    """Return the event loop that is running; None for trio."""
    try:
        return ref(asyncio.get_running_loop())
    except RuntimeError:
        return None


async def _finish_by_anyio(call: Callable[[], T]) -> T:
    results: list[T] = []
    with CancelScope(shield=True):
        results.append(await anyio.to_thread.run_sync(call, limiter=CapacityLimiter(1)))
    return results[0]


async def finish_in_thread(function: Callable[..., T], /, *args: object) -> T:
    """Call a function that frees what others wait for, without waiting for a free thread.

    Cancel scopes do not interrupt the call.
    """
    task = current_task()
    # A task that has cancelled itself notices that before the call.
    if task is None or current_scope(task) is not None or getattr(task, "_must_cancel", True):
        return await _finish_by_anyio(partial(function, *args))
    loop = task.get_loop()
    workers = DEFAULT.workers_of(loop)
    future: asyncio.Future[T] = loop.create_future()
    workers.submit(partial(function, *args), future, URGENT)
    return await future

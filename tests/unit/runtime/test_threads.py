from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from anyio import from_thread
from anyio.to_thread import current_default_thread_limiter

from rapide.runtime import threads
from rapide.runtime.threads import Workers, caller_is_gone, finish_in_thread, run_in_thread

BACKENDS = [
    pytest.param(("asyncio", {}), id="asyncio"),
    pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
    pytest.param(("trio", {}), id="trio"),
]
ON_ASYNCIO = pytest.mark.parametrize("anyio_backend", BACKENDS[:2])
PATIENT = 30.0
"""Seconds after which a test that should have gone on fails instead of hanging."""

pytestmark = pytest.mark.anyio

number: ContextVar[int] = ContextVar("number", default=0)


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return request.param


async def eventually(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(PATIENT):
        while not condition():
            await anyio.sleep(0.001)


async def collect(into: list[Any], awaitable: Awaitable[Any]) -> None:
    into.append(await awaitable)


async def test_a_call_gets_its_arguments_and_gives_its_result() -> None:
    assert await run_in_thread(divmod, 7, 2) == (3, 1)
    assert await run_in_thread(sorted, [1, 3, 2], reverse=True) == [3, 2, 1]


async def test_a_call_does_not_run_in_the_thread_of_the_event_loop() -> None:
    assert await run_in_thread(threading.get_ident) != threading.get_ident()


async def test_a_call_sees_its_callers_context_and_leaves_it_alone() -> None:
    def add_one() -> int:
        number.set(number.get() + 1)
        return number.get()

    number.set(41)
    assert [await run_in_thread(add_one), await run_in_thread(add_one)] == [42, 42]
    assert number.get() == 41


async def test_callers_at_the_same_time_see_their_own_contexts() -> None:
    seen: dict[int, int] = {}

    async def call(value: int) -> None:
        number.set(value)
        seen[value] = await run_in_thread(number.get)

    async with anyio.create_task_group() as group:
        for value in range(20):
            group.start_soon(call, value)
    assert seen == {value: value for value in range(20)}


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("k"), SystemExit(3)])
async def test_what_a_call_raises_reaches_its_caller(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        await run_in_thread(fail)
    assert caught.value is error


@ON_ASYNCIO
async def test_stop_iteration_becomes_a_runtime_error_as_with_anyio() -> None:
    outcomes = []
    for run in (run_in_thread, anyio.to_thread.run_sync):
        with pytest.raises(RuntimeError) as caught:
            await run(next, iter(()))
        outcomes.append((str(caught.value), type(caught.value.__cause__)))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][1] is StopIteration


async def test_a_thread_works_on_after_a_call_that_raised() -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            await run_in_thread(divmod, 1, 0)
    assert await run_in_thread(divmod, 1, 1) == (1, 0)


async def test_thirty_calls_that_wait_for_each_other_all_run_at_once() -> None:
    barrier = threading.Barrier(30)
    results: list[int] = []
    with anyio.fail_after(PATIENT):
        async with anyio.create_task_group() as group:
            for _ in range(30):
                group.start_soon(collect, results, run_in_thread(barrier.wait, PATIENT))
    assert sorted(results) == list(range(30))


async def test_a_call_made_while_all_threads_block_is_not_left_waiting() -> None:
    release = threading.Event()
    started = threading.Barrier(4)
    results: list[Any] = []

    def block() -> bool:
        started.wait(PATIENT)
        return release.wait(PATIENT)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(collect, results, run_in_thread(block))
        await run_in_thread(started.wait, PATIENT)
        await run_in_thread(release.set)
    assert results == [True] * 3


@ON_ASYNCIO
async def test_short_calls_one_after_the_other_share_a_thread() -> None:
    assert len({await run_in_thread(threading.get_ident) for _ in range(50)}) == 1


async def test_no_more_calls_run_at_once_than_the_default_limiter_has_tokens() -> None:
    limiter = current_default_thread_limiter()
    before, limiter.total_tokens = limiter.total_tokens, 2
    lock = threading.Lock()
    pair = threading.Barrier(2)
    running = most = 0

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        pair.wait(PATIENT)  # two do run at once
        with lock:
            running -= 1

    try:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(run_in_thread, work)
    finally:
        limiter.total_tokens = before
    assert most == 2
    assert limiter.borrowed_tokens == 0


async def test_a_call_that_waits_for_a_token_gets_its_turn() -> None:
    limiter = current_default_thread_limiter()
    before, limiter.total_tokens = limiter.total_tokens, 1
    release = threading.Event()
    order: list[str] = []

    def first() -> None:
        release.wait(PATIENT)
        order.append("first")

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(run_in_thread, first)
            await eventually(lambda: limiter.borrowed_tokens == 1)
            group.start_soon(run_in_thread, order.append, "second")
            await eventually(lambda: limiter.statistics().tasks_waiting == 1)
            assert order == []
            release.set()
    finally:
        limiter.total_tokens = before
    assert order == ["first", "second"]


async def test_a_cancelled_wait_for_a_token_takes_none() -> None:
    limiter = current_default_thread_limiter()
    before, limiter.total_tokens = limiter.total_tokens, 1
    called: list[int] = []
    try:
        async with limiter:
            with anyio.move_on_after(0.01) as scope:
                await run_in_thread(called.append, 1)
            assert scope.cancelled_caught
        assert limiter.borrowed_tokens == 0
    finally:
        limiter.total_tokens = before
    assert called == []


async def test_a_call_can_run_coroutines_and_functions_in_the_event_loop() -> None:
    async def double(value: int) -> tuple[int, int]:
        await anyio.sleep(0)
        return value * 2, threading.get_ident()

    def work() -> Any:
        return from_thread.run(double, 21), from_thread.run_sync(threading.get_ident)

    here = threading.get_ident()
    assert await run_in_thread(work) == ((42, here), here)


async def test_a_caller_in_a_cancelled_scope_waits_for_its_call() -> None:
    started, release = threading.Event(), threading.Event()
    results: list[str] = []

    def work() -> str:
        started.set()
        release.wait(PATIENT)
        return "done"

    async def call() -> None:
        with scope:
            results.append(await run_in_thread(work))

    scope = anyio.CancelScope()
    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await eventually(started.is_set)
        scope.cancel()
        await anyio.sleep(0)
        assert results == []
        release.set()
    assert results == ["done"]


async def test_a_caller_in_a_scope_that_is_cancelled_already_makes_no_call() -> None:
    called: list[int] = []
    with anyio.CancelScope() as scope:
        scope.cancel()
        await run_in_thread(called.append, 1)
    assert scope.cancelled_caught
    assert called == []


async def test_a_coroutine_run_from_a_call_ends_when_the_callers_scope_is_cancelled() -> None:
    waiting = threading.Event()
    outcomes: list[str] = []

    async def sleep() -> None:
        waiting.set()
        await anyio.sleep(PATIENT)

    def work() -> None:
        try:
            from_thread.run(sleep)
        except BaseException as error:
            outcomes.append(type(error).__name__)
            raise

    async def call() -> None:
        with scope:
            await run_in_thread(work)

    scope = anyio.CancelScope()
    with anyio.fail_after(PATIENT / 2):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await eventually(waiting.is_set)
            scope.cancel()
    assert outcomes in (["CancelledError"], ["Cancelled"])


async def test_a_call_can_ask_whether_its_callers_scope_is_cancelled() -> None:
    started, cancelled = threading.Event(), threading.Event()
    outcomes: list[str] = []

    def work() -> None:
        from_thread.check_cancelled()
        started.set()
        cancelled.wait(PATIENT)
        try:
            from_thread.check_cancelled()
        except BaseException as error:
            outcomes.append(type(error).__name__)

    async def call() -> None:
        with scope:
            await run_in_thread(work)
        await run_in_thread(from_thread.check_cancelled)  # the next caller is in no such scope
        outcomes.append("not cancelled")

    scope = anyio.CancelScope()
    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await eventually(started.is_set)
        scope.cancel()
        cancelled.set()
    assert outcomes[0] in ("CancelledError", "Cancelled")
    assert outcomes[1] == "not cancelled"


@ON_ASYNCIO
async def test_a_cancelled_task_does_not_wait_for_its_call() -> None:
    started, release = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        release.wait(PATIENT)

    task = asyncio.create_task(run_in_thread(work))
    try:
        await eventually(started.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert current_default_thread_limiter().borrowed_tokens == 0
        # Nor is anybody else kept waiting by the thread that is still busy.
        assert await run_in_thread(divmod, 3, 2) == (1, 1)
    finally:
        release.set()


@ON_ASYNCIO
async def test_a_call_whose_task_was_cancelled_in_the_queue_is_not_made() -> None:
    called: list[int] = []
    workers = Workers(asyncio.get_running_loop())
    futures = [workers.loop.create_future() for _ in range(2)]
    for value, future in enumerate(futures):
        workers.submit(lambda value=value: called.append(value), future, None)
    futures[0].cancel()
    await futures[1]
    assert called == [1]


@ON_ASYNCIO
async def test_a_call_queued_while_an_idle_thread_gives_up_is_not_left_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gave_up, release = threading.Event(), threading.Event()
    both = threading.Barrier(2)
    work = Workers._work

    def work_and_tell(self: Workers) -> None:
        work(self)
        gave_up.set()

    def block() -> bool:
        both.wait(PATIENT)
        return release.wait(PATIENT)

    monkeypatch.setattr(threads, "IDLE", 0.001)
    monkeypatch.setattr(Workers, "_work", work_and_tell)
    blocked = asyncio.create_task(run_in_thread(block))
    await run_in_thread(both.wait, PATIENT)
    # The event loop does not get to know that the thread is gone before the next call comes.
    gave_up.wait(PATIENT)
    with anyio.fail_after(PATIENT):
        await run_in_thread(release.set)
        assert await blocked


@ON_ASYNCIO
async def test_calls_fail_when_the_system_starts_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for _ in range(2):
            with anyio.fail_after(PATIENT), pytest.raises(RuntimeError, match="start new thread"):
                await run_in_thread(print)
    assert await run_in_thread(divmod, 3, 2) == (1, 1)
    assert current_default_thread_limiter().borrowed_tokens == 0


@ON_ASYNCIO
async def test_threads_that_are_idle_go_back_and_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "IDLE", 0.001)
    loop = asyncio.get_running_loop()
    for _ in range(3):
        assert await run_in_thread(divmod, 3, 2) == (1, 1)
        await eventually(lambda: loop not in threads._workers)


@ON_ASYNCIO
async def test_a_thread_keeps_nothing_of_a_call_that_is_over() -> None:
    class Held:
        pass

    held = Held()
    reference = weakref.ref(held)

    async def call(argument: Held) -> None:
        with anyio.CancelScope():
            await run_in_thread(id, argument)

    await asyncio.create_task(call(held))
    del held
    gc.collect()
    assert reference() is None


async def test_a_call_can_tell_that_its_caller_still_waits() -> None:
    assert await run_in_thread(caller_is_gone) is False
    with anyio.CancelScope():
        assert await run_in_thread(caller_is_gone) is False


async def test_a_call_can_tell_that_the_scope_of_its_caller_was_cancelled() -> None:
    told: list[bool] = []

    def cancel(scope: anyio.CancelScope) -> None:
        told.append(caller_is_gone())
        from_thread.run_sync(scope.cancel)
        told.append(caller_is_gone())

    with anyio.CancelScope() as scope:
        await run_in_thread(cancel, scope)
        await anyio.sleep(PATIENT)
    assert told == [False, True]
    assert await run_in_thread(caller_is_gone) is False


@ON_ASYNCIO
async def test_a_call_can_tell_that_the_task_of_its_caller_was_cancelled() -> None:
    told: list[bool] = []
    started, cancelled = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        cancelled.wait(PATIENT)
        told.append(caller_is_gone())

    task = asyncio.create_task(run_in_thread(wait))
    await eventually(started.is_set)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    cancelled.set()
    await eventually(lambda: bool(told))
    assert told == [True]
    assert await run_in_thread(caller_is_gone) is False


def test_a_call_that_frees_something_is_made_without_a_token() -> None:
    async def borrow_all() -> object:
        limiter = current_default_thread_limiter()
        for _ in range(int(limiter.total_tokens)):
            limiter.acquire_on_behalf_of_nowait(object())
        return await finish_in_thread(divmod, 7, 2)

    async def in_a_scope() -> object:
        with anyio.CancelScope():
            return await borrow_all()

    for run in (borrow_all, in_a_scope):
        assert asyncio.run(run()) == (3, 1)
    assert anyio.run(borrow_all, backend="trio") == (3, 1)


@pytest.mark.parametrize("cancels_itself", [False, True])
def test_a_call_that_frees_something_is_made_unless_it_was_cancelled_before(
    cancels_itself: bool,
) -> None:
    done = threading.Event()

    async def free() -> None:
        task = asyncio.current_task()
        if cancels_itself:
            assert task is not None
            task.cancel()
        await finish_in_thread(done.set)

    async def run() -> None:
        task = asyncio.create_task(free())
        if not cancels_itself:
            # The call is in the queue before a thread can take it.
            asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        is_made = await asyncio.to_thread(done.wait, 0 if cancels_itself else PATIENT)
        assert is_made is not cancels_itself

    asyncio.run(run())

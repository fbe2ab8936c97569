"""Threads for blocking context managers, and limits per declaration."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import anyio.to_thread
import pytest

from rapide import background
from rapide.background import BackgroundTasks
from rapide.concurrency import DependencyConcurrency, contextmanager_in_threadpool

pytestmark = pytest.mark.anyio


async def test_a_blocking_context_manager_runs_in_threads() -> None:
    """Enter and leave it by `contextmanager_in_threadpool`."""
    threads = []

    @contextmanager
    def blocking() -> Iterator[str]:
        threads.append(threading.current_thread())
        yield "value"
        threads.append(threading.current_thread())

    async with contextmanager_in_threadpool(blocking()) as value:
        assert value == "value"
    assert threading.current_thread() not in threads
    assert len(threads) == 2


async def test_a_blocking_context_manager_can_handle_or_replace_the_error() -> None:
    @contextmanager
    def swallowing() -> Iterator[None]:
        try:
            yield
        except KeyError:
            pass
        except ValueError as error:
            raise LookupError("replaced") from error

    async with contextmanager_in_threadpool(swallowing()):
        raise KeyError
    with pytest.raises(LookupError, match="replaced"):
        async with contextmanager_in_threadpool(swallowing()):
            raise ValueError
    with pytest.raises(OSError, match="passed"):
        async with contextmanager_in_threadpool(swallowing()):
            raise OSError("passed")


async def test_leaving_needs_no_free_thread_of_the_pool() -> None:
    limiter = anyio.to_thread.current_default_thread_limiter()
    with anyio.fail_after(5):
        async with contextmanager_in_threadpool(contextmanager(lambda: iter([None]))()):
            for _ in range(int(limiter.total_tokens)):
                limiter.acquire_on_behalf_of_nowait(object())
    for borrower in list(limiter.statistics().borrowers):
        limiter.release_on_behalf_of(borrower)


async def test_a_declaration_has_one_semaphore_per_event_loop() -> None:
    limit = DependencyConcurrency(2)
    semaphore = limit.get_semaphore()
    assert semaphore.value == 2
    assert limit.get_semaphore() is semaphore
    assert DependencyConcurrency(2).get_semaphore() is not semaphore

    async def in_another_loop() -> anyio.Semaphore:
        return limit.get_semaphore()

    other = await anyio.to_thread.run_sync(lambda: anyio.run(in_another_loop))
    assert other is not semaphore


async def test_the_semaphore_goes_with_its_declaration() -> None:
    from rapide.concurrency import _semaphores

    limit = DependencyConcurrency(1)
    limit.get_semaphore()
    count = len(_semaphores().get())
    del limit
    gc.collect()
    assert len(_semaphores().get()) == count - 1


async def test_background_tasks_run_in_order() -> None:
    done = []

    async def later(name: str, *, mark: str = "") -> None:
        done.append(name + mark)

    tasks = BackgroundTasks()
    tasks.add_task(done.append, "thread")
    tasks.add_task(later, "loop", mark="!")
    await tasks()
    assert done == ["thread", "loop!"]


async def test_a_task_runs_inside_the_span_of_its_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = []

    @contextmanager
    def span(function: object) -> Iterator[None]:
        done.append(("start", function))
        yield
        done.append(("end", function))

    def work() -> None:
        done.append("work")

    monkeypatch.setattr(background, "task_span", span)
    tasks = BackgroundTasks()
    tasks.add_task(work)
    await tasks()
    assert done == [("start", work), "work", ("end", work)]

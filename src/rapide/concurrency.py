"""Threads, and limits on the concurrent calls of a dependency."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

# PERF: startup. anyio loads its parts when they are first used.
import anyio
import anyio.to_thread
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool, run_until_first_complete

from rapide._imported_names import add_imported_names
from rapide._once import once

if TYPE_CHECKING:
    from anyio.lowlevel import RunVar

__all__ = [
    "asynccontextmanager",
    "contextmanager_in_threadpool",
    "iterate_in_threadpool",
    "run_in_threadpool",
    "run_until_first_complete",
]

_T = TypeVar("_T")


@asynccontextmanager
async def contextmanager_in_threadpool(cm: AbstractContextManager[_T]) -> AsyncGenerator[_T, None]:
    """Enter and exit a blocking context manager in worker threads.

    The entry may be cancelled; an exit that has begun is not. The exit never waits for the thread
    pool, because the threads of the pool may themselves wait for a resource that `cm` holds.

    Args:
        cm: The blocking context manager.
    """
    value = await run_in_threadpool(cm.__enter__)
    try:
        yield value
    except BaseException as error:
        if not await _exit_in_thread(cm, error):
            raise
    else:
        await _exit_in_thread(cm, None)


@asynccontextmanager
async def left_in_threadpool(cm: AbstractContextManager[object]) -> AsyncGenerator[None, None]:
    """Exit a blocking context manager, which has been entered, in the same way."""
    try:
        yield
    except BaseException as error:
        if not await _exit_in_thread(cm, error):
            raise
    else:
        await _exit_in_thread(cm, None)


async def _exit_in_thread(
    cm: AbstractContextManager[object], error: BaseException | None
) -> bool | None:
    own_thread = anyio.CapacityLimiter(1)
    exc_info = (None, None, None) if error is None else (type(error), error, error.__traceback__)
    with anyio.CancelScope(shield=True):
        return await anyio.to_thread.run_sync(cm.__exit__, *exc_info, limiter=own_thread)
    return None


class DependencyConcurrency:
    """The limit of one `Depends(max_concurrency=...)`, with a semaphore per event loop."""

    def __init__(self, max_concurrency: int) -> None:
        self.max_concurrency = max_concurrency

    def get_semaphore(self) -> "anyio.Semaphore":
        """Return the semaphore of this declaration in the running event loop."""
        semaphores = _semaphores().get(None)
        if semaphores is None:
            semaphores = WeakKeyDictionary()
            _semaphores().set(semaphores)
        semaphore = semaphores.get(self)
        if semaphore is None:
            semaphore = semaphores[self] = anyio.Semaphore(self.max_concurrency)
        return semaphore


@once
def _semaphores() -> "RunVar[WeakKeyDictionary[DependencyConcurrency, anyio.Semaphore]]":
    # The keys are weak, so that a semaphore lives as long as its declaration.
    from anyio.lowlevel import RunVar

    return RunVar("rapide_dependency_semaphores")


add_imported_names(__name__)

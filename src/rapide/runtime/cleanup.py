"""Leaving dependencies with `yield`: in reverse order, shielded from cancellation."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anyio import CancelScope, Semaphore


class ShieldedExit:
    """A context manager whose exit, once begun, is not interrupted by cancellation.

    `scope` must have been entered before the manager, so that cancel scopes which the manager
    opens itself are still left last in, first out.
    """

    __slots__ = ("manager", "scope")

    def __init__(self, manager: AbstractAsyncContextManager[Any], scope: CancelScope) -> None:
        self.manager = manager
        self.scope = scope

    async def __aenter__(self) -> Any:
        return await self.manager.__aenter__()

    async def __aexit__(self, *error: Any) -> bool | None:
        scope = self.scope
        shielded = scope.shield
        scope.shield = True
        try:
            suppressed = await self.manager.__aexit__(*error)
        finally:
            scope.shield = shielded
        if not suppressed and error[0] is not None:
            return suppressed
        # PERF: import; this part of anyio is only loaded by who has such dependencies.
        from anyio.lowlevel import checkpoint_if_cancelled

        # A task group inside the manager can swallow a cancellation meant for its parent.
        await checkpoint_if_cancelled()
        return suppressed


class HeldSemaphore:
    """A context manager that holds a semaphore from before its entry until after its exit."""

    __slots__ = ("manager", "semaphore")

    def __init__(self, manager: AbstractAsyncContextManager[Any], semaphore: Semaphore) -> None:
        self.manager = manager
        self.semaphore = semaphore

    async def __aenter__(self) -> Any:
        await self.semaphore.acquire()
        try:
            return await self.manager.__aenter__()
        except BaseException:
            self.semaphore.release()
            raise

    async def __aexit__(self, *error: Any) -> bool | None:
        try:
            return await self.manager.__aexit__(*error)
        finally:
            self.semaphore.release()

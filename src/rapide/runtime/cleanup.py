"""Exit dependencies with `yield` in reverse order, shielded from cancellation."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    nullcontext,
)
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rapide.runtime.eventloop import current_scope, current_task

if TYPE_CHECKING:
    from anyio import CancelScope, Semaphore


class GeneratorManager:
    """An async generator that yields once, as a context manager.

    It behaves like `contextlib.asynccontextmanager`, which it uses for an exit with an exception.
    """

    __slots__ = ("generator",)

    def __init__(self, generator: AsyncGenerator[Any, Any]) -> None:
        self.generator = generator

    async def __aenter__(self) -> object:
        try:
            return await anext(self.generator)
        except StopAsyncIteration:
            raise RuntimeError("generator didn't yield") from None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        generator = self.generator
        if error is not None:
            leave = asynccontextmanager(lambda: generator)().__aexit__
            # An exception that the generator raises instead has this error as its context, also if
            # the error comes from another dependency that has already exited.
            context = error.__context__
            try:
                raise error
            except BaseException:
                error.__context__ = context
                return await leave(kind, error, traceback)
        try:
            await anext(generator)
        except StopAsyncIteration:
            return False
        try:
            raise RuntimeError("generator didn't stop")
        finally:
            await generator.aclose()


def cleanup_shield() -> AbstractContextManager[CancelScope | None]:
    """Return a cancel scope for `shielded`, or an empty context if no shield is needed.

    PERF: dependencies. On asyncio, a cancel scope can be cancelled from outside only if the task is
    inside another one. A request that a server calls directly is not inside any.
    """
    task = current_task()
    if task is not None and current_scope(task) is None:
        return _NO_SHIELD
    import anyio

    return anyio.CancelScope()


def shielded(
    manager: AbstractAsyncContextManager[object], scope: CancelScope | None
) -> AbstractAsyncContextManager[object]:
    """Return a manager whose exit is not interrupted by cancellation from outside `scope`."""
    return manager if scope is None else ShieldedExit(manager, scope)


_NO_SHIELD: AbstractContextManager[None] = nullcontext()


class ShieldedExit:
    """A context manager whose exit, once begun, is not interrupted by cancellation.

    `scope` must be entered before the manager, so that cancel scopes that the manager opens itself
    still exit in the reverse order of their entry.
    """

    __slots__ = ("manager", "scope")

    def __init__(self, manager: AbstractAsyncContextManager[object], scope: CancelScope) -> None:
        self.manager = manager
        self.scope = scope

    async def __aenter__(self) -> object:
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
        # PERF: import time. Only applications with such dependencies load this part of anyio.
        from anyio.lowlevel import checkpoint_if_cancelled

        # A task group inside the manager can swallow a cancellation of its parent.
        await checkpoint_if_cancelled()
        return suppressed


class HeldSemaphore:
    """A context manager that holds a semaphore from before its entry until after its exit."""

    __slots__ = ("manager", "semaphore")

    def __init__(self, manager: AbstractAsyncContextManager[object], semaphore: Semaphore) -> None:
        self.manager = manager
        self.semaphore = semaphore

    async def __aenter__(self) -> object:
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

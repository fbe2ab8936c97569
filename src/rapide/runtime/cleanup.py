"""Exit dependencies with `yield` in reverse order, shielded from cancellation.

Theory of operation. If user code cannot look at the exit stacks of its request, there are none.
Compiled code enters an async generator with a plain `anext`, and appends it to the list of the
exits of its scope. If nothing goes wrong, `leave` resumes the generators, the last one first. For
everything else, the exits move to an `AsyncExitStack` of context managers, as the generic path has
it: `leave_after` handles an exception inside the scope, `leave` one of an exit, and `move_exits` a
request that is handed over.

A list of exits contains async generators, context managers, and at its beginning the cancel scope
that shields the exits, which is None if no shield is needed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from types import AsyncGeneratorType, TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from rapide.concurrency import left_in_threadpool
from rapide.runtime.eventloop import current_scope, current_task

if TYPE_CHECKING:
    from anyio import CancelScope, Semaphore


class Stopped:
    """The type of `STOPPED`, the marker of a generator that has not yielded."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "STOPPED"


STOPPED: Final = Stopped()


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
        if await anext(generator, STOPPED) is not STOPPED:
            await did_not_stop(generator)
        return False


async def did_not_stop(generator: AsyncGenerator[Any, Any]) -> NoReturn:
    """Close a generator that has yielded twice, and raise what the standard library raises."""
    try:
        raise RuntimeError("generator didn't stop")
    finally:
        await generator.aclose()


def did_not_yield() -> NoReturn:
    """Raise what the standard library raises for a generator that has not yielded."""
    try:
        raise StopAsyncIteration
    except StopAsyncIteration:
        raise RuntimeError("generator didn't yield") from None


class InThreads:
    """A context manager that enters and exits a blocking one in worker threads.

    It behaves like `contextmanager_in_threadpool`, which handles an exit with an exception.
    """

    __slots__ = ("manager", "run")

    def __init__(
        self,
        manager: AbstractContextManager[object],
        run: Callable[..., Awaitable[object]] | None = None,
    ) -> None:
        self.manager = manager
        #: What makes a call in a thread of the route's lane; None: the default lane.
        self.run = run

    async def __aenter__(self) -> object:
        # PERF: import time. The threads' module needs parts of anyio that others do not need.
        from rapide.runtime.threads import run_in_thread

        try:
            return await (self.run or run_in_thread)(self.manager.__enter__)
        except StopAsyncIteration as error:
            _refuse_stop(error)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if error is not None:
            leaving = left_in_threadpool(self.manager)
            await leaving.__aenter__()
            return await leaving.__aexit__(kind, error, traceback)
        from rapide.runtime.threads import finish_in_thread

        try:
            await finish_in_thread(self.manager.__exit__, None, None, None)
        except StopAsyncIteration as stop:
            _refuse_stop(stop)
        return False


def _refuse_stop(error: StopAsyncIteration) -> NoReturn:
    """Raise what Python raises if this exception leaves an async generator."""
    raise RuntimeError("async generator raised StopAsyncIteration") from error


def open_shield() -> CancelScope | None:
    """Enter and return a cancel scope for `leave`, or return None if no shield is needed.

    PERF: dependencies. On asyncio, a cancel scope can be cancelled from outside only if the task is
    inside another one. A request that a server calls directly is not inside any.
    """
    task = current_task()
    if task is not None and current_scope(task) is None:
        return None
    import anyio

    return anyio.CancelScope().__enter__()


async def leave(exits: list[object], shield: CancelScope | None) -> None:
    """Exit everything in a list, the last one first. If an exit raises, the others get that."""
    failed = None
    while exits:
        last = exits.pop()
        try:
            if shield is None and type(last) is AsyncGeneratorType:
                if await anext(last, STOPPED) is not STOPPED:
                    await did_not_stop(last)
            elif last is not None:
                await _stack_of([last], shield).aclose()
        except BaseException as error:
            if not exits:
                raise
            failed = error
            break
    if failed is not None:
        stack = _stack_of(exits, shield)
        stack.push(_Raising(failed))
        failed = None
        await stack.aclose()


async def leave_after(
    error: BaseException, exits: list[object], shield: CancelScope | None
) -> bool | None:
    """Exit everything in a list because of an exception; return whether an exit swallows it."""
    if not exits:
        return False
    return await _stack_of(exits, shield).__aexit__(type(error), error, error.__traceback__)


def move_exits(exits: list[object], stack: AsyncExitStack, shield: CancelScope | None) -> None:
    """Move exits from a list to an exit stack, in the same order."""
    item: Any
    for item in exits:
        if type(item) is AsyncGeneratorType:
            stack.push_async_exit(shielded(GeneratorManager(item), shield))
        elif item is not shield:
            stack.push_async_exit(item)
        elif item is not None:
            stack.push(item)
    exits.clear()


def _stack_of(exits: list[object], shield: CancelScope | None) -> AsyncExitStack:
    stack = AsyncExitStack()
    move_exits(exits, stack, shield)
    return stack


class _Raising:
    """A context manager whose exit raises an exception."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None:
        raise self.error


def cleanup_shield() -> AbstractContextManager[CancelScope | None]:
    """Return a cancel scope for `shielded`, or an empty context if no shield is needed."""
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

"""Lifespans: of an application, of its routers nested inside, and the older event handlers."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from starlette._utils import is_async_callable

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]

# COMPAT: FastAPI 0.165 begins so, with the line break and the blanks; filters of warnings match
# from the beginning of a message.
ON_EVENT_IS_DEPRECATED = """
        on_event is deprecated, use lifespan event handlers instead.

        A lifespan is one function with a yield between start and stop: FastAPI(lifespan=...).
        """


def lifespan_context(lifespan: Any, router: RouterLike) -> Lifespan:
    """The context manager of a lifespan argument: given, a generator function, or none."""
    if lifespan is None:
        return EventHandlers(router)
    if inspect.isasyncgenfunction(lifespan):
        return asynccontextmanager(lifespan)
    if inspect.isgeneratorfunction(lifespan):
        return lifted(lifespan)
    given: Lifespan = lifespan
    return given


def nest_lifespans(original_context: Lifespan, nested_context: Lifespan) -> Lifespan:
    """One lifespan around another; of their states, the outer's keys win."""

    @asynccontextmanager
    async def nested(app: Any) -> AsyncIterator[Mapping[str, Any] | None]:
        async with original_context(app) as outer_state, nested_context(app) as inner_state:
            if outer_state is None and inner_state is None:
                yield None
            else:
                yield {**(inner_state or {}), **(outer_state or {})}

    return nested


async def run_handlers(handlers: list[Callable[[], Any]]) -> None:
    """Call event handlers one after the other."""
    for handler in handlers:
        if is_async_callable(handler):
            await handler()
        else:
            handler()


class EventHandlers:
    """The lifespan of a router that has none: its `startup` and `shutdown` handlers."""

    def __init__(self, router: RouterLike) -> None:
        self._router = router

    def __call__(self, app: Any) -> EventHandlers:
        return self

    async def __aenter__(self) -> None:
        await self._router._startup()

    async def __aexit__(self, *error: object) -> None:
        await self._router._shutdown()


class Lifted(AbstractAsyncContextManager[Any]):
    """A sync context manager used as an async one."""

    def __init__(self, cm: AbstractContextManager[Any]) -> None:
        self._manager = cm

    async def __aenter__(self) -> Any:
        return self._manager.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return self._manager.__exit__(kind, error, traceback)


def lifted(lifespan_context: Callable[[Any], Any]) -> Lifespan:
    """The lifespan that a generator function is, as an async context manager."""
    make = contextlib.contextmanager(lifespan_context)

    @functools.wraps(make)
    def lift(app: Any) -> Lifted:
        return Lifted(make(app))

    return lift

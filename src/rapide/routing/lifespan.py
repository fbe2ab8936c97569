"""Lifespans: of an application, of its routers nested inside, and the older event handlers."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from starlette._utils import is_async_callable

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]

# COMPAT: FastAPI 0.165's message begins with this line break and these blanks. Filters of warnings
# match from the beginning of a message.
ON_EVENT_IS_DEPRECATED = """
        on_event is deprecated, use lifespan event handlers instead.

        A lifespan is one function with a yield between start and stop: FastAPI(lifespan=...).
        """


def lifespan_context(lifespan: object, router: RouterLike) -> Lifespan:
    """Return the context manager of a `lifespan` argument, also of a generator function."""
    if lifespan is None:
        return EventHandlers(router)
    if inspect.isasyncgenfunction(lifespan):
        return asynccontextmanager(lifespan)
    if inspect.isgeneratorfunction(lifespan):
        return lifted(lifespan)
    return cast(Lifespan, lifespan)


def nest_lifespans(original_context: Lifespan, nested_context: Lifespan) -> Lifespan:
    """Put one lifespan around another. For a key of both states, the outer value is used."""

    @asynccontextmanager
    async def nested(app: object) -> AsyncIterator[Mapping[str, object] | None]:
        async with original_context(app) as outer_state, nested_context(app) as inner_state:
            if outer_state is None and inner_state is None:
                yield None
            else:
                yield {**(inner_state or {}), **(outer_state or {})}

    return nested


async def run_handlers(handlers: list[Callable[[], object]]) -> None:
    """Call event handlers one after the other."""
    for handler in handlers:
        if is_async_callable(handler):
            await handler()  # pyright: ignore[reportGeneralTypeIssues]
        else:
            handler()


class EventHandlers:
    """The lifespan of a router without a `lifespan`: its `startup` and `shutdown` handlers."""

    def __init__(self, router: RouterLike) -> None:
        self._router = router

    def __call__(self, app: object) -> EventHandlers:
        return self

    async def __aenter__(self) -> None:
        await self._router._startup()

    async def __aexit__(self, *error: object) -> None:
        await self._router._shutdown()


class Lifted(AbstractAsyncContextManager[object]):
    """A sync context manager used as an async one."""

    def __init__(self, cm: AbstractContextManager[object]) -> None:
        self._manager = cm

    async def __aenter__(self) -> object:
        return self._manager.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return self._manager.__exit__(kind, error, traceback)


def lifted(lifespan_context: Callable[[Any], Any]) -> Lifespan:
    """Return a lifespan that is made of a generator function."""
    make = contextlib.contextmanager(lifespan_context)

    @functools.wraps(make)
    def lift(app: object) -> Lifted:
        return Lifted(make(app))

    return lift

"""Lifespans: of an application, of its routers nested inside, and the older event handlers."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

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


#: The two lifespans that a function of `nest_lifespans` puts together.
_parts: WeakKeyDictionary[object, tuple[Lifespan, Lifespan]] = WeakKeyDictionary()


def nest_lifespans(original_context: Lifespan, nested_context: Lifespan) -> Lifespan:
    """Put one lifespan around another. For a key of both states, the outer value is used.

    Each included router adds one lifespan. They are entered one inside the other, but as a balanced
    tree, so that their number is not limited by the depth of Python's stack.
    """

    @asynccontextmanager
    async def nested(app: object) -> AsyncIterator[Mapping[str, object] | None]:
        together = _balanced(flattened(original_context, nested_context))
        async with together(app) as state:
            yield state

    _parts[nested] = original_context, nested_context
    return nested


def flattened(*lifespans: Lifespan) -> list[Lifespan]:
    """Return lifespans in order of entering, with two for each one that `nest_lifespans` made."""
    found = []
    pending = [*reversed(lifespans)]
    while pending:
        lifespan = pending.pop()
        # A lifespan can be any callable. Ours are functions, which can be looked up.
        parts = _parts.get(lifespan) if type(lifespan) is FunctionType else None
        if parts is None:
            found.append(lifespan)
        else:
            pending += reversed(parts)
    return found


def _balanced(lifespans: list[Lifespan]) -> Lifespan:
    if len(lifespans) == 1:
        return lifespans[0]
    middle = len(lifespans) // 2
    return _pair(_balanced(lifespans[:middle]), _balanced(lifespans[middle:]))


def _pair(outer: Lifespan, inner: Lifespan) -> Lifespan:
    @asynccontextmanager
    async def entered(app: object) -> AsyncIterator[Mapping[str, object] | None]:
        async with outer(app) as outer_state, inner(app) as inner_state:
            if outer_state is None and inner_state is None:
                yield None
            else:
                yield {**(inner_state or {}), **(outer_state or {})}

    return entered


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
        self._rapide_manager = cm

    async def __aenter__(self) -> object:
        return self._rapide_manager.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return self._rapide_manager.__exit__(kind, error, traceback)


def lifted(lifespan_context: Callable[[Any], Any]) -> Lifespan:
    """Return a lifespan that is made of a generator function."""
    make = contextlib.contextmanager(lifespan_context)

    @functools.wraps(make)
    def lift(app: object) -> Lifted:
        return Lifted(make(app))

    return lift

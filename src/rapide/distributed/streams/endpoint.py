"""Endpoints that are not run for a client that resumes."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, TypeVar, cast

from starlette.types import ASGIApp

F = TypeVar("F", bound=Callable[..., Any])
Guard = Callable[[ASGIApp], ASGIApp]

#: Whether the request of this context resumes a stream, so that its endpoint must not run.
resuming: Final[ContextVar[bool]] = ContextVar("rapide_resuming", default=False)


def mark_resumable(endpoint: F, guard: Guard) -> F:
    """Return a function like the endpoint, which a route runs inside the guard.

    Raises:
        TypeError: It is not a generator function.
    """
    made: Any
    if inspect.isasyncgenfunction(endpoint):
        made = _wrap_async_generator(endpoint)
    elif inspect.isgeneratorfunction(endpoint):
        made = _wrap_generator(endpoint)
    else:
        raise TypeError(
            f"resumable() is for endpoints that yield, and {endpoint!r} does not."
            " Write it directly above the function, below the decorator of the route"
        )
    made.__rapide_guard__ = guard
    return cast(F, made)


def _wrap_async_generator(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    async def items(*args: Any, **values: Any) -> AsyncIterator[Any]:
        if resuming.get():
            return
        generator = endpoint(*args, **values)
        try:
            async for item in generator:
                yield item
        finally:
            await generator.aclose()

    return items


def _wrap_generator(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    def items(*args: Any, **values: Any) -> Iterator[Any]:
        if not resuming.get():
            yield from endpoint(*args, **values)

    return items

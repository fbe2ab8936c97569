"""The exit stacks of a request behave as those of the standard library."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from rapide.runtime.requests import FileStack, ScopeStack

Use = Callable[[AsyncExitStack, list[object]], Awaitable[Any]]


async def leave_it_empty(stack: AsyncExitStack, seen: list[object]) -> None:
    async with stack as entered:
        seen.append(entered is stack)


async def raise_inside(stack: AsyncExitStack, seen: list[object]) -> None:
    try:
        raise KeyError("before")
    except KeyError:
        async with stack:
            raise ValueError("inside") from None


async def call_back(stack: AsyncExitStack, seen: list[object]) -> None:
    async def later(value: str) -> None:
        seen.append(value)

    async with stack:
        stack.callback(seen.append, "first")
        stack.push_async_callback(later, "second")


async def suppress(stack: AsyncExitStack, seen: list[object]) -> None:
    async with stack:
        stack.push(lambda kind, error, traceback: seen.append(repr(error)) or True)
        raise ValueError("suppressed")


async def fail_at_the_exit(stack: AsyncExitStack, seen: list[object]) -> None:
    async with stack:
        stack.callback(lambda: 1 / 0)
        raise ValueError("inside")


async def move_all(stack: AsyncExitStack, seen: list[object]) -> None:
    async with stack:
        stack.callback(seen.append, "moved")
        moved = stack.pop_all()
        seen.append(isinstance(moved, type(stack)))
    seen.append("left")
    await moved.aclose()


async def close_twice(stack: AsyncExitStack, seen: list[object]) -> None:
    stack.callback(seen.append, "closed")
    await stack.aclose()
    await stack.aclose()


async def enter_others(stack: AsyncExitStack, seen: list[object]) -> None:
    async with stack:
        await stack.enter_async_context(type(stack)())
        inner = await stack.enter_async_context(type(stack)())
        inner.callback(seen.append, "inner")


USES: list[Use] = [
    *(leave_it_empty, raise_inside, call_back, suppress, fail_at_the_exit, move_all),
    *(close_twice, enter_others),
]


async def outcome(use: Use, stack: AsyncExitStack) -> object:
    seen: list[object] = []
    try:
        seen.append(await use(stack, seen))
    except Exception as error:
        seen += [repr(error), repr(error.__context__), repr(error.__cause__)]
    return seen


@pytest.mark.anyio
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("kind", [ScopeStack, FileStack])
async def test_a_stack_does_what_an_exit_stack_does(kind: type[AsyncExitStack], use: Use) -> None:
    assert await outcome(use, kind()) == await outcome(use, AsyncExitStack())

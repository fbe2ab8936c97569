from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapide.runtime.cleanup import (
    STOPPED,
    GeneratorManager,
    HeldSemaphore,
    ShieldedExit,
    cleanup_shield,
    did_not_yield,
    leave,
    leave_after,
    open_shield,
    shielded,
)

BACKENDS = ["asyncio", "trio"]
pytestmark = pytest.mark.anyio

Generator = Callable[[], AsyncGenerator[Any, Any]]


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return request.param


class Problem(Exception):
    """What a test raises on purpose."""


MAKE: dict[str, Callable[[], BaseException | None]] = {
    "nothing": lambda: None,
    "Problem": lambda: Problem("raised"),
    "ValueError": lambda: ValueError("raised"),
    "RuntimeError": lambda: RuntimeError("raised"),
    "StopIteration": lambda: StopIteration("raised"),
    "StopAsyncIteration": lambda: StopAsyncIteration("raised"),
    "GeneratorExit": lambda: GeneratorExit("raised"),
    "KeyboardInterrupt": lambda: KeyboardInterrupt("raised"),
    "SystemExit": lambda: SystemExit("raised"),
}
LEAVING = ["lets it pass", "swallows", "raises it again", "raises another", "chains", "stops"]


def make_generator(yields: int, before: str, leaving: str, after: str) -> Generator:
    """A generator that misbehaves as told."""

    async def generate() -> AsyncGenerator[Any, Any]:
        if error := MAKE[before]():
            raise error
        try:
            for value in range(yields):
                yield value
        except BaseException as caught:
            if leaving == "lets it pass" or leaving == "raises it again":
                raise
            if leaving == "raises another":
                raise Problem("instead") from None
            if leaving == "chains":
                raise RuntimeError("generator raised StopIteration") from caught
            if leaving == "stops":
                return
        if error := MAKE[after]():
            raise error

    return generate


def describe(error: BaseException | None, depth: int = 4) -> Any:
    """An exception with its chain, comparable."""
    if error is None or depth == 0:
        return None
    return (
        type(error).__name__,
        str(error),
        error.__suppress_context__,
        describe(error.__cause__, depth - 1),
        describe(error.__context__, depth - 1),
    )


async def story(manager: Any, raised: str) -> list[Any]:
    """All that can be seen of a context manager around a body that raises."""
    told: list[Any] = []
    error = MAKE[raised]()
    try:
        async with manager as value:
            told.append(("entered", value))
            if error is not None:
                raise error
        told.append("left")
    except BaseException as caught:
        told.append((describe(caught), caught is error))
    return told


#: Early releases of Python 3.11 leave a generator that yields too often to the garbage collector.
CLOSES = "aclose" in inspect.getsource(contextlib._AsyncGeneratorContextManager.__aexit__)


def assert_equal_stories(generate: Generator, raised: str) -> None:
    async def compare() -> None:
        expected = await story(asynccontextmanager(generate)(), raised)
        assert await story(GeneratorManager(generate()), raised) == expected

    # Driven by hand: nothing in it ever waits, and an event loop would stop at KeyboardInterrupt.
    coroutine = compare()
    with pytest.raises(StopIteration):
        coroutine.send(None)


@pytest.mark.parametrize("raised", MAKE)
@pytest.mark.parametrize("leaving", LEAVING)
def test_leaving_is_as_with_the_standard_library(leaving: str, raised: str) -> None:
    assert_equal_stories(make_generator(1, "nothing", leaving, "nothing"), raised)


@pytest.mark.parametrize("error", MAKE)
def test_raising_before_the_yield_is_as_with_the_standard_library(error: str) -> None:
    assert_equal_stories(make_generator(1, error, "swallows", "nothing"), "nothing")


@pytest.mark.parametrize("error", MAKE)
def test_raising_after_the_yield_is_as_with_the_standard_library(error: str) -> None:
    assert_equal_stories(make_generator(1, "nothing", "swallows", error), "nothing")


@pytest.mark.parametrize("raised", ["nothing", "Problem"])
@pytest.mark.parametrize("yields", [0, 2, 3])
def test_the_wrong_number_of_yields_is_reported_as_by_the_standard_library(
    yields: int, raised: str
) -> None:
    if yields <= 1 or CLOSES:
        assert_equal_stories(make_generator(yields, "nothing", "swallows", "nothing"), raised)


@given(
    st.integers(0, 3),
    st.sampled_from(list(MAKE)),
    st.sampled_from(LEAVING),
    st.sampled_from(list(MAKE)),
    st.sampled_from(list(MAKE)),
)
def test_any_generator_behaves_as_with_the_standard_library(
    yields: int, before: str, leaving: str, after: str, raised: str
) -> None:
    if yields <= 1 or CLOSES:
        assert_equal_stories(make_generator(yields, before, leaving, after), raised)


async def through_a_list(entering: list[Generator], error: BaseException | None) -> str:
    """Do what compiled code does with a scope. It must not be in a cancel scope."""
    exits: list[Any] = [None]
    try:
        for generate in entering:
            generator = generate()
            if await anext(generator, STOPPED) is STOPPED:
                raise did_not_yield()
            exits.append(generator)
        if error is not None:
            raise error
    except BaseException as raised:
        if not await leave_after(raised, exits, None):
            raise
        return "swallowed"
    else:
        await leave(exits, None)
    return "left"


async def through_a_stack(entering: list[Generator], error: BaseException | None) -> str:
    async with AsyncExitStack() as stack:
        for generate in entering:
            await stack.enter_async_context(asynccontextmanager(generate)())
        if error is not None:
            raise error
        return "left"
    return "swallowed"


GENERATORS = st.tuples(
    st.integers(0, 1) if not CLOSES else st.integers(0, 2),
    st.sampled_from(["nothing", "nothing", "Problem", "StopAsyncIteration"]),
    st.sampled_from(LEAVING),
    st.sampled_from(list(MAKE)),
)


@given(st.lists(GENERATORS, max_size=3), st.sampled_from(list(MAKE)))
def test_a_list_of_exits_is_left_as_an_exit_stack(kinds: list[Any], raised: str) -> None:
    entering = [make_generator(*kind) for kind in kinds]

    async def ends_with(leaving: Any) -> Any:
        error = MAKE[raised]()
        try:
            return await leaving(entering, error)
        except BaseException as caught:
            return describe(caught, 9), caught is error

    async def compare() -> None:
        assert await ends_with(through_a_list) == await ends_with(through_a_stack)

    # Driven by hand, as above.
    with pytest.raises(StopIteration):
        compare().send(None)


async def test_exits_in_a_list_are_shielded() -> None:
    """A cancellation arrives when they have ended, not in between."""
    finished: list[str] = []
    for fails in (False, True):
        with anyio.CancelScope() as outer:
            shield = open_shield()
            exits: list[Any] = [shield]
            try:
                for generate in (wait_in_exit, wait_in_exit):
                    generator = generate(finished)
                    await anext(generator)
                    exits.append(generator)
                outer.cancel()
                if fails:
                    await anyio.sleep(0)
            except BaseException as error:
                if not await leave_after(error, exits, shield):
                    raise
            else:
                await leave(exits, shield)
            pytest.fail("the cancellation was lost")
        assert outer.cancelled_caught
    assert finished == ["exit"] * 4


def test_a_shield_is_opened_only_inside_of_a_scope() -> None:
    async def look() -> Any:
        return open_shield()

    async def inside() -> Any:
        with anyio.CancelScope():
            shield = open_shield()
            assert shield is not None
            await leave([shield], shield)
        return open_shield()

    assert asyncio.run(look()) is None
    assert asyncio.run(inside()) is None


async def test_a_generator_that_yields_twice_is_closed() -> None:
    closed = []

    async def generate() -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="generator didn't stop"):
        async with GeneratorManager(generate()):
            pass
    assert closed == [True]


async def wait_in_exit(finished: list[str]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await anyio.sleep(0.01)
        finished.append("exit")


async def test_an_exit_is_finished_inside_of_a_cancelled_scope() -> None:
    finished: list[str] = []
    with anyio.CancelScope() as outer:
        with cleanup_shield() as scope:
            async with shielded(GeneratorManager(wait_in_exit(finished)), scope):
                outer.cancel()
        finished.append("not reached")
    assert finished == ["exit"]
    assert outer.cancelled_caught


async def test_an_exit_that_is_not_shielded_is_interrupted() -> None:
    finished: list[str] = []
    with anyio.CancelScope() as outer:
        async with GeneratorManager(wait_in_exit(finished)):
            outer.cancel()
    assert finished == []


async def test_only_the_exit_is_shielded_not_what_happens_inside() -> None:
    finished: list[str] = []
    with anyio.CancelScope() as outer, cleanup_shield() as scope:
        async with shielded(GeneratorManager(wait_in_exit(finished)), scope):
            outer.cancel()
            await anyio.sleep(0)
            finished.append("not reached")
    assert finished == ["exit"]


async def test_entering_can_be_cancelled() -> None:
    async def generate() -> AsyncGenerator[None, None]:
        await anyio.sleep(0)
        yield

    with anyio.CancelScope() as outer, cleanup_shield() as scope:
        outer.cancel()
        async with shielded(GeneratorManager(generate()), scope):
            pytest.fail("it was entered")
    assert outer.cancelled_caught


async def test_a_shield_ends_with_the_exit_it_was_for() -> None:
    finished: list[str] = []
    with anyio.CancelScope() as outer, cleanup_shield() as scope:
        async with shielded(GeneratorManager(wait_in_exit(finished)), scope):
            outer.cancel()
        pytest.fail("the cancellation was lost")
    assert scope is not None
    assert not scope.shield
    assert finished == ["exit"]


async def test_a_cancellation_swallowed_by_a_task_group_inside_is_delivered_after_all() -> None:
    async def generate() -> AsyncGenerator[None, None]:
        async with anyio.create_task_group() as group:
            yield
            group.cancel_scope.cancel()

    with anyio.CancelScope() as outer, anyio.CancelScope() as scope:
        async with ShieldedExit(GeneratorManager(generate()), scope):
            outer.cancel()
        pytest.fail("the cancellation was lost")
    assert outer.cancelled_caught


async def test_an_error_passes_a_shielded_exit_or_is_swallowed_by_it() -> None:
    async def swallow() -> AsyncGenerator[None, None]:
        with suppress(Problem):
            yield

    error = Problem()
    with anyio.CancelScope() as scope:
        with pytest.raises(Problem) as caught:
            async with ShieldedExit(GeneratorManager(wait_in_exit([])), scope):
                raise error
        assert caught.value is error
        async with ShieldedExit(GeneratorManager(swallow()), scope):
            raise Problem


async def test_inside_of_a_scope_there_is_a_shield() -> None:
    with anyio.CancelScope(), cleanup_shield() as scope:
        assert isinstance(scope, anyio.CancelScope)
    async with anyio.create_task_group():
        with cleanup_shield() as scope:
            assert isinstance(scope, anyio.CancelScope)


async def test_a_task_of_a_task_group_is_inside_of_a_scope() -> None:
    seen = []

    async def look() -> None:
        with cleanup_shield() as scope:
            seen.append(scope)

    async with anyio.create_task_group() as group:
        group.start_soon(look)
    assert isinstance(seen[0], anyio.CancelScope)


def test_a_task_outside_of_every_scope_needs_no_shield() -> None:
    async def look() -> Any:
        with anyio.CancelScope():
            pass  # it is left again
        with cleanup_shield() as scope:
            return scope

    async def in_a_task() -> Any:
        return await asyncio.create_task(look())

    assert asyncio.run(look()) is None
    assert asyncio.run(in_a_task()) is None
    manager = GeneratorManager(wait_in_exit([]))
    assert shielded(manager, None) is manager


def test_on_trio_there_is_always_a_shield() -> None:
    async def look() -> Any:
        with cleanup_shield() as scope:
            return scope

    assert isinstance(anyio.run(look, backend="trio"), anyio.CancelScope)


def test_an_anyio_that_keeps_its_scopes_elsewhere_costs_no_correctness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from anyio._backends import _asyncio

    async def look() -> bool:
        return isinstance(cleanup_shield(), anyio.CancelScope)

    assert not asyncio.run(look())
    monkeypatch.delattr(_asyncio, "_task_states")
    assert asyncio.run(look())


async def test_a_semaphore_is_held_from_before_entry_until_after_exit() -> None:
    semaphore = anyio.Semaphore(1)
    values = []

    async def generate() -> AsyncGenerator[str, None]:
        values.append(semaphore.value)
        yield "value"
        values.append(semaphore.value)

    async with HeldSemaphore(GeneratorManager(generate()), semaphore) as value:
        assert value == "value"
        values.append(semaphore.value)
    assert values == [0, 0, 0]
    assert semaphore.value == 1


@pytest.mark.parametrize(
    "generate",
    [
        make_generator(1, "Problem", "swallows", "nothing"),
        make_generator(1, "nothing", "swallows", "Problem"),
    ],
    ids=["entry", "exit"],
)
async def test_a_semaphore_is_released_when_entry_or_exit_raises(generate: Generator) -> None:
    semaphore = anyio.Semaphore(1)
    with pytest.raises(Problem):
        async with HeldSemaphore(GeneratorManager(generate()), semaphore):
            pass
    assert semaphore.value == 1


async def test_a_cancelled_wait_for_a_semaphore_releases_nothing() -> None:
    semaphore = anyio.Semaphore(0)
    with anyio.move_on_after(0.01) as scope:
        async with HeldSemaphore(GeneratorManager(wait_in_exit([])), semaphore):
            pytest.fail("it was entered")
    assert scope.cancelled_caught
    assert semaphore.value == 0

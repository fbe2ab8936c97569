"""When the lines of a stream are sent: one by one, together, and by whom."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import pytest

from rapide.runtime import streaming
from rapide.runtime.streaming import BURST, MOST, JsonLines, Lines, checked

Message = dict[str, Any]


def encode(item: Any, scope: Any) -> bytes:
    return str(item).encode()


class Client:
    """Takes messages; `gate` can hold them up."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.done = asyncio.Event()

    async def receive(self) -> Message:
        await self.done.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if not self.gate.is_set():
            await self.gate.wait()
        if message["type"] == "http.response.body":
            self.bodies.append(message["body"])
            if not message["more_body"]:
                self.done.set()

    async def get(self, items: Any, *, is_async: bool = True) -> list[bytes]:
        """Stream the items to this client; the bodies of the messages that are not empty."""
        response = JsonLines(Lines(items, encode, {}, is_async=is_async))
        scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
        await asyncio.wait_for(response(scope, self.receive, self.send), 10)
        return [body for body in self.bodies if body]


def lines_in(bodies: list[bytes]) -> list[int]:
    return [body.count(b"\n") for body in bodies]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the clock, which stands still unless a test moves it."""
    time = [0.0]
    monkeypatch.setattr(streaming, "perf_counter", lambda: time[0])
    return time


async def numbers(count: int, between: Callable[[int], Any] = lambda _: None) -> AsyncIterator[int]:
    for number in range(count):
        between(number)
        yield number


def test_lines_are_sent_one_by_one_until_many_have_come_quickly(now: list[float]) -> None:
    bodies = asyncio.run(Client().get(numbers(BURST + 2 * MOST + 5)))
    assert lines_in(bodies) == [1] * BURST + [MOST, MOST, 5]
    text = b"".join(b"%d\n" % number for number in range(BURST + 2 * MOST + 5))
    assert b"".join(bodies) == text


def test_slow_lines_are_sent_one_by_one(now: list[float]) -> None:
    def work(number: int) -> None:
        now[0] += 0.001

    bodies = asyncio.run(Client().get(numbers(3 * BURST, work)))
    assert lines_in(bodies) == [1] * (3 * BURST)


def test_a_slow_line_ends_the_gathering(now: list[float]) -> None:
    def work(number: int) -> None:
        if number == BURST + 3:
            now[0] += 0.001

    bodies = asyncio.run(Client().get(numbers(BURST + 6, work)))
    assert lines_in(bodies) == [1] * BURST + [4, 1, 1]


def test_large_lines_are_not_held_back(now: list[float]) -> None:
    async def items() -> AsyncIterator[Any]:
        for number in range(BURST):
            yield number
        yield "small"
        yield "x" * 2000
        yield "y" * 2000

    assert lines_in(asyncio.run(Client().get(items()))) == [1] * BURST + [2, 1]


def test_nothing_is_held_back_while_the_generator_waits(now: list[float]) -> None:
    async def main() -> list[bytes]:
        client, sent = Client(), []

        async def items() -> AsyncIterator[int]:
            for number in range(BURST + 3):
                yield number
            for _ in range(3):
                await asyncio.sleep(0)
            sent.append(b"".join(client.bodies).count(b"\n"))
            yield -1

        await client.get(items())
        assert sent == [BURST + 3]
        return client.bodies

    bodies = asyncio.run(main())
    assert lines_in(bodies) == [1] * BURST + [3, 1, 0]


def test_a_timeout_of_the_generator_does_not_interrupt_the_sending(now: list[float]) -> None:
    async def main() -> list[bytes]:
        client, timed_out = Client(), asyncio.Event()

        async def items() -> AsyncIterator[Any]:
            for number in range(BURST + 3):
                yield number
            client.gate.clear()
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(5)
            except TimeoutError:
                timed_out.set()
            yield "late"
            yield "later"

        streaming = asyncio.create_task(client.get(items()))
        await timed_out.wait()
        await asyncio.sleep(0)
        client.gate.set()
        return await streaming

    bodies = asyncio.run(main())
    expected = [*range(BURST + 3), "late", "later"]
    assert b"".join(bodies) == b"".join(b"%a\n" % one for one in expected).replace(b"'", b"")


def test_a_generator_that_often_waits_does_not_run_ahead_of_a_slow_client(now: list[float]) -> None:
    async def main() -> None:
        client, made = Client(), []

        async def items() -> AsyncIterator[int]:
            for number in range(1000):
                made.append(number)
                if number > BURST:
                    client.gate.clear()
                    if number % 5 == 0:
                        await asyncio.sleep(0)
                yield number

        streaming = asyncio.create_task(client.get(items()))
        while len(made) <= BURST:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(made) < BURST + MOST
        while not streaming.done():
            client.gate.set()
            await asyncio.sleep(0)
        assert b"".join(streaming.result()) == b"".join(b"%d\n" % one for one in range(1000))

    asyncio.run(main())


def test_what_was_yielded_before_an_error_is_sent(now: list[float]) -> None:
    async def main() -> list[bytes]:
        client = Client()

        async def items() -> AsyncIterator[int]:
            for number in range(BURST + 3):
                yield number
            raise ValueError("no more")

        with pytest.raises(ValueError, match="no more"):
            await client.get(items())
        return client.bodies

    assert lines_in(asyncio.run(main())) == [1] * BURST + [3]


def test_what_sending_raises_while_the_generator_waits_leaves_the_response(
    now: list[float],
) -> None:
    async def main() -> None:
        client = Client()
        send = client.send

        async def fail(message: Message) -> None:
            if message.get("body", b"").count(b"\n") > 1:
                raise OSError("gone")
            await send(message)

        async def items() -> AsyncIterator[int]:
            for number in range(BURST + 3):
                yield number
            await asyncio.sleep(0)
            yield -1

        client.send = fail  # type: ignore[method-assign]
        with pytest.raises(OSError, match="gone"):
            await client.get(items())

    asyncio.run(main())


def test_others_get_a_turn_after_each_message(now: list[float]) -> None:
    async def main() -> None:
        client, turns = Client(), [0]

        async def count() -> None:
            while True:
                turns[0] += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(count())
        bodies = await client.get(numbers(BURST + 10 * MOST))
        task.cancel()
        assert turns[0] >= len(bodies)

    asyncio.run(main())


@pytest.mark.parametrize("quick", [True, False])
def test_an_endless_generator_is_left_soon_after_the_client_leaves(
    quick: bool, now: list[float]
) -> None:
    async def main() -> None:
        client, made = Client(), []

        async def items() -> AsyncIterator[int]:
            while True:
                made.append(len(made))
                if not quick:
                    now[0] += 0.001
                if made[-1] == 5 * BURST:
                    client.done.set()
                yield made[-1]

        await client.get(items())
        assert client.bodies[-1] != b""  # there is no last message
        assert len(made) <= 5 * BURST + 2 * MOST

    asyncio.run(main())


def test_a_cancelled_stream_leaves_no_task_behind(now: list[float]) -> None:
    async def main() -> None:
        client, waiting = Client(), asyncio.Event()

        async def items() -> AsyncIterator[int]:
            for number in range(BURST + 3):
                yield number
            client.gate.clear()
            waiting.set()
            await asyncio.sleep(5)
            yield -1

        streaming = asyncio.create_task(client.get(items()))
        await waiting.wait()
        await asyncio.sleep(0)
        streaming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await streaming
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_the_generator_runs_in_the_task_and_the_context_of_its_response() -> None:
    async def main() -> None:
        tasks = []

        async def items() -> AsyncIterator[int]:
            for number in range(BURST + 3):
                tasks.append(asyncio.current_task())
                yield number
                await asyncio.sleep(0)

        await Client().get(items())
        assert len(set(tasks)) == 1

    asyncio.run(main())


def test_a_generator_that_is_not_async_runs_in_a_worker_thread() -> None:
    def items() -> Iterator[int]:
        for _ in range(3):
            yield threading.get_ident()

    bodies = asyncio.run(Client().get(items(), is_async=False))
    assert lines_in(bodies) == [1, 1, 1]
    assert int(bodies[0]) != threading.get_ident()


@pytest.mark.parametrize("is_async", [True, False])
def test_the_body_can_be_read_and_replaced(is_async: bool) -> None:
    async def main() -> list[bytes]:
        client = Client()
        items: Any = numbers(3) if is_async else iter(range(3))
        response = JsonLines(Lines(items, encode, {}, is_async=is_async))
        body = response.body_iterator

        async def doubled() -> AsyncIterator[bytes]:
            async for line in body:
                yield bytes(line) * 2

        response.body_iterator = doubled()
        await response({"type": "http", "asgi": {}}, client.receive, client.send)
        return client.bodies

    assert asyncio.run(main()) == [b"0\n0\n", b"1\n1\n", b"2\n2\n", b""]


def test_chunks_of_an_async_generator_can_be_cancelled_between_any_two() -> None:
    async def main() -> int:
        count = 0
        with anyio.CancelScope() as scope:
            async for count in checked(numbers(1000)):
                if count == 5:
                    scope.cancel()
        return count

    assert anyio.run(main) == 5

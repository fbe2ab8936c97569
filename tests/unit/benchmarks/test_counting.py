"""The transport of the counts sends requests and knows when an answer has come."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.counting import Wire, payloads_of, prepare, rows, side_of
from benchmarks.instructions import total_of
from benchmarks.works import Request

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Echo:
    """A protocol that answers in two writes, the second a turn later, and a third of nothing."""

    def __init__(self, transport: Wire, answer: bytes) -> None:
        self.transport = transport
        self.answer = answer
        self.asked: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self.asked.append(data)
        self.transport.write(self.answer[:1])
        loop = asyncio.get_running_loop()
        loop.call_soon(self.transport.write, self.answer[1:])
        loop.call_soon(self.transport.write, b"")


async def test_the_next_request_is_sent_when_the_answer_is_whole() -> None:
    payloads = iter([b"1", b"2", b"3"])
    transport = Wire(asyncio.get_running_loop(), payloads.__next__)
    transport.protocol = Echo(transport, b"yes")
    assert await transport.first(b"0", lambda answer: answer == b"yes") == b"yes"
    await transport.repeat(3, len(b"yes"))
    assert transport.protocol.asked == [b"0", b"1", b"2", b"3"]


async def test_an_answer_of_another_length_is_an_error() -> None:
    transport = Wire(asyncio.get_running_loop(), lambda: b"1")
    transport.protocol = Echo(transport, b"yes")
    with pytest.raises(ValueError, match="differ in length"):
        await transport.repeat(1, 2)


@pytest.mark.parametrize("framework", ["fastapi", "rapide"])
@pytest.mark.parametrize("name", ["hello", "websocket"])
async def test_rows_are_served_without_a_socket(framework: str, name: str) -> None:
    row = rows()[name]
    transport, length = await prepare(row, side_of(row, framework))
    await transport.repeat(3, length)
    assert transport.missing == transport.remaining == 0


def test_each_request_has_another_value_of_a_changing_header() -> None:
    payloads = payloads_of(Request("/", changing="x-request-id"))
    first, second = payloads(), payloads()
    assert first != second
    assert len(first) == len(second)


def test_a_count_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "out.7.1"
    path.write_text("desc: Trigger: Client Request: hello\n\nsummary: 5000\n\ntotals: 5000\n")
    assert total_of(path) == ("hello", 5000)
    path.write_text("desc: Trigger: Program termination\ntotals: 3\n")
    assert total_of(path) is None

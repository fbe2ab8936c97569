"""The load generator for streams and WebSockets counts what comes, and nothing else."""

import asyncio
from typing import Any

import pytest

from benchmarks.apps import load_app
from benchmarks.flows import FLOWS, EchoClient, StreamClient
from benchmarks.inprocess import answer_of
from benchmarks.works import Request

pytestmark = pytest.mark.anyio

RESPONSE = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    + b'8\r\n{"a":1}\n\r\n' * 9_998
    + b'10\r\n{"a":1}\n{"a":2}\n\r\n'
    + b"0\r\n\r\n"
)
UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_open = True

    def write(self, data: Any) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.is_open = False


@pytest.mark.parametrize("size", [1, 7, 100, 65536])
def test_items_of_a_stream_are_counted_however_it_is_cut(size: int) -> None:
    client, transport = StreamClient("/readings"), Transport()
    client.connection_made(transport)
    for _ in range(2):
        for start in range(0, len(RESPONSE), size):
            client.data_received(RESPONSE[start : start + size])
    assert client.count == 20_000
    assert (client.trouble, len(client.milliseconds), len(transport.written)) == (None, 2, 3)


def test_a_stream_that_ends_early_is_a_failure() -> None:
    client, transport = StreamClient("/readings"), Transport()
    client.connection_made(transport)
    client.data_received(b'HTTP/1.1 200 OK\r\n\r\n8\r\n{"a":1}\n\r\n0\r\n\r\n')
    assert client.trouble is not None
    assert "1 items" in client.trouble
    assert not transport.is_open


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_messages_are_counted_when_they_are_back(size: int) -> None:
    client, transport = EchoClient("/echo"), Transport()
    client.connection_made(transport)
    for data in (UPGRADE, client.ECHO, client.ECHO):
        for start in range(0, len(data), size):
            client.data_received(data[start : start + size])
    assert (client.trouble, client.count) == (None, 2)
    assert transport.written[1:] == [client.message] * 3


@pytest.mark.parametrize("answer", [b"HTTP/1.1 403 Forbidden\r\n\r\n", UPGRADE])
def test_another_answer_is_a_failure(answer: bytes) -> None:
    client, transport = EchoClient("/echo"), Transport()
    client.connection_made(transport)
    client.data_received(answer)
    if transport.is_open:
        client.data_received(b"\x88" * len(client.ECHO))
    assert client.trouble is not None
    assert (client.count, transport.is_open) == (0, False)


async def test_both_frameworks_stream_the_same_items() -> None:
    (flow,) = (flow for flow in FLOWS if flow.name == "stream")
    fastapi, rapide = [
        await answer_of(load_app(framework, flow.app), Request(flow.path))
        for framework in ("fastapi", "rapide")
    ]
    assert fastapi.body.count(StreamClient.ITEM) == StreamClient.ITEMS
    assert rapide == fastapi


@pytest.mark.parametrize("framework", ["fastapi", "rapide"])
async def test_both_frameworks_send_a_message_back(framework: str) -> None:
    (flow,) = (flow for flow in FLOWS if flow.name == "websocket")
    received = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "message"},
        {"type": "websocket.disconnect", "code": 1000},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return received.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": flow.path, "headers": [], "query_string": b""}
    await load_app(framework, flow.app)(scope, receive, send)
    assert sent[0]["type"] == "websocket.accept"
    assert sent[1:] == [{"type": "websocket.send", "text": "message"}]

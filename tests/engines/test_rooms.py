"""A room of 2,000 sockets in four processes."""

from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import pytest

from tests.unit.distributed.servers import RedisServer, Replica

from .results import record

APPLICATION = "tests.unit.distributed.rooms_application:app"
SOCKETS = 2_000
PROCESSES = 4
BROADCASTS = 30


class Reader(asyncio.Protocol):
    """A WebSocket that reads short messages, with as little work as possible.

    The time that a client library takes for 2,000 messages would hide that of the servers.
    """

    def __init__(self, crowd: Crowd, name: int) -> None:
        self.crowd = crowd
        self.name = name
        self.buffer = b""
        self.is_open = self.is_closed = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        transport.write(
            f"GET /rooms/all?name={self.name} HTTP/1.1\r\nHost: a\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data
        if not self.is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.buffer = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self.is_open = True
        while len(data) >= 2 and len(data) >= 2 + data[1]:
            # SPEC: RFC 6455, section 5.2: a text of at most 125 bytes, in one frame.
            assert data[0] == 0x81, data
            self.take(data[2 : 2 + data[1]].decode())
            data = data[2 + data[1] :]
        self.buffer = data

    def take(self, text: str) -> None:
        if self.joined.done():
            self.crowd.note(text)
        else:
            assert text == "joined"
            self.joined.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True


class Crowd:
    """Sockets in a room, and the times at which messages reach them."""

    def __init__(self) -> None:
        self.sockets: list[Reader] = []
        #: How many sockets have got a message, by its text.
        self.counts: dict[str, int] = {}
        #: The times from a broadcast to a socket, in seconds.
        self.latencies: list[float] = []
        self.sent_at: dict[str, float] = {}

    async def enter(self, replica: Replica, number: int) -> None:
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(
            lambda: Reader(self, number), "127.0.0.1", replica.port
        )
        async with asyncio.timeout(120):
            await socket.joined
        self.sockets.append(socket)

    def note(self, text: str) -> None:
        """Note that a message has reached a socket."""
        self.counts[text] = self.counts.get(text, 0) + 1
        if text in self.sent_at:
            self.latencies.append(time.perf_counter() - self.sent_at[text])

    async def get(self, text: str) -> None:
        """Wait until every socket has got a message."""
        async with asyncio.timeout(60):
            while self.counts.get(text, 0) < len(self.sockets):
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("sockets", [SOCKETS])
def test_a_broadcast_reaches_all_and_sockets_survive_a_restart_of_redis(
    redis: RedisServer, tmp_path: Path, sockets: int
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    replicas = [
        Replica(APPLICATION, tmp_path / f"{number}.log", ROOMS_URL=redis.url)
        for number in range(PROCESSES)
    ]
    try:
        asyncio.run(play(redis, [replica.wait() for replica in replicas], sockets))
    finally:
        for replica in replicas:
            replica.kill()


async def play(redis: RedisServer, replicas: list[Replica], sockets: int) -> None:
    crowd = Crowd()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:

        async def send(number: int, text: str) -> int:
            url = f"{replicas[number % PROCESSES].url}/rooms/all"
            return (await client.post(url, json=text)).status_code

        for start in range(0, sockets, 50):
            numbers = range(start, start + 50)
            await asyncio.gather(*(crowd.enter(replicas[n % PROCESSES], n) for n in numbers))
        present = (await client.get(f"{replicas[0].url}/rooms/all")).json()
        assert len(present) == sockets
        for number in range(BROADCASTS):
            text = f"message {number}"
            crowd.sent_at[text] = time.perf_counter()
            assert await send(number, text) == 200
            await crowd.get(text)
        assert set(crowd.counts.values()) == {sockets}

        await asyncio.to_thread(redis.stop)
        await asyncio.to_thread(redis.start)
        number = 0
        while crowd.counts.get(f"after {number}", 0) < sockets:
            number += 1
            await send(number, f"after {number}")
            await asyncio.sleep(1)
            assert number < 60
        closed = sum(socket.is_closed for socket in crowd.sockets)
        assert closed == 0
    for socket in crowd.sockets:
        socket.transport.close()
    cuts = quantiles(crowd.latencies, n=100)
    record(
        "rooms",
        {
            "what": "broadcasts to one room; one process on the same machine is the client",
            "sockets": sockets,
            "processes": PROCESSES,
            "broadcasts": BROADCASTS,
            "median (ms)": round(cuts[49] * 1000, 1),
            "p99 (ms)": round(cuts[98] * 1000, 1),
            "messages lost": BROADCASTS * sockets - len(crowd.latencies),
            "restarts of Redis": 1,
            "sockets closed by the restart": closed,
        },
    )

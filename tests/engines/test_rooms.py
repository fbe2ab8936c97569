"""A room of 2,000 sockets in four processes."""

from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path
from statistics import quantiles

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.unit.distributed.servers import RedisServer, Replica

from .results import record

APPLICATION = "tests.unit.distributed.rooms_application:app"
SOCKETS = 2_000
PROCESSES = 4
BROADCASTS = 30


class Crowd:
    """Sockets in a room, and the times at which messages reach them."""

    def __init__(self) -> None:
        self.sockets: list[ClientConnection] = []
        self.reading: list[asyncio.Task[None]] = []
        #: How many sockets have got a message, by its text.
        self.counts: dict[str, int] = {}
        #: The times from a broadcast to a socket, in seconds.
        self.latencies: list[float] = []
        self.sent_at: dict[str, float] = {}

    async def enter(self, replica: Replica, number: int) -> None:
        address = f"ws://127.0.0.1:{replica.port}/rooms/all?name={number}"
        socket = await connect(
            address, proxy=None, compression=None, open_timeout=120, ping_interval=None
        )
        assert await socket.recv() == "joined"
        self.sockets.append(socket)
        self.reading.append(asyncio.create_task(self.read(socket)))

    async def read(self, socket: ClientConnection) -> None:
        async for message in socket:
            now = time.perf_counter()
            text = str(message)
            self.counts[text] = self.counts.get(text, 0) + 1
            if text in self.sent_at:
                self.latencies.append(now - self.sent_at[text])

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
        closed = sum(task.done() for task in crowd.reading)
        assert closed == 0
    for socket in crowd.sockets:
        await socket.close()
    await asyncio.gather(*crowd.reading)
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

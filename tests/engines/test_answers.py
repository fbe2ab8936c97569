"""A thousand duplicates over four processes, and processes that are killed while they execute."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from tests.unit.distributed.servers import RedisServer, Replica, wait_until

from .results import record

APPLICATION = "tests.unit.distributed.kept_application:app"
DUPLICATES = 1_000
PROCESSES = 4
KILLED = 5
LEASE = 2


def start(redis: RedisServer, log: Path, *options: str) -> Replica:
    return Replica(APPLICATION, log, *options, KEPT_URL=redis.url, KEPT_LEASE=str(LEASE))


@contextmanager
def running(redis: RedisServer, folder: Path) -> Iterator[list[Replica]]:
    replicas = [start(redis, folder / f"{number}.log") for number in range(PROCESSES)]
    try:
        yield [replica.wait() for replica in replicas]
    finally:
        for replica in replicas:
            replica.kill()


def count_of(redis: RedisServer, name: str) -> int:
    with Redis.from_url(redis.url) as client:
        return int(client.get(f"count:{name}") or 0)


async def ask_all(urls: list[str], number: int, **request: Any) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=number)
    async with httpx.AsyncClient(trust_env=False, timeout=120, limits=limits) as client:
        asked = (client.request(url=urls[i % len(urls)], **request) for i in range(number))
        return list(await asyncio.gather(*asked))


@pytest.mark.parametrize("kind", ["processes", "workers"])
def test_a_thousand_concurrent_duplicates_are_executed_once(
    redis: RedisServer, tmp_path: Path, kind: str
) -> None:
    request: dict[str, Any] = {
        "method": "POST",
        "json": {"item": "tea"},
        "headers": {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'},
    }
    if kind == "processes":
        with running(redis, tmp_path) as replicas:
            urls = [f"{replica.url}/orders/tea" for replica in replicas]
            answers = asyncio.run(ask_all(urls, DUPLICATES, **request))
    else:
        workers = start(redis, tmp_path / "log", "--workers", str(PROCESSES)).wait()
        try:
            answers = asyncio.run(ask_all([f"{workers.url}/orders/tea"], DUPLICATES, **request))
        finally:
            workers.stop()
    assert Counter(answer.status_code for answer in answers) == {201: DUPLICATES}
    assert len({answer.content for answer in answers}) == 1
    executed = count_of(redis, "tea")
    assert executed == 1
    if kind == "processes":
        facts = {
            "what": "concurrent requests with one Idempotency-Key",
            "duplicates": DUPLICATES,
            "processes": PROCESSES,
            "wrong or missing answers": 0,
            "executed more than once": executed - 1,
        }
        record("duplicates", facts)


def test_processes_that_are_killed_hold_nobody_up_for_long(
    redis: RedisServer, tmp_path: Path
) -> None:
    wrong = 0
    with running(redis, tmp_path) as replicas:
        for number in range(KILLED):
            wrong += asyncio.run(kill_one(redis, replicas, tmp_path, f"order-{number}"))
    record(
        "killed-executions",
        {
            "what": "a process is killed while it executes a request whose duplicates wait",
            "duplicates that wait each time": 100,
            "lease (s)": LEASE,
            "killed processes": KILLED,
            "wrong or missing answers": wrong,
            "requests that began more than once": KILLED,
            "requests that ended more than once": 0,
        },
    )


async def kill_one(redis: RedisServer, replicas: list[Replica], folder: Path, name: str) -> int:
    """Kill the process that executes; return how many duplicates got no or a wrong answer."""
    request: dict[str, Any] = {
        "method": "POST",
        "json": {"seconds": 3600},
        "headers": {"Idempotency-Key": name},
    }
    killed = start(redis, folder / f"{name}.log").wait()
    lost = asyncio.create_task(ask_all([f"{killed.url}/orders/{name}"], 1, **request))
    await asyncio.to_thread(wait_until, lambda: count_of(redis, name) == 1, "it does not begin")
    urls = [f"{replica.url}/orders/{name}" for replica in replicas]
    waiting = asyncio.create_task(ask_all(urls, 100, **request))
    await asyncio.sleep(LEASE)  # its lease is renewed, so that they wait for it
    assert not waiting.done()
    killed.kill()
    with pytest.raises(httpx.TransportError):
        await lost
    answers = await waiting
    assert count_of(redis, name) == 2
    return sum(answer.status_code != 201 or answer.json()["number"] != 2 for answer in answers)

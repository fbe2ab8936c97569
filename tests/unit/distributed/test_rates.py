"""Rates in Redis: several processes admit together what one would, and outages do not block."""

from __future__ import annotations

import asyncio
import logging
import pickle
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapide import FastAPI
from rapide.distributed.rates import RedisRates
from rapide.limits import Rate, RequestLimits
from rapide.testclient import TestClient

from .servers import RedisServer, Replica, running_redis

APPLICATION = "tests.unit.distributed.rates_application:app"
CLIENTS = 5


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def replicas(redis: RedisServer, tmp_path: Path) -> Iterator[list[Replica]]:
    started = [
        Replica(APPLICATION, tmp_path / f"{number}.log", REDIS_URL=redis.url) for number in range(4)
    ]
    try:
        yield [replica.wait() for replica in started]
    finally:
        for replica in started:
            replica.kill()


async def ask_all(replicas: list[Replica], method: str, path: str, times: int) -> Counter[Any]:
    """Send requests of several clients to all replicas at the same time; count the answers."""
    answers: Counter[Any] = Counter()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:

        async def ask(url: str, client: str) -> None:
            answer = await http.request(method, url + path, headers={"x-client": client})
            answers[client, answer.status_code] += 1

        async with asyncio.TaskGroup() as tasks:
            for number in range(times):
                for client in range(CLIENTS):
                    url = replicas[number % len(replicas)].url
                    tasks.create_task(ask(url, f"client {client}"))
    return answers


@pytest.mark.anyio
async def test_four_processes_admit_what_one_bucket_contains(replicas: list[Replica]) -> None:
    answers = await ask_all(replicas, "GET", "/slow", 30)
    admitted = {(f"client {number}", 200): 20 for number in range(CLIENTS)}
    expected = admitted | {(f"client {number}", 429): 10 for number in range(CLIENTS)}
    assert answers == expected
    # With refill: never more than the burst and what came back in the time that passed.
    began = time.monotonic()
    answers = await ask_all(replicas, "POST", "/fast", 40)
    most = 20 + 50 * (time.monotonic() - began)
    for number in range(CLIENTS):
        assert 20 <= answers[f"client {number}", 200] <= most


STEPS = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 3)), max_size=20)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bursts=st.tuples(st.integers(1, 5), st.integers(1, 5)), steps=STEPS)
def test_buckets_in_redis_behave_like_their_model(
    redis: RedisServer, bursts: tuple[int, int], steps: list[tuple[str, int]]
) -> None:
    rates = [Rate(1, per=86_400, burst=burst) for burst in bursts]

    async def run() -> None:
        store = RedisRates(redis.url, prefix=f"{time.monotonic_ns()}:", timeout=30)
        left: dict[tuple[str, int], int] = {}
        for key, which in steps:  # 1: the first rate, 2: the second, 3: both
            chosen = [number for number in range(2) if which & (1 << number)]
            buckets = [(f"{number}:{key}", rates[number]) for number in chosen]
            levels = await store.take(buckets)
            assert levels is not None
            expected = [left.setdefault((key, number), bursts[number]) for number in chosen]
            units = [rates[number].unit for number in chosen]
            found = [level // unit for level, unit in zip(levels, units, strict=True)]
            assert found == expected
            if all(expected):
                for number in chosen:
                    left[key, number] -= 1
        await store.close()

    asyncio.run(run())


@pytest.mark.anyio
async def test_a_bucket_fills_by_the_clock_of_the_server_and_expires() -> None:
    with running_redis() as server:
        store, rate = RedisRates(server.url, timeout=30), Rate(1000, per=1, burst=1)
        assert await store.take([("key", rate)])
        client = store._script().registered_client
        assert await client.keys() == [b"rapide:rate:key"]
        assert 0 < await client.pttl("rapide:rate:key") <= 1001
        level = 0
        while level < rate.unit:
            levels = await store.take([("key", rate)])
            assert levels is not None
            level = levels[0]
        await store.close()


def app_of(store: RedisRates) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await store.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/", limits=RequestLimits(rate=Rate(1, per=3600, store=store)))
    async def root() -> str:
        return "done"

    return app


@pytest.mark.parametrize("is_silent", [False, True], ids=["refuses", "does not answer"])
def test_a_server_that_cannot_be_reached_blocks_nobody(
    is_silent: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if is_silent:
            server.listen(50)
        url = f"redis://127.0.0.1:{server.getsockname()[1]}"
        caplog.set_level(logging.WARNING, "rapide.distributed")
        with TestClient(app_of(RedisRates(url, timeout=0.05))) as client:
            assert [client.get("/").status_code for _ in range(5)] == [200] * 5
        assert len(caplog.records) == 1
        assert "requests are not limited" in caplog.text
        store = RedisRates(url, timeout=0.05, when_unreachable="closed")
        with TestClient(app_of(store)) as client:
            answer = client.get("/")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_limits_work_again_when_the_server_is_back() -> None:
    with running_redis() as server:
        store = RedisRates(server.url, timeout=5, prefix="own:")
        with TestClient(app_of(pickle.loads(pickle.dumps(store)))) as client:
            assert [client.get("/").status_code for _ in range(2)] == [200, 429]
            server.stop()
            assert client.get("/").status_code == 200
            server.start()
            latest = time.monotonic() + 60
            while client.get("/").status_code == 200:
                assert time.monotonic() < latest
                time.sleep(0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "http://localhost"}, "Redis URL must specify"),
        ({"timeout": 0}, "timeout must be more than 0"),
        ({"when_unreachable": "shut"}, "must be 'open' or 'closed'"),
    ],
)
def test_wrong_options_are_reported(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RedisRates(**{"url": "redis://localhost", **options})

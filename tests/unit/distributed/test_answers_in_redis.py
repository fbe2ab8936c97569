"""Kept answers in Redis: several processes, killed ones, and a server that cannot be reached."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from rapide import FastAPI
from rapide.distributed.answers import Answers, Unavailable
from rapide.distributed.answers.contract import Answer, Entry, Standing
from rapide.distributed.cache import Cache
from rapide.distributed.idempotency import Idempotency
from rapide.testclient import TestClient

from .servers import RedisServer, Replica, running_redis, wait_until

APPLICATION = "tests.unit.distributed.kept_application:app"
KEY = "Idempotency-Key"


@pytest.fixture(scope="module")
def two(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Replica]]:
    folder = tmp_path_factory.mktemp("replicas")
    replicas = [start(redis, folder / f"{number}.log") for number in range(2)]
    try:
        yield [replica.wait() for replica in replicas]
    finally:
        for replica in replicas:
            replica.kill()


def closing(answers: Answers) -> Any:
    """Return a lifespan that closes the connections of a store."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with answers:
            yield

    return lifespan


def start(redis: RedisServer, log: Path) -> Replica:
    return Replica(APPLICATION, log, KEPT_URL=redis.url, KEPT_LEASE="1")


def count_of(redis: RedisServer, name: str) -> int:
    with Redis.from_url(redis.url) as client:
        return int(client.get(f"count:{name}") or 0)


def ask_all(
    replicas: list[Replica], number: int, method: str, path: str, **options: Any
) -> list[httpx.Response]:
    """Send the same request to all replicas at the same time."""

    def ask(index: int) -> httpx.Response:
        return client.request(method, replicas[index % len(replicas)].url + path, **options)

    limits = httpx.Limits(max_connections=number)
    with (
        httpx.Client(trust_env=False, timeout=60, limits=limits) as client,
        ThreadPoolExecutor(number) as threads,
    ):
        return list(threads.map(ask, range(number)))


def test_duplicates_are_executed_once_in_all_processes(
    redis: RedisServer, two: list[Replica]
) -> None:
    options = {"json": {"item": "tea ☕"}, "headers": {KEY: '"one"'}}
    answers = ask_all(two, 40, "POST", "/orders/tea", **options)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert count_of(redis, "tea") == 1
    other = httpx.post(f"{two[1].url}/orders/tea", json={}, headers={KEY: '"one"'}, trust_env=False)
    assert other.status_code == 422


def test_one_process_makes_an_answer_for_all_and_an_invalidation_reaches_all(
    redis: RedisServer, two: list[Replica]
) -> None:
    host = {"Host": "shop"}  # it is part of what is cached
    answers = ask_all(two, 40, "GET", "/books/emma", headers=host)
    assert len({answer.content for answer in answers}) == 1
    assert count_of(redis, "emma") == 1
    with httpx.Client(trust_env=False, timeout=60) as client:
        tag = answers[0].headers["etag"]
        same = client.get(f"{two[1].url}/books/emma", headers=host | {"If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"")
        client.delete(f"{two[0].url}/books/emma")
        urls = [f"{replica.url}/books/emma" for replica in two]
        numbers = {client.get(url, headers=host).json()["number"] for url in urls}
    assert numbers == {2}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/orders/killed"), ("GET", "/books/killed?seconds=3600")]
)
def test_a_killed_process_holds_nobody_up_for_longer_than_its_lease(
    redis: RedisServer, two: list[Replica], tmp_path: Path, method: str, path: str
) -> None:
    name = path.partition("?")[0].rpartition("/")[2] + method
    path = path.replace("killed", name)
    options = {"json": {"seconds": 3600}, "headers": {KEY: "k"}} if method == "POST" else {}
    killed = start(redis, tmp_path / "killed.log").wait()
    with ThreadPoolExecutor(1) as threads, httpx.Client(trust_env=False, timeout=60) as client:
        headers = {"Host": "shop", **options.pop("headers", {})}
        options["headers"] = headers
        lost = threads.submit(client.request, method, killed.url + path, **options)
        wait_until(lambda: count_of(redis, name) == 1, "the request does not begin")
        waiting = threads.submit(ask_all, two, 10, method, path, **options)
        killed.kill()
        with pytest.raises(httpx.TransportError):
            lost.result(60)
        answers = waiting.result(60)
    assert {answer.json()["number"] for answer in answers} == {2}
    assert count_of(redis, name) == 2


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A server that a test may stop."""
    with running_redis() as server:
        yield server


def test_requests_are_served_without_the_cache_if_redis_cannot_be_reached(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapide.distributed.idempotency.serving.PATIENCE", 1)
    redis = own_redis
    answers = Answers(redis.url)
    app = FastAPI(lifespan=closing(answers))
    executed: list[None] = []

    async def run() -> int:
        executed.append(None)
        return len(executed)

    @app.delete("/")
    async def forget() -> None:
        await answers.invalidate("a")

    app.add_api_route("/", run, cache=Cache(60, tags=["a"], store=answers))
    app.add_api_route("/", run, methods=["POST"], idempotency=Idempotency(store=answers))
    with TestClient(app, raise_server_exceptions=False) as client:
        assert [client.get("/").json() for _ in "12"] == [1, 1]
        redis.stop()
        with caplog.at_level(logging.WARNING, "rapide.distributed"):
            assert [client.get("/").json() for _ in "123"] == [2, 3, 4]
        assert len(caplog.records) == 1
        redis.start()

        def is_cached() -> bool:
            return bool(client.get("/").json() == client.get("/").json())

        wait_until(is_cached, "the cache does not come back")
        redis.stop()
        answer = client.post("/", headers={KEY: "k"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        before = len(executed)
        redis.start()
        assert client.post("/", headers={KEY: "k"}).json() == before + 1


def entry_of(key: str, **options: Any) -> Entry:
    times = {"fresh": 60.0, "kept": 60.0, "lease": 1.0, "patience": 5.0}
    return Entry(key=key, **{**times, **options})


@pytest.mark.parametrize("kind", ["memory", "url", "client"])
def test_the_stores_behave_alike(redis: RedisServer, kind: str) -> None:
    async def play() -> None:
        client = AsyncRedis.from_url(redis.url)
        server = {"memory": None, "url": redis.url, "client": client}[kind]
        prefix = f"p{kind}*[x]"
        answers = Answers(server, prefix=prefix)
        neighbours = Answers(server, prefix=f"p{kind}yyx")
        store, entry = answers.current(), entry_of("a", tags=("t", "ü ☕"), fingerprint="1")
        answer = Answer(201, ((b"x-\xff", b"\xe9"), (b"a", b"")), b"\0\n\xff")
        held = await store.claim(entry, "one")
        assert held.standing is Standing.HELD
        assert (await store.claim(entry, "one")).standing is Standing.HELD
        assert (await store.claim(entry, "two")).standing is Standing.BUSY
        other = entry_of("a", fingerprint="2")
        assert (await store.claim(other, "two")).standing is Standing.OTHER
        assert await store.renew(entry, "one")
        assert not await store.renew(entry, "two")
        await store.release(entry, "two")
        assert not await store.keep(entry, "two", held.epochs, answer)
        assert await store.keep(entry, "one", held.epochs, answer)
        kept = await store.claim(entry, "two")
        assert (kept.standing, kept.answer) == (Standing.KEPT, answer)
        assert (await store.claim(other, "two")).standing is Standing.OTHER

        await neighbours.invalidate("t")
        await neighbours.clear()
        assert (await store.claim(entry, "two")).standing is Standing.KEPT
        await answers.invalidate("ü ☕")
        held = await store.claim(entry, "two")
        assert (held.standing, held.answer) == (Standing.HELD, None)
        await answers.invalidate("t")
        assert not await store.keep(entry, "two", held.epochs, answer)

        short = entry_of("b", fresh=0.001)
        held = await store.claim(short, "one")
        assert await store.keep(short, "one", held.epochs, answer)
        await asyncio.sleep(0.01)
        held = await store.claim(short, "one")
        assert (held.standing, held.answer) == (Standing.HELD, answer)
        stale = await store.claim(short, "two")
        assert (stale.standing, stale.answer) == (Standing.STALE, answer)
        await answers.clear()
        assert not await store.keep(short, "one", held.epochs, answer)
        assert (await store.claim(short, "two")).answer is None
        await answers.close()
        await neighbours.close()
        await client.aclose()

    asyncio.run(play())


def test_a_store_is_used_in_several_event_loops_and_pickled(redis: RedisServer) -> None:
    answers: Answers = pickle.loads(pickle.dumps(Answers(redis.url, prefix="l")))
    app = FastAPI(lifespan=closing(answers))
    executed: list[None] = []

    @app.get("/", cache=Cache(60, store=answers))
    async def run() -> int:
        executed.append(None)
        return len(executed)

    for _ in range(3):
        # Each client has an event loop of its own.
        with TestClient(app) as client:
            assert client.get("/").json() == 1
    assert "secret" not in repr(Answers("redis://user:secret@localhost/0"))
    assert "secret" not in str(Cache(1, store="redis://user:secret@localhost/0"))
    assert "secret" not in repr(Cache(1, store="redis://user:secret@localhost/0"))


def test_an_operation_fails_in_the_end_if_redis_cannot_be_reached(
    own_redis: RedisServer,
) -> None:
    own_redis.stop()

    async def play() -> None:
        async with Answers(own_redis.url) as answers:
            with pytest.raises(Unavailable):
                await answers.current().claim(entry_of("a", patience=0.1), "one")

    asyncio.run(play())


def test_an_application_without_kept_answers_imports_nothing_of_it() -> None:
    program = """
import sys
from rapide import FastAPI
from rapide.testclient import TestClient
app = FastAPI()
@app.get("/")
def read() -> int:
    return 1
assert TestClient(app).get("/").json() == 1
app.openapi()
print([name for name in sys.modules if name.startswith(("rapide.distributed", "redis"))])
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ)
    )
    assert (run.stdout.strip(), run.stderr) == ("[]", "")

"""Jobs through a real Redis: `rapide worker` runs them, and a killed worker loses none."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL
from typing import ClassVar

from rapide.jobs.redis_streams import _Listener
from tests.unit.jobs.workers import (
    FOLDER,
    environment,
    lines_of,
    processes_of,
    running_worker,
    wait_until,
)

_ENQUEUE = """
import asyncio, sys
from redis_app import app, broker, work

async def main():
    numbers = range(*map(int, sys.argv[1:3]))
    tasks = [await work.enqueue(number=n, seconds=sys.argv[3]) for n in numbers]
    if sys.argv[4] == "wait":
        results = [await task.wait_result(check_interval=0.01, timeout=60) for task in tasks]
        print([result.return_value for result in results])
    await broker.shutdown()

asyncio.run(main())
"""

_SEVERAL_LOOPS = """
import asyncio, sys
from redis import Redis
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker
from rapide import FastAPI
from rapide.testclient import TestClient

broker = RedisStreamBroker(sys.argv[1], queue_name="loops").with_result_backend(
    RedisAsyncResultBackend(sys.argv[1])
)
app = FastAPI()

@app.job(broker, name="nothing")
async def nothing(): ...

@app.post("/")
async def enqueue():
    return await (await nothing.enqueue()).is_ready()

asyncio.run(nothing.enqueue())
client = TestClient(app)  # without `with`, it runs an event loop for each request
print(*[client.post("/").status_code for _ in range(3)])
print(Redis.from_url(sys.argv[1]).xlen("loops"))
"""


def enqueue(env: dict[str, str], first: int, last: int, seconds: float, wait: str) -> str:
    command = [sys.executable, "-c", _ENQUEUE, str(first), str(last), str(seconds), wait]
    done = subprocess.run(command, cwd=FOLDER, env=env, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_workers_run_each_job_once_inside_one_lifespan(redis_url: str, tmp_path: Path) -> None:
    """The last job takes longer than the time after which others may take a job over."""
    runs = tmp_path / "runs"
    env = environment(redis_url, runs, IDLE="300")
    with running_worker(env, "--workers", "2"):
        assert enqueue(env, 0, 3, 1.5, "wait").strip() == str([f"hello {n}" for n in range(3)])
    begun = processes_of(runs, "lifespan", "begins")
    assert sorted(begun) == sorted(processes_of(runs, "lifespan", "ends"))
    assert len(set(begun)) == len(begun) == 2
    assert [len(processes_of(runs, "begin", str(number))) for number in range(3)] == [1, 1, 1]


def test_a_job_survives_its_worker(redis_url: str, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    env = environment(redis_url, runs, IDLE="300")
    with running_worker(env):
        enqueue(env, 50, 51, 600, "go")
        wait_until(lambda: bool(processes_of(runs, "begin", "50")))
        os.kill(processes_of(runs, "begin", "50")[0], SIGKILL)
        # The process that takes the place of the killed one gets the job.
        wait_until(lambda: bool(processes_of(runs, "end", "50")))
    first, second = processes_of(runs, "begin", "50")
    assert first != second


def test_a_worker_that_stops_gives_the_next_attempt_to_another(
    redis_url: str, tmp_path: Path
) -> None:
    env = environment(redis_url, tmp_path / "runs")
    program = "import asyncio, redis_app; asyncio.run(redis_app.fail.enqueue())"

    def attempts() -> set[str]:
        return {process for process, *words in lines_of(tmp_path / "runs") if words == ["attempt"]}

    with running_worker(env):
        subprocess.run([sys.executable, "-c", program], cwd=FOLDER, env=env, check=True)
        wait_until(lambda: len(attempts()) == 1)
    with running_worker(env):
        wait_until(lambda: len(attempts()) == 2)


def test_a_worker_keeps_its_messages_after_an_error_of_redis() -> None:
    """Otherwise another worker takes over a job that still runs."""
    claimed = asyncio.Event()

    class Client:
        calls = 0

        async def xclaim(self, *arguments: object, **options: object) -> None:
            self.calls += 1
            if self.calls == 1:
                raise ConnectionError("the connection is lost")
            claimed.set()

    class Broker:
        queue_name, consumer_group_name, consumer_name = "queue", "group", "consumer"
        additional_streams: ClassVar[dict[str, str]] = {}
        idle_timeout = 1

    async def keep() -> None:
        listener = _Listener(Broker(), Client())
        listener._ackable("queue", b"1-0", {b"data": b""})
        keeping = asyncio.create_task(listener.keep())
        await asyncio.wait_for(claimed.wait(), 60)
        keeping.cancel()

    asyncio.run(keep())


def test_a_key_in_redis_is_of_one_job(redis_url: str) -> None:
    from redis.asyncio import Redis

    from rapide.jobs import RedisKeys

    async def claims() -> list[str]:
        client = Redis.from_url(redis_url)
        keys = RedisKeys(client)
        got = [await keys.claim("k", name, 60) for name in ("a", "b")]
        await keys.release("k", "b")
        got.append(await keys.claim("k", "c", 60))
        await keys.release("k", "a")
        got.append(await keys.claim("k", "c", 0.001))
        while (holder := await keys.claim("k", "d", 60)) != "d":
            assert holder == "c"
        await client.aclose()
        return got

    assert asyncio.run(claims()) == ["a", "a", "a", "c"]


def test_each_of_several_event_loops_can_enqueue(redis_url: str) -> None:
    # In a process of its own: the connections of an event loop that has ended are not closed.
    command = [sys.executable, "-c", _SEVERAL_LOOPS, redis_url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.stdout.split() == ["200", "200", "200", "4"], done.stderr

"""Jobs through RabbitMQ, NATS and Redis: what each broker can do, and what kills cost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.engines.results import record
from tests.engines.servers import NatsServer, RabbitServer, Server
from tests.unit.distributed.servers import RedisServer, running_redis
from tests.unit.jobs.workers import lines_of, running_worker, wait_until

APPLICATION = Path(__file__).parent / "brokers" / "application.py"
ROOT = Path(__file__).parents[2]
JOBS, KILLS, PROCESSES = 100, 8, 3
TITLES = {"rabbitmq": "RabbitMQ", "jetstream": "NATS JetStream"}


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    server = RabbitServer(tmp_path_factory.mktemp("rabbitmq"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"))
    yield server
    server.close()


class Place:
    """Where the jobs of a test go, and the record of what was done."""

    def __init__(
        self, broker: str, server: Server | RedisServer, redis: RedisServer, folder: Path
    ) -> None:
        self.server = server
        self.runs = folder / "runs"
        self.env = {
            **os.environ,
            "BROKER": broker,
            "BROKER_URL": server.url,
            "REDIS_URL": redis.url,
            "RUNS": str(self.runs),
            "PYTHONPATH": str(ROOT / "src"),
        }

    def play(self, code: str) -> str:
        """Run statements in a process that enqueues, and return what they print."""
        indented = "\n    ".join(code.strip().splitlines())
        program = f"""
import asyncio
from application import *

async def main():
    await broker.startup()
    {indented}
    await broker.shutdown()

asyncio.run(main())
"""
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=APPLICATION.parent,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def lines(self, what: str) -> list[list[str]]:
        """Return the words after `what` of each line that begins with it."""
        return [words for _, first, *words in lines_of(self.runs) if first == what]

    def wait_for(self, what: str, count: int) -> list[list[str]]:
        wait_until(lambda: len(self.lines(what)) >= count, 120)
        return self.lines(what)


@pytest.fixture(params=["redis", "rabbitmq", "jetstream"])
def place(request: pytest.FixtureRequest, redis: RedisServer, tmp_path: Path) -> Place:
    name = request.param
    if name == "redis":
        return Place(name, redis, redis, tmp_path)
    server = request.getfixturevalue("nats" if name == "jetstream" else name)
    return Place(name, server, redis, tmp_path)


def test_a_job_has_the_lifespan_retries_and_a_key(place: Place) -> None:
    place.play(
        """
await work.enqueue(number=1)
await fail.enqueue(number=2)
tasks = [await once.enqueue(number=3, unique="three") for _ in range(5)]
assert len({task.task_id for task in tasks}) == 1
"""
    )
    with running_worker(place.env, application=APPLICATION):
        place.wait_for("end", 1)
        attempts = place.wait_for("attempt", 3)
        place.wait_for("once", 1)
        wait_until(lambda: "again" in place.play(AGAIN), 60)
    assert [words[:2] for words in attempts] == [["2", "1"], ["2", "2"], ["2", "3"]]
    assert place.lines("lifespan") == [["begins"], ["ends"]]


AGAIN = """
held = RedisKeys(Redis.from_url(REDIS))
print("again" if await held.claim("once:three", "another", 0.01) == "another" else "held")
"""


def test_a_job_that_takes_long_runs_once(place: Place) -> None:
    """It takes longer than the time after which the broker believes that its worker is lost."""
    with running_worker(place.env, "--workers", "2", application=APPLICATION):
        place.play("await work.enqueue(number=1, seconds=3)")
        place.wait_for("end", 1)
        place.play("await work.enqueue(number=2)")
        place.wait_for("end", 2)
    assert place.lines("begin") == [["1"], ["2"]]


def test_a_job_of_a_transaction_is_sent_if_it_is_committed(place: Place) -> None:
    with running_worker(place.env, application=APPLICATION):
        place.wait_for("lifespan", 1)
        place.play(
            """
from sqlalchemy.ext.asyncio import AsyncSession
for number, is_right in (1, False), (2, True):
    async with AsyncSession(engine) as session:
        await committed.enqueue(number=number, session=session)
        await (session.commit() if is_right else session.rollback())
"""
        )
        place.wait_for("committed", 1)
    assert place.lines("committed") == [["2"]]


DELAYED = """
try:
    await fail.enqueue(number=1, delay=1)
except JobError as error:
    print(error)
else:
    print(time.time())
"""


def test_a_delay_is_a_matter_of_the_broker(place: Place) -> None:
    """Where a broker delays, the attempts after the first one are not delayed again."""
    said = place.play(DELAYED)
    if place.env["BROKER"] != "rabbitmq":
        assert "cannot delay messages: give the job a schedule source" in said
        return
    with running_worker(place.env, application=APPLICATION):
        attempts = place.wait_for("attempt", 3)
    first, _, third = (float(words[2]) for words in attempts)
    assert first >= float(said) + 0.9
    assert third < first + 0.9


def test_keys_and_delays_need_what_the_broker_does_not_have(
    rabbitmq: RabbitServer, redis: RedisServer, tmp_path: Path
) -> None:
    place = Place("rabbitmq without delays", rabbitmq, redis, tmp_path)
    assert 'make it with delay_queue=Queue(name="delayed")' in place.play(DELAYED)
    said = place.play(DELAYED.replace("delay=1", 'unique="a"'))
    assert "give the job one, as in app.job(broker, unique_keys=RedisKeys(client))" in said


def busy(place: Place, killed: set[int]) -> list[int]:
    """The living processes that have begun a job and not ended it."""
    open_jobs: Counter[int] = Counter()
    for process, what, *_ in lines_of(place.runs):
        open_jobs[int(process)] += {"begin": 1, "end": -1}.get(what, 0)
    return [process for process, count in open_jobs.items() if count > 0 and process not in killed]


@pytest.mark.parametrize("place", ["rabbitmq", "jetstream"], indirect=True)
def test_no_job_is_lost_with_its_worker(place: Place) -> None:
    killed = set[int]()
    place.play(f"for number in range({JOBS}): await work.enqueue(number=number, seconds=0.5)")
    options = ("--workers", str(PROCESSES), "--concurrency", "4")
    with running_worker(place.env, *options, application=APPLICATION):
        while len(killed) < KILLS:
            wait_until(lambda: bool(busy(place, killed)), 120)
            victim = random.choice(busy(place, killed))
            killed.add(victim)
            os.kill(victim, SIGKILL)
        wait_until(lambda: len({words[0] for words in place.lines("end")}) == JOBS, 300)
    begun = Counter(words[0] for words in place.lines("begin"))
    done = Counter(words[0] for words in place.lines("end"))
    assert set(done) == {str(number) for number in range(JOBS)}
    record(
        f"killed-workers-{place.env['BROKER']}",
        {
            "what": f"jobs over {TITLES[place.env['BROKER']]}",
            "jobs": JOBS,
            "killed workers": KILLS,
            "lost jobs": JOBS - len(done),
            "jobs that began more than once": sum(count > 1 for count in begun.values()),
            "jobs that ended more than once": sum(count > 1 for count in done.values()),
        },
    )


@pytest.mark.parametrize("place", ["rabbitmq", "jetstream"], indirect=True)
def test_no_job_is_lost_with_its_broker(place: Place) -> None:
    """Workers connect again, and what was enqueued before is still there."""
    assert isinstance(place.server, Server)
    place.play(f"for number in range({JOBS}): await work.enqueue(number=number, seconds=0.2)")
    with running_worker(place.env, "--workers", "2", "--concurrency", "4", application=APPLICATION):
        place.wait_for("end", 5)
        place.server.kill()
        place.server.start()
        place.play(f"await work.enqueue(number={JOBS})")
        wait_until(lambda: len({words[0] for words in place.lines("end")}) > JOBS, 120)
    done = Counter(words[0] for words in place.lines("end"))
    assert set(done) == {str(number) for number in range(JOBS + 1)}
    record(
        f"killed-broker-{place.env['BROKER']}",
        {
            "what": f"{TITLES[place.env['BROKER']]} is killed and started again",
            "jobs": JOBS + 1,
            "killed brokers": 1,
            "lost jobs": JOBS + 1 - len(done),
            "jobs that ended more than once": sum(count > 1 for count in done.values()),
        },
    )


def test_nats_without_jetstream_gives_each_job_to_one_worker(
    nats: NatsServer, redis: RedisServer, tmp_path: Path
) -> None:
    """It keeps no jobs, so the test enqueues until a worker listens."""
    place = Place("nats", nats, redis, tmp_path)
    with running_worker(place.env, "--workers", "2", application=APPLICATION):
        wait_until(lambda: bool(place.play("await work.enqueue(number=0)") or place.lines("end")))
        place.play("for number in range(1, 21): await work.enqueue(number=number)")
        place.wait_for("end", 21)
    ended = [words[0] for words in place.lines("end") if words[0] != "0"]
    assert sorted(ended, key=int) == [str(number) for number in range(1, 21)]

"""Workers are killed while they work: no job is lost, and what ran twice is counted."""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from signal import SIGKILL

from tests.engines.results import record
from tests.unit.distributed.servers import RedisServer
from tests.unit.jobs.workers import FOLDER, environment, lines_of, running_worker, wait_until

JOBS, KILLS, PROCESSES = 400, 20, 4
ENQUEUE = f"""
import asyncio
from redis_app import broker, work

async def main():
    for number in range({JOBS}):
        await work.enqueue(number=number, seconds=0.2)
    await broker.shutdown()

asyncio.run(main())
"""


def busy(runs: Path, killed: set[int]) -> list[int]:
    """The living processes that have begun a job and not ended it."""
    open_jobs: Counter[int] = Counter()
    for process, what, *_ in lines_of(runs):
        open_jobs[int(process)] += {"begin": 1, "end": -1}.get(what, 0)
    return [process for process, count in open_jobs.items() if count > 0 and process not in killed]


def test_no_job_is_lost_when_workers_are_killed(redis: RedisServer, tmp_path: Path) -> None:
    runs, killed = tmp_path / "runs", set[int]()
    env = environment(redis.url, runs, IDLE="1000")
    with running_worker(env, "--workers", str(PROCESSES), "--concurrency", "4"):
        subprocess.run([sys.executable, "-c", ENQUEUE], cwd=FOLDER, env=env, check=True)
        while len(killed) < KILLS:
            wait_until(lambda: bool(busy(runs, killed)), 120)
            victim = random.choice(busy(runs, killed))
            killed.add(victim)
            os.kill(victim, SIGKILL)

        def ended() -> set[str]:
            return {line[2] for line in lines_of(runs) if line[1] == "end"}

        wait_until(lambda: len(ended()) == JOBS, 300)
    begun = Counter(line[2] for line in lines_of(runs) if line[1] == "begin")
    done = Counter(line[2] for line in lines_of(runs) if line[1] == "end")
    assert set(done) == {str(number) for number in range(JOBS)}
    assert len(killed) == KILLS
    record(
        "killed-workers",
        {
            "what": "jobs over Redis Streams",
            "jobs": JOBS,
            "killed workers": KILLS,
            "lost jobs": JOBS - len(done),
            "jobs that began more than once": sum(count > 1 for count in begun.values()),
            "jobs that ended more than once": sum(count > 1 for count in done.values()),
        },
    )

"""Start `rapide worker` for the application of `redis_app.py`, or another one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL, SIGTERM

FOLDER = Path(__file__).parent
APPLICATION = FOLDER / "redis_app.py"


def environment(redis_url: str, runs: Path, **more: str) -> dict[str, str]:
    source = str(FOLDER.parents[2] / "src")
    return {**os.environ, "REDIS_URL": redis_url, "RUNS": str(runs), "PYTHONPATH": source, **more}


def start_worker(
    env: dict[str, str], *options: str, application: Path = APPLICATION, log: int | None = None
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "rapide", "worker", application.name, *options]
    return subprocess.Popen(
        command, cwd=application.parent, env=env, start_new_session=True, stderr=log
    )


@contextmanager
def running_worker(
    env: dict[str, str], *options: str, application: Path = APPLICATION, log: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    worker = start_worker(env, *options, application=application, log=log)
    try:
        yield worker
    finally:
        os.killpg(worker.pid, SIGTERM)
        try:
            worker.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, SIGKILL)
            raise


def wait_until(is_true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def lines_of(runs: Path) -> list[list[str]]:
    """The lines of the record: the process, then the words that it has noted."""
    if not runs.exists():
        return []
    return [line.split() for line in runs.read_text(encoding="utf-8").splitlines()]


def processes_of(runs: Path, *words: str) -> list[int]:
    return [int(line[0]) for line in lines_of(runs) if line[1:] == [*words]]

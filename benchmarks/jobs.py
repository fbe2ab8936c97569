"""Measure jobs per second through one worker: a job of Rapide's, and a plain task of taskiq.

    python -m benchmarks.jobs [JOBS] [ROUNDS]
    python -m benchmarks.jobs --instructions [JOBS]

Both sides have the same function, the same broker (Redis Streams, on a redis-server of their own)
and the same receiver. They take turns, and the order changes from round to round. Prints one line
of JSON: the rates of each round and the median of the ratios, or, with `--instructions`, what
valgrind counts in user space for each job. The counts do not depend on the load of the machine.
"""

import argparse
import asyncio
import ctypes
import gc
import json
import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from uuid import uuid4

from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from benchmarks.instructions import CALLGRIND, library, total_of
from rapide import FastAPI

Enqueue = Callable[..., Awaitable[object]]
KINDS = ("rapide", "taskiq")
WARM_UP = 100


def make_side(kind: str, url: str, count: int) -> tuple[RedisStreamBroker, Enqueue, asyncio.Event]:
    broker = RedisStreamBroker(url, queue_name=uuid4().hex, consumer_id="0", xread_count=100)
    finished, done = asyncio.Event(), 0

    async def work(order_id: int, name: str) -> int:
        nonlocal done
        done += 1
        if done == count:
            finished.set()
        return order_id

    if kind == "taskiq":
        return broker, broker.register_task(work, "work").kiq, finished
    return broker, FastAPI().job(broker, name="work")(work).enqueue, finished


def nothing() -> None:
    """Do nothing before and after what is timed."""


async def measure(
    kind: str,
    url: str,
    count: int,
    begin: Callable[[], None] = nothing,
    end: Callable[[], None] = nothing,
) -> float:
    """Enqueue all jobs, then return how many the worker runs per second.

    `begin` and `end` are called around the work of the worker.
    """
    broker, enqueue, finished = make_side(kind, url, count)
    await broker.startup()
    for number in range(count):
        await enqueue(order_id=number, name="a name")
    broker.is_worker_process = True
    receiver = Receiver(broker, max_async_tasks=100, run_startup=False)
    stop = asyncio.Event()
    begin()
    started = time.perf_counter()
    listening = asyncio.create_task(receiver.listen(stop))
    await finished.wait()
    seconds = time.perf_counter() - started
    end()
    stop.set()
    await listening
    await broker.shutdown()
    return count / seconds


async def compare(url: str, count: int, rounds: int) -> dict[str, object]:
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(rounds):
        for kind in sorted(rates, reverse=bool(number % 2)):
            rates[kind].append(round(await measure(kind, url, count)))
    ratios = [ours / plain for ours, plain in zip(rates["rapide"], rates["taskiq"], strict=True)]
    return {"jobs": count, **rates, "ratio": round(median(ratios), 3)}


async def be_counted(kind: str, url: str, count: int, path: str) -> None:
    """Run the jobs of one side under valgrind, with the library that talks to it."""
    counting = ctypes.CDLL(path)
    await measure(kind, url, WARM_UP)
    gc.disable()  # its cost depends on all that is alive
    await measure(kind, url, count, counting.start_counting, lambda: counting.stop_counting(b"job"))


def count_instructions(url: str, count: int) -> dict[str, object]:
    """Return the instructions per job of both sides."""
    counts: dict[str, int] = {}
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="bench-jobs-") as folder:
            command = [
                *(*CALLGRIND, f"--callgrind-out-file={folder}/out", f"--log-file={folder}/log"),
                *(sys.executable, "-m", "benchmarks.jobs", "--counted", kind, url),
                *(library(folder), str(count)),
            ]
            subprocess.run(command, check=True)
            totals = filter(None, map(total_of, Path(folder).glob("out*")))
            counts[kind] = round(next(totals)[1] / count)
    ratio = round(counts["taskiq"] / counts["rapide"], 3)
    return {"jobs": count, "instructions per job": counts, "ratio": ratio}


@contextmanager
def running_redis() -> Iterator[str]:
    program = shutil.which("redis-server")
    assert program is not None, "apt-get install redis-server"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.01)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs", description=__doc__)
    parser.add_argument("jobs", nargs="?", type=int)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--instructions", action="store_true", help="count instead of timing")
    parser.add_argument("--counted", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    if options.counted:
        kind, url, path = options.counted
        asyncio.run(be_counted(kind, url, options.jobs, path))
        return
    with running_redis() as url:
        if options.instructions:
            print(json.dumps(count_instructions(url, options.jobs or 500)))
        else:
            print(json.dumps(asyncio.run(compare(url, options.jobs or 3000, options.rounds))))


if __name__ == "__main__":
    main()

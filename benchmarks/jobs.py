"""Measure jobs per second through one worker: a job of Rapide's, and a plain task of taskiq.

    python -m benchmarks.jobs [JOBS] [ROUNDS]

Both sides have the same function, the same broker (Redis Streams, on a redis-server of their own)
and the same receiver. They take turns, and the order changes from round to round. Prints one line
of JSON: the rates of each round and the median of the ratios.
"""

import asyncio
import json
import logging
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from uuid import uuid4

from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from rapide import FastAPI

Enqueue = Callable[..., Awaitable[object]]


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


async def measure(kind: str, url: str, count: int) -> float:
    """Enqueue all jobs, then return how many the worker runs per second."""
    broker, enqueue, finished = make_side(kind, url, count)
    await broker.startup()
    for number in range(count):
        await enqueue(order_id=number, name="a name")
    broker.is_worker_process = True
    receiver = Receiver(broker, max_async_tasks=100, run_startup=False)
    stop = asyncio.Event()
    begin = time.perf_counter()
    listening = asyncio.create_task(receiver.listen(stop))
    await finished.wait()
    seconds = time.perf_counter() - begin
    stop.set()
    await listening
    await broker.shutdown()
    return count / seconds


async def compare(url: str, count: int, rounds: int) -> dict[str, object]:
    rates: dict[str, list[float]] = {"rapide": [], "taskiq": []}
    for number in range(rounds):
        for kind in sorted(rates, reverse=bool(number % 2)):
            rates[kind].append(round(await measure(kind, url, count)))
    ratios = [ours / plain for ours, plain in zip(rates["rapide"], rates["taskiq"], strict=True)]
    return {"jobs": count, **rates, "ratio": round(median(ratios), 3)}


def main(count: int = 3000, rounds: int = 5) -> None:
    program = shutil.which("redis-server")
    assert program is not None, "apt-get install redis-server"
    logging.disable(logging.INFO)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.01)
        print(json.dumps(asyncio.run(compare(f"redis://127.0.0.1:{port}/0", count, rounds))))
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

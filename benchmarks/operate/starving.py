"""A health check in a thread, while all threads are busy."""

import asyncio
import statistics
import time
from argparse import Namespace

from benchmarks.operate.sides import SIDES, Side
from benchmarks.operate.table import milliseconds, table
from benchmarks.service import serving

APP = "benchmarks.apps.operated:create_app"
BLOCKED = 60
COLUMNS = ("server", "`def /health`, median", "slowest")
GOAL = ("goal", "20 ms", "")


async def ask(port: int, path: str) -> float:
    """Seconds until a request is answered."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer.decode())
    return time.monotonic() - began


async def starve(port: int) -> float:
    """Ask for the health beside requests that block threads."""
    blocking = [asyncio.create_task(ask(port, "/blocking")) for _ in range(BLOCKED)]
    await asyncio.sleep(0.2)  # until all threads are busy
    seconds = await ask(port, "/health")
    await asyncio.gather(*blocking)
    return seconds


def starving(side: Side, rounds: int) -> list[float]:
    with serving(side.command(APP, 1), side.environment()) as service:
        service.workers(1)
        return [asyncio.run(starve(service.port)) for _ in range(rounds)]


def measure(arguments: Namespace) -> str:
    """Return the table, and what it means."""
    rows = []
    for name in arguments.only:
        times = starving(SIDES[name], arguments.rounds)
        median, slowest = statistics.median(times), max(times)
        rows.append([name, milliseconds(median), milliseconds(slowest)])
    return (
        f"{BLOCKED} calls that block a thread for 1.5 seconds each, and a health check beside "
        f"them; 1 worker, {arguments.rounds} rounds.\n\n"
        f"{table(COLUMNS, [*rows, GOAL])}"
    )

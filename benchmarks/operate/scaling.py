"""Requests per second of one worker and of two, beside a load generator of low priority."""

import statistics
import subprocess
from argparse import Namespace

from benchmarks.operate.sides import SIDES, Side
from benchmarks.operate.table import table
from benchmarks.service import serving

APP = "benchmarks.apps.service:create_app"
COLUMNS = ("server", "1 worker", "2 workers", "ratio")
SECONDS = 3


def requests_per_second(port: int) -> float:
    """Let wrk ask for some seconds, on the cores that the servers leave."""
    command = ["nice", "-n", "19", "wrk", "-t2", "-c32", f"-d{SECONDS}s"]
    said = subprocess.check_output([*command, f"http://127.0.0.1:{port}/process"], text=True)
    return float(said.partition("Requests/sec:")[2].split()[0])


def measure(arguments: Namespace) -> str:
    """Return the table, and what it means."""
    rows = []
    for name in arguments.only:
        rates: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(arguments.rounds):
            for workers, found in rates.items():
                found.append(rate(SIDES[name], workers))
        one, two = (statistics.median(found) for found in rates.values())
        rows.append([name, f"{one:,.0f}", f"{two:,.0f}", f"{two / one:.2f}"])
    return (
        f"Requests per second of wrk with `nice -n 19` and 32 connections, on the same two cores; "
        f"medians of {arguments.rounds} turns of {SECONDS} seconds.\n\n{table(COLUMNS, rows)}"
    )


def rate(side: Side, workers: int) -> float:
    with serving(side.command(APP, workers), side.environment()) as service:
        service.workers(workers)
        return requests_per_second(service.port)

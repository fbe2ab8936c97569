"""Requests per second of one worker on a core and of two on two, beside a load of low priority."""

import os
import statistics
import subprocess
from argparse import Namespace

from benchmarks.machine import pinned
from benchmarks.operate.sides import SIDES, Side
from benchmarks.operate.table import table
from benchmarks.service import serving

APP = "benchmarks.apps.service:create_app"
COLUMNS = ("server", "1 worker, 1 core", "2 workers, 2 cores", "ratio")
SECONDS = 3


def requests_per_second(port: int, cores: str) -> float:
    """Let wrk ask for some seconds, in what the server leaves of its cores."""
    command = pinned(cores, "nice", "-n", "19", "wrk", "-t2", "-c32", f"-d{SECONDS}s")
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
        f"Requests per second of wrk with `nice -n 19` and 32 connections, on the same cores; "
        f"medians of {arguments.rounds} turns of {SECONDS} seconds.\n\n{table(COLUMNS, rows)}"
    )


def rate(side: Side, workers: int) -> float:
    usable = sorted(os.sched_getaffinity(0))
    cores = ",".join(map(str, usable[-workers:]))
    command = pinned(cores, *side.command(APP, workers))
    with serving(command, side.environment()) as service:
        service.workers(workers)
        return requests_per_second(service.port, cores)

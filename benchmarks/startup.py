"""What a process costs before it serves: import, declaration, first request, memory."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from benchmarks.floors import COSTS, Goal
from benchmarks.machine import ROOT, cores, environment, module_of, pinned

TARGET = ("many_routes:create_nested_app", "GET", "/api/v1/shop/region-99/shipments/7")

Measured = tuple[list[float], list[float]]


@dataclass(frozen=True, slots=True)
class Startup:
    """A row of the table: a cost of the two packages, measured in fresh processes."""

    name: str
    title: str
    unit: str
    goal: Goal
    repeats: int
    """Processes of each side per round."""
    measure: Callable[[tuple[str, str], int], Measured]


def timed(framework: str, *command: str) -> float:
    """Wall seconds of a process on the server's core, from its start to its end."""
    variables = environment(framework)
    start = time.perf_counter()
    subprocess.run(pinned(cores()[0], *command), cwd=ROOT, env=variables, check=True)
    return time.perf_counter() - start


def import_milliseconds(frameworks: tuple[str, str], rounds: int) -> Measured:
    """Wall time of `from X import FastAPI` beyond a bare start of Python."""
    codes = ["pass", *(f"from {module_of(name)} import FastAPI" for name in frameworks)]
    times: list[list[float]] = [[] for _ in codes]
    order = list(range(len(codes)))
    for turn in range(rounds + 1):
        for index in order:
            elapsed = timed(frameworks[index - 1], sys.executable, "-c", codes[index])
            if turn:  # the first turn fills the caches of files and bytecode
                times[index].append(1e3 * elapsed)
        order.reverse()
    bare = statistics.median(times[0])
    return [t - bare for t in times[1]], [t - bare for t in times[2]]


@cache
def cold_runs(frameworks: tuple[str, str], rounds: int) -> tuple[list[dict[str, float]], ...]:
    """The reports of `benchmarks.cold`; time and memory are read from the same runs."""
    runs: tuple[list[dict[str, float]], ...] = ([], [])
    order = [0, 1]
    for turn in range(rounds + 1):
        for index in order:
            framework = frameworks[index]
            command = [sys.executable, "-m", "benchmarks.cold", module_of(framework), *TARGET]
            output = subprocess.check_output(
                pinned(cores()[0], *command), cwd=ROOT, env=environment(framework)
            )
            if turn:
                runs[index].append(json.loads(output))
        order.reverse()
    return runs


def ready_milliseconds(frameworks: tuple[str, str], rounds: int) -> Measured:
    """Declaration of 1,000 nested routes and the first request, frameworks imported before."""
    first, second = (
        [1e3 * (run["declare"] + run["first_request"]) for run in runs]
        for runs in cold_runs(frameworks, rounds)
    )
    return first, second


def peak_mebibytes(frameworks: tuple[str, str], rounds: int) -> Measured:
    """Peak memory of the whole process after that."""
    first, second = ([run["peak"] / 1024 for run in runs] for runs in cold_runs(frameworks, rounds))
    return first, second


STARTUPS: tuple[Startup, ...] = (
    Startup(
        "import", "import of the package", "ms", Goal(high=COSTS["import"]), 5, import_milliseconds
    ),
    Startup(
        "ready",
        "1,000 routes under three nested prefixes: declare, first request",
        "ms",
        Goal(high=COSTS["ready"]),
        1,
        ready_milliseconds,
    ),
    Startup(
        "memory",
        "the same: peak memory of the process",
        "MiB",
        Goal(high=COSTS["memory"]),
        1,
        peak_mebibytes,
    ),
)

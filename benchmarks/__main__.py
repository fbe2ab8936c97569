"""Measure Rapide against FastAPI: `make bench`, or `python -m benchmarks`.

The topic `serving` is the table of `rapide run`, `defaults` the same with access logs; `--peers`
measures other frameworks as well. `--rows hello,parameters --rounds 3` measures a part of a table.
"""

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from benchmarks import load, machine, postgres, report
from benchmarks.floors import Goal
from benchmarks.flows import FLOWS, Flow
from benchmarks.peers import run as peers
from benchmarks.peers.tasks import TASKS, Task
from benchmarks.processes import BrokenMeasurement
from benchmarks.serving import IDLE, LOGGED, SERVING
from benchmarks.startup import STARTUPS, Startup
from benchmarks.works import RAPIDE_RUN, WORKS, Work, select

CONNECTIONS = 64
#: What is asked of a change: no row may lose more than 5 %.
NOT_SLOWER, NOT_MORE = Goal(low=0.95), Goal(high=1.05)
Row = Work | Flow | Startup
Item = TypeVar("Item", Work | Flow | Startup, Task)


@dataclass(frozen=True, slots=True)
class Table(Generic[Item]):
    """The rows of a topic, and how they are measured unless the command says otherwise."""

    rows: tuple[Item, ...]
    rounds: int = 5
    seconds: int = 3
    latency: bool = False


FLOORS: Table[Row] = Table((*WORKS, *FLOWS, *STARTUPS))
PEERS: Table[Task] = Table(TASKS, rounds=3, seconds=1, latency=True)
#: Topics with rows of their own; a report of any other name has the rows of `FLOORS`.
TABLES: dict[str, Table[Row]] = {
    "serving": Table((*SERVING, IDLE), rounds=3, seconds=1, latency=True),
    "defaults": Table(LOGGED, rounds=2, seconds=1),
}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    tables: dict[str, Sequence[Row | Task]] = {
        "floors": FLOORS.rows,
        **{name: table.rows for name, table in TABLES.items()},
        "peers": PEERS.rows,
    }
    for topic, rows in tables.items():
        names = ", ".join(row.name for row in rows)
        parser.epilog = f"{parser.epilog or 'Works: '} [{topic}] {names}"
    parser.add_argument(
        "--rows", "--only", nargs="+", metavar="WORK", help="some of the works below, or a,b,c"
    )
    parser.add_argument("--rounds", type=int, help="runs of each side")
    parser.add_argument("--seconds", type=int, help="length of each run")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--no-latency", action="store_true", help="no latency at half of the rate")
    parser.add_argument("--topic", help="name of the report; serving: the table of `rapide run`")
    parser.add_argument("--peers", action="store_true", help="other frameworks too: topic peers")
    parser.add_argument("--peer", nargs="+", metavar="NAME", help="only these of the peers")
    parser.add_argument("--check", action="store_true", help="of peers: only compare answers")
    parser.add_argument(
        "--http", help="serving, peers: Rapide by this protocol of uvicorn, not `rapide run`"
    )
    parser.add_argument("--candidate", default="rapide", help="fastapi: shows the noise")
    parser.add_argument(
        "--before", action="store_true", help="against the Rapide that BENCH_BEFORE names"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a floor is missed")
    options = parser.parse_args(argv)
    options.rows = [name for text in options.rows or () for name in text.split(",") if name]
    options.topic = "peers" if options.peers else options.topic or "floors"
    options.table = PEERS if options.peers else table_of(options.topic)
    options.latency = options.table.latency and not (options.before or options.no_latency)
    if options.before:
        options.topic += "-before"
    options.rounds = 1 if options.quick else options.rounds or options.table.rounds
    options.seconds = 1 if options.quick else options.seconds or options.table.seconds
    if options.quick:
        options.topic += "-quick"
    elif options.rows and options.table is not FLOORS:
        options.topic += "-part"  # beside the whole table of that day, not over it
    return options


def table_of(topic: str) -> Table[Row]:
    """Return the table of a topic: `serving-newest` is one of serving, too."""
    return TABLES.get(topic.partition("-")[0], FLOORS)


def chosen(options: argparse.Namespace) -> list[Row]:
    """The rows to measure, with the candidate and the protocol that the options name."""
    table: Table[Row] = options.table
    rows = select(options.rows, table.rows)
    return [placed(row, options) if isinstance(row, Work) else row for row in rows]


def placed(work: Work, options: argparse.Namespace) -> Work:
    work = work.on(options.candidate)
    # `rapide run` serves Rapide; to measure the noise, FastAPI takes its place on uvicorn.
    http = options.http or ("httptools" if options.candidate != "rapide" else None)
    if http and work.candidate.http == RAPIDE_RUN:
        work = replace(work, candidate=replace(work.candidate, http=http))
    if options.before:
        before = replace(work.candidate, framework=machine.BEFORE)
        work = replace(work, baseline=before, goal=NOT_SLOWER)
    return work


def measure(row: Row, options: argparse.Namespace) -> report.Result:
    """One row of the table."""
    frameworks = (machine.BEFORE if options.before else "fastapi", options.candidate)
    if isinstance(row, Startup):
        baseline, candidate = row.measure(frameworks, row.repeats * options.rounds)
        goal = NOT_MORE if options.before else row.goal
        return report.Result(row.name, row.title, row.unit, goal, baseline, candidate)
    sides = ("baseline", "candidate")
    if isinstance(row, Flow):
        unit, samples = row.unit, row.measure(frameworks, options.rounds, options.seconds)
    else:
        unit, samples = "req/s", load.measure(row, options.rounds, options.seconds, CONNECTIONS)
    baseline, candidate = ([sample.requests_per_second for sample in side] for side in samples)
    goal = NOT_SLOWER if options.before else row.goal
    result = report.Result(row.name, row.title, unit, goal, baseline, candidate)
    result.details.update(zip(sides, samples, strict=True))
    if options.latency and isinstance(row, Work) and row.latency:
        latencies = load.latencies(row, samples, CONNECTIONS)
        result.latency.update(zip(sides, latencies, strict=True))
    return result


def measured(rows: Sequence[Row], options: argparse.Namespace) -> Iterator[report.Result]:
    """Measure row by row; a row that cannot be measured is named and left out."""
    with ExitStack() as stack:
        for row in rows:
            print(f"{row.title} …", file=sys.stderr, flush=True)
            try:
                if isinstance(row, Work) and row.database and not postgres.is_running():
                    stack.enter_context(postgres.running())
                yield measure(row, options)
            except BrokenMeasurement as error:
                print(f"not measured: {error}", file=sys.stderr)


def stop(*_: Any) -> None:
    """End by an exception, so that every server is stopped on the way out."""
    raise SystemExit(143)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    signal.signal(signal.SIGTERM, stop)
    for tool in ("wrk", "taskset"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is needed")
    if len(set(machine.cores())) < 2:
        print("one core only: the load generator disturbs the server", file=sys.stderr)
    settings = {
        "rounds": options.rounds,
        "seconds": options.seconds,
        "connections": CONNECTIONS,
        "candidate": options.candidate,
    }
    if options.before:
        settings["baseline"] = f"Rapide {os.environ.get('BENCH_REVISION', 'before')}"
    if options.peers:
        return peers.run(options, settings)
    rows = chosen(options)
    servers = {row.candidate.http for row in rows if isinstance(row, Work)} - {"httptools"}
    if servers:
        settings["server of the candidate"] = ", ".join(sorted(servers))
    facts = {"machine": machine.description(), "versions": machine.versions()}
    if any(isinstance(row, Work) and row.database for row in rows):
        facts["versions"]["postgresql"] = postgres.version()
    results = list(measured(rows, options))
    titles = report.header(settings)
    print(report.text_table(titles, [result.cells() for result in results]))
    path = report.write(options.topic, results, settings, facts)
    print(f"\nwritten to {path.relative_to(machine.ROOT)} and .json")
    complete = len(results) == len(rows) and all(result.met is not False for result in results)
    return int(options.strict and not complete)


if __name__ == "__main__":
    sys.exit(main())

"""Measure Rapide against FastAPI: `make bench`, or `python -m benchmarks`."""

import argparse
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import load, machine, report
from benchmarks.startup import STARTUPS, Startup
from benchmarks.works import WORKS, Work, select

CONNECTIONS = 64
Row = Work | Startup
ROWS: tuple[Row, ...] = (*WORKS, *STARTUPS)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = ", ".join(row.name for row in ROWS)
    parser.add_argument("--only", nargs="+", metavar="WORK", help=f"some of: {names}")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each side")
    parser.add_argument("--seconds", type=int, default=3, help="length of each run")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--topic", help="name of the report: <date>-<topic>")
    parser.add_argument("--candidate", default="rapide", help="fastapi: shows the noise")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a floor is missed")
    options = parser.parse_args(argv)
    if options.quick:
        options.rounds = options.seconds = 1
    options.topic = options.topic or ("quick" if options.quick else "floors")
    return options


def measure(row: Row, options: argparse.Namespace) -> report.Result:
    """One row of the table."""
    if isinstance(row, Startup):
        frameworks = ("fastapi", options.candidate)
        baseline, candidate = row.measure(frameworks, row.repeats * options.rounds)
        return report.Result(row.name, row.title, row.unit, row.goal, baseline, candidate)
    samples = load.measure(row, options.rounds, options.seconds, CONNECTIONS)
    baseline, candidate = ([sample.requests_per_second for sample in side] for side in samples)
    details = dict(zip(("baseline", "candidate"), samples, strict=True))
    return report.Result(row.name, row.title, "req/s", row.goal, baseline, candidate, details)


def measured(rows: Sequence[Row], options: argparse.Namespace) -> Iterator[report.Result]:
    """Measure row by row; a row that cannot be measured is named and left out."""
    for row in rows:
        print(f"{row.title} …", file=sys.stderr, flush=True)
        try:
            yield measure(row, options)
        except load.BrokenMeasurement as error:
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
    rows = [row.on(options.candidate) if isinstance(row, Work) else row for row in ROWS]
    rows = select(options.only, rows)
    facts = {"machine": machine.description(), "versions": machine.versions()}
    results = list(measured(rows, options))
    settings = {
        "rounds": options.rounds,
        "seconds": options.seconds,
        "connections": CONNECTIONS,
        "candidate": options.candidate,
    }
    titles = report.header(options.candidate)
    print(report.text_table(titles, [result.cells() for result in results]))
    path = report.write(options.topic, results, settings, facts)
    print(f"\nwritten to {path.relative_to(machine.ROOT)} and .json")
    complete = len(results) == len(rows) and all(result.met is not False for result in results)
    return int(options.strict and not complete)


if __name__ == "__main__":
    sys.exit(main())

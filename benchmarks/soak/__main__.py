"""`python -m benchmarks.soak`: run all parts, print the table and write it into the results."""

import argparse
import sys
from collections.abc import Iterator
from datetime import date

from benchmarks.machine import description, versions
from benchmarks.report import RESULTS
from benchmarks.soak import phases
from benchmarks.soak.kills import kills
from benchmarks.soak.phases import Row

PARTS = {
    "requests": (phases.many_requests, 1_000_000),
    "disconnects": (phases.disconnects, 50_000),
    "shutdowns": (phases.shutdowns, 50),
    "slow": (phases.slow_clients, 300),
    "exceptions": (phases.exceptions, 20_000),
    "threads": (phases.threads, 200),
    "kills": (kills, 600),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transport", default="http11", choices=["http11", "http11-asgi"])
    parser.add_argument("--no-write", action="store_true", help="leave the results as they are")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    for name, (part, size) in PARTS.items():
        parser.add_argument(f"--{name}", type=int, default=size, help=part.__doc__)
    arguments = parser.parse_args()
    # Read it now: it says how busy the machine is without the soak.
    machine = description()
    rows: list[Row] = []
    for name in arguments.only:
        part, _ = PARTS[name]
        for row in part(arguments.transport, getattr(arguments, name)):
            print(f"{row.part}: {row.what}: {row.value}{verdict(row)}", flush=True)
            rows.append(row)
    if not arguments.no_write:
        path = RESULTS / f"{date.today():%Y-%m-%d}-soak.md"
        path.write_text("\n".join(page(rows, machine)) + "\n")
        print(f"written to {path}")
    return 1 if any(row.holds is False for row in rows) else 0


def verdict(row: Row) -> str:
    return {True: "", False: "  <-- NOT AS IT MUST BE", None: ""}[row.holds]


def page(rows: list[Row], machine: dict[str, str]) -> Iterator[str]:
    """The table, as Markdown."""
    yield "# Soak"
    yield ""
    yield "One server process, and for killed workers four of `rapide run` (`make soak`)."
    yield ""
    for name, value in {**machine, **versions()}.items():
        yield f"- {name}: {value}"
    yield ""
    yield "| part | what | value | as it must be? |"
    yield "|---|---|---|---|"
    for row in rows:
        holds = {True: "yes", False: "NO", None: "–"}[row.holds]
        yield f"| {row.part} | {row.what} | {row.value} | {holds} |"


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.operate`: servers as services, and peers beside them in the same run.

Rapide's goals are the last rows of the tables.
"""

import argparse
import sys
from datetime import date

from benchmarks.machine import description, versions
from benchmarks.operate import ending, replacing, saving, scaling, stalls, starving
from benchmarks.operate.sides import SIDES
from benchmarks.report import RESULTS

PARTS = {
    "Starts and replacements": replacing,
    "The end": ending,
    "Busy threads": starving,
    "Stalls": stalls,
    "A saved file": saving,
    "Two workers": scaling,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.operate", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="requests of each load")
    parser.add_argument("--rounds", type=int, default=5, help="starts, saves and turns")
    parser.add_argument("--only", nargs="*", choices=SIDES, default=list(SIDES))
    names = [part.__name__.rpartition(".")[2] for part in PARTS.values()]
    parser.add_argument("--parts", nargs="*", choices=names, default=names)
    parser.add_argument("--no-write", action="store_true", help="leave the results as they are")
    arguments = parser.parse_args()
    machine = {**description(), **versions()}
    sections = ["# Operation", "\n".join(f"- {name}: {value}" for name, value in machine.items())]
    for (title, part), name in zip(PARTS.items(), names, strict=True):
        if name in arguments.parts:
            sections.append(f"## {title}\n\n{part.measure(arguments)}")
            print(sections[-1], flush=True)
    if not arguments.no_write:
        path = RESULTS / f"{date.today():%Y-%m-%d}-operate.md"
        path.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
        print(f"written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

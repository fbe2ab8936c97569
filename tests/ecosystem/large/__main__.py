"""The command: `python -m tests.ecosystem.large [NAME ...]`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.ecosystem.large.environments import environment_for, lock, names
from tests.ecosystem.large.page import write_section
from tests.ecosystem.large.sides import NotStarted
from tests.ecosystem.large.sweep import Outcome, sweep

#: How many differences are shown of an application.
SHOWN = 60


def show(outcome: Outcome) -> None:
    word = "DIFFERENT" if outcome.differences else "equal"
    print(f"{word:10}{outcome.name} {outcome.version}: {outcome.operations} operations,", end=" ")
    statuses = ", ".join(f"{n} x {status}" for status, n in outcome.statuses.most_common())
    print(f"{outcome.answers} answers: {statuses}")
    for text in outcome.differences[:SHOWN]:
        print(f"    {text}")
    more = len(outcome.differences) - SHOWN
    print(f"    … and {more} more\n" if more > 0 else "", end="", flush=True)


def main() -> None:
    # The servers are ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of served/, all unless given")
    parser.add_argument("--wheel", type=Path, help="Rapide, built")
    parser.add_argument("--keep", type=Path, help="a folder for what the servers write")
    parser.add_argument("--python", type=Path, help="of an environment that there is")
    parser.add_argument("--json", type=Path, help="a file for everything found")
    parser.add_argument(
        "--mistakes", type=int, default=1500, help="requests with a mistake, at most"
    )
    parser.add_argument("--page", action="store_true", help="renew docs/ecosystem.md")
    parser.add_argument("--lock", action="store_true", help="renew the pinned requirements only")
    options = parser.parse_args()
    if unknown := set(options.names) - {*names()} if not options.python else None:
        parser.error(f"no such application: {', '.join(sorted(unknown))}; there are {names()}")
    outcomes = []
    for name in options.names or names():
        if options.lock:
            lock(name)
            continue
        python = options.python or environment_for(name, options.wheel)
        keep = options.keep and options.keep.absolute() / name
        try:
            outcome = sweep(name, python, options.mistakes, keep)
        except NotStarted as error:
            outcome = Outcome(name, differences=[str(error)])
        outcomes.append(outcome)
        show(outcome)
    if options.page:
        write_section(outcomes)
    if options.json:
        found = [{**vars(outcome)} for outcome in outcomes]
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    sys.exit(any(outcome.differences for outcome in outcomes))


if __name__ == "__main__":
    main()

"""The long run: `python -m tests.wire.fuzz --requests 100000`."""

import argparse
import time
from pathlib import Path

from tests.wire.server import LoopThread

from .compare import Comparison

RESULTS = Path(__file__).resolve().parents[3] / "benchmarks" / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--write", action="store_true", help="write into benchmarks/results/")
    arguments = parser.parse_args()
    thread = LoopThread()
    with Comparison(thread) as comparison:
        number = arguments.seed
        while comparison.requests < arguments.requests:
            comparison.run(1000, number)
            number += 1
            print(f"{comparison.requests:>8} requests, seed {number - 1}", flush=True)
    thread.close()
    table = comparison.table(arguments.seed)
    print(table)
    if arguments.write:
        (RESULTS / f"{time.strftime('%Y-%m-%d')}-fuzz.md").write_text(table)


main()

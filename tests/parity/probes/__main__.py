"""Compare many random applications: `python -m tests.parity.probes --seed 1 --count 10000`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from .compare import PATHS, differences
from .generator import Generator
from .report import report
from .shrink import shrunk, signature


def main() -> int:
    """Run, print each difference as small as it gets, and return the number of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity.probes", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first application")
    parser.add_argument("--count", type=int, default=10_000, help="how many applications")
    parser.add_argument("--paths", default=",".join(PATHS), help="which are compared")
    parser.add_argument("--keep-going", type=int, default=1, help="stop after so many differences")
    parser.add_argument("--whole", action="store_true", help="do not make them smaller")
    options = parser.parse_args()
    paths, failed, started = options.paths.split(","), 0, time.monotonic()
    sorts: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.count):
        app = Generator(seed).application()
        if found := differences(app, paths):
            failed += 1
            mode = next(iter(found))
            small = app if options.whole else shrunk(app, mode)
            sort = signature(differences(small, [mode]).get(mode, []))
            sorts[sort] += 1
            if not sort:
                print(f"===== not always: seed {seed}, {mode}", *found[mode], sep="\n")
            if sorts[sort] == 1:
                print(report(seed, small, mode), flush=True)
            if failed >= options.keep_going:
                break
    for sort, times in sorts.most_common():
        print(f"{times:5} times {sort}")
    taken = time.monotonic() - started
    print(f"{seed - options.seed + 1} applications, {failed} with differences, {taken:.0f} s")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())

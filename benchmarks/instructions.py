"""Count the instructions in user space per request: `make bench-instructions`.

    python -m benchmarks.instructions                         # every row of serving
    python -m benchmarks.instructions --rows hello,models
    python -m benchmarks.instructions --rows hello+log        # with the access log

valgrind's callgrind counts; `counting.py` is what it runs. The counts repeat to about one per cent
on any machine, and whatever else runs there, so the two frameworks are counted at the same time.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import machine, postgres
from benchmarks.apps import FRAMEWORK_VARIABLE
from benchmarks.counting import COUNTED, LOGGED_SUFFIX, rows
from benchmarks.report import RESULTS, bullets, markdown_table, text_table
from benchmarks.works import Work

FRAMEWORKS = ("fastapi", "rapide")
TITLES = ("work", "FastAPI", "Rapide", "ratio")
SOURCE = Path(__file__).with_name("counting.c")
CALLGRIND = ("valgrind", "--tool=callgrind", "--instr-atstart=no")


@dataclass(frozen=True, slots=True)
class Count:
    """The instructions per request of a row; None where they could not be counted."""

    name: str
    title: str
    baseline: float | None
    candidate: float | None

    @property
    def ratio(self) -> float | None:
        if self.baseline is None or self.candidate is None:
            return None
        return self.baseline / self.candidate

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts, the counts in thousands."""
        figures = (f"{value / 1000:,.1f}" if value else "–" for value in self.sides)
        return (self.title, *figures, f"{self.ratio:.2f}" if self.ratio else "–")

    @property
    def sides(self) -> tuple[float | None, float | None]:
        return self.baseline, self.candidate


def library(folder: str) -> str:
    """Compile the two calls by which a process talks to valgrind."""
    path = f"{folder}/counting.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", path, str(SOURCE)], check=True)
    return path


def counts(framework: str, names: Sequence[str]) -> dict[str, float]:
    """Return the instructions per request of the rows that this framework serves."""
    with tempfile.TemporaryDirectory(prefix="bench-count-") as folder:
        valgrind = (
            *CALLGRIND,
            f"--callgrind-out-file={folder}/out.%p",
            f"--log-file={folder}/log.%p",
        )
        program = (sys.executable, "-m", "benchmarks.counting", library(folder), *names)
        variables = {**machine.environment(), FRAMEWORK_VARIABLE: framework}
        subprocess.run(
            [*valgrind, *program],
            cwd=machine.ROOT,
            env=variables,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        totals = filter(None, map(total_of, Path(folder).glob("out.*")))
        return {name: total / COUNTED for name, total in totals}


def total_of(path: Path) -> tuple[str, int] | None:
    """Return the name and the count that a file of callgrind reports; None for another file."""
    text = path.read_text()
    name = re.search(r"^desc: Trigger: Client Request: (\S+)$", text, re.M)
    total = re.search(r"^totals: (\d+)$", text, re.M)
    return (name[1], int(total[1])) if name and total else None


def measure(names: Sequence[str]) -> list[Count]:
    """Count the named rows on both frameworks."""
    known = rows()
    with ExitStack() as stack, ThreadPoolExecutor(len(FRAMEWORKS)) as pool:
        works = [row for name in names if isinstance(row := known[name], Work)]
        if any(work.database for work in works):
            stack.enter_context(postgres.running())
        baseline, candidate = pool.map(lambda framework: counts(framework, names), FRAMEWORKS)
    return [
        Count(name, title_of(name, known[name].title), baseline.get(name), candidate.get(name))
        for name in names
    ]


def title_of(name: str, title: str) -> str:
    return f"{title}, access log on" if name.endswith(LOGGED_SUFFIX) else title


def write(results: Sequence[Count], facts: Mapping[str, Mapping[str, str]], topic: str) -> Path:
    """Write `<date>-<topic>.md` and `.json`; return the path of the Markdown."""
    path = RESULTS / f"{date.today().isoformat()}-{topic}.md"
    parts = [
        f"# Instructions per request, {date.today().isoformat()}",
        markdown_table(TITLES, [result.cells() for result in results]),
        "Thousands of instructions in user space per request, without a socket, counted by "
        "valgrind. FastAPI's protocol is uvicorn's with httptools, Rapide's that of `rapide run`.",
    ]
    parts += [f"## {title.capitalize()}\n\n{bullets(dict(v))}" for title, v in facts.items()]
    path.write_text("\n\n".join(parts) + "\n")
    data: dict[str, Any] = {**facts, "results": [asdict(result) for result in results]}
    path.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return path


def main(argv: Sequence[str] | None = None) -> int:
    known = list(rows())
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--rows", nargs="+", help=f"some of: {', '.join(known)}, or a,b,c")
    options = parser.parse_args(argv)
    for tool in ("valgrind", "gcc"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is needed")
    names = [name for text in options.rows or () for name in text.split(",") if name] or known
    if unknown := set(names).difference(known):
        raise SystemExit(f"unknown works {sorted(unknown)}; known: {known}")
    start = time.monotonic()
    results = measure(names)
    print(text_table(TITLES, [result.cells() for result in results]))
    facts = {"machine": machine.description(), "versions": machine.versions()}
    path = write(results, facts, "instructions-part" if options.rows else "instructions")
    print(f"\n{time.monotonic() - start:.0f} s, written to {path.relative_to(machine.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

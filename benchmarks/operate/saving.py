"""From saving a file of the bookshop to the first answer of the new code."""

import os
import shutil
import statistics
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import ROOT, environment
from benchmarks.operate.table import table
from benchmarks.service import Service, serving

COLUMNS = ("server", "save to answer, median", "slowest")
GOAL = ("goal", "0.50 s", "")
PLACE = ["--host", "127.0.0.1", "--port", "{port}"]
COMMANDS = {
    "rapide dev": ["rapide", "dev", "-e", "bookshop.main:app", *PLACE],
    "uvicorn --reload": ["uvicorn", "bookshop.main:app", "--reload", *PLACE],
}
ADDED = """

@app.get("/process")
def generation() -> int:
    return {number}
"""


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the bookshop that may be changed."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples/bookshop", Path(folder, "bookshop"))
        yield Path(folder)


def until(service: Service, number: int) -> None:
    while service.ask() != number:
        if service.process.poll() is not None:
            raise RuntimeError(service.log())
        time.sleep(0.005)


def saving(words: list[str], rounds: int) -> list[float]:
    """Seconds from each save to the answer of what was saved."""
    times = []
    with copied() as folder:
        main = folder / "bookshop/main.py"
        source = main.read_text(encoding="utf-8")
        main.write_text(source + ADDED.format(number=1), encoding="utf-8")
        variables = environment("rapide")
        variables["PYTHONPATH"] = os.pathsep.join([str(folder), variables["PYTHONPATH"]])
        with serving([sys.executable, "-m", *words], variables, folder) as service:
            until(service, 1)
            for number in range(2, rounds + 2):
                time.sleep(1)  # the watcher has settled, and the file's time is another
                began = time.monotonic()
                main.write_text(source + ADDED.format(number=number), encoding="utf-8")
                until(service, number)
                times.append(time.monotonic() - began)
    return times


def measure(arguments: Namespace) -> str:
    """Return the table, and what it means."""
    rows = []
    for name, words in COMMANDS.items():
        times = saving(words, arguments.rounds)
        rows.append([name, f"{statistics.median(times):.2f} s", f"{max(times):.2f} s"])
    return (
        f"The bookshop of `examples/`, on Rapide in both rows; {arguments.rounds} saves."
        f"\n\n{table(COLUMNS, [*rows, GOAL])}"
    )

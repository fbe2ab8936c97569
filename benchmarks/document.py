"""What the sections of the page of benchmarks share: the page itself, results, and cells."""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import markdown_table

PLOTS = "benchmarks"
OWN = "rapide"
BASE = "fastapi"
TIMING = ("at", "p50 ms", "p99 ms", "median p99")

Data = dict[str, Any]


def newest(folder: Path, *topics: str) -> Data | None:
    """Return the newest results of the topics; None without any."""
    paths = [path for topic in topics for path in folder.glob(f"*-{topic}.json")]
    # The name starts with the date.
    dated = [path for path in paths if path.stem[10:].removeprefix("-") in topics]
    if not dated:
        return None
    path = max(dated, key=lambda path: path.stem)
    data: Data = json.loads(path.read_text())
    return {**data, "date": path.stem[:10], "file": path.name}


class Page:
    """The text of the page and the plots that it shows, by file name."""

    def __init__(self, introduction: str) -> None:
        self.parts: list[str] = [introduction]
        self.plots: dict[str, str] = {}

    def add(self, *parts: str) -> None:
        self.parts += [part for part in parts if part]

    def plot(self, name: str, title: str, svg: str) -> str:
        """Keep a plot and return the Markdown that shows it."""
        self.plots[f"{name}.svg"] = svg
        return f"![{title}]({PLOTS}/{name}.svg)"

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.add(markdown_table(titles, rows))

    @property
    def text(self) -> str:
        return "\n\n".join(self.parts) + "\n"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def timing(latency: Mapping[str, float]) -> tuple[str, str, str, str]:
    """Return the cells of `TIMING`."""
    middle = latency.get("median_p99")
    return (
        f"{latency['rate']:,.0f} req/s",
        f"{latency['p50']:.2f}",
        f"{latency['p99']:.2f}",
        "–" if middle is None else f"{middle:.2f}",
    )


def source(data: Data) -> str:
    """Return where the figures of a section come from."""
    machine, settings = data["machine"], data.get("settings")
    runs = (
        f"; {settings['rounds']} rounds of {settings['seconds']} s, "
        f"{settings['connections']} connections"
        if settings
        else ""
    )
    return (
        f"Measured on {data['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['kernel']}, {machine['python']}, Rapide's transport in "
        f"{machine.get('transport', 'Python')}{runs} "
        f"([{data['file']}](../benchmarks/results/{data['file']}))."
    )

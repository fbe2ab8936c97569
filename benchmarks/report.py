"""Results as a table, as Markdown and as JSON."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.floors import Goal
from benchmarks.load import Sample
from benchmarks.paced import Latency

RESULTS = Path(__file__).with_name("results")
VERDICTS = {True: "yes", False: "NO", None: "–"}
TITLES = ("ratio", "CPU µs", "CPU µs", "CPU ratio", "floor", "met?")
NAMES = {"fastapi": "FastAPI again", "rapide": "Rapide"}


@dataclass(frozen=True, slots=True)
class Result:
    """One measured row."""

    name: str
    title: str
    unit: str
    goal: Goal
    baseline: Sequence[float]
    candidate: Sequence[float]
    details: dict[str, list[Sample]] = field(default_factory=dict)
    latency: dict[str, Latency] = field(default_factory=dict)
    """At half of each side's own rate."""

    @property
    def ratio(self) -> float:
        """Median of the candidate over median of the baseline."""
        return statistics.median(self.candidate) / statistics.median(self.baseline)

    def cpu(self, side: str) -> float | None:
        """Return the median of the CPU time per request in µs; None without requests."""
        if side not in self.details:
            return None
        return statistics.median(sample.cpu_microseconds for sample in self.details[side])

    @property
    def cpu_ratio(self) -> float | None:
        """How many times less CPU time the candidate takes per request; None without requests."""
        baseline, candidate = self.cpu("baseline"), self.cpu("candidate")
        return None if baseline is None or candidate is None else baseline / candidate

    @property
    def met(self) -> bool | None:
        """Whether the goal is met: by CPU time if it is known, as it depends least on the load."""
        return self.goal.met(self.cpu_ratio or self.ratio)

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts, in the order of `header`."""
        return (
            self.title,
            quantity(statistics.median(self.baseline), self.unit),
            quantity(statistics.median(self.candidate), self.unit),
            f"{self.ratio:.2f}",
            *(
                "" if value is None else f"{value:.1f}"
                for value in (self.cpu("baseline"), self.cpu("candidate"))
            ),
            "" if self.cpu_ratio is None else f"{self.cpu_ratio:.2f}",
            str(self.goal),
            VERDICTS[self.met],
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "unit": self.unit,
            "goal": asdict(self.goal),
            "ratio": round(self.ratio, 4),
            "cpu_ratio": self.cpu_ratio and round(self.cpu_ratio, 4),
            "met": self.met,
            "baseline": [round(value, 3) for value in self.baseline],
            "candidate": [round(value, 3) for value in self.candidate],
            "details": {
                side: [asdict(sample) for sample in samples]
                for side, samples in self.details.items()
            },
            "latency": {side: asdict(latency) for side, latency in self.latency.items()},
        }


def header(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The titles of the columns, with the names of what is compared."""
    candidate = settings["candidate"]
    return ("work", settings.get("baseline", "FastAPI"), NAMES.get(candidate, candidate), *TITLES)


def quantity(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def spread(values: Sequence[float], unit: str) -> str:
    return f"{quantity(min(values), unit)} … {quantity(max(values), unit)}"


def text_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns; the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (titles, *rows)
    )


def markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(titles) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, rule, *rows))


def detail_rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """The spread of the rounds; for loads also CPU time and latency."""
    rows = []
    for result in results:
        for side, values in (("baseline", result.baseline), ("candidate", result.candidate)):
            samples = result.details.get(side, [])
            medians = [
                f"{statistics.median(getattr(sample, name) for sample in samples):.2f}"
                if samples
                else ""
                for name in ("cpu_microseconds", "p50_milliseconds", "p99_milliseconds")
            ]
            rows.append((f"{result.name}, {side}", spread(values, result.unit), *medians))
    return rows


QUANTILES = {
    "p50": "p50 ms",
    "p99": "p99 ms",
    "median_p99": "median p99",
    "p999": "p99.9 ms",
    "worst": "worst ms",
}


def latency_rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """Latency of both sides, each at half of its own rate."""
    return [
        (
            f"{result.name}, {side}",
            *(f"{value:,.0f} req/s" for value in (latency.rate, latency.achieved)),
            *(f"{getattr(latency, name):.2f}" for name in QUANTILES),
        )
        for result in results
        for side, latency in result.latency.items()
    ]


def markdown(
    results: Sequence[Result], settings: dict[str, Any], facts: dict[str, dict[str, str]]
) -> str:
    """The whole report."""
    details = ("work, side", "rounds", "CPU µs/request", "p50 ms", "p99 ms")
    parts = [
        f"# Benchmark, {date.today().isoformat()}",
        markdown_table(header(settings), [result.cells() for result in results]),
        "Medians of the rounds. Ratio: second column over first. CPU µs: CPU time of the server "
        "per request, of both sides in the same order; CPU ratio: that of the first over that of "
        "the second. The floor is one of the CPU ratio, or of the ratio in rows without requests.",
        "## Spread",
        markdown_table(details, detail_rows(results)),
    ]
    if latencies := latency_rows(results):
        titles = ("work, side", "rate", "answered", *QUANTILES.values())
        parts += [
            "## Latency at half of each side's rate",
            markdown_table(titles, latencies),
            "Requests are due at a constant rate, whatever the server does; latency counts from "
            "that moment. The sides took many short turns: the lowest of each quantile, and the "
            "median of the 99th.",
        ]
    for title, values in {"Settings": settings, **facts}.items():
        parts += [f"## {title.capitalize()}", bullets(values)]
    return "\n\n".join(parts) + "\n"


def bullets(values: dict[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in values.items())


def write(
    topic: str,
    results: Sequence[Result],
    settings: dict[str, Any],
    facts: dict[str, dict[str, str]],
    folder: Path = RESULTS,
) -> Path:
    """Write `<date>-<topic>.md` and `.json`; return the path of the Markdown."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{date.today().isoformat()}-{topic}.md"
    path.write_text(markdown(results, settings, facts))
    data = {"settings": settings, **facts, "results": [result.as_json() for result in results]}
    path.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return path

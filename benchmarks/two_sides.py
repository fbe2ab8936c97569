"""The sections of the page that compare FastAPI with Rapide, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import floors
from benchmarks.document import TIMING, Data, Page, median, source, timing
from benchmarks.floors import Goal
from benchmarks.plot import Bar, chart
from benchmarks.report import quantity

SERVING = """\
Rapide runs with `rapide run`, FastAPI with uvicorn, httptools and uvloop, both without an access
log. The line at a bar marks the floor, the smallest gain that Rapide must reach. PostgreSQL shares
its core with the load generator. In the rows with Structs, Rapide uses msgspec and FastAPI uses
Pydantic, because FastAPI does not accept Structs."""

NEWER = """\
The same rows, without latencies, on the newest interpreter that was installed. The line below the
table names its version."""

LOGS = """\
The same rows, served by `rapide run main.py` and `uvicorn main:app` without any options. So both
servers write a line for each request to their access logs."""

FLOORS = """\
Both frameworks run on uvicorn, httptools and uvloop, so that only the framework differs."""

INSTRUCTIONS = """\
The last columns show thousands of instructions in user space per request. valgrind counts them,
without a socket ([{file}](../benchmarks/results/{file}))."""

LATENCY = """\
Each side gets requests at a constant rate, half of its own maximum, whether or not it has answered
the earlier ones. The latency of a request counts from the moment when it was due. The sides take
several turns of half a second. A pause of the machine can only increase a latency, so the table
shows the lowest value of each quantile. It also shows the median of all turns, including pauses."""

UNSHOWN = ("override", "raw")
"""Rows that a chart of gains leaves out: they compare something else."""


@dataclass(frozen=True, slots=True)
class Section:
    """A comparison of the two frameworks."""

    name: str
    title: str
    about: str
    floors: Mapping[str, float]
    """As they are today; those of a row that has none are in its results."""
    suffix: str | None = ""
    """What the counts of instructions have behind the names of the rows; None for no counts."""


SERVED = Section("serving", "`rapide run` against FastAPI on uvicorn", SERVING, floors.SERVED)
NEWEST = Section(
    "serving-newest", "The same on the newest CPython", NEWER, floors.SERVED, suffix=None
)
LOGGED = Section("defaults", "The same with default options", LOGS, floors.DEFAULTS, "+log")
SAME_SERVER = Section(
    "floors", "Rapide and FastAPI under the same server", FLOORS, floors.SAME_SERVER, suffix=None
)


def goal_of(row: Data, section: Section) -> Goal:
    """Return the floor of a row as it is today, which may be higher than when it was measured."""
    if row["name"] in section.floors:
        return Goal(low=section.floors[row["name"]])
    if row["name"] in floors.COSTS:
        return Goal(high=floors.COSTS[row["name"]])
    return Goal(**row["goal"])


def write(page: Page, data: Data, section: Section, counts: Data | None) -> None:
    """Write a comparison: a chart, a table, what was missed, and latencies."""
    page.add(f"## {section.title}", section.about)
    rows = [row for row in data["results"] if row.get("cpu_ratio")]
    bars = [
        Bar(row["title"], gain, f"{gain:.1f} ×", "own", goal_of(row, section).low)
        for row in sorted(rows, key=lambda row: -row["cpu_ratio"])
        if row["name"] not in UNSHOWN
        for gain in [row["cpu_ratio"]]
    ]
    title = section.title.replace("`", "")
    subtitle = "FastAPI's CPU time per request, times Rapide's (logarithmic)"
    svg = chart(title, subtitle, bars, logarithmic=True)
    page.add(page.plot(section.name, section.title, svg))
    table(page, data, section, counts)
    verdicts(page, data, section)
    latencies(page, data, section.name)
    page.add(source(data))


def table(page: Page, data: Data, section: Section, counts: Data | None) -> None:
    titles = ["work", "FastAPI", "Rapide", "ratio", "FastAPI µs", "Rapide µs", "CPU ratio", "floor"]
    known: dict[str, Data] = {}
    if counts is not None and section.suffix is not None:
        known = {row["name"]: row for row in counts["results"]}
        titles += ["FastAPI k", "Rapide k"]
    rows = []
    for row in data["results"]:
        cells = [
            row["title"],
            *(quantity(median(row[side]), row["unit"]) for side in ("baseline", "candidate")),
            f"{row['ratio']:.2f}",
            *(microseconds(row, side) for side in ("baseline", "candidate")),
            f"{row['cpu_ratio']:.2f}" if row.get("cpu_ratio") else "",
            str(goal_of(row, section)),
        ]
        if known:
            count = known.get(f"{row['name']}{section.suffix}", {})
            cells += [thousands(count.get(side)) for side in ("baseline", "candidate")]
        rows.append(cells)
    page.table(titles, rows)
    page.add(
        "µs: CPU time of the server per request, in user space and in the kernel. The floor "
        "applies to the ratio of CPU times or, in rows without requests, to the ratio."
    )
    if known and counts is not None:
        page.add(INSTRUCTIONS.format(file=counts["file"]))


def microseconds(row: Data, side: str) -> str:
    samples = row.get("details", {}).get(side)
    if not samples:
        return ""
    return f"{median([sample['cpu_microseconds'] for sample in samples]):.1f}"


def thousands(count: float | None) -> str:
    return "–" if count is None else f"{count / 1000:,.0f}"


def verdicts(page: Page, data: Data, section: Section) -> None:
    """Say what was missed, and where FastAPI is ahead."""
    missed = [
        row["title"]
        for row in data["results"]
        if goal_of(row, section).met(row.get("cpu_ratio") or row["ratio"]) is False
    ]
    page.add(f"**Missed: {'; '.join(missed)}.**" if missed else "Every floor is reached.")
    behind = [row["title"] for row in data["results"] if (row.get("cpu_ratio") or 1) < 1]
    page.add(f"**FastAPI takes less CPU time in: {'; '.join(behind)}.**" if behind else "")


def latencies(page: Page, data: Data, name: str) -> None:
    """Write the latency of both sides, if it was measured."""
    rows = [row for row in data["results"] if row.get("latency")]
    if not rows:
        return
    title = "Latency at half of each side's rate"
    bars = []
    for row in rows:
        for side, kind, who in (("baseline", "base", "FastAPI"), ("candidate", "own", "Rapide")):
            p99 = row["latency"][side]["p99"]
            bars.append(Bar(f"{row['name']}, {who}", p99, f"{p99:.2f} ms", kind))
    page.add(f"### {title}", LATENCY)
    page.add(page.plot(f"{name}-latency", title, chart(title, "p99, milliseconds", bars)))
    page.table(
        ("work", *(f"{who} {what}" for who in ("FastAPI", "Rapide") for what in TIMING)),
        [
            (row["title"], *(cell for side in row["latency"].values() for cell in timing(side)))
            for row in rows
        ],
    )
    worse = [
        row["title"]
        for row in rows
        if row["latency"]["candidate"]["p99"] > row["latency"]["baseline"]["p99"]
    ]
    page.add(f"**FastAPI's p99 is lower in: {'; '.join(worse)}.**" if worse else "")

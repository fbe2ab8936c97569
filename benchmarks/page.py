"""Write `docs/benchmarks.md` and its plots from the newest results: `make bench-page`."""

import json
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from benchmarks.plot import Bar, chart
from benchmarks.report import RESULTS, bullets, markdown_table, quantity

FOLDER = ROOT / "docs"
PLOTS = "benchmarks"
OWN = "rapide"
BASE = "fastapi"
LEVEL = 0.02
"""Rates that differ by less are called level."""

Data = dict[str, Any]

INTRODUCTION = """\
# Benchmarks

<!-- Written by `make bench-page` from the newest files in benchmarks/results. -->

Requests per second of one server process on one core; the load comes from another core. Every
figure is a median of rounds in turns. Before anything is measured, all sides must give the same
answer. [The README of the benchmarks](../benchmarks/README.md) explains how they are measured, and
how you can repeat them."""

SERVING = """\
Rapide runs with `rapide run`, FastAPI with uvicorn, httptools and uvloop. The line at a bar is the
floor that Rapide must reach."""

LATENCY = """\
Each side gets requests at a constant rate, half of its own maximum, regardless of its responses.
The latency of a request counts from the moment when it was due. The sides take 24 turns of half a
second. The table shows the lowest value of each quantile, because a pause of the machine can only
increase it, and beside it the median of the turns, including pauses."""

FLOORS = """\
Both run with uvicorn, httptools and uvloop, so that only the framework differs."""

PEERS = """\
The same work on other frameworks, each with its usual settings for speed, and all in one
environment: the same interpreter, uvloop, httptools and Pydantic. A framework that cannot do a work
with the same validation has no figure; the page gives the reason."""


def newest(folder: Path, *topics: str) -> Data | None:
    """The newest results of the topics; None without any."""
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

    def __init__(self) -> None:
        self.parts: list[str] = [INTRODUCTION]
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


def two_sides(page: Page, data: Data, name: str, title: str, about: str) -> None:
    """FastAPI against Rapide, with floors."""
    page.add(f"## {title}", about)
    rows = [row for row in data["results"] if row["unit"] == "req/s"]
    bars = [
        Bar(row["title"], row["ratio"], f"{row['ratio']:.1f} ×", "own", row["goal"]["low"])
        for row in sorted(rows, key=lambda row: -row["ratio"])
        if row["name"] not in ("override", "raw")
    ]
    subtitle = "requests per second, times FastAPI's (logarithmic)"
    page.add(
        page.plot(name, title, chart(title.replace("`", ""), subtitle, bars, logarithmic=True))
    )
    page.table(
        ("work", "FastAPI", "Rapide", "ratio", "floor"),
        [
            (
                row["title"],
                *(quantity(median(row[side]), row["unit"]) for side in ("baseline", "candidate")),
                f"{row['ratio']:.2f}",
                goal_text(row["goal"]),
            )
            for row in data["results"]
        ],
    )
    missed = [row["title"] for row in data["results"] if row["met"] is False]
    page.add(f"**Missed: {'; '.join(missed)}.**" if missed else "Every floor is reached.")
    latencies(page, data, name)
    page.add(source(data))


def goal_text(goal: Mapping[str, float | None]) -> str:
    low, high = goal["low"], goal["high"]
    if low is None:
        return "–" if high is None else f"≤ {high:g}"
    return f"≥ {low:g}" if high is None else f"{low:g} … {high:g}"


def latencies(page: Page, data: Data, name: str) -> None:
    """Latency of both sides, where it was measured."""
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
    if worse:
        page.add(f"**FastAPI's p99 is lower in: {'; '.join(worse)}.**")


TIMING = ("at", "p50 ms", "p99 ms", "median p99")


def timing(latency: Mapping[str, float]) -> tuple[str, str, str, str]:
    median = latency.get("median_p99")
    return (
        f"{latency['rate']:,.0f} req/s",
        f"{latency['p50']:.2f}",
        f"{latency['p99']:.2f}",
        "–" if median is None else f"{median:.2f}",
    )


def peers(page: Page, data: Data) -> None:
    """Every framework on every work."""
    titles = {name: peer["title"] for name, peer in data["peers"].items()}
    page.add("## Other frameworks", PEERS)
    page.add("### Where a peer is ahead", ahead(data, titles))
    page.add("### All figures", "Requests per second; in brackets, times FastAPI's.")
    works = data["results"]
    page.table(
        ("framework", *(row["name"] for row in works)),
        [(title, *(cell(row, name) for row in works)) for name, title in titles.items()],
    )
    for row in works:
        work(page, row, titles)
    page.add("### The frameworks")
    page.add(
        "\n".join(
            f"- {peer['title']} ({version_of(name, data['versions'])}): {peer['settings']}"
            for name, peer in data["peers"].items()
        )
    )
    page.add(source(data))


def ahead(data: Data, titles: Mapping[str, str]) -> str:
    """Who is faster than Rapide, work by work, in plain words."""
    lines = []
    for row in data["results"]:
        own = row["rates"].get(OWN)
        if own is None:
            lines.append(f"- {row['title']}: Rapide has no figure: {row['missing'].get(OWN)}")
            continue
        faster = {
            name: rate / own - 1
            for name, rate in row["rates"].items()
            if name != OWN and rate / own - 1 > -LEVEL
        }
        said = [
            f"{titles[name]} is level" if lead < LEVEL else f"{titles[name]} by {lead:.0%}"
            for name, lead in faster.items()
        ]
        if said:
            lines.append(f"- {row['title']}: {', '.join(said)}")
    return "\n".join(lines) or "Nowhere: in every work Rapide serves the most requests."


def cell(row: Data, name: str) -> str:
    rate, base = row["rates"].get(name), row["rates"].get(BASE)
    if rate is None:
        return "–"
    return f"{rate:,.0f} ({rate / base:.1f})" if base else f"{rate:,.0f}"


def work(page: Page, row: Data, titles: Mapping[str, str]) -> None:
    """One work: its plot, its latencies, and what to know about some peers."""
    base = row["rates"].get(BASE)
    bars = [
        Bar(
            titles[name],
            rate,
            f"{rate:,.0f}" + (f"  ({rate / base:.1f} ×)" if base else ""),
            kind_of(name),
        )
        for name, rate in sorted(row["rates"].items(), key=lambda item: -item[1])
    ]
    bars += [Bar(titles[name], None, f"– {why[:70]}") for name, why in row["missing"].items()]
    page.add(f"### {row['title'][0].upper()}{row['title'][1:]}")
    subtitle = "requests per second (times FastAPI on uvicorn)"
    page.add(page.plot(f"peers-{row['name']}", row["title"], chart(row["title"], subtitle, bars)))
    if row["latency"]:
        timed = sorted(row["latency"].items(), key=lambda item: item[1]["p99"])
        bars = [
            Bar(
                titles[name],
                latency["p99"],
                f"{latency['p99']:.2f} ms at {latency['rate']:,.0f}/s",
                kind_of(name),
            )
            for name, latency in timed
        ]
        title = f"{row['title']}: latency"
        svg = chart(title, "p99 at half of each one's own maximum, milliseconds", bars)
        page.add(page.plot(f"peers-{row['name']}-latency", title, svg))
        page.table(
            ("framework", *TIMING),
            [(titles[name], *timing(latency)) for name, latency in timed],
        )
        own = row["latency"].get(OWN, {"p99": math.inf})["p99"]
        lower = [titles[name] for name, latency in timed if latency["p99"] < own]
        page.add(f"A lower p99 than Rapide's: {', '.join(lower)}." if lower else "")
    told = {**row["missing"], **row["notes"]}
    page.add("\n".join(f"- {titles[name]}: {text}" for name, text in told.items()))


def kind_of(name: str) -> str:
    return {OWN: "own", BASE: "base"}.get(name, "peer")


def version_of(name: str, versions: Mapping[str, str]) -> str:
    distribution = {"granian": "fastapi", "raw": "uvicorn"}.get(name, name)
    found = versions.get(distribution, "")
    return {
        "granian": f"{found}, Granian {versions.get('granian', '')}",
        "raw": f"uvicorn {found}",
    }.get(name, found)


def source(data: Data) -> str:
    """Where the figures of a section come from."""
    machine = data["machine"]
    settings = data["settings"]
    return (
        f"Measured on {data['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['kernel']}, {machine['python']}, Rapide's transport in "
        f"{machine.get('transport', 'Python')}; {settings['rounds']} rounds of "
        f"{settings['seconds']} s, {settings['connections']} connections "
        f"([{data['file']}](../benchmarks/results/{data['file']}))."
    )


def versions(page: Page, sections: Sequence[Data]) -> None:
    """Everything that took part, once per set of versions."""
    page.add("## Versions")
    seen: list[Mapping[str, str]] = []
    for data in sections:
        if data["versions"] not in seen:
            seen.append(data["versions"])
            page.add(f"{data['file']}:", bullets(data["versions"]))


SECTIONS: tuple[tuple[tuple[str, ...], Callable[[Page, Data], None]], ...] = (
    (
        ("serving",),
        lambda page, data: two_sides(
            page, data, "serving", "`rapide run` against FastAPI on uvicorn", SERVING
        ),
    ),
    (("peers",), peers),
    (
        ("floors", "core"),
        lambda page, data: two_sides(
            page, data, "floors", "Rapide and FastAPI under the same server", FLOORS
        ),
    ),
)


def made(results: Path = RESULTS) -> Page:
    """The page of the newest results."""
    page = Page()
    found = []
    for topics, write in SECTIONS:
        if data := newest(results, *topics):
            write(page, data)
            found.append(data)
    versions(page, found)
    return page


def write(page: Page, folder: Path = FOLDER) -> Iterator[Path]:
    """Write the page and its plots; plots of an earlier page go."""
    plots = folder / PLOTS
    plots.mkdir(exist_ok=True)
    for path in plots.glob("*.svg"):
        if path.name not in page.plots:
            path.unlink()
    for name, svg in page.plots.items():
        (plots / name).write_text(svg)
        yield plots / name
    text = folder / "benchmarks.md"
    text.write_text(page.text)
    yield text


if __name__ == "__main__":
    for path in write(made()):
        print(path.relative_to(ROOT))

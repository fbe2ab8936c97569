"""The sections of the page about other frameworks, and about servers outside of Python."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.document import BASE, OWN, TIMING, Data, Page, median, source, timing
from benchmarks.plot import Bar, chart

LEVEL = 0.02
"""Figures that differ by less are called level."""

PEERS = """\
Other frameworks do the same work, each with its usual settings for speed. All run in one
environment, with the same interpreter, uvloop, httptools and Pydantic. If a framework cannot do a
task with the same validation, it does not have a figure, and the page gives the reason."""

OUTSIDE = """\
These servers show what one core can do without a handler in Python. All of them answer `GET /` with
the same small JSON, in one process on one core, and were measured in the same run as the
frameworks. C and nginx send constant bytes; the others call a handler. In each figure, the kernel
takes about four microseconds to read and write the socket."""

FIGURES = """\
The figures are the CPU time of the server per request in microseconds, in user space and in the
kernel. In brackets: the requests per second as a multiple of FastAPI's."""


def is_outside(data: Data, name: str) -> bool:
    return bool(data["peers"].get(name, {}).get("outside"))


def cpu_of(row: Data) -> dict[str, float]:
    """Return the CPU time per request in microseconds, by the names of the peers."""
    return {
        name: median([sample["cpu_microseconds"] for sample in samples])
        for name, samples in row.get("samples", {}).items()
    }


def write(page: Page, data: Data) -> None:
    """Write who is ahead, the lines outside, all figures, and each work."""
    titles = {name: peer["title"] for name, peer in data["peers"].items()}
    page.add("## Other frameworks", PEERS)
    page.add("### Where a peer is ahead", *ahead(data, titles))
    outside(page, data, titles)
    page.add("### All figures", FIGURES)
    works = data["results"]
    page.table(
        ("framework", *(row["name"] for row in works)),
        [
            (title, *(cell(row, name) for row in works))
            for name, title in titles.items()
            if not is_outside(data, name)
        ],
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


def ahead(data: Data, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield in plain words who is ahead of Rapide, work by work: in rate, CPU time, and latency."""
    lines = list(faster(data, titles))
    yield "\n".join(lines) or "Nowhere: in every work Rapide serves the most requests."
    cheaper = list(less_time(data, titles))
    if cheaper:
        yield "Less CPU time per request than Rapide, by more than 2 %:"
        yield "\n".join(cheaper)


def rivals(data: Data, figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of other frameworks that have a figure."""
    for name in figures:
        if not name.startswith(OWN) and not is_outside(data, name):
            yield name


def faster(data: Data, titles: Mapping[str, str]) -> Iterator[str]:
    for row in data["results"]:
        own = row["rates"].get(OWN)
        if own is None:
            yield f"- {row['title']}: Rapide has no figure: {row['missing'].get(OWN)}"
            continue
        leads = {name: row["rates"][name] / own - 1 for name in rivals(data, row["rates"])}
        said = [
            f"{titles[name]} is level" if lead < LEVEL else f"{titles[name]} by {lead:.0%}"
            for name, lead in leads.items()
            if lead > -LEVEL
        ]
        if said:
            yield f"- {row['title']}: {', '.join(said)}"


def less_time(data: Data, titles: Mapping[str, str]) -> Iterator[str]:
    for row in data["results"]:
        times = cpu_of(row)
        own = times.get(OWN, 0.0)
        said = [
            f"{titles[name]} ({times[name]:.1f} µs, Rapide {own:.1f})"
            for name in rivals(data, times)
            if times[name] < own * (1 - LEVEL)
        ]
        if said:
            yield f"- {row['title']}: {', '.join(said)}"


def outside(page: Page, data: Data, titles: Mapping[str, str]) -> None:
    """Write what servers outside of Python need for the small JSON."""
    rows = [row for row in data["results"] if any(is_outside(data, n) for n in row["rates"])]
    if not rows:
        return
    title = "Small JSON outside of Python"
    page.add(f"### {title}", OUTSIDE)
    for row in rows:
        times = {
            name: time
            for name, time in sorted(cpu_of(row).items(), key=lambda item: item[1])
            if is_outside(data, name) or name in (OWN, BASE, "raw")
        }
        own = times.get(OWN)
        bars = [
            Bar(titles[name], time, f"{time:.1f} µs", kind_of(name)) for name, time in times.items()
        ]
        caption = f"{title}: {row['title']}"
        svg = chart(caption, "CPU time per request, microseconds", bars)
        page.add(page.plot(f"outside-{row['name']}", caption, svg))
        page.table(
            ("server", "requests per second", "CPU µs", "Rapide's CPU time, times", "p99 ms"),
            [
                (
                    titles[name],
                    f"{row['rates'][name]:,.0f}",
                    f"{time:.1f}",
                    f"{own / time:.2f}" if own else "–",
                    f"{row['latency'][name]['p99']:.2f}" if name in row["latency"] else "–",
                )
                for name, time in times.items()
            ],
        )


def cell(row: Data, name: str) -> str:
    rate, base = row["rates"].get(name), row["rates"].get(BASE)
    if rate is None:
        return "–"
    time = cpu_of(row).get(name)
    shown = f"{rate:,.0f}" if time is None else f"{time:.1f}"
    return f"{shown} ({rate / base:.1f})" if base else shown


def work(page: Page, row: Data, titles: Mapping[str, str]) -> None:
    """Write one work: its plot, its latencies, and what to know about some peers."""
    base, times = row["rates"].get(BASE), cpu_of(row)
    bars = [
        Bar(
            titles[name],
            rate,
            f"{rate:,.0f}"
            + (f"  ({rate / base:.1f} ×)" if base else "")
            + (f"  {times[name]:.1f} µs" if name in times else ""),
            kind_of(name),
        )
        for name, rate in sorted(row["rates"].items(), key=lambda item: -item[1])
    ]
    bars += [Bar(titles[name], None, f"– {why[:70]}") for name, why in row["missing"].items()]
    page.add(f"### {row['title'][0].upper()}{row['title'][1:]}")
    subtitle = "requests per second (times FastAPI on uvicorn), CPU time per request"
    page.add(page.plot(f"peers-{row['name']}", row["title"], chart(row["title"], subtitle, bars)))
    latencies(page, row, titles)
    told = {**row["missing"], **row["notes"]}
    page.add("\n".join(f"- {titles[name]}: {text}" for name, text in told.items()))


def latencies(page: Page, row: Data, titles: Mapping[str, str]) -> None:
    """Write the latency of everyone at half of its own rate, if it was measured."""
    if not row["latency"]:
        return
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
        ("framework", *TIMING), [(titles[name], *timing(latency)) for name, latency in timed]
    )
    own = row["latency"].get(OWN, {"p99": math.inf})["p99"]
    lower = [titles[name] for name, latency in timed if latency["p99"] < own]
    page.add(f"A lower p99 than Rapide's: {', '.join(lower)}." if lower else "")


def kind_of(name: str) -> str:
    return "own" if name.startswith(OWN) else "base" if name == BASE else "peer"


def version_of(name: str, versions: Mapping[str, str]) -> str:
    """Return the versions of what a peer consists of, as far as they are known."""
    parts = {
        "granian": ("fastapi", "granian"),
        "zttp": ("fastapi", "uvicorn", "zttp"),
        "h2corn": ("fastapi", "h2corn"),
        "saltare": ("fastapi", "saltare"),
        "raw": ("uvicorn",),
        "raw-zttp": ("uvicorn", "zttp"),
        "raw-h2corn": ("h2corn",),
        "raw-saltare": ("saltare",),
        "rapide-structs": ("rapide", "msgspec"),
        "django-bolt-pydantic": ("django-bolt", "pydantic"),
    }.get(name, (name,))
    if name == "epoll":
        return f"gcc {versions.get(name, '')}".strip()
    if parts == (name,):
        return versions.get(name, "")
    return ", ".join(f"{part} {versions.get(part, '')}".strip() for part in parts)

"""Write `docs/benchmarks.md` and its plots from the newest results: `make bench-page`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks import growth_section, many_sides, profile_section, two_sides
from benchmarks.document import PLOTS, Data, Page, newest
from benchmarks.machine import ROOT
from benchmarks.report import RESULTS, bullets

FOLDER = ROOT / "docs"

INTRODUCTION = """\
# Benchmarks

<!-- Written by `make bench-page` from the newest files in benchmarks/results. -->

Use this page to see how fast Rapide is, compared with FastAPI and with other frameworks. It shows
requests per second and CPU time per request of one server process on one core; another core makes
the load. The sides take turns, and every figure is the median of several rounds. Before a
measurement, all sides must give the same answer. Gains and floors are ratios of CPU time, because
other processes on the machine change CPU time least. To repeat the measurements, or to read how
they are made, see [the README of the benchmarks](../benchmarks/README.md).

Some handlers do not call any function, such as those for small JSON and parameters. These
run [without a separate task](design.md#functions-that-only-build-a-value). The row "a handler that
calls a function" gives the same answer as small JSON, but runs in a task."""

Write = Callable[[Page, Data], None]


def sections(counts: Data | None) -> Sequence[tuple[tuple[str, ...], Write]]:
    """Return the sections in their order: the topics of their results, and how they are written."""
    compared = partial(two_sides.write, counts=counts)
    return (
        (("serving",), partial(compared, section=two_sides.SERVED)),
        (("defaults",), partial(compared, section=two_sides.LOGGED)),
        (("serving-newest",), partial(compared, section=two_sides.NEWEST)),
        (("growth",), growth_section.write),
        (("peers",), many_sides.write),
        (("floors", "core"), partial(compared, section=two_sides.SAME_SERVER)),
    )


def versions(page: Page, found: Sequence[Data]) -> None:
    """Write everything that took part, once per set of versions."""
    page.add("## Versions")
    seen: list[Mapping[str, str]] = []
    for data in found:
        if data["versions"] not in seen:
            seen.append(data["versions"])
            page.add(f"{data['file']}:", bullets(data["versions"]))


def made(results: Path = RESULTS) -> Page:
    """Return the page of the newest results."""
    page = Page(INTRODUCTION)
    found = []
    for topics, write in sections(newest(results, "instructions")):
        if data := newest(results, *topics):
            write(page, data)
            found.append(data)
    page.add(profile_section.TITLE, profile_section.ABOUT)
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

"""The section of the page about growth: costs against sizes, on FastAPI and on Rapide.

Results of the topic `growth` have one row per cost: `name`, `title`, `size` (what grows, such as
"routes"), `unit`, `sizes`, and a value per size in `baseline` and `candidate`, null for none.
"""

import statistics
from collections.abc import Sequence

from benchmarks.curves import Curve, chart
from benchmarks.document import Data, Page, source

ABOUT = """\
These curves show how a cost grows with the number of routes, dependencies, parameters and so on:
one curve for each framework, on logarithmic axes. The slope in the table is the cost of each
additional one. `make bench-growth` measures CPU times and memory in fresh processes. Only the idle
connections need a server."""

STEEPER = 0.05
"""Slopes that differ by less, as a share of the costs, are called equal: they are measured."""


def slope(sizes: Sequence[float], values: Sequence[float | None]) -> float | None:
    """Return the slope of the least squares; None for too few values."""
    points = [(size, value) for size, value in zip(sizes, values, strict=True) if value]
    if len(points) < 2:
        return None
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def write(page: Page, data: Data) -> None:
    """Write a chart per cost, and a table of the largest sizes and the slopes."""
    page.add("## Growth", ABOUT)
    for row in data["results"]:
        curves = [
            Curve("FastAPI", row["baseline"], "base"),
            Curve("Rapide", row["candidate"], "own"),
        ]
        svg = chart(row["title"], row["unit"], row["sizes"], curves, row["size"])
        page.add(page.plot(f"growth-{row['name']}", row["title"], svg))
    page.table(
        ("cost", "at", "FastAPI", "Rapide", "ratio", "FastAPI's slope", "Rapide's slope"),
        [cells(row) for row in data["results"]],
    )
    steeper = [row["title"] for row in data["results"] if is_steeper(row)]
    page.add(
        f"**Rapide's slope is steeper in: {'; '.join(steeper)}.**"
        if steeper
        else "No slope of Rapide's is steeper than FastAPI's."
    )
    page.add(source(data))


def cells(row: Data) -> tuple[str, ...]:
    """Return the row as texts: the values at the largest size that both have, and the slopes."""
    both = [
        (size, base, own)
        for size, base, own in zip(row["sizes"], row["baseline"], row["candidate"], strict=True)
        if base and own
    ]
    slopes = (slope(row["sizes"], row[side]) for side in ("baseline", "candidate"))
    shown = ["–" if value is None else f"{value:,.3g} {row['unit']}" for value in slopes]
    if not both:
        return (row["title"], "–", "–", "–", "–", *shown)
    size, base, own = both[-1]
    unit = row["unit"]
    values = (f"{shortened(base)} {unit}", f"{shortened(own)} {unit}", f"{own / base:.2g}")
    return (row["title"], f"{size:,g} {row['size']}", *values, *shown)


def shortened(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.4g}"


def is_steeper(row: Data) -> bool:
    base, own = (slope(row["sizes"], row[side]) for side in ("baseline", "candidate"))
    if base is None or own is None:
        return False
    # A cost that does not grow has a slope of noise.
    noise = max(value for value in row["candidate"] if value) / max(row["sizes"])
    return own > max(base, 0) + STEEPER * max(base, noise)

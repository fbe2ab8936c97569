"""Curves as SVG, by hand: how a cost grows with a size, for several sides.

Both axes are logarithmic, so a cost that grows with the size is a straight line, and of two costs
the one with the larger slope is steeper. Every point has its value in the chart's description.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.plot import MARGIN, STYLE, WIDTH

HEIGHT = 340
LEFT, RIGHT, TOP, BOTTOM = 80, 150, 66, 44
LINES = """
.line { fill: none; stroke-width: 2.5 } .grid { stroke: #d0d7de; stroke-width: 1 }
.line.own, .dot.own { stroke: #0c7d69 } .line.base, .dot.base { stroke: #7d8590 }
.line.peer, .dot.peer { stroke: #b6bec7 }
@media (prefers-color-scheme: dark) {
.grid { stroke: #3d444d } .line.own, .dot.own { stroke: #2fbf9f }
}
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """One side: its values at the sizes of the chart, None where it has none."""

    label: str
    values: Sequence[float | None]
    kind: str = "peer"
    """`own`, `base` or `peer`: the colour."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis between two positions."""

    smallest: float
    largest: float
    start: float
    end: float

    def at(self, value: float) -> float:
        spread = math.log(self.largest / self.smallest) or 1.0
        share = math.log(value / self.smallest) / spread
        return round(self.start + share * (self.end - self.start), 1)

    def decades(self) -> list[float]:
        first, last = (math.log10(value) for value in (self.smallest, self.largest))
        return [10.0**power for power in range(math.floor(first), math.ceil(last) + 1)]


def chart(
    title: str, subtitle: str, sizes: Sequence[float], curves: Sequence[Curve], x_title: str
) -> str:
    """Draw the curves over the sizes, which must be positive and ascend."""
    known = [value for curve in curves for value in curve.values if value]
    lowest = 10 ** math.floor(math.log10(min(known, default=1.0)))
    highest = 10 ** math.ceil(math.log10(max(known, default=10.0)))
    across = Axis(sizes[0], max(sizes[-1], sizes[0] * 1.01), LEFT, WIDTH - RIGHT)
    up = Axis(lowest, max(highest, lowest * 10), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description(subtitle, sizes, curves))}</desc>",
        f"<style>{STYLE}{LINES}</style>",
        f'<rect class="back" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="6"/>',
        f'<text class="title" x="{MARGIN}" y="28">{escape(title)}</text>',
        f'<text class="quiet" x="{MARGIN}" y="47">{escape(subtitle)}</text>',
        *grid(across, up, sizes, x_title),
    ]
    for curve in curves:
        parts += line(curve, sizes, across, up)
    return "\n".join([*parts, "</svg>", ""])


def grid(across: Axis, up: Axis, sizes: Sequence[float], x_title: str) -> list[str]:
    """Draw a line for each power of ten, and write the sizes below."""
    parts = []
    for value in up.decades():
        y = up.at(value)
        parts.append(
            f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
            f'<text class="quiet" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{value:,g}</text>'
        )
    baseline = HEIGHT - BOTTOM
    for size in sizes:
        parts.append(
            f'<text class="quiet" x="{across.at(size)}" y="{baseline + 17}" text-anchor="middle">'
            f"{size:,g}</text>"
        )
    parts.append(
        f'<text class="quiet" x="{WIDTH - RIGHT + 36}" y="{baseline + 17}">{escape(x_title)}</text>'
    )
    return parts


def line(curve: Curve, sizes: Sequence[float], across: Axis, up: Axis) -> list[str]:
    """Draw one curve with its label at its end."""
    points = [
        (across.at(size), up.at(value))
        for size, value in zip(sizes, curve.values, strict=True)
        if value
    ]
    if not points:
        return []
    path = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return [
        f'<polyline class="line {curve.kind}" points="{path}"/>',
        *(f'<circle class="dot {curve.kind}" cx="{x}" cy="{y}" r="3"/>' for x, y in points),
        f'<text class="text" x="{x + 12}" y="{y + 4.5}">{escape(curve.label)}</text>',
    ]


def description(subtitle: str, sizes: Sequence[float], curves: Sequence[Curve]) -> str:
    """Return the chart in words."""
    said = [
        f"{curve.label} "
        + ", ".join(
            f"{value:,.4g} at {size:,g}"
            for size, value in zip(sizes, curve.values, strict=True)
            if value
        )
        for curve in curves
    ]
    return f"{subtitle}: " + "; ".join(said)

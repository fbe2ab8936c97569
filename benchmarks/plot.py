"""Bar charts as SVG, by hand: a few rectangles and texts need no library.

A chart has its own background and follows the reader's light or dark scheme. Values are written
beside the bars, so nothing has to be read off an axis.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760
VALUE = 150
BAR = 16
STEP = 24
TOP = 62
MARGIN = 16
CHARACTER = 7.3
"""About the width of a character of a label."""

STYLE = """
.back { fill: #ffffff; stroke: #d0d7de } .title { fill: #1f2328; font-weight: 600 }
.text { fill: #1f2328 } .quiet { fill: #59636e }
.own { fill: #0c7d69 } .base { fill: #7d8590 } .peer { fill: #b6bec7 }
.mark { stroke: #1f2328; stroke-width: 2 }
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
.title { font-size: 15px } .quiet { font-size: 12px }
@media (prefers-color-scheme: dark) {
.back { fill: #0d1117; stroke: #3d444d } .title, .text { fill: #e6edf3 } .quiet { fill: #9aa4af }
.own { fill: #2fbf9f } .base { fill: #8b949e } .peer { fill: #4b535d }
.mark { stroke: #ffffff }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar; one without a value says why in its text."""

    label: str
    value: float | None
    text: str
    kind: str = "peer"
    """`own`, `base` or `peer`: the colour."""
    mark: float | None = None
    """A value to compare with, drawn as a line."""


def chart(title: str, subtitle: str, bars: Sequence[Bar], *, logarithmic: bool = False) -> str:
    """The bars from top to bottom, in the order given.

    A logarithmic chart starts at 1 and suits ratios that lie far apart.
    """
    values = [value for bar in bars for value in (bar.value, bar.mark) if value is not None]
    largest = max(values, default=1.0)
    left = 2 * MARGIN + CHARACTER * max((len(bar.label) for bar in bars), default=0)

    def extent(value: float) -> float:
        if logarithmic:
            share = math.log(max(value, 1)) / math.log(max(largest, 1.01))
        else:
            share = value / (largest or 1)
        return round(share * (WIDTH - left - VALUE), 1)

    height = TOP + STEP * len(bars) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description(subtitle, bars))}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        f'<text class="title" x="{MARGIN}" y="28">{escape(title)}</text>',
        f'<text class="quiet" x="{MARGIN}" y="47">{escape(subtitle)}</text>',
    ]
    for index, bar in enumerate(bars):
        parts += lines_of(bar, left, TOP + STEP * index, extent)
    return "\n".join([*parts, "</svg>", ""])


def lines_of(bar: Bar, left: float, top: float, extent: Callable[[float], float]) -> list[str]:
    """One bar, with its label on the left and its text on the right."""
    middle = top + BAR / 2 + 4.5
    label = (
        f'<text class="text" x="{left - 10:.1f}" y="{middle}" text-anchor="end">'
        f"{escape(bar.label)}</text>"
    )
    if bar.value is None:
        return [label, f'<text class="quiet" x="{left:.1f}" y="{middle}">{escape(bar.text)}</text>']
    length = extent(bar.value)
    lines = [
        label,
        f'<rect class="{bar.kind}" x="{left:.1f}" y="{top}" width="{max(length, 1)}" '
        f'height="{BAR}" rx="2"/>',
    ]
    end = length
    if bar.mark is not None:
        at = round(left + extent(bar.mark), 1)
        end = max(length, extent(bar.mark))
        lines.append(
            f'<line class="mark" x1="{at}" y1="{top - 3}" x2="{at}" y2="{top + BAR + 3}"/>'
        )
    lines.append(
        f'<text class="text" x="{left + end + 8:.1f}" y="{middle}">{escape(bar.text)}</text>'
    )
    return lines


def description(subtitle: str, bars: Sequence[Bar]) -> str:
    """The chart in words."""
    return f"{subtitle}: " + "; ".join(f"{bar.label} {bar.text}" for bar in bars)

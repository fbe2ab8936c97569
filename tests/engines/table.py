"""The table of docs/failures.md: what was killed, how often, what was lost, and what came twice.

    python -m tests.engines.table

writes it from the results. The names of the counts decide in which column they are.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
PAGE = FOLDER.parents[1] / "docs" / "failures.md"
BEGIN, END = "<!-- made: results -->\n", "<!-- end of results -->\n"
TITLES = ("test", "work", "ended on purpose", "lost, failed or wrong", "more than once")
#: The words of each column after the second, in the order in which they are looked for.
COLUMNS = {
    3: ("lost", "failed", "wrong", "cut short", "closed by", "reset"),
    4: ("more than once", "doubled", "repeated", "different"),
    2: ("killed", "restart", "cut", "replicas that ended", "replaced", "stopped"),
}
#: What is no count.
LEFT_OUT = ("what", "processors")


def column_of(name: str) -> int:
    """Return the column of a count: the first one with a word that its name has."""
    for column, words in COLUMNS.items():
        if any(re.search(rf"\b{word}", name) for word in words):
            return column
    return 1


def row(name: str, facts: dict[str, Any]) -> tuple[str, ...]:
    """Return the cells of a result."""
    cells: dict[int, list[str]] = {column: [] for column in range(1, len(TITLES))}
    for what, count in facts.items():
        if what not in LEFT_OUT:
            number = f"{count:,}" if isinstance(count, int | float) else str(count)
            cells[column_of(what)].append(f"{what}: {number}")
    title = facts.get("what", name.replace("-", " "))
    return title, *("<br>".join(lines) or "–" for lines in cells.values())


def table() -> str:
    """Return the table of all results."""
    files = sorted(RESULTS.glob("*.json"))
    rows = [row(file.stem, json.loads(file.read_text(encoding="utf-8"))) for file in files]
    lines = [TITLES, ("---",) * len(TITLES), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def write() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    PAGE.write_text(before + begin + table() + end + after, encoding="utf-8")


if __name__ == "__main__":
    write()

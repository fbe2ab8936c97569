"""The section of docs/ecosystem.md on large applications; each run renews its own rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.ecosystem.large.sweep import Outcome

PAGE = Path(__file__).parents[3] / "docs" / "ecosystem.md"
START, END = "<!-- large applications -->\n", "<!-- end of large applications -->\n"
TITLES = "| application | operations | requests | answers |\n| --- | --- | --- | --- |\n"


def write_section(outcomes: Iterable[Outcome], page: Path = PAGE) -> None:
    """Put what was found into the table, in the place of earlier rows of the same applications."""
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    section, _, after = rest.partition(END)
    head, _, table = section.partition(TITLES)
    rows = {line.split()[1]: line for line in table.splitlines()}
    rows |= {_row(outcome).split()[1]: _row(outcome) for outcome in outcomes}
    lines = "".join(f"{rows[name]}\n" for name in sorted(rows))
    page.write_text(f"{before}{START}{head}{TITLES}{lines}{END}{after}", encoding="utf-8")


def _row(outcome: Outcome) -> str:
    count = len(outcome.differences)
    statuses = ", ".join(f"{n} × {status}" for status, n in outcome.statuses.most_common(4))
    answers = f"**{count} differences**" if count else f"equal: {statuses}"
    return (
        f"| {outcome.distribution} {outcome.version} | {outcome.operations} "
        f"| {outcome.answers} | {answers} |"
    )

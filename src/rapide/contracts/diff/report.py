"""Changes as text, as JSON and as Markdown."""

import json
from collections.abc import Sequence
from itertools import groupby

from rapide.contracts.diff.changes import Accepted, Change
from rapide.contracts.diff.rules import RULES, VERDICTS

_MARKS = {"breaking": "🔴", "unclear": "🟡", "safe": "🟢"}


def counted(changes: Sequence[Change]) -> str:
    """Return how many changes of each verdict there are, in one line."""
    if not changes:
        return "No changes."
    open_ones = [change for change in changes if not change.accepted]
    counts = [f"{sum(one.verdict == name for one in open_ones)} {name}" for name in VERDICTS]
    accepted = len(changes) - len(open_ones)
    return f"{', '.join(counts)}{f', {accepted} accepted' if accepted else ''}."


def sentence(change: Change) -> str:
    """Return what a change is, in words."""
    found = RULES[change.rule].sentence
    return f"{found} ({change.detail})" if change.detail else found


def as_text(changes: Sequence[Change]) -> str:
    """Return the changes by operation, and their number."""
    lines = []
    for operation, group in groupby(changes, key=lambda change: change.operation):
        lines.append(operation or "the document")
        for change in group:
            verdict = "accepted" if change.accepted else change.verdict
            place = " ".join(filter(None, (change.direction, change.place)))
            start = f"{place}: " if place else ""
            lines.append(f"  {verdict:8}  {change.rule}")
            lines.append(f"            {start}{sentence(change)}")
        lines.append("")
    return "\n".join([*lines, counted(changes)])


def as_json(changes: Sequence[Change], unused: Sequence[Accepted]) -> str:
    """Return the changes for programs."""
    found = {
        "counts": {
            name: sum(one.verdict == name and not one.accepted for one in changes)
            for name in VERDICTS
        },
        "changes": [change.as_json() | {"message": sentence(change)} for change in changes],
        "unused_allowances": [str(entry) for entry in unused],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)


def as_markdown(changes: Sequence[Change]) -> str:
    """Return a table for the comment of a pull request."""
    lines = ["### Changes of the API", "", counted(changes)]
    if changes:
        lines += ["", "| | operation | where | change | rule |", "|---|---|---|---|---|"]
    for change in sorted(changes, key=lambda one: (one.accepted, one.severity)):
        mark = "✅ accepted" if change.accepted else f"{_MARKS[change.verdict]} {change.verdict}"
        place = " ".join(filter(None, (change.direction, change.place)))
        cells = [
            mark,
            f"`{change.operation}`" if change.operation else "",
            f"`{place}`" if place else "",
            sentence(change),
            f"`{change.rule}`",
        ]
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)

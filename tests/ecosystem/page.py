"""docs/ecosystem.md, written from the results of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from private_names import private_names

if TYPE_CHECKING:
    from run import Result

PAGE = Path(__file__).parents[2] / "docs" / "ecosystem.md"

HEAD = """\
# Plugins

You can use FastAPI plugins with Rapide, without changing them. They import `fastapi`, so put Rapide
[in its place](migrating.md). `make ecosystem` checks the plugins below, and writes this page.

For each plugin, an application uses its main features
([tests/ecosystem/applications](../tests/ecosystem/applications)). Two new processes run its
scenario, one with FastAPI {fastapi} and one with Rapide in its place, with Starlette {starlette}
and Pydantic {pydantic}. Status, headers and body of each answer must be equal, and so must the
plugin's own records: spans, events, metrics, logs. If a plugin's source package contains tests,
they run on both too, and the same tests must pass.

"""

NAMES = """
## Private names

These plugins import or replace the following names, which FastAPI's documentation does not mention.
Rapide has all of them, in the same modules and with the same meaning.

"""


#: Between these is what `tests/ecosystem/large` writes.
LARGE = ("<!-- large applications -->\n", "<!-- end of large applications -->\n")


def write_page(results: Sequence[Result]) -> None:
    """Write the page anew, but for the section on large applications."""
    start, end = LARGE
    kept = PAGE.read_text(encoding="utf-8").partition(start)[2].partition(end)[0]
    versions = {name: version(name) for name in ("fastapi", "starlette", "pydantic")}
    table = _table(
        ("plugin", "answers", "own tests passed on FastAPI", "on Rapide", "remarks"),
        (_row(result) for result in results),
    )
    names = _table(
        ("name", "for"),
        ((f"`{name}`", ", ".join(plugins)) for name, plugins in private_names().items()),
    )
    PAGE.write_text(
        HEAD.format(**versions) + table + f"\n{start}{kept}{end}" + NAMES + names, encoding="utf-8"
    )


def _row(result: Result) -> tuple[str, ...]:
    passed = result.passed or {"fastapi": "–", "rapide": "–"}
    remarks = [result.plugin.note] if result.plugin.note else []
    if result.failed_on_both:
        fail = "fails" if result.failed_on_both == 1 else "fail"
        remarks.append(f"{result.failed_on_both} of its own tests {fail} on FastAPI, and on Rapide")
    if not result.is_good:
        remarks.append(f"**{len(result.differences)} differences**")
    return (
        f"{result.plugin.name} {result.version}",
        f"{result.answers} {'equal' if result.is_good else 'compared'}",
        str(passed["fastapi"]),
        str(passed["rapide"]),
        "; ".join(remarks),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

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

Plugins of FastAPI import `fastapi` themselves. With Rapide [in its place](migrating.md) they work unchanged.
`make ecosystem` proves it, and writes this page: with FastAPI {fastapi}, Starlette {starlette} and Pydantic
{pydantic}, each plugin has an application that uses its main features ([tests/ecosystem](../tests/ecosystem)).
Two fresh processes run its scenario, one with FastAPI and one with Rapide in its place. Compared are status, headers and body
of each answer, and what the plugin itself recorded (spans, events, metrics). Where a plugin's source package
brings tests, they run on both as well, and the same ones have to pass.

"""

NAMES = """
## Private names

What these plugins import from FastAPI without its documentation naming it. All of it exists in Rapide, in the
same places and with FastAPI's meaning.

"""


def write_page(results: Sequence[Result]) -> None:
    """Write the page anew."""
    versions = {name: version(name) for name in ("fastapi", "starlette", "pydantic")}
    table = _table(
        ("plugin", "answers", "own tests passed on FastAPI", "on Rapide", "remarks"),
        (_row(result) for result in results),
    )
    names = _table(
        ("name", "for"),
        ((f"`{name}`", ", ".join(plugins)) for name, plugins in private_names().items()),
    )
    PAGE.write_text(HEAD.format(**versions) + table + NAMES + names, encoding="utf-8")


def _row(result: Result) -> tuple[str, ...]:
    passed = result.passed or {"fastapi": "–", "rapide": "–"}
    remarks = [result.plugin.note] if result.plugin.note else []
    if result.failed_on_both:
        remarks.append(f"{result.failed_on_both} of its own tests fail on FastAPI, and on Rapide")
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

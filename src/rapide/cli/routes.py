"""What `rapide routes` prints: the routes of an application, filtered, as a table or as JSON."""

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from rich.console import Console
from rich.text import Text
from starlette.applications import Starlette

from rapide import patches
from rapide.cli.discover import Target
from rapide.cli.failures import said
from rapide.cli.route_records import records_of
from rapide.contracts.checker.subject import Subject
from rapide.types import JsonObject

_HEADINGS = ("METHOD", "PATH", "FUNCTION", "EXECUTED", "RUNS IN", "TAGS")


class UnreadableRoutes(Exception):
    """The routes cannot be listed; the message is one line."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which routes are listed. A route has to pass each filter that is given.

    Attributes:
        paths: Beginnings of paths, or patterns with `*`.
        methods: Methods, or kinds of routes as the table shows them: `WS`, `MOUNT`.
        tags: Tags.
        text: A text, in any case of letters.
        is_compiled: Whether the route is compiled.
    """

    paths: tuple[str, ...] = ()
    methods: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    text: str | None = None
    is_compiled: bool | None = None

    def passes(self, record: JsonObject) -> bool:
        """Return whether a route is listed."""
        if self.paths and not any(_has_path(record["path"], path) for path in self.paths):
            return False
        if self.methods and self.methods.isdisjoint(record["methods"]):
            return False
        if self.tags and self.tags.isdisjoint(record.get("tags", ())):
            return False
        is_compiled = record["execution"] == "compiled"
        if self.is_compiled is not None and self.is_compiled is not is_compiled:
            return False
        return self.text is None or self.text.casefold() in _texts(record)


def _has_path(path: str, wanted: str) -> bool:
    return fnmatchcase(path, wanted) if "*" in wanted else path.startswith(wanted)


def _texts(record: JsonObject) -> str:
    """Return the texts of a route that `--text` looks into."""
    names = ("path", "name", "function", "operation_id", "summary", "description")
    texts = [str(record.get(name) or "") for name in names]
    return "\n".join([*texts, *record.get("tags", ())]).casefold()


def select_routes(target: Target, filters: Filters) -> list[JsonObject]:
    """Return the records of the routes that pass the filters.

    Raises:
        UnreadableRoutes: The object has no routes, or they cannot be read.
    """
    if not isinstance(target.app, Starlette):
        kind = type(target.app).__name__
        raise UnreadableRoutes(f"an application of type {kind} has no routes to list")
    patches.look()
    try:
        records = records_of(Subject(target.app, target.module, target.folder))
    except Exception as error:  # of the application: each request would meet it
        raise UnreadableRoutes(f"the routes cannot be read: {said(error)}") from error
    return [record for record in records if filters.passes(record)]


def print_json(records: list[JsonObject]) -> None:
    """Print everything about the routes."""
    print(json.dumps({"routes": records}, indent=2, ensure_ascii=False, default=str))


def print_table(records: list[JsonObject], *, is_filtered: bool) -> None:
    """Print a line for each route."""
    console = Console(highlight=False)
    if not records:
        console.print(
            "No route passes the filters." if is_filtered else "The application has no routes."
        )
        return
    rows = [_HEADINGS, *map(_row, records)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = list(map(str.ljust, row, widths))
        line = Text("  ".join(cells).rstrip(), style="" if number else "bold")
        if number:
            start = sum(widths[:3]) + 6
            line.stylize(_style(records[number - 1]), start, start + widths[3])
        console.print(line, soft_wrap=True)


def _row(record: JsonObject) -> tuple[str, ...]:
    where: str = record["runs_in"] or ""
    if record["lane"] not in (None, "default"):
        where += f" ({record['lane']})"
    return (
        ",".join(record["methods"]),
        record["path"],
        record["function"],
        _executed(record),
        where,
        ", ".join(record.get("tags", ())),
    )


def _executed(record: Any) -> str:
    """Return how a route is executed, or what it is if it is not an API route."""
    if record["kind"] != "route":
        return str(record["kind"])
    entry = "direct" if record["direct"] else "by ASGI"
    kept = [name for name in ("cache", "idempotency") if name in record]
    return ", ".join([record["execution"], entry, *kept])


def _style(record: JsonObject) -> str:
    if record["execution"] == "not compiled":
        return "dim"
    return "green" if record["direct"] else "yellow"

"""The tables of callables of libraries that block, from `blocking.toml`."""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, NamedTuple

from rapide.callgraph.library import Names
from rapide.contracts.findings import Severity


class Kind(Enum):
    """When a callable of a group blocks."""

    ALWAYS = "always"
    GIVEN = "given"
    """If it has arguments."""
    WAITS = "waits"
    """Unless its arguments say that it does not wait."""
    HOLDS = "holds"
    """It is a lock: if what is done while it is held takes time."""


class Group(NamedTuple):
    """Callables that block in the same way.

    Attributes:
        number: Its place in the table.
        advice: What to write instead.
        kind: When they block.
        severity: How bad that is.
        effect: What happens, if it is something else; the end of a sentence.
    """

    number: int
    advice: str
    kind: Kind
    severity: Severity
    effect: str


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known about callables of libraries.

    Attributes:
        blocking: Those that block.
        harmless: Those that do not, although their class is in the table.
        runs: Those that run a coroutine that is passed to them in the event loop.
        runners: Those that run a function that is passed to them in the event loop: its position,
            and whether they run only async functions there.
        results: What callables return.
    """

    blocking: Names[Group]
    harmless: Names[None]
    runs: Names[None]
    runners: Names[tuple[int | str, bool]]
    results: Mapping[str, str]


@cache
def tables() -> Tables:
    """Return the tables, which are read once."""
    _import_lazy_modules()
    file = files("rapide.contracts.checker").joinpath("blocking.toml")
    data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    blocking: dict[str, Group] = {}
    for number, group in enumerate(data["group"]):
        kind, severity = group.get("kind", "always"), group.get("severity", "error")
        effect = group.get("effect", "")
        entry = Group(number, group["advice"], Kind(kind), Severity(severity), effect)
        blocking |= dict.fromkeys(group["names"], entry)
    harmless = {name: None for group in data["group"] for name in group.get("harmless", ())}
    runs = dict.fromkeys(data["runs"]["names"])
    runners = {name: (place, False) for name, place in data["callbacks"].items()}
    runners |= {name: (place, True) for name, place in data["tasks"].items()}
    return Tables(Names(blocking), Names(harmless), Names(runs), Names(runners), data["results"])


def _import_lazy_modules() -> None:
    """Import the modules that `multiprocessing.Pool()` and the like import when they are called."""
    for name in ("pool", "queues", "synchronize"):
        with suppress(ImportError):  # some systems have no semaphores
            import_module(f"multiprocessing.{name}")

"""Print an application and its difference so that they can be run and kept."""

from __future__ import annotations

from .compare import differences
from .description import Application
from .shrink import signature
from .source import source


def report(seed: int, app: Application, mode: str) -> str:
    """Return the source of an application, its calls, and where the journals part."""
    found = differences(app, [mode]).get(mode, ["(it does not differ any more)"])
    calls = [f"# {call!r}" for call in app.calls]
    head = f"===== [{signature(found)}] seed {seed}, on the {mode} path"
    return "\n".join([head, source(app), *calls, "", *found, ""])

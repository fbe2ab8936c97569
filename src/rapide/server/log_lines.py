"""Lines about processes, for those that are only allowed to import the standard library.

The supervisor loads this module by its path, so it imports nothing of Rapide's. `line_of` returns
what `logging` would have written, in both formats. Keys of the JSON format:

    time      when, in UTC (ISO 8601)
    level     INFO, WARNING, ERROR ...
    logger    the name of the logger; `uvicorn.error` for the server's own lines
    message   the text
    pid       the process that writes
    event     what has happened: start, ready, reload, worker_exit, recycle, stop
    worker    the process that it has happened to
    reason    why: "status 3", "signal SIGKILL", "no sign of life for 60 seconds" ...

Each line may have more keys. The text format has the text only.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from typing import Any


def time_text(seconds: float) -> str:
    """Return a point in time as the JSON format has it."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)  # noqa: UP017 -- as old Pythons have it
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line_of(
    style: str, seconds: float, level: str, message: str, fields: dict[str, Any] | None = None
) -> str:
    """Return a line, without its end.

    Args:
        style: `text` or `json`.
        seconds: The time, since the epoch.
        level: The name of the level.
        message: The text.
        fields: More keys of the JSON format.
    """
    if style != "json":
        return f"{level + ':':<9} {message}"
    line = {
        "time": time_text(seconds),
        "level": level,
        "logger": "uvicorn.error",
        "message": message,
        "pid": os.getpid(),
        **(fields or {}),
    }
    return json.dumps(line, default=str, ensure_ascii=False)

"""Lines of the log without `logging`, for processes that import little.

The supervisor runs without the package `rapide`, so this module imports a few modules of the
standard library only. `line_of` returns what `logging` would have written, in both formats. The
keys of the JSON format are:

    time      when, in UTC (ISO 8601)
    level     INFO, WARNING, ERROR ...
    logger    the name of the logger
    message   the text
    pid       the process that writes
    event     what has happened, in one word: worker-exit, reload ...

An event has more keys, for what it is about. The text format has the message only.
"""

from __future__ import annotations

import json
import os
import time

#: What a line about an event says more.
Facts = dict[str, object]


def time_text(seconds: float) -> str:
    """Return a point in time as the JSON format has it."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03}Z"


def line_of(
    is_json: bool, seconds: float, level: str, logger: str, message: str, facts: Facts
) -> str:
    """Return a line, without its end.

    Args:
        is_json: Whether it is an object of JSON, or text.
        seconds: The time, since the epoch.
        level: The name of the level in capital letters.
        logger: The name of the logger.
        message: The text.
        facts: More keys of the object.
    """
    if not is_json:
        return f"{level + ':':<9} {message}"
    line = {
        "time": time_text(seconds),
        "level": level,
        "logger": logger,
        "message": message,
        "pid": os.getpid(),
        **facts,
    }
    return json.dumps(line, default=str, ensure_ascii=False)

"""Which start of the application answers, so that pages can load again after a change."""

from __future__ import annotations

import json
import os
from functools import cache
from secrets import token_urlsafe
from typing import Final

from rapide.development.html_page import asset

#: The path below which a server for development answers, and the one that says which start it is.
CONSOLE_PATH: Final = "/-/dev"
STARTED_PATH: Final = f"{CONSOLE_PATH}/started"


def started() -> str:
    """Return a text that no other start of the application has."""
    return _token_of(os.getpid())  # a process that was forked has another one


@cache
def _token_of(pid: int) -> str:
    return f"{pid}-{token_urlsafe(8)}"


def reloading_script(method: str) -> str:
    """Return the script of a page that loads again when the application has started again."""
    facts = {"path": STARTED_PATH, "started": started(), "method": method}
    script = f"const start = {json.dumps(facts)};\n{asset('reloading.js')}"
    return script.replace("</", "<\\/")  # the method may be any word

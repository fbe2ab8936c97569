"""The functions that instrumentation replaces by name in `rapide.routing`.

COMPAT: FastAPI 0.165 looks these names up in its `routing` module at each use, and Sentry, Logfire
and others rely on it. `rapide.routing` forwards assignments to here, where the generic path finds
them; a route notices through `rapide.changes` and leaves the compiled path.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rapide.patches import said

#: Names that can be replaced in `rapide.routing`.
NAMES = (
    "get_request_handler",
    "get_websocket_app",
    "solve_dependencies",
    "run_endpoint_function",
    "serialize_response",
    "request_response",
    "websocket_session",
    "run_in_threadpool",
    "jsonable_encoder",
    "Request",
    "Response",
    "StreamingResponse",
)

#: What is in force now, by name.
current: dict[str, Any] = {}

#: What Rapide itself put there.
original: dict[str, Any] = {}


def register(name: str, function: Any) -> None:
    """Declare Rapide's own function for a seam."""
    original[name] = current[name] = function


class Replacement(NamedTuple):
    """What stands in the place of one of Rapide's functions."""

    seam: str
    module: str
    """The module whose code it is."""
    function: str

    def __str__(self) -> str:
        return f"rapide.routing.{self.seam} was replaced by {self.function} of {self.module}"


def replaced() -> list[Replacement]:
    """What somebody put in the place of Rapide's functions."""
    return [
        Replacement(name, *said(current[name]))
        for name in NAMES
        if current.get(name) is not original.get(name)
    ]

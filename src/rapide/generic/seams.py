"""The functions that instrumentation replaces by name in `rapide.routing`.

COMPAT: FastAPI 0.165 looks these names up in its `routing` module at each use, and Sentry, Logfire
and others rely on it. `rapide.routing` forwards assignments to this module, where the generic path
finds them. A route learns of them through `rapide.changes` and leaves the compiled path.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rapide import _replaced
from rapide._replaced import SERVING
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

#: The functions in use now, by name.
current: dict[str, Any] = {}

#: Rapide's own functions, by name.
original: dict[str, object] = {}


def register(name: str, function: object) -> None:
    """Declare Rapide's own function for a seam."""
    original[name] = current[name] = function


class Replacement(NamedTuple):
    """The replacement of one of Rapide's functions."""

    name: str
    """The module and the name, below the package."""
    module: str
    """The module that contains the replacement."""
    function: str

    def __str__(self) -> str:
        return f"rapide.{self.name} was replaced by {self.function} of {self.module}"


def replaced() -> list[Replacement]:
    """Return the replacements of Rapide's functions."""
    in_routing = {
        f"routing.{name}": current[name]
        for name in NAMES
        if current.get(name) is not original.get(name)
    }
    elsewhere = {name: value for name, value in _replaced.current.items() if name in SERVING}
    return [Replacement(name, *said(value)) for name, value in (in_routing | elsewhere).items()]

"""The functions that instrumentation replaces by name in `rapide.routing`.

COMPAT: FastAPI 0.165 looks these names up in its `routing` module at each use, and Sentry, Logfire
and others rely on it. `rapide.routing` forwards assignments to here, where the generic path finds
them; a route notices through `rapide.live` and leaves the compiled path.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType, MethodType
from typing import Any, NamedTuple

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
        Replacement(name, *_origin(current[name]))
        for name in NAMES
        if current.get(name) is not original.get(name)
    ]


def _origin(value: Any) -> tuple[str, str]:
    """Return the module and name of the code that a value runs first.

    What a value says of itself is not asked: `functools.wraps` and the proxies of wrapt let it
    repeat what they wrap.
    """
    while type(value) is not FunctionType:
        if type(value) is partial:
            value = value.func
        elif type(value) is MethodType:
            value = value.__func__
        else:
            wrapper = getattr(value, "_self_wrapper", None)  # wrapt, as most tools have it
            if type(wrapper) not in {FunctionType, MethodType}:
                return type(value).__module__, type(value).__qualname__
            value = wrapper
    return value.__globals__.get("__name__", "?"), value.__code__.co_name

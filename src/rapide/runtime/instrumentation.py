"""The hooks with which telemetry observes requests, independent of OpenTelemetry.

Until an application's telemetry observes its first request, `active` is an object whose methods
do nothing, and compiled routes do not even call it: `switch_on` makes all of them compile again,
with the calls. The switch is per process, not per application, because a route does not know which
applications serve it. A request that is not observed gets the methods that do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope, Send

from rapide import background
from rapide.changes import changes

NO_SPAN: Final[AbstractContextManager[object]] = nullcontext()


class Observation:
    """The events of one request or connection. This class ignores them."""

    __slots__ = ()

    def received(self, connection: HTTPConnection) -> None:
        """Note that the handler of a route begins."""

    def body_read(self, body: object) -> None:
        """Note the body, parsed if it is JSON or a form; None if there is none."""

    def solved(self, values: Mapping[str, object], errors: Sequence[object] = ()) -> None:
        """Note the dependencies and parameters of the endpoint, or their errors."""

    def refused(self, error: object) -> None:
        """Note that the request is about to be refused with a validation error."""

    def span(self, name: str, function: object) -> AbstractContextManager[object]:
        """Open a span `fastapi.{name}` around a call of a function, given by itself or by name."""
        return NO_SPAN


class Instrumentation:
    """The source of observations. This class has none."""

    def current(self) -> Observation:
        """Return the observation of the running request."""
        return UNOBSERVED

    def select_route(self, scope: Scope, path: str | None, is_mount: bool = False) -> None:
        """Note the selected route; `path` is its template, or None for kinds without one."""


UNOBSERVED: Final = Observation()
OFF: Final = Instrumentation()

active = OFF


def is_on() -> bool:
    """Return whether routes are compiled with instrumentation."""
    return active is not OFF


def switch_on(instrumentation: Instrumentation) -> None:
    """Instrument every route from the next request on."""
    _switch(instrumentation, lambda func: instrumentation.current().span("background_task", func))


def switch_off() -> None:
    """Instrument no route (for tests)."""
    _switch(OFF, None)


def _switch(instrumentation: Instrumentation, task_span: Any) -> None:
    global active  # noqa: PLW0603 - one for the process
    if instrumentation is not active:
        active = instrumentation
        background.task_span = task_span
        changes.bump()


def follow(
    scope: Scope, receive: Receive, send: Send, path: str, request: Request | None = None
) -> Observation:
    """Begin a compiled handler: report its route and that its request was received."""
    active.select_route(scope, path)
    observation = active.current()
    if observation is not UNOBSERVED:
        observation.received(request or Request(scope, receive, send))
    return observation


def function_name(function: object) -> str:
    """Return the name of a callable in spans: its own, or that of its class."""
    cls = type(function)
    module = getattr(function, "__module__", cls.__module__)
    return f"{module}.{getattr(function, '__qualname__', cls.__qualname__)}"

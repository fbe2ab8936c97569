"""Where telemetry takes hold of requests; nothing of OpenTelemetry is known here.

Until an application's telemetry observes its first request, `active` is an object whose methods
do nothing, and compiled routes do not even call it: `switch_on` makes all of them be compiled
again, with the calls in them. It is the process that is switched, not an application, because a
route does not know under which applications it is served; a request that nobody observes has the
same methods that do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope, Send

from rapide import background
from rapide.changes import clock

NO_SPAN: Final[AbstractContextManager[Any]] = nullcontext()


class Observation:
    """What is told of one request or connection; this class listens to nothing."""

    __slots__ = ()

    def received(self, connection: HTTPConnection) -> None:
        """The handler of a route begins."""

    def body_read(self, body: Any) -> None:
        """The body was read and, as JSON or form, parsed; None when there is none."""

    def solved(self, values: Mapping[str, Any], errors: Sequence[Any] = ()) -> None:
        """Dependencies and parameters of the endpoint are known, or what is wrong with them."""

    def refused(self, error: Any) -> None:
        """The request is about to be refused with a validation error."""

    def span(self, name: str, function: Any) -> AbstractContextManager[Any]:
        """A span `fastapi.{name}` around a call, for a function or its name."""
        return NO_SPAN


class Instrumentation:
    """Finds who observes a request; this class finds nobody."""

    def current(self) -> Observation:
        """The observation that the running code belongs to."""
        return UNOBSERVED

    def select_route(self, scope: Scope, path: str | None, is_mount: bool = False) -> None:
        """A route was found; `path` is its template, None for kinds that have none."""


UNOBSERVED: Final = Observation()
OFF: Final = Instrumentation()

active = OFF


def is_on() -> bool:
    """Return whether routes are compiled with instrumentation."""
    return active is not OFF


def switch_on(instrumentation: Instrumentation) -> None:
    """Let every route be instrumented from the next request on."""
    _switch(instrumentation, lambda func: instrumentation.current().span("background_task", func))


def switch_off() -> None:
    """Let no route be instrumented; for tests."""
    _switch(OFF, None)


def _switch(instrumentation: Instrumentation, task_span: Any) -> None:
    global active  # noqa: PLW0603 - one for the process
    if instrumentation is not active:
        active = instrumentation
        background.task_span = task_span
        clock.advance()


def follow(
    scope: Scope, receive: Receive, send: Send, path: str, request: Request | None = None
) -> Observation:
    """Begin a compiled handler: its route is selected, its request received."""
    active.select_route(scope, path)
    observation = active.current()
    if observation is not UNOBSERVED:
        observation.received(request or Request(scope, receive, send))
    return observation


def function_name(function: Any) -> str:
    """The name of a callable in spans: that of its class when it has none itself."""
    cls = type(function)
    module = getattr(function, "__module__", cls.__module__)
    return f"{module}.{getattr(function, '__qualname__', cls.__qualname__)}"

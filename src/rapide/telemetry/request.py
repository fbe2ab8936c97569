"""One observed request or connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from opentelemetry import context as otel_context
from opentelemetry._logs import Logger
from opentelemetry.context import Context
from opentelemetry.trace import Span, Tracer
from starlette.requests import HTTPConnection, Request
from starlette.types import Scope
from starlette.websockets import WebSocket

from rapide.exceptions import RequestValidationError
from rapide.runtime.instrumentation import (
    NO_SPAN,
    UNOBSERVED,
    Instrumentation,
    Observation,
    function_name,
)
from rapide.scope_keys import OBSERVATION
from rapide.telemetry import events
from rapide.telemetry.data import TelemetryData
from rapide.telemetry.spans import OperationSpan

_CONTEXT_KEY: Final = otel_context.create_key("rapide.request")


@dataclass(kw_only=True, eq=False)
class RequestObservation(Observation):
    """The record of a request while it is handled."""

    server_span: Span | None
    #: The first word of the server span's name.
    method: str
    #: Makes operation spans. None: there are no operation spans.
    tracer: Tracer | None = None
    logger: Logger | None = None
    mount_prefix: str = ""
    route: str | None = None
    status: int | None = None
    #: None when the request is over.
    data: TelemetryData | None = field(default_factory=TelemetryData)
    errors: list[BaseException] = field(default_factory=list, repr=False)

    def received(self, connection: HTTPConnection) -> None:
        if self.data is None:
            return
        if isinstance(connection, WebSocket):
            self.data.websocket = connection
        elif isinstance(connection, Request):
            self.data.request = connection

    def body_read(self, body: object) -> None:
        if self.data is not None:
            self.data.body = body

    def solved(self, values: Mapping[str, object], errors: Sequence[object] = ()) -> None:
        if self.data is not None:
            self.data.values = dict(values)
            self.data.errors = list(errors)

    def refused(self, error: Any) -> None:
        if self.data is not None:
            if isinstance(error, RequestValidationError):
                self.data.body = error.body
            self.data.errors = error.errors()
        if self.logger is not None:
            events.validation_failed(self.logger, error, self.route)

    def span(self, name: str, function: object) -> AbstractContextManager[object]:
        if self.tracer is None:
            return NO_SPAN
        called = function if isinstance(function, str) else function_name(function)
        return OperationSpan(self.tracer, name, called)

    def raised(self, error: BaseException, is_websocket: bool) -> None:
        """Record an exception that leaves the application, once."""
        if is_websocket and events.is_normal_disconnect(error):
            return
        if any(seen is error for seen in self.errors):
            return
        self.errors.append(error)
        if self.logger is not None and isinstance(error, Exception):
            events.unhandled_exception(self.logger, error, self.route, is_websocket)

    def select_route(self, path: str, is_mount: bool) -> None:
        """Name the server span after a route. The path of a mount precedes the route's path."""
        if is_mount:
            # The template of a mount ends with the part that its own routes match.
            self.mount_prefix += path.removesuffix("/{path}")
            path = "/{path}"
        self.route = self.mount_prefix + path
        if self.server_span is not None:
            self.server_span.set_attribute("http.route", self.route)
            self.server_span.update_name(f"{self.method} {self.route}")


class LiveInstrumentation(Instrumentation):
    """Find the observation of a request in OpenTelemetry's context and in the scope."""

    def current(self) -> Observation:
        return find_observation() or UNOBSERVED

    def select_route(self, scope: Scope, path: str | None, is_mount: bool = False) -> None:
        observation = scope.get(OBSERVATION)
        if path is not None and isinstance(observation, RequestObservation):
            observation.select_route(path, is_mount)


LIVE: Final = LiveInstrumentation()


def find_observation(context: Context | None = None) -> RequestObservation | None:
    """Return the observation that a context belongs to; by default the current context."""
    found = otel_context.get_value(_CONTEXT_KEY, context)
    return found if isinstance(found, RequestObservation) else None


def belonging_to(observation: RequestObservation | None) -> Context:
    """Return the current context with this observation, or without one."""
    return otel_context.set_value(_CONTEXT_KEY, observation)

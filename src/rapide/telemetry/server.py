"""The outermost layer of an application, which observes requests from beginning to end."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from contextvars import Token
from time import perf_counter
from typing import Any, Final

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.runtime import instrumentation
from rapide.scope_keys import APP_ROOT_PATH, OBSERVATION
from rapide.telemetry.config import CompleteConfig
from rapide.telemetry.events import is_normal_disconnect, type_name
from rapide.telemetry.layers import has_foreign_middleware, observe_errors
from rapide.telemetry.metrics import Instruments
from rapide.telemetry.providers import (
    Providers,
    configured,
    get_logger,
    get_tracer,
    recording,
)
from rapide.telemetry.request import LIVE, RequestObservation, belonging_to
from rapide.telemetry.spans import HeaderGetter, server_attributes, url_attributes

Attributes = dict[str, Any]

_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_GETTER: Final = HeaderGetter()


class ServerTelemetry:
    """Observe the connections of one application."""

    def __init__(self, config: CompleteConfig) -> None:
        self.config = config
        known = config["known_methods"].strip()
        named = frozenset(name.strip() for name in known.split(",") if name.strip())
        self.known_methods = named if known else _METHODS
        self._tracer: tuple[trace.TracerProvider, trace.Tracer] | None = None
        self._instruments: Instruments | None = None

    def is_configured(self) -> bool:
        """Return whether a provider is configured for this application."""
        return any(provider is not None for provider in configured(self.config))

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection by the application's stack, observed if a provider is configured."""
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        if OBSERVATION in scope:  # an application around this one has put it there
            if scope[OBSERVATION] is not None:
                observe_errors(app)
            await app(scope, receive, send)
            return
        providers = configured(self.config)
        if not any(provider is not None for provider in providers):
            await app(scope, receive, send)
            return
        exclude = self.config["exclude"]
        if exclude is not None and exclude(scope):
            await _serve_excluded(app, scope, receive, send)
            return
        used = recording(providers, scope["type"] == "websocket")
        if has_foreign_middleware(app) or used == (None, None, None):
            await app(scope, receive, send)
            return
        observe_errors(app)
        instrumentation.switch_on(LIVE)
        await ObservedRequest(self, used, scope).serve(app, receive, send)

    def tracer(self, provider: trace.TracerProvider) -> trace.Tracer:
        """Return the tracer of a provider."""
        known = self._tracer
        if known is None or known[0] is not provider:
            known = self._tracer = provider, get_tracer(provider)
        return known[1]

    def instruments(self, providers: Providers) -> Instruments | None:
        """Return the metrics to record; None if there are none."""
        if providers.meter is None:
            return None
        instruments = self._instruments
        if instruments is None or instruments.provider is not providers.meter:
            instruments = self._instruments = Instruments(providers.meter)
        return instruments


async def _serve_excluded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve an excluded request. Applications mounted in this one do not observe it either."""
    scope[OBSERVATION] = None
    # A request that this process makes to itself has the context of its caller.
    token = otel_context.attach(belonging_to(None))
    try:
        await app(scope, receive, send)
    finally:
        otel_context.detach(token)
        scope.pop(OBSERVATION, None)


class ObservedRequest:
    """One request and its response, or one WebSocket connection, from beginning to end."""

    def __init__(self, telemetry: ServerTelemetry, providers: Providers, scope: Scope) -> None:
        self.scope = scope
        self.is_websocket = scope["type"] == "websocket"
        self.original_method: str = scope.get("method", "")
        is_known = self.original_method in telemetry.known_methods
        self.method = self.original_method if is_known else "_OTHER"
        self.attributes = self._common_attributes()
        self.active_attributes = dict(self.attributes)
        if not self.is_websocket and scope.get("http_version"):
            self.attributes["network.protocol.version"] = scope["http_version"]
        self.instruments = telemetry.instruments(providers)
        if self.instruments is not None:
            self.instruments.active.add(1, self.active_attributes)
        self.started = perf_counter()
        self.span: trace.Span | None = None
        self.caller: Token[Context] | None = None
        tracer = None
        if providers.tracer is not None:
            tracer = telemetry.tracer(providers.tracer)
            self._start_span(tracer)
        prefix = scope.get(APP_ROOT_PATH, scope.get("root_path", "")).rstrip("/")
        self.observation = RequestObservation(
            server_span=self.span,
            method=self.span_method,
            tracer=tracer if telemetry.config["operation_spans"] else None,
            logger=None if providers.logger is None else get_logger(providers.logger),
            mount_prefix=prefix,
        )
        self.is_finished = self.has_trailers = self.is_disconnected = False

    @property
    def span_method(self) -> str:
        """The first word of the span's name."""
        if self.is_websocket:
            return "WS"
        return "HTTP" if self.method == "_OTHER" else self.method

    def _common_attributes(self) -> Attributes:
        if self.is_websocket:
            scheme = self.scope.get("scheme", "ws")
            return {"url.scheme": scheme, "network.protocol.name": "websocket"}
        return {"url.scheme": self.scope.get("scheme", "http"), "http.request.method": self.method}

    def _start_span(self, tracer: trace.Tracer) -> None:
        """Start the server span in the trace that the headers of the caller name."""
        caller = propagate.extract(Headers(scope=self.scope), getter=_GETTER)
        self.caller = otel_context.attach(caller)
        attributes = {**self.attributes, **server_attributes(self.scope)}
        if not self.is_websocket:
            attributes.update(url_attributes(self.scope))
            if self.original_method != self.method:
                attributes["http.request.method_original"] = self.original_method
        self.span = tracer.start_span(
            self.span_method, context=caller, kind=SpanKind.SERVER, attributes=attributes
        )

    async def serve(self, app: ASGIApp, receive: Receive, send: Send) -> None:
        """Serve the connection inside its span."""
        self.receive, self.send = receive, send
        self.scope[OBSERVATION] = self.observation
        token = otel_context.attach(belonging_to(self.observation))
        try:
            with self._current_span():
                if self.is_websocket:
                    await self._observe(app, receive, send)
                else:
                    await self._observe(app, self._receive, self._send)
        finally:
            self.observation.data = None
            self.observation.errors.clear()
            otel_context.detach(token)
            self.scope.pop(OBSERVATION, None)
            if self.caller is not None:
                otel_context.detach(self.caller)

    def _current_span(self) -> AbstractContextManager[object]:
        if self.span is None:
            return nullcontext()
        return trace.use_span(self.span, record_exception=False, set_status_on_exception=False)

    async def _observe(self, app: ASGIApp, receive: Receive, send: Send) -> None:
        try:
            await app(self.scope, receive, send)
        except BaseException as error:
            self.observation.raised(error, self.is_websocket)
            is_normal = self.is_websocket and is_normal_disconnect(error)
            self.finish(None if is_normal else error)
            raise
        finally:
            self.finish(self._unfinished())

    def _unfinished(self) -> Exception | None:
        """Return the error of an HTTP response that has not ended with the application."""
        if self.is_websocket or self.is_finished:
            return None
        if self.is_disconnected:
            return ConnectionError("Client disconnected")
        return RuntimeError("Incomplete ASGI response")

    async def _receive(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            self.is_disconnected = True
        return message

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.observation.status = message["status"]
            self.has_trailers = message.get("trailers", False)
        await self.send(message)
        if self._is_last(message):
            self.finish()

    def _is_last(self, message: Message) -> bool:
        kind = message["type"]
        if kind == "http.response.body":
            return not message.get("more_body", False) and not self.has_trailers
        if kind == "http.response.trailers":
            return not message.get("more_trailers", False)
        return bool(kind == "http.response.pathsend")

    def finish(self, error: BaseException | None = None) -> None:
        """Record the end, once: at the last message of the response, or at the error before it."""
        if self.is_finished:
            return
        self.is_finished = True
        observation, attributes = self.observation, self.attributes
        if observation.route is not None:
            attributes["http.route"] = observation.route
        if observation.status is not None:
            attributes["http.response.status_code"] = observation.status
        has_failed = error is not None or self._is_server_error()
        if has_failed:
            attributes["error.type"] = self._error_type(error)
        if self.span is not None:
            self.span.set_attributes(attributes)
            if has_failed:
                self.span.set_status(StatusCode.ERROR)
        if self.instruments is not None:
            # The span is still the current one, so that exemplars can refer to it.
            self.instruments.duration.record(max(0, perf_counter() - self.started), attributes)
            self.instruments.active.add(-1, self.active_attributes)
        if self.span is not None:
            self.span.end()

    def _is_server_error(self) -> bool:
        status = self.observation.status
        return not self.is_websocket and (status is None or status >= 500)

    def _error_type(self, error: BaseException | None) -> str:
        errors = self.observation.errors
        failure = error or (errors[-1] if errors else None)
        if failure is not None:
            return type_name(failure)
        return str(self.observation.status or "incomplete_response")

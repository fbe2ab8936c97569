"""The configuration of an application's telemetry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypedDict, cast

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider


class TelemetryConfig(TypedDict, total=False):
    """The configuration in `FastAPI(telemetry=…)`. Missing keys have their defaults.

    Keys:
        tracer_provider: Makes spans. The default is the global provider.
        meter_provider: Makes metrics. The default is the global provider.
        logger_provider: Makes log events. The default is the global provider.
        tracing: Whether requests and WebSocket connections have spans. True by default.
        metrics: Whether HTTP requests are measured. True by default.
        logs: Whether validation errors and unhandled exceptions become log events. The latter have
            a message and a traceback. True by default.
        operation_spans: Whether dependencies, endpoint, serialization and background tasks have
            spans inside the span of the request. True by default.
        auto_configure: Whether exporters are made from the environment variables of OTLP when the
            application starts. By default only if `FASTAPI_OTEL_AUTO_CONFIGURE` is `true`.
        exclude: Takes an ASGI scope and returns whether that request is not observed.
    """

    tracer_provider: TracerProvider | None
    meter_provider: MeterProvider | None
    logger_provider: LoggerProvider | None
    tracing: bool
    metrics: bool
    logs: bool
    operation_spans: bool
    auto_configure: bool
    exclude: Callable[[MutableMapping[str, Any]], bool] | None


class CompleteConfig(TypedDict):
    """A `TelemetryConfig` that has every key, and the HTTP methods that spans name."""

    tracer_provider: TracerProvider | None
    meter_provider: MeterProvider | None
    logger_provider: LoggerProvider | None
    tracing: bool
    metrics: bool
    logs: bool
    operation_spans: bool
    auto_configure: bool
    exclude: Callable[[MutableMapping[str, Any]], bool] | None
    known_methods: str


def complete_config(said: Mapping[str, object]) -> CompleteConfig:
    """Return a configuration with every key, from what an application and its environment said."""
    complete: dict[str, Any] = {
        "tracer_provider": None,
        "meter_provider": None,
        "logger_provider": None,
        "tracing": True,
        "metrics": True,
        "logs": True,
        "operation_spans": True,
        "exclude": None,
        **said,
    }
    return cast(CompleteConfig, complete)

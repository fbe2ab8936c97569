"""What an application can be told about its telemetry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider


class TelemetryConfig(TypedDict, total=False):
    """Configuration of `FastAPI(telemetry=…)`; what is not given keeps its default.

    Keys:
        tracer_provider: Makes spans; by default the global provider.
        meter_provider: Makes metrics; by default the global provider.
        logger_provider: Makes log events; by default the global provider.
        tracing: Whether requests and WebSocket connections have spans. True by default.
        metrics: Whether HTTP requests are measured. True by default.
        logs: Whether validation errors and unhandled exceptions become log events, the latter with
            message and traceback. True by default.
        operation_spans: Whether dependencies, endpoint, serialization and background tasks have
            spans inside the request's. True by default.
        auto_configure: Whether exporters are made, when the application starts, as the environment
            variables of OTLP say. By default only if `FASTAPI_OTEL_AUTO_CONFIGURE` is `true`.
        exclude: Takes an ASGI scope and says whether that request is left out.
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


#: A `TelemetryConfig` that has every key, and `known_methods`: HTTP methods that spans name.
CompleteConfig = Mapping[str, Any]


def complete_config(said: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with every key, of what an application has said and read at its beginning."""
    return {
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

"""Select the OpenTelemetry providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from opentelemetry import _logs, metrics, trace

from rapide.telemetry.config import CompleteConfig

P = TypeVar("P")

#: COMPAT: The instrumentation scope of FastAPI 0.165. Views and processors select signals by it.
SCOPE: Final = ("fastapi", "0.165.0")
SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"

#: The providers of the API as long as nothing is configured. The API does not tell it otherwise.
_STAND_INS: Final = frozenset(
    {
        ("opentelemetry.trace", "ProxyTracerProvider"),
        ("opentelemetry.metrics._internal", "_ProxyMeterProvider"),
        ("opentelemetry._logs._internal", "ProxyLoggerProvider"),
    }
)


class Providers(NamedTuple):
    """The providers to use for a request. None: the signal is off."""

    tracer: trace.TracerProvider | None
    meter: metrics.MeterProvider | None
    logger: _logs.LoggerProvider | None


def is_stand_in(provider: object) -> bool:
    """Return whether a provider is only the API's own, which stands in for a real one."""
    cls = type(provider)
    return (cls.__module__, cls.__name__) in _STAND_INS


def configured(config: CompleteConfig) -> Providers:
    """Return the configured providers of the signals that are wanted.

    The global providers are read each time, because they can be set at any time.
    """
    return Providers(
        configured_tracer(config),
        _configured(config["metrics"], config["meter_provider"], metrics.get_meter_provider),
        _configured(config["logs"], config["logger_provider"], _logs.get_logger_provider),
    )


def configured_tracer(config: CompleteConfig) -> trace.TracerProvider | None:
    """Return the configured provider of traces, if they are wanted."""
    return _configured(config["tracing"], config["tracer_provider"], trace.get_tracer_provider)


def recording(providers: Providers, is_websocket: bool) -> Providers:
    """Return the providers that record something for this kind of connection."""
    return Providers(
        _unless(providers.tracer, trace.NoOpTracerProvider),
        None if is_websocket else _unless(providers.meter, metrics.NoOpMeterProvider),
        _unless(providers.logger, _logs.NoOpLoggerProvider),
    )


def _configured(is_wanted: bool, given: P | None, find: Callable[[], P]) -> P | None:
    if not is_wanted:
        return None
    if given is not None:
        return given
    found = find()
    return None if is_stand_in(found) else found


def _unless(provider: P | None, kind: type) -> P | None:
    return None if isinstance(provider, kind) else provider


def get_tracer(provider: trace.TracerProvider) -> trace.Tracer:
    """Return the tracer of an application."""
    return provider.get_tracer(*SCOPE, schema_url=SCHEMA_URL)


def get_meter(provider: metrics.MeterProvider) -> metrics.Meter:
    """Return the meter of an application."""
    return provider.get_meter(*SCOPE, schema_url=SCHEMA_URL)


def get_logger(provider: _logs.LoggerProvider) -> _logs.Logger:
    """Return the logger of an application."""
    return provider.get_logger(*SCOPE, schema_url=SCHEMA_URL)

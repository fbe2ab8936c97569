"""OTLP exporters and the providers that they belong to. This module needs the SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from opentelemetry import _logs, metrics, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


class Kind(NamedTuple):
    """The functions that export one signal."""

    name: str
    #: Return the global provider, and set it.
    find: Callable[[], object]
    set_global: Callable[[Any], None]
    #: Make a component that exports to an endpoint, and make a provider with a component.
    component: Callable[[str], object]
    make: Callable[[Any], Any]
    #: The name of the provider's method that adds a component.
    add: str


def _make_tracer_provider(processor: BatchSpanProcessor) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return provider


def _make_meter_provider(reader: PeriodicExportingMetricReader) -> MeterProvider:
    return MeterProvider(metric_readers=[reader], shutdown_on_exit=False)


def _make_logger_provider(processor: BatchLogRecordProcessor) -> LoggerProvider:
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(processor)
    return provider


KINDS: Final = {
    "TRACES": Kind(
        "tracer",
        trace.get_tracer_provider,
        trace.set_tracer_provider,
        lambda endpoint: BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)),
        _make_tracer_provider,
        "add_span_processor",
    ),
    "METRICS": Kind(
        "meter",
        metrics.get_meter_provider,
        metrics.set_meter_provider,
        lambda endpoint: PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=endpoint)),
        _make_meter_provider,
        "add_metric_reader",
    ),
    "LOGS": Kind(
        "logger",
        _logs.get_logger_provider,
        _logs.set_logger_provider,
        lambda endpoint: BatchLogRecordProcessor(OTLPLogExporter(endpoint=endpoint)),
        _make_logger_provider,
        "add_log_record_processor",
    ),
}

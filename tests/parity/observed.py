"""What one application tells OpenTelemetry, made comparable between the frameworks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from rapide.compiler import forcing_generic
from rapide.routing import APIRoute
from rapide.runtime import instrumentation

from .client import drive, to_steps
from .harness import MODES, ORACLE, SERVED, SUBJECT, Framework, chosen_modes, describe_error


class Recorder:
    """Providers that keep everything in memory, and what came in."""

    def __init__(self, fw: Framework) -> None:
        self.fw = fw
        self.data: list[Any] = []
        self.spans, self.logs, self.metrics = (
            InMemorySpanExporter(),
            InMemoryLogRecordExporter(),
            InMemoryMetricReader(),
        )
        tracer_provider = TracerProvider(shutdown_on_exit=False)
        tracer_provider.add_span_processor(SpansSeeData(self))
        tracer_provider.add_span_processor(SimpleSpanProcessor(self.spans))
        logger_provider = LoggerProvider(shutdown_on_exit=False)
        logger_provider.add_log_record_processor(LogsSeeData(self))
        logger_provider.add_log_record_processor(SimpleLogRecordProcessor(self.logs))
        self.config: dict[str, Any] = {
            "tracer_provider": tracer_provider,
            "meter_provider": MeterProvider([self.metrics], shutdown_on_exit=False),
            "logger_provider": logger_provider,
        }

    def look(self, at: str, context: Any = None) -> None:
        """Note what `get_telemetry_data` gives a processor."""
        data = self.fw.telemetry.get_telemetry_data(context)
        if data is None:
            self.data.append((at, None))
            return
        connection = data.request or data.websocket
        values = None if data.values is None else {k: plain(v) for k, v in data.values.items()}
        errors = None if data.errors is None else [error["loc"] for error in data.errors]
        where = None if connection is None else connection.url.path
        self.data.append((at, where, plain(data.body), values, errors))

    def told(self) -> dict[str, Any]:
        """Everything that was exported, in order, without times and ids."""
        spans = self.spans.get_finished_spans()
        names = {span.context.span_id: span.name for span in spans}
        logs = self.logs.get_finished_logs()
        return {
            "spans": [self._span(span, names) for span in spans],
            "logs": [self._log(item.log_record, names) for item in logs],
            "metrics": list(self._metrics()),
            "data": self.data,
            "scopes": sorted(
                {(s.instrumentation_scope.name, s.instrumentation_scope.version) for s in spans}
            ),
        }

    def _span(self, span: ReadableSpan, names: dict[int, str]) -> dict[str, Any]:
        return {
            "name": span.name,
            "kind": span.kind.name,
            "status": (span.status.status_code.name, span.status.description),
            "attributes": self._attributes(span.attributes),
            "parent": None if span.parent is None else names.get(span.parent.span_id, "remote"),
            "events": [event.name for event in span.events],
        }

    def _log(self, record: Any, names: dict[int, str]) -> dict[str, Any]:
        attributes = self._attributes(record.attributes)
        attributes.pop("exception.stacktrace", None)
        return {
            "event": record.event_name,
            "severity": (record.severity_text, record.severity_number.name),
            "body": record.body,
            "attributes": attributes,
            "span": names.get(record.span_id),
        }

    def _metrics(self) -> Iterator[Any]:
        data = self.metrics.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points = [
                        (
                            self._attributes(point.attributes),
                            getattr(point, "count", None),
                            getattr(point, "value", None),
                            getattr(point, "explicit_bounds", None),
                        )
                        for point in metric.data.data_points
                    ]
                    yield metric.name, metric.unit, metric.description, points

    def _attributes(self, attributes: Any) -> dict[str, Any]:
        return {
            key: value.replace(self.fw.root, ORACLE) if isinstance(value, str) else value
            for key, value in (attributes or {}).items()
        }


class SpansSeeData(SpanProcessor):
    """Looks at the request's data when a span ends."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def on_end(self, span: ReadableSpan) -> None:
        self.recorder.look(span.name)


class LogsSeeData(LogRecordProcessor):
    """Looks at the request's data when an event is emitted."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def on_emit(self, log_record: Any) -> None:
        record = log_record.log_record
        self.recorder.look(str(record.event_name), record.context)

    def shutdown(self) -> None: ...

    def force_flush(self, timeout_millis: int = 0) -> bool:
        return True


def plain(value: Any) -> Any:
    """A value that compares by what it is: objects of a framework by their class."""
    return value if type(value).__module__ == "builtins" else type(value).__name__


@contextmanager
def uninstrumented_after() -> Iterator[None]:
    """Leave the process as applications without telemetry want it."""
    try:
        yield
    finally:
        instrumentation.switch_off()


def observe(root: str, build: Any, steps: list[Any], mode: str) -> tuple[dict[str, Any], Any]:
    """What the application answers and tells when it is built on one framework."""
    backend, is_generic = MODES.get(mode, ("asyncio", False))
    fw = Framework(root)
    fw.is_served = mode == SERVED
    recorder = Recorder(fw)
    with ExitStack() as stack:
        stack.enter_context(uninstrumented_after())
        if is_generic:
            stack.enter_context(forcing_generic())
        app = build(fw, recorder.config)
        describe = functools.partial(describe_error, root=root)
        answers = drive(app, steps, fw, backend, describe)
        if root == "rapide" and not is_generic:
            routes = [route for route in app.routes if isinstance(route, APIRoute)]
            fw.keep.reasons = {route.path: route.fallback_reason for route in routes}
            fw.keep.sources = {route.path: route.source for route in routes}
    told = recorder.told()
    told["answers"] = [(answer.status, answer.chunks, answer.raised) for answer in answers]
    return told, fw


def observed(
    *steps: Any,
    modes: tuple[str, ...] = ("compiled", "generic"),
    compiled: tuple[str, ...] = (),
    served: bool = True,
) -> Callable[[Callable[[Framework, dict[str, Any]], Any]], Any]:
    """Turn a builder `(fw, telemetry)` into tests that both frameworks tell the same.

    `compiled` names paths of routes that must not leave the compiled path; `served=False` is for
    requests that a server answers itself.
    """
    requests = [step for given in steps for step in to_steps(given)]
    paths = chosen_modes(*modes, served=served)

    def decorate(build: Callable[[Framework, dict[str, Any]], Any]) -> Any:
        @pytest.mark.parametrize("mode", paths)
        def test(mode: str) -> None:
            expected, _ = observe(ORACLE, build, requests, mode)
            told, fw = observe(SUBJECT, build, requests, mode)
            assert expected["spans"] or expected["metrics"] or expected["logs"] or quiet
            for kind in expected:
                assert told[kind] == expected[kind], kind
            if mode == "compiled" and SUBJECT == "rapide":
                assert {path: fw.keep.reasons[path] for path in compiled} == dict.fromkeys(compiled)
                for path in compiled:
                    assert "telemetry.span(" in fw.keep.sources[path]

        quiet = getattr(build, "quiet", False)
        test.__name__, test.__qualname__ = build.__name__, build.__qualname__
        test.__doc__, test.__module__ = build.__doc__, build.__module__
        return test

    return decorate


def quiet(build: Any) -> Any:
    """Mark a builder whose application tells nothing."""
    build.quiet = True
    return build

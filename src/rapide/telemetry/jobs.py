"""The traces of jobs: the run of a job continues the trace of the request that has enqueued it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode

from rapide.runtime.jobs import JobRun
from rapide.telemetry.config import CompleteConfig
from rapide.telemetry.events import type_name
from rapide.telemetry.providers import configured_tracer, get_tracer

#: What the labels of a message begin with that carry the trace.
_PREFIX: Final = "otel_"


class JobTraces:
    """How the jobs of an application take part in traces.

    Args:
        config: The telemetry of the application.
    """

    def __init__(self, config: CompleteConfig) -> None:
        self._config = config

    def labels(self) -> dict[str, str]:
        """Return the labels with which a message carries the current trace."""
        if not self._config["tracing"]:
            return {}
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return {f"{_PREFIX}{name}": value for name, value in carrier.items()}

    def span(self, run: JobRun) -> AbstractContextManager[None] | None:
        """Return a context that runs a job in a span of its own, or None if nothing records it.

        The span is in the trace that the labels of the message carry.
        """
        provider = configured_tracer(self._config)
        return None if provider is None else _recording(provider, run)


@contextmanager
def _recording(provider: trace.TracerProvider, run: JobRun) -> Iterator[None]:
    carrier = {
        label.removeprefix(_PREFIX): str(value)
        for label, value in run.labels.items()
        if label.startswith(_PREFIX)
    }
    # A broker inside the process runs the job in the context of the request.
    caller = propagate.extract(carrier, context=Context())
    token = otel_context.attach(caller)
    attributes = {"messaging.operation.type": "process", "messaging.message.id": run.job_id}
    tracer = get_tracer(provider)
    span = tracer.start_span(f"job {run.name}", kind=SpanKind.CONSUMER, attributes=attributes)
    try:
        with trace.use_span(
            span, end_on_exit=True, record_exception=False, set_status_on_exception=False
        ):
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type_name(error))
                span.set_status(StatusCode.ERROR)
                raise
    finally:
        otel_context.detach(token)

"""Metrics of HTTP requests."""

from __future__ import annotations

from typing import Final

from opentelemetry.metrics import MeterProvider

from rapide.telemetry.providers import get_meter

#: SPEC: OpenTelemetry semantic conventions, `http.server.request.duration`; in seconds.
_DURATIONS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip


class Instruments:
    """The instruments of one provider."""

    def __init__(self, provider: MeterProvider) -> None:
        self.provider = provider
        meter = get_meter(provider)
        self.duration = meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=_DURATIONS,
        )
        self.active = meter.create_up_down_counter(
            "http.server.active_requests",
            unit="{request}",
            description="Number of active HTTP server requests.",
        )

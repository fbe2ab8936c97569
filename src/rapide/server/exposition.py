"""The metrics of all processes of a server as Prometheus reads them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from rapide.http11.heads import status_line
from rapide.server import metrics as of
from rapide.server.ledger import Key, Series, add


class Exposition:
    """Answers requests for the metrics of a server.

    The metrics that the application has in the default registry of `prometheus-client` are shown
    too, if there is one process, or if `PROMETHEUS_MULTIPROC_DIR` says where all processes have
    them.
    """

    def __init__(self, meter: of.Meter) -> None:
        self._meter = meter

    async def answer(self, exchange: Any) -> None:
        """Answer with the metrics, in the format that the client wants."""
        wanted = ", ".join(
            str(value, "latin-1") for name, value in exchange.headers if name == b"accept"
        )
        self._meter.refresh()
        encode, content_type = choose_encoder(wanted)
        # Thousands of lines take some time.
        text = await asyncio.to_thread(encode, self)
        exchange.answer(status_line(200), b"content-type: %b\r\n" % content_type.encode(), text)

    def collect(self) -> Iterator[Metric]:
        """Return all metrics; `prometheus-client` calls this."""
        ledger = self._meter.ledger
        *living, ended = ledger.read()
        yield from families(living, ended)
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            collector: Any = MultiProcessCollector
            collector(registry)
            yield from registry.collect()
        elif ledger.folder is None:
            yield from REGISTRY.collect()


def families(living: list[Series], ended: Series) -> Iterator[Metric]:
    """Return the metrics of a server, from the numbers of its processes."""
    total: Series = {}
    for series in (ended, *living):
        add(total, series)
    present: Series = {}
    for series in living:
        add(present, series)
    yield _durations(total)
    yield from _traffic(total, present)
    yield _gauge("rapide_workers", "Processes that serve requests.", [((), len(living))])
    lags = [series[of.PROCESS][of.LAG] for series in living if of.PROCESS in series]
    yield _gauge(
        "rapide_event_loop_lag_seconds",
        "By how much the event loop was late in the last seconds, in the worst process.",
        [((), max(lags, default=0.0))],
    )
    yield from _waits(total, present)


def _durations(total: Series) -> Metric:
    family = HistogramMetricFamily(
        "rapide_http_request_duration_seconds",
        "Time from the beginning of a request to the end of its response.",
        labels=["route", "method", "status"],
    )
    bounds = [*map(str, of.BOUNDS), "+Inf"]
    for labels, cells in _of_kind(total, of.REQUESTS):
        counts = accumulate(cells[: of.SUM])
        family.add_metric([*labels], [*zip(bounds, counts, strict=True)], cells[of.SUM])
    return family


def _of_kind(series: Series, kind: str) -> list[tuple[Key, list[float]]]:
    """Return the series of one kind, by their labels."""
    return [(key[1:], cells) for key, cells in series.items() if key[0] == kind]


def _traffic(total: Series, present: Series) -> Iterator[Metric]:
    requests = [(labels, sum(cells[: of.SUM])) for labels, cells in _of_kind(total, of.REQUESTS)]
    yield _counter("rapide_http_requests", "Requests.", requests, ["route", "method", "status"])
    process = present.get(of.PROCESS, [0.0] * 4)
    yield _gauge(
        "rapide_http_requests_in_flight",
        "Requests that have not ended.",
        [((), process[of.IN_FLIGHT])],
    )
    yield _gauge(
        "rapide_connections",
        "Open connections.",
        [(("http",), process[of.HTTP]), (("websocket",), process[of.WEBSOCKET])],
        ["protocol"],
    )
    traffic = total.get(of.TRAFFIC, [0.0] * 2)
    yield _counter(
        "rapide_http_request_body_bytes",
        "Bytes of bodies of requests.",
        [((), traffic[of.RECEIVED])],
    )
    yield _counter(
        "rapide_http_response_body_bytes", "Bytes of bodies of responses.", [((), traffic[of.SENT])]
    )


def _waits(total: Series, present: Series) -> Iterator[Metric]:
    """Return what waits in the queues of limits, and in the lanes of threads."""
    queue, queues = present.get(of.QUEUE, [0.0] * 3), total.get(of.QUEUE, [0.0] * 3)
    yield _gauge(
        "rapide_queue_waiting", "Requests that wait for a place.", [((), queue[of.QUEUED])]
    )
    yield _counter(
        "rapide_queue_waits",
        "Requests that had to wait for a place.",
        [((), queues[of.QUEUE_WAITS])],
    )
    yield _counter(
        "rapide_queue_wait_seconds", "Time that they have waited.", [((), queues[of.QUEUE_WAITED])]
    )
    for cell, name, text in (
        (of.THREADS, "threads", "Calls that may run in threads at the same time."),
        (of.BUSY, "busy", "Calls that run in threads."),
        (of.WAITING, "waiting", "Calls that wait for a thread."),
    ):
        values = [(labels, cells[cell]) for labels, cells in _of_kind(present, of.LANE)]
        yield _gauge(f"rapide_lane_{name}", text, values, ["lane"])
    for cell, name, text in (
        (of.WAITS, "waits", "Calls that had to wait for a thread."),
        (of.WAITED, "wait_seconds", "Time that they have waited."),
    ):
        values = [(labels, cells[cell]) for labels, cells in _of_kind(total, of.LANE)]
        yield _counter(f"rapide_lane_{name}", text, values, ["lane"])


Values = Iterable[tuple[Key, float]]


def _gauge(name: str, text: str, values: Values, labels: Iterable[str] = ()) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[*labels])
    for names, value in values:
        family.add_metric([*names], value)
    return family


def _counter(name: str, text: str, values: Values, labels: Iterable[str] = ()) -> Metric:
    family = CounterMetricFamily(name, text, labels=[*labels])
    for names, value in values:
        family.add_metric([*names], value)
    return family

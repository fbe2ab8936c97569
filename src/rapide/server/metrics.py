"""Counts for Prometheus: of requests while they are served, and of the process from time to time.

Requests are counted in plain numbers (`ledger.py`). Objects of `prometheus-client` are made only
when somebody asks for the metrics (`exposition.py`).
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from typing import Any, Final
from weakref import ref

from rapide.http11.connection import Http11Protocol
from rapide.runtime import admission, lanes
from rapide.server.ledger import Full, Ledger
from rapide.server.proxied import ProxiedProtocol

#: The upper bounds of the durations that are counted together, in seconds.
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: The cell with the sum of the durations, behind the counts.
SUM: Final = len(BOUNDS) + 1

#: The kinds of series, and what their cells are.
REQUESTS: Final = "requests"
TRAFFIC: Final = ("traffic",)
RECEIVED, SENT = range(2)
PROCESS: Final = ("process",)
IN_FLIGHT, HTTP, WEBSOCKET, LAG = range(4)
QUEUE: Final = ("queue",)
QUEUED, QUEUE_WAITS, QUEUE_WAITED = range(3)
LANE: Final = "lane"
THREADS, BUSY, WAITING, WAITS, WAITED = range(5)

#: The label of requests that no route serves, and of those for which there is no room.
NO_ROUTE: Final = ""
OTHER: Final = "(other)"
_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
#: The classes of connections that are not WebSockets.
_HTTP: Final = (Http11Protocol, ProxiedProtocol)
#: The time in seconds between two looks at the event loop, and how many count for its lag.
TICK: Final = 0.5
_LOOKS: Final = 20


class Meter:
    """Counts what one server does.

    Args:
        ledger: Where the numbers are.
        state: uvicorn's account of the server.
    """

    def __init__(self, ledger: Ledger, state: Any) -> None:
        self.ledger = ledger
        self._state = state
        self._known: dict[tuple[str, str, int], Any] = {}
        self._traffic = ledger.cells(TRAFFIC, 2)
        self._process = ledger.cells(PROCESS, 4)
        self._lags: deque[float] = deque(maxlen=_LOOKS)
        loop = asyncio.get_running_loop()
        own: ref[Meter] = ref(self)
        loop.call_later(TICK, _tick, own, loop, loop.time() + TICK)

    def begin(self) -> None:
        """Count a request that begins."""
        self._process[IN_FLIGHT] += 1

    def end(
        self, method: str, route: str, status: int, seconds: float, received: int, sent: int
    ) -> None:
        """Count a request that ends."""
        cells = self._known.get((route, method, status))
        if cells is None:
            cells = self._series_of(route, method, status)
        cells[bisect_left(BOUNDS, seconds)] += 1
        cells[SUM] += seconds
        self._process[IN_FLIGHT] -= 1
        traffic = self._traffic
        traffic[RECEIVED] += received
        traffic[SENT] += sent

    def _series_of(self, route: str, method: str, status: int) -> Any:
        known_method = method if method in _METHODS else "OTHER"
        labels = route, known_method, f"{status // 100}xx"
        try:
            cells = self.ledger.cells((REQUESTS, *labels), SUM + 1)
        except Full:
            cells = self.ledger.cells((REQUESTS, OTHER, "OTHER", ""), SUM + 1)
        if known_method == method:  # others could be any number
            self._known[route, method, status] = cells
        return cells

    def add_lag(self, seconds: float) -> None:
        """Note by how much a look at the event loop was late, and look at everything else."""
        self._lags.append(max(0.0, seconds))
        self.refresh()

    def refresh(self) -> None:
        """Look at what is not counted while it happens."""
        connections = self._state.connections
        ours = sum(isinstance(each, _HTTP) for each in connections)
        process = self._process
        process[HTTP], process[WEBSOCKET] = ours, len(connections) - ours
        process[LAG] = max(self._lags, default=0.0)
        cells = self.ledger.cells(QUEUE, 3)
        cells[QUEUED], cells[QUEUE_WAITS], cells[QUEUE_WAITED] = admission.statistics()
        for lane in lanes.statistics():
            cells = self.ledger.cells((LANE, lane.name), 5)
            cells[THREADS], cells[BUSY], cells[WAITING] = lane.threads, lane.busy, lane.waiting
            cells[WAITS], cells[WAITED] = lane.waits, lane.waited


def _tick(meter: ref[Meter], loop: asyncio.AbstractEventLoop, due: float) -> None:
    """Look at the event loop as long as the server is there."""
    live = meter()
    if live is None:
        return
    now = loop.time()
    live.add_lag(now - due)
    loop.call_later(TICK, _tick, meter, loop, now + TICK)

"""The last requests and the last stalls, and the switch that measures while somebody looks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from itertools import pairwise
from time import perf_counter
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from rapide.console.statements import QUIET, Listeners, Statements
from rapide.development.masking import HIDDEN, Secrets, is_secret
from rapide.runtime import measuring
from rapide.runtime.measuring import Marks

#: The most requests and stalls that are kept.
MOST_REQUESTS: Final = 100
MOST_STALLS: Final = 20
#: How long steps are measured after somebody has looked, in seconds.
PATIENCE: Final = 5.0
#: The key of a scope that has the marks of its request.
MARKS: Final = "rapide.marks"

_logger: Final = logging.getLogger("uvicorn.error")


class Recorded(NamedTuple):
    """A request that has ended.

    Attributes:
        number: Its number among all requests of the process.
        method: Its method.
        path: Its path.
        query: Its query string.
        route: The path of its route; None if no route has served it.
        status: The status of its response; None if there was none.
        started: When it began, by the clock of the marks.
        seconds: How long it took until its response was sent.
        marks: The times of its steps, if they were measured.
        statements: Its SQL statements, if they were noted.
    """

    number: int
    method: str
    path: str
    query: bytes
    route: str | None
    status: Any
    started: float
    seconds: float
    marks: Marks | None
    statements: Statements | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the request for JSON, with times in milliseconds."""
        query = _hidden_query(self.query.decode("latin-1"))
        return {
            "number": self.number,
            "method": self.method,
            "target": f"{self.path}?{query}" if query else self.path,
            "route": self.route,
            "status": None if self.status is None else int(self.status),
            "began": time.time() - (perf_counter() - self.started),
            "ms": _ms(self.seconds),
            "steps": [] if self.marks is None else self._steps(self.marks),
            "sql": None if self.statements is None else self.statements.as_data(),
        }

    def _steps(self, marks: Marks) -> list[dict[str, Any]]:
        plan: Any = marks.plan
        times, texts = [*marks], _texts_of(plan)
        steps = [{"text": "before the route", "ms": _ms(times[0] - self.started)}]
        for text, (before, after) in zip(texts, pairwise(times), strict=False):
            steps.append({"text": text, "ms": _ms(after - before)})
        left = self.started + self.seconds - times[-1]
        is_whole = len(times) > len(texts)
        last = "after the last step"
        if not is_whole:
            last = f"from here on: {texts[len(times) - 1]}"
        return [*steps, {"text": last, "ms": _ms(max(left, 0.0))}]


#: Measured plans with the texts of their operations, which many requests share.
_texts: Final[dict[int, tuple[Any, list[str]]]] = {}


def _texts_of(plan: Any) -> list[str]:
    known = _texts.get(id(plan))
    if known is not None and known[0] is plan:
        return known[1]
    hide = Secrets().hide_in_code
    texts = [hide(str(operation)) for operation in plan.operations]
    if len(_texts) >= MOST_REQUESTS:
        _texts.clear()
    _texts[id(plan)] = plan, texts
    return texts


def _hidden_query(text: str) -> str:
    pairs = parse_qsl(text, keep_blank_values=True)
    hide = Secrets().hide
    return "&".join(
        f"{name}={HIDDEN if is_secret(name) else hide(value)}" if value else name
        for name, value in pairs
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 4)


class Recorder:
    """Keeps the last requests, and measures their steps while somebody looks."""

    def __init__(self) -> None:
        self.requests: deque[Recorded] = deque(maxlen=MOST_REQUESTS)
        self.stalls = Stalls()
        #: How many requests have ended.
        self.count = 0
        self._listeners = Listeners()
        self._until = 0.0
        #: The event loop whose timer ends the measuring; None if there is no timer.
        self._timed_by: asyncio.AbstractEventLoop | None = None

    def look(self) -> None:
        """Measure the steps of requests for some seconds from now on."""
        self._until = time.monotonic() + PATIENCE
        measuring.switch_on(note_marks)
        self._listeners.begin()
        if self._timed_by is not asyncio.get_running_loop():
            self._wait(PATIENCE)

    def statements(self) -> Statements | None:
        """Return what notes the statements of a request; None if nobody wants to know them."""
        return Statements() if self._listeners.is_noting else None

    def _wait(self, seconds: float) -> None:
        self._timed_by = asyncio.get_running_loop()
        self._timed_by.call_later(seconds, self._rest)

    def _rest(self) -> None:
        self._timed_by = None
        left = self._until - time.monotonic()
        if left > 0:
            self._wait(left)
            return
        measuring.switch_off()
        if not self._listeners.rest():
            self._wait(QUIET)


def note_marks(carrier: Any, marks: Marks) -> None:
    """Keep the marks of a request with its scope, or with its exchange."""
    if isinstance(carrier, dict):
        carrier[MARKS] = marks
    elif carrier.observation is not None:
        carrier.observation.marks = marks


class Stalls(logging.Handler):
    """Keeps the warnings of code that has blocked the event loop."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: deque[dict[str, Any]] = deque(maxlen=MOST_STALLS)
        _logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record of a stall."""
        if hasattr(record, "stall_ms"):
            self.kept.append({"at": record.created, "text": record.getMessage()})

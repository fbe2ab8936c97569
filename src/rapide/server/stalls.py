"""Report what blocks the event loop: the route, the line, the time, and the stack.

Theory of operation. A timer of the event loop, the *beat*, notes when it runs. If it runs much
later than it was due, something has blocked the loop meanwhile. A thread looks at the time of the
beat that is due; as long as it is overdue, the thread samples the stack of the loop's thread. When
the beat comes at last, the stall has ended, and the line that was seen most is reported.

C code may hold the interpreter's lock, so that the thread cannot run either. The interpreter hands
the lock over as soon as such a call returns, when its line is still the current one. So the thread
samples before it does anything else.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections import Counter, deque
from math import inf
from time import monotonic
from typing import Final

from rapide.server.stall_samples import Sample, take_sample

_logger: Final = logging.getLogger("uvicorn.error")

#: The beats, and the looks at them, for each threshold.
BEATS: Final = 5
LOOKS: Final = 3
#: The shortest time in seconds between two beats.
SHORTEST: Final = 0.002
#: The longest time in seconds between two samples of a long stall.
RARELY: Final = 1.0
#: A stall of so many seconds is reported while it lasts, as it may never end.
LONG: Final = 5.0


class StallWatch:
    """Watches one event loop.

    Args:
        threshold: The time in seconds from which on a stall is reported.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._beat_every = max(threshold / BEATS, SHORTEST)
        self._ended: deque[tuple[float, float]] = deque()
        self._samples: list[tuple[float, Sample]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stall watch", daemon=True)
        self._clock: int | None = None
        self._used = 0.0

    async def start(self) -> None:
        """Begin to watch the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._ident = threading.get_ident()
        if hasattr(time, "pthread_getcpuclockid"):
            self._clock = time.pthread_getcpuclockid(self._ident)
        self._due = monotonic() + self._beat_every
        started: asyncio.Future[None] = self._loop.create_future()
        self._loop.call_soon(self._first_beat, started)
        await started

    def stop(self) -> None:
        """Stop watching. It is called on the event loop's thread."""
        self._timer.cancel()
        now = monotonic()
        if now - self._due >= self.threshold:
            self._ended.append((self._due, now))
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    # In the event loop

    def _first_beat(self, started: asyncio.Future[None]) -> None:
        # The frames below this one are the loop's own.
        self._outermost = sum(1 for _ in traceback.walk_stack(sys._getframe(1)))
        self._beat()
        self._thread.start()
        if not started.done():
            started.set_result(None)

    def _beat(self) -> None:
        now = monotonic()
        if now - self._due >= self.threshold:
            self._ended.append((self._due, now))
        self._due = now + self._beat_every
        self._timer = self._loop.call_later(self._beat_every, self._beat)

    # In the thread

    def _watch(self) -> None:
        pause = planned = self.threshold / LOOKS
        is_reported = was_overdue = False
        while not self._stopped.wait(pause):
            due = self._due
            overdue = monotonic() - due
            if overdue < self.threshold / 2:
                self._used = self._use()
                pause, is_reported, was_overdue = planned, False, False
            else:
                self._sample(due)
                pause = min(max(planned, overdue / BEATS), RARELY)
                # The first look may be late because nothing else could run, and the stall over.
                if overdue >= LONG and was_overdue and not is_reported:
                    self._report(overdue, self._chosen(due), is_over=False)
                    is_reported = True
                was_overdue = True
            self._end_all()
        self._end_all()

    def _use(self) -> float:
        """Return how much time of a processor the loop's thread has had, in seconds."""
        if self._clock is None:
            return 0.0
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # the thread has ended
            return 0.0

    def _sample(self, due: float) -> None:
        frame = sys._current_frames().get(self._ident)
        if frame is None or not self._loop.is_running():
            return
        now = monotonic()
        sample = take_sample(frame, self._outermost, self._loop)
        if self._due == due:
            self._samples.append((now, sample))

    def _end_all(self) -> None:
        while self._ended:
            self._end(*self._ended.popleft())
        if self._samples and self._samples[0][0] < self._due - self._beat_every:
            self._samples.clear()  # the loop was late, but not late enough

    def _end(self, began: float, ended: float) -> None:
        """Report a stall that is over."""
        seconds = ended - began + self._beat_every / 2  # it began some time before
        is_seen = any(began <= at <= ended for at, _ in self._samples)
        sample = self._chosen(began, ended)
        self._samples = [(at, other) for at, other in self._samples if at > ended]
        if sample is not None:
            self._report(seconds, sample)
        elif not is_seen and self._use() - self._used >= seconds / 4:
            # Otherwise the loop did nothing: the process was stopped, or had no processor.
            self._report(seconds, None)

    def _chosen(self, began: float, ended: float = inf) -> Sample | None:
        """Return a sample of the place that was seen most often during a stall."""
        samples = [item for at, item in self._samples if began <= at <= ended and item.steps]
        places = Counter(str(sample.place) for sample in samples)
        most = max(places.values(), default=0)
        return next((item for item in samples if places[str(item.place)] == most), None)

    def _report(self, seconds: float, sample: Sample | None, *, is_over: bool = True) -> None:
        """Write a stall into the log, unless it is nobody's fault."""
        if sample is not None and (sample.is_preparation or sample.is_debugging):
            return
        what = "Something" if sample is None or sample.route is None else sample.route
        verb = "blocked" if is_over else "has been blocking"
        text = f"{what} {verb} the event loop for {seconds * 1000:.0f} ms"
        place = None if sample is None else sample.place
        if sample is not None and place is not None:
            text += f", at {place}\n{sample.stack()}"
        _logger.warning(
            "%s",
            text,
            extra={
                "stall_ms": round(seconds * 1000),
                "stall_route": None if sample is None else sample.route,
                "stall_file": None if place is None else place.file,
                "stall_line": None if place is None else place.line,
            },
        )

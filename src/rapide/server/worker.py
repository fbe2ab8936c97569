"""The worker's side: it reports to the supervisor, and asks to be replaced when it is due."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from rapide.server.options import Options
from rapide.server.server import Server, with_jitter
from rapide.server.template import FORCE, RETIRE, STOP, Leash

#: The longest time between two reports that a worker is alive, in seconds.
REPORT_EVERY: Final = 5.0
#: The time between two looks at the memory, in seconds.
LOOK_EVERY: Final = 1.0


class Attendant:
    """Connects a worker's server with its supervisor.

    Args:
        leash: The connection.
        options: When the worker is due to be replaced.
    """

    def __init__(self, leash: Leash, options: Options) -> None:
        self._leash = leash
        self._options = options
        self._server: Server | None = None
        self._most_requests = with_jitter(
            options.limit_max_requests, options.limit_max_requests_jitter
        )
        limit = options.timeout_worker_healthcheck
        self._report_every = min(REPORT_EVERY, limit / 4) if limit else REPORT_EVERY
        self._reported = self._looked = self._began = time.monotonic()
        self._has_asked = False

    def attach(self, server: Server) -> None:
        """Begin to listen to the template, and to notice the end of the supervisor."""
        self._server = server
        loop = server.loop
        os.set_blocking(self._leash.descriptor, False)
        loop.add_reader(self._leash.descriptor, self._on_leash)
        loop.add_reader(self._leash.lifeline, self._on_orphaned)

    def on_started(self) -> None:
        """Report that the worker serves."""
        self._leash.report("ready")

    def on_tick(self) -> None:
        """Report that the event loop turns, and ask for a replacement when it is due."""
        now = time.monotonic()
        if now - self._reported >= self._report_every:
            self._reported = now
            self._leash.report("alive")
        else:
            self._leash.flush()
        if not self._has_asked and (reason := self._why_due(now)):
            self._has_asked = True
            self._leash.report("recycle", reason=reason)

    def _on_leash(self) -> None:
        assert self._server is not None
        try:
            told = os.read(self._leash.descriptor, 64)
        except BlockingIOError:
            return
        if not told:  # the template has ended; the supervisor sees to it
            self._server.loop.remove_reader(self._leash.descriptor)
        for how in (told[i : i + 1] for i in range(len(told))):
            if how == STOP:
                self._server.begin_delay()
            elif how == RETIRE:
                self._server.retire()
            elif how == FORCE:
                self._server.end_at_once()

    def _on_orphaned(self) -> None:
        assert self._server is not None
        self._server.loop.remove_reader(self._leash.lifeline)
        self._server.begin_delay()

    def _why_due(self, now: float) -> str:
        """Return why the worker is to be replaced; an empty string if it is not."""
        assert self._server is not None
        options, requests = self._options, self._server.server_state.total_requests
        if self._most_requests is not None and requests >= self._most_requests:
            return f"it has served {requests} requests"
        if options.limit_max_age is not None and now - self._began >= options.limit_max_age:
            return f"it is {now - self._began:.0f} s old"
        if options.limit_max_memory is not None and now - self._looked >= LOOK_EVERY:
            self._looked = now
            used = resident_memory() >> 20
            if used >= options.limit_max_memory:
                return f"it uses {used} MiB"
        return ""


def resident_memory() -> int:
    """Return how many bytes of memory this process uses; elsewhere than on Linux, used at most."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return int(pages) * os.sysconf("SC_PAGE_SIZE")

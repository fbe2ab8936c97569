"""How a server process sets the allocator of the C library, and gives memory back."""

from __future__ import annotations

import asyncio
import gc
import os
from functools import cache
from typing import Any, Final

#: glibc's numbers of these parameters (`malloc.h`).
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3

#: Free memory at the end of the heap that is kept for the next request, in bytes.
KEPT: Final = 16 * 1024 * 1024
#: Size from which memory is mapped, and given back at once, in bytes.
MAPPED: Final = 2 * 1024 * 1024
#: Size of a body from which memory is looked after when the body has been read, in bytes.
LARGE: Final = 1024 * 1024
#: How long after the last large body memory is given back, in seconds, and how often again.
PAUSES: Final = (0.05, 1.0, 5.0, 30.0)
#: How long this is put off while large bodies come, in seconds.
LONGEST: Final = 10.0


@cache
def keep_memory() -> None:
    """Let large bodies be allocated without the kernel.

    By default glibc gives memory back once 128 KiB at the end of the heap are free, so that each
    upload of that size takes new pages, which the kernel has to clear. Does nothing with another
    C library, or where the environment sets the allocator.

    PERF: upload.
    """
    library = _library()
    if library is not None:
        library.mallopt(_TRIM_THRESHOLD, KEPT)
        library.mallopt(_MMAP_THRESHOLD, MAPPED)
        if os.path.exists("/proc/self/statm"):
            _trimmers.append(Trimmer())


@cache
def _library() -> Any:
    """Return glibc; None for another library, or if the environment sets the allocator."""
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return None
    try:
        from ctypes import CDLL, c_size_t

        library = CDLL(None)
        library.malloc_trim.argtypes = [c_size_t]
        library.mallopt  # noqa: B018 -- musl has no such function
    except (ImportError, OSError, TypeError, AttributeError):
        return None
    return library


class Trimmer:
    """Gives memory back after large bodies.

    The parts of bodies that come at the same time lie between each other on the heap, and glibc by
    itself gives back only its end. So `malloc_trim` is called when no large body has come for a
    moment, and some more times, because the application may need the bodies for longer. It is only
    called if the process has grown by more than may be kept.
    """

    def __init__(self) -> None:
        self._first = resident()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        #: How many trims there were since the last large body.
        self._number = 0
        #: The time until which a trim may be put off.
        self._latest = 0.0

    def note(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note that a large body has been read."""
        if self._loop is not loop and self._is_due_elsewhere():
            return  # that is for the whole process, and only its thread may touch its timers
        now = loop.time()
        is_due = self._timer is not None and self._number == 0
        if is_due and now > self._latest:
            return
        if not is_due:
            self._latest = now + LONGEST
        self.stop()
        self._loop, self._number = loop, 0
        self._timer = loop.call_later(PAUSES[0], self._trim)

    def _is_due_elsewhere(self) -> bool:
        """Return whether a trim is due on the event loop of another server of this process."""
        if self._loop is not None and self._loop.is_closed():
            self._timer = None
        return self._timer is not None

    def stop(self) -> None:
        """Trim no more, until there is another large body."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _trim(self) -> None:
        next_timer = None
        if resident() - self._first > KEPT:
            # Requests that were read whole are often part of a cycle; young ones are found fast.
            if gc.isenabled():
                gc.collect(1)
            _library().malloc_trim(KEPT // 4)
            self._number += 1
            if self._number < len(PAUSES) and self._loop is not None:
                next_timer = self._loop.call_later(PAUSES[self._number], self._trim)
        self._timer = next_timer


#: The trimmer of this process, from the start of its server; none without glibc.
_trimmers: Final[list[Trimmer]] = []


def note_large(loop: asyncio.AbstractEventLoop) -> None:
    """Let memory be given back soon: a large body has been read."""
    for trimmer in _trimmers:
        trimmer.note(loop)


def resident() -> int:
    """Return how much memory of this process is resident, in bytes."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

"""How a server process sets the allocator of the C library."""

from __future__ import annotations

import os
from functools import cache
from typing import Final

#: glibc's numbers of these parameters (`malloc.h`).
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3

#: Free memory at the end of the heap that is kept for the next request, in bytes.
KEPT: Final = 16 * 1024 * 1024
#: Size from which memory is mapped, and given back at once, in bytes.
MAPPED: Final = 2 * 1024 * 1024


@cache
def keep_memory() -> None:
    """Let large bodies be allocated without the kernel.

    By default glibc gives memory back once 128 KiB at the end of the heap are free, so that each
    upload of that size takes new pages, which the kernel has to clear. Does nothing with another
    C library, or where the environment sets the allocator.

    PERF: upload.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    try:
        from ctypes import CDLL

        mallopt = CDLL(None).mallopt
    except (ImportError, OSError, TypeError, AttributeError):
        return
    mallopt(_TRIM_THRESHOLD, KEPT)
    mallopt(_MMAP_THRESHOLD, MAPPED)

"""Suspend the garbage collector while the package is imported."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: With more objects than this before the import, the process is not new, so it may have garbage.
FRESH = 50_000


@contextmanager
def importing() -> Iterator[None]:
    """Import modules without garbage collection.

    PERF: import time. Functions, classes and validators of modules live as long as the process. The
    collector would visit them many times during the import, and again while a server runs. So in a
    new process, they are excluded from collection (`gc.freeze`). `gc.unfreeze()` undoes that, also
    at the end of the process, because the interpreter's last collection flushes a script's open
    files.
    """
    collecting = gc.isenabled()
    fresh = collecting and len(gc.get_objects()) < FRESH
    gc.disable()
    try:
        yield
    finally:
        if fresh:
            gc.freeze()
            atexit.register(gc.unfreeze)
        if collecting:
            gc.enable()

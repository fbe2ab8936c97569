"""The garbage collector while the package is imported."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: With more objects than this before, the process has a life of its own: its garbage is not kept.
FRESH = 50_000


@contextmanager
def importing() -> Iterator[None]:
    """Import modules without looking for garbage among what they make.

    PERF: import. Functions, classes and validators of modules live as long as the process. The
    collector would go through them many times during the import, and again during the life
    of a server; in a fresh process they are therefore put where it does not look (`gc.freeze`).
    `gc.unfreeze()` undoes it, and so does the end of the process: the interpreter's last look for
    garbage is what flushes a script's open files.
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

"""The end of a process that has been forked to serve."""

from __future__ import annotations

import atexit
import gc
import io
import logging
import os
import threading
import weakref
from contextlib import suppress
from typing import Final, NoReturn

from rapide.server.forking import may_have_buffers
from rapide.server.template import flush

#: Files that keep what is written to them for a while.
BUFFERED: Final = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


def leave(seconds: float | None = None, *, all_files: bool = True) -> NoReturn:
    """End this process like a program, but without freeing each of its objects.

    What that is needed for is done here: threads that are no daemons are waited for, functions that
    were registered with `atexit` are called, and files that are open are flushed.

    Args:
        seconds: How long that may take; None for no limit.
        all_files: Whether files count, too, that were opened before the process was forked.
    """
    if seconds is not None:
        timer = threading.Timer(seconds, os._exit, (1,))
        timer.daemon = True
        timer.start()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    flush()
    if all_files:
        gc.unfreeze()  # or files that were opened before workers were forked are not found
    _flush_files()
    os._exit(0)


def flush_before_fork() -> None:
    """Write what is buffered, or each of the processes would write it when it ends."""
    for reference in [*getattr(logging, "_handlerList", ())]:
        handler: logging.Handler | None = reference()
        if handler is not None:
            with suppress(OSError, ValueError):  # as `logging.shutdown` does
                handler.flush()
    _flush_files()


def leave_objects_to_parent() -> None:
    """Let the process that this one was forked from end the objects that both have.

    A temporary folder of the import, for example, is used by other workers, too. Functions that are
    registered with `atexit` are called in each process, as they may send what it has collected.
    """
    for item in [*getattr(weakref.finalize, "_registry", ())]:
        item.atexit = False


def _flush_files() -> None:
    """Flush the files of the process, which are found among all of its objects."""
    if not may_have_buffers():
        return
    for item in gc.get_objects():
        if type(item) in BUFFERED:
            with suppress(OSError, ValueError):  # it cannot be written, or is closed
                item.flush()

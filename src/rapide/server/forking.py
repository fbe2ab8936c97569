"""What is imported before a process is forked, and whether it may be forked.

A fork has one thread, and shares what is open with its siblings. So these must not be there: other
threads, which would be missing; processes of `multiprocessing`, which have one parent; sockets and
event loops, whose data would go to whoever reads first; files that are open for reading and
writing, such as those of SQLite, whose locks would not work.
"""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rapide.routing.runner import load_compiler

#: What servers import when they start or answer, for most applications.
USED_BY_SERVERS: Final = (
    "anyio._backends._asyncio",
    "anyio.from_thread",
    "ctypes",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvloop",
    "rapide.generic.handover",
    "rapide.http11.connection",
    "rapide.runtime.threads",
    "rapide.telemetry.application",
)

#: A library whose threads stop before a fork and start again when they are needed.
_SAFE_THREADS = "openblas"


#: The descriptor of the last standard stream.
LAST_STANDARD: Final = 2


def import_for_serving() -> None:
    """Import once what each process that is forked would import, when it starts or answers."""
    for module in USED_BY_SERVERS:
        with suppress(ImportError):
            import_module(module)
    "localhost".encode("idna")
    load_compiler()


def open_descriptors() -> frozenset[int]:
    """Return the descriptors of what is open."""
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    return frozenset(int(name) for name in os.listdir(folder))


def why_not_to_fork(before: frozenset[int]) -> str | None:
    """Return why this process should not be forked; None if nothing is known.

    Args:
        before: What was open before the application was imported.
    """
    threads = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if threads:
        names = ", ".join(sorted(thread.name for thread in threads))
        return f"its import started threads ({names})"
    if names := ", ".join(sorted(child.name for child in child_processes())):
        return f"its import started processes ({names})"
    if (number := native_threads()) > 1:
        return f"its import started {number - 1} threads of a library"
    for descriptor in sorted(open_descriptors() - before):
        kind = kind_of(descriptor)
        if kind is not None:
            return f"its import opened {kind}"
    return None


def child_processes() -> list[Any]:
    """Return the processes that `multiprocessing` has started.

    A fork takes them for its own, and ends them when it ends.
    """
    module = sys.modules.get("multiprocessing.process")
    return [] if module is None else module.active_children()


def end_child_processes() -> None:
    """End them, because their parent forgets that it has started them."""
    for child in child_processes():
        child.terminate()
        child.join()


def native_threads() -> int:
    """Return the number of threads of this process; 1 if that is not known, or if they are safe."""
    try:
        number = len(os.listdir("/proc/self/task"))
        if number > 1 and _SAFE_THREADS in Path("/proc/self/maps").read_text():
            return 1
    except OSError:
        return 1
    return number


def kind_of(descriptor: int) -> str | None:
    """Return what a descriptor is if it must not be shared."""
    try:
        mode = os.fstat(descriptor).st_mode
        access = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError:  # it was closed meanwhile
        return None
    if stat.S_ISSOCK(mode):
        return "a socket"
    name = target_of(descriptor)
    if name.startswith("anon_inode:[event"):
        return "an event loop"
    if stat.S_ISREG(mode) and access == os.O_RDWR:
        return f"{name or 'a file'} for reading and writing"
    return None


def may_have_buffers() -> bool:
    """Return whether a file of Python that is open, but for standard streams, could be buffered.

    What cannot be written is left out, and what nobody else would read: the parts of an event loop,
    and pipes of this process to itself, such as libuv's.
    """
    found = [(number, target_of(number)) for number in open_descriptors() if number > LAST_STANDARD]
    readable = {target for number, target in found if _access(number) == os.O_RDONLY}
    return any(
        _access(number) != os.O_RDONLY
        and not target.startswith("anon_inode:")
        and not (target.startswith("pipe:") and target in readable)
        for number, target in found
    )


def _access(descriptor: int) -> int:
    """Return how a descriptor is open; one that was closed meanwhile cannot be written."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError:
        return os.O_RDONLY


def target_of(descriptor: int) -> str:
    """Return what a descriptor refers to, on Linux."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return ""

"""Numbers of several processes, in files that all of them map into their memory.

Each worker counts in a file of its own, so that counting needs no lock and no message, and a worker
that is killed loses nothing. Who wants the sum reads all files. A file has numbers (`.cells`), and
beside it a list that says what they are (`.keys`): one JSON array per series, with the number of
its cells and its name.

A worker locks its file as long as it lives; the system takes the lock away with the process. The
numbers of workers that have ended are added up in one more file, `ended.json`.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from rapide.server.options import OptionError
from rapide.server.sockets import is_running, reason_of

fcntl: Any
try:
    fcntl = import_module("fcntl")
except ImportError:  # Windows: each process counts for itself
    fcntl = None

#: The environment variable that names the folder of a server with several processes.
VARIABLE: Final = "RAPIDE_METRICS_DIR"
#: The name of such a folder, and the process that has made it.
_PREFIX: Final = "rapide-metrics-"
#: Files in memory, on Linux.
_MEMORY: Final = "/dev/shm"
#: The most numbers of a process. Pages of the file that are not used take no memory.
MOST_CELLS: Final = 256 * 1024
_SIZE: Final = 8
#: Children of this process do not have the files.
_OWN: Final = getattr(os, "O_CLOEXEC", 0)

Key = tuple[str, ...]
Series = dict[Key, list[float]]


class Full(Exception):
    """There is no room for another series."""


class Ledger:
    """The numbers of this process.

    Args:
        folder: Where other processes find them; None for nowhere.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.path: Path | None = None
        self._keys: int | None = None
        self._used = 0
        self._series: dict[Key, Any] = {}
        if folder is None or fcntl is None:
            self.folder = None
            self._cells = memoryview(mmap.mmap(-1, MOST_CELLS * _SIZE)).cast("d")
            return
        self.path = folder / f"{os.getpid()}-{uuid4().hex[:8]}.cells"
        keys = self.path.with_suffix(".keys")
        with _lock(folder):
            self._keys = os.open(keys, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _OWN, 0o600)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | _OWN, 0o600)
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            os.ftruncate(self._file, MOST_CELLS * _SIZE)
        _own[self.path] = self
        self._cells = memoryview(mmap.mmap(self._file, MOST_CELLS * _SIZE)).cast("d")

    def cells(self, key: Key, size: int) -> Any:
        """Return the cells of a series, which are 0 at first.

        Raises:
            Full: There are too many series.
        """
        found = self._series.get(key)
        if found is None:
            if self._used + size > MOST_CELLS:
                raise Full
            found = self._series[key] = self._cells[self._used : self._used + size]
            self._used += size
            if self._keys is not None:
                os.write(self._keys, json.dumps([size, *key]).encode() + b"\n")
        return found

    def own(self) -> Series:
        """Return the series of this process."""
        # The metrics are read in another thread than requests are counted in.
        return {key: [*cells] for key, cells in [*self._series.items()]}

    def read(self) -> list[Series]:
        """Return the series of each living process, this one first, and of all that have ended."""
        own = self.own()
        if self.folder is None:
            return [own, {}]
        with _lock(self.folder):
            others, ended = _read_others(self.folder, self.path)
        return [own, *others, ended]


#: The files of this process. It must not open them again: that would take its lock away.
_own: Final[dict[Path, Ledger]] = {}


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Let one process at a time read the folder and clear it up."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | _OWN, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read_others(folder: Path, own: Path | None) -> tuple[list[Series], Series]:
    """Return the series of each other living process, and the sum of those that have ended."""
    living: list[Series] = []
    ended, done = _read_ended(folder)
    has_changed = False
    for path in sorted(folder.glob("*.cells")):
        if path == own:
            continue
        if path in _own:
            living.append(_own[path].own())
            continue
        if _is_locked(path):
            living.append(_read_series(path))
            continue
        if path.name not in done:
            add(ended, _read_series(path))
            done.append(path.name)
            has_changed = True
    if has_changed:
        # A process that dies between these steps leaves a file that is known to be counted.
        _write_ended(folder, ended, done)
    for name in done:
        (folder / name).unlink(missing_ok=True)
        (folder / name).with_suffix(".keys").unlink(missing_ok=True)
    if done:
        _write_ended(folder, ended, [])
    return living, ended


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | _OWN)
    except FileNotFoundError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _read_series(path: Path) -> Series:
    """Return the series of a file. The last one may be about to be written."""
    series: Series = {}
    lines = path.with_suffix(".keys").read_bytes().split(b"\n")[:-1]
    with path.open("rb") as file:
        for line in lines:
            size, *key = json.loads(line)
            cells = memoryview(file.read(size * _SIZE))
            series[tuple(key)] = [*cells.cast("d")]
    return series


def _read_ended(folder: Path) -> tuple[Series, list[str]]:
    try:
        kept = json.loads((folder / "ended.json").read_bytes())
    except FileNotFoundError:
        return {}, []
    return {tuple(key): cells for key, cells in kept["series"]}, kept["done"]


def _write_ended(folder: Path, series: Series, done: list[str]) -> None:
    text = json.dumps({"series": [[[*key], cells] for key, cells in series.items()], "done": done})
    temporary = folder / "ended.new"
    temporary.write_text(text)
    temporary.replace(folder / "ended.json")


def add(total: Series, more: Series) -> None:
    """Add numbers to others."""
    for key, cells in more.items():
        known = total.get(key)
        total[key] = (
            [*cells] if known is None else [a + b for a, b in zip(known, cells, strict=True)]
        )


def make_folder() -> Path:
    """Make the folder of a server with several processes, and name it in the environment.

    Folders of servers that were killed are removed first.
    """
    parent = _parent_of_folders()
    for stale in parent.glob(f"{_PREFIX}*"):
        pid = stale.name.removeprefix(_PREFIX).partition("-")[0]
        if not pid.isdigit() or int(pid) == os.getpid() or is_running(int(pid)):
            continue
        if not any(map(_is_locked, stale.glob("*.cells"))):
            shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    os.environ[VARIABLE] = str(folder)
    return folder


def _parent_of_folders() -> Path:
    """Return where folders are made: a container whose files are read-only still has memory."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        if not os.access(_MEMORY, os.W_OK):
            raise
        return Path(_MEMORY)


@contextmanager
def shared_folder(is_wanted: bool) -> Iterator[None]:
    """Have such a folder, if one is wanted, and remove it at the end.

    Raises:
        OptionError: It cannot be made.
    """
    os.environ.pop(VARIABLE, None)
    if not is_wanted or fcntl is None:
        yield
        return
    try:
        folder, maker = make_folder(), os.getpid()
    except OSError as error:
        raise OptionError(
            f"metrics of several workers need a temporary folder: {reason_of(error)}"
        ) from error
    try:
        yield
    finally:
        if os.getpid() == maker:  # and not a process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)


def folder_of_environment() -> Path | None:
    """Return the folder that the environment names."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None

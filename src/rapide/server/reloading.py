"""Serve an application for development, and start it again when a file changes.

Three processes take part. The *watcher*, which the user has started, waits for changes; it imports
nothing of the application. The *warm* process has imported the packages that the application
needed last time; it forks the third, which imports the application's own modules and serves. The
listening sockets are open in all of them, so that a client waits while the application starts.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from watchfiles import watch

from rapide.server.warm_imports import ImportRecord, import_ahead, state_of_packages

logger = logging.getLogger("uvicorn.error")

#: The patterns of files that are watched, and of those that are left out.
INCLUDED: Final = ("*.py",)
EXCLUDED: Final = (".*", ".py[cod]", ".sw.*", "~*")
#: How long a process that was told to stop may take beyond its own limits, in seconds.
PATIENCE: Final = 3.0

#: The status of a warm process that must not fork any more: packages have started threads.
NOT_WARM: Final = 75
#: Set in the environment of a watcher whose warm process imports nothing ahead.
COLD: Final = "_RAPIDE_COLD"

#: Sent in the place of the names of packages.
GIVE_UP: Final = b"!"

_START, _STOP, _KILL = b"+", b"-", b"!"


@dataclass(frozen=True, slots=True)
class Start:
    """Why this process is to serve the application.

    Args:
        number: How many processes of this command were to serve before.
        report: Where the packages that the application has imported are told.
    """

    number: int
    report: socket.socket

    def give_up(self) -> None:
        """Have the command end with this process if it is the first: no change can help."""
        if self.number == 0:
            with suppress(OSError):
                self.report.sendall(GIVE_UP)

    def imports(self) -> Imports:
        """Return a context in which the application is to be imported."""
        return Imports(self)


class Imports:
    """Tells the warm process which packages an application has imported."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._record = ImportRecord()

    def __enter__(self) -> None:
        self._record.__enter__()

    def __exit__(self, kind: object, *rest: object) -> None:
        self._record.__exit__(kind, *rest)
        if kind is not None:
            return
        names = self._record.installed()
        with suppress(OSError), self._start.report as report:  # the warm process may have ended
            report.sendall(json.dumps(names).encode())


class Watched:
    """What is watched: Python's files in some folders, and what else is asked for.

    COMPAT: the patterns mean what uvicorn's `--reload-include` and `--reload-exclude` do.

    Args:
        folders: The folders; without any, the current one.
        include: Patterns of file names, and folders to watch, too.
        exclude: Patterns of file names, and folders to leave out.
    """

    def __init__(
        self, folders: Iterable[Path] = (), include: Iterable[str] = (), exclude: Iterable[str] = ()
    ) -> None:
        include, exclude = [*include], [*exclude]
        more = [Path(pattern) for pattern in include if Path(pattern).is_dir()]
        self.folders = [*({folder.resolve() for folder in (*folders, *more)} or {Path.cwd()})]
        self._left_out = [Path(pattern).resolve() for pattern in exclude if Path(pattern).is_dir()]
        self._include = [pattern for pattern in (*INCLUDED, *include) if pattern not in exclude]
        self._exclude = [pattern for pattern in (*EXCLUDED, *exclude) if pattern not in include]

    def accepts(self, path: Path) -> bool:
        """Return whether the application is to start again when a file has changed."""
        return (
            any(path.match(pattern) for pattern in self._include)
            and not any(path.match(pattern) for pattern in self._exclude)
            and not any(path.is_relative_to(folder) for folder in self._left_out)
        )


def reloading(watched: Watched, *, delay_seconds: float, stop_seconds: float) -> Start:
    """Serve anew with each change: return in every process that is to serve.

    The process that calls this becomes the watcher, and ends with `SystemExit`.

    Args:
        watched: What is watched.
        delay_seconds: How long changes are collected before the application starts again.
        stop_seconds: How long the application may take to stop.
    """
    commands, of_warm = socket.socketpair()
    sys.stdout.flush()
    sys.stderr.flush()
    is_cold = os.environ.pop(COLD, None) is not None
    pid = os.fork()
    if pid == 0:
        commands.close()
        return _WarmProcess(of_warm, stop_seconds, is_cold).wait()
    of_warm.close()
    raise SystemExit(_Watcher(pid, commands, watched).watch(delay_seconds))


class _Watcher:
    """The process that waits for changes."""

    def __init__(self, pid: int, commands: socket.socket, watched: Watched) -> None:
        self._pid = pid
        self._commands = commands
        self._watched = watched
        self._packages = state_of_packages()
        self._stop = threading.Event()

    def watch(self, delay_seconds: float) -> int:
        """Start the application, and again with each change until a signal comes.

        Return the status to exit with.
        """
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        self._tell(_START)
        for found in watch(
            *self._watched.folders,
            watch_filter=None,
            step=max(round(delay_seconds * 1000), 1),
            rust_timeout=500,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return self._after(os.waitstatus_to_exitcode(status))
            files = sorted({Path(path) for _, path in found if self._watched.accepts(Path(path))})
            if files:
                self._start_again(files)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _start_again(self, files: Sequence[Path]) -> None:
        shown = ", ".join(map(_shown, files[:3])) + (", …" if len(files) > 3 else "")
        logger.warning("%s changed: starting again", shown)
        if state_of_packages() == self._packages:
            self._tell(_START)
            return
        # Packages were installed or removed: what the warm process has imported is outdated.
        self._tell(_STOP)
        os.waitpid(self._pid, 0)
        os.execv(sys.executable, sys.orig_argv)

    def _after(self, status: int) -> int:
        if status == NOT_WARM:
            os.environ[COLD] = "1"
            os.execv(sys.executable, sys.orig_argv)
        return abs(status)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._tell(_KILL if self._stop.is_set() else _STOP)
        self._stop.set()

    def _tell(self, command: bytes) -> None:
        with suppress(BrokenPipeError):  # the warm process has ended
            self._commands.sendall(command)


class _WarmProcess:
    """The process that forks those that serve.

    Args:
        commands: Where the watcher tells what to do; its end is the watcher's.
        stop_seconds: How long the application may take to stop.
        is_cold: Whether nothing is imported ahead.
    """

    def __init__(self, commands: socket.socket, stop_seconds: float, is_cold: bool) -> None:
        self._commands = commands
        self._is_cold = is_cold
        self._patience = stop_seconds + PATIENCE
        self._reports: socket.socket | None = None
        self._child = 0
        self._number = 0
        self._is_warm = True
        self._was_interrupted = False
        self._is_stopping = False
        self._has_given_up = False
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)

    def wait(self) -> Start:
        """Do what the watcher says. Return in the processes that are to serve, and only there."""
        self._take_signals()
        while True:
            self._obey(self._next_command())
            self._end_child()
            if self._is_stopping:
                os._exit(0)
            if not self._is_warm:
                os._exit(NOT_WARM)
            start = self._fork()
            if start is not None:
                return start

    def _take_signals(self) -> None:
        """Leave the signals of a terminal to the child, and be woken when the child ends."""

        def on_interrupt(number: int, frame: FrameType | None) -> None:
            self._was_interrupted = True

        signal.signal(signal.SIGINT, on_interrupt)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def _next_command(self) -> bytes:
        """Return the watcher's next command, and see to the child until it comes."""
        while True:
            waited = [self._commands, self._woken, *([self._reports] if self._reports else [])]
            ready, _, _ = select.select(waited, [], [])
            if self._woken in ready:
                self._woken.recv(1024)
                code = self._reap()
                if code and self._has_given_up:
                    os._exit(code)
                if code is not None and not self._was_interrupted:
                    logger.error(
                        "the application has ended (%s): waiting for a change", _told(code)
                    )
            if self._reports in ready:
                self._import_ahead()
            if self._commands in ready:
                return self._commands.recv(1)

    def _obey(self, command: bytes) -> None:
        """Note what the watcher wants; its end counts as a command to stop."""
        if command != _START:
            self._is_stopping = True
        if command == _KILL and self._child:
            os.kill(self._child, signal.SIGKILL)

    def _fork(self) -> Start | None:
        """Fork a process that is to serve. Return why, there, and None here."""
        reports, report = socket.socketpair()
        self._number += 1
        gc.freeze()  # no process looks through what was imported ahead
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            report.close()
            self._close_reports()
            self._reports, self._child = reports, pid
            return None
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for sock in (self._commands, self._woken, self._waker, reports, self._reports):
            if sock is not None:
                sock.close()
        return Start(self._number - 1, report)

    def _import_ahead(self) -> None:
        """Import what the child has imported, for the children to come."""
        names = _read_all(self._reports)
        self._close_reports()
        if names == GIVE_UP:
            self._has_given_up = True
            return
        if names and not self._is_cold:
            self._is_warm = import_ahead(json.loads(names))

    def _reap(self) -> int | None:
        """Return the status of the child if it has ended."""
        if not self._child:
            return None
        pid, status = os.waitpid(self._child, os.WNOHANG)
        if not pid:
            return None
        self._child = 0
        return os.waitstatus_to_exitcode(status)

    def _end_child(self) -> None:
        """Stop the child, and wait for its end."""
        if not self._child:
            return
        if not self._was_interrupted:  # a terminal has told the child as well
            os.kill(self._child, signal.SIGTERM)
        deadline = time.monotonic() + self._patience
        while self._child:
            left = max(deadline - time.monotonic(), 0)
            ready, _, _ = select.select([self._commands, self._woken], [], [], left)
            if self._woken in ready:
                self._woken.recv(1024)
                self._reap()
            elif self._commands in ready:
                self._obey(self._commands.recv(1) or _KILL)
            else:
                os.kill(self._child, signal.SIGKILL)
                deadline += self._patience

    def _close_reports(self) -> None:
        if self._reports is not None:
            self._reports.close()
            self._reports = None


def _read_all(reports: socket.socket | None) -> bytes:
    parts = []
    while reports is not None and (part := reports.recv(65536)):
        parts.append(part)
    return b"".join(parts)


def _told(code: int) -> str:
    """Return an exit status in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)

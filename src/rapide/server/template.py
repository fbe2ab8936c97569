"""The template: a process that has imported the application, and forks workers.

It obeys the supervisor, reports to it, and waits for its workers. Each worker has a *leash*, a pipe
by which the template tells it to stop: signals stay free for the application. When the supervisor
ends without a word, the template stops its workers, and then itself.

A worker returns from `Template.run` like from any function, and goes on with the program.
"""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

from rapide.server.processes import FOR_TEMPLATE, LONGEST_MESSAGE, SIGNALS
from rapide.server.supervisor import TIME_TO_END

#: What a worker reads from its leash: stop as at SIGTERM, stop without a delay, end at once.
STOP: Final = b"s"
RETIRE: Final = b"r"
FORCE: Final = b"f"
#: How long workers may take after they were told to end at once, in seconds.
LAST_SECOND: Final = 1.5


@dataclass(frozen=True, slots=True)
class Handed:
    """What the supervisor hands over to a template.

    Args:
        listeners: The descriptors of the sockets to listen on.
        lifeline: The descriptor that ends when the supervisor does.
        channel: The descriptor for reports and commands.
        number: The number of the generation.
        preload: Whether the template may import the application.
    """

    listeners: list[int]
    lifeline: int
    channel: int
    number: int
    preload: bool

    def sockets(self) -> list[socket.socket]:
        """Return the sockets to listen on."""
        return [socket.socket(fileno=number) for number in self.listeners]

    def close_listeners(self) -> None:
        """Let new clients be refused when the workers do not listen any more."""
        for descriptor in self.listeners:
            with suppress(OSError):  # they are closed already
                os.close(descriptor)


def take_handed() -> Handed:
    """Return what the supervisor hands over to this process."""
    handed = Handed(**json.loads(os.environ.pop(FOR_TEMPLATE)))
    for descriptor in (*handed.listeners, handed.lifeline, handed.channel):
        os.set_inheritable(descriptor, False)
    return handed


def start_again(handed: Handed) -> None:
    """Start this template again, without what it has imported; it does not import it then."""
    values = {name: getattr(handed, name) for name in Handed.__slots__}
    environment = {**os.environ, FOR_TEMPLATE: json.dumps({**values, "preload": False})}
    for descriptor in (*handed.listeners, handed.lifeline, handed.channel):
        os.set_inheritable(descriptor, True)
    flush()
    os.execve(sys.executable, own_command(), environment)


def own_command() -> list[str]:
    """Return the command line that starts this program again."""
    return [sys.executable, *sys.orig_argv[1:]]


def flush() -> None:
    """Write what is buffered, so that it is not written by several processes."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # there may be none, or nobody who reads
            stream.flush()


class Leash:
    """What a worker has of its template and supervisor.

    Args:
        descriptor: What the template writes to.
        handed: What the supervisor handed over.
        is_first: Whether no other worker of this generation was there before.
    """

    def __init__(self, descriptor: int, handed: Handed, is_first: bool) -> None:
        self.descriptor = descriptor
        self.is_first = is_first
        self.lifeline = handed.lifeline
        self._channel = socket.socket(fileno=handed.channel)
        self._channel.setblocking(False)
        self._unsent: list[bytes] = []

    def report(self, what: str, **facts: object) -> None:
        """Report to the supervisor; later, if it does not read at the moment."""
        self._unsent.append(json.dumps({"what": what, "pid": os.getpid(), **facts}).encode())
        self.flush()

    def flush(self) -> None:
        """Send the reports that wait."""
        while self._unsent:
            try:
                self._channel.send(self._unsent[0])
            except BlockingIOError:
                return
            except OSError:  # there is no supervisor any more; the lifeline tells the worker
                self._unsent.clear()
                return
            del self._unsent[0]


class Template:
    """Forks workers.

    Args:
        handed: What the supervisor handed over.
        settings: What the supervisor has to know of the configuration: `workers`, their number;
            `grace`, the seconds that a worker may take to stop; `healthcheck`, the seconds after
            which a silent worker is stuck.
    """

    def __init__(self, handed: Handed, settings: dict[str, float]) -> None:
        self._handed = handed
        self._settings = settings
        # A worker makes an object of its own for the same socket.
        self._channel = socket.socket(fileno=os.dup(handed.channel))
        #: The writing ends of the workers' leashes, by process id, and when each has to be gone.
        self._leashes: dict[int, int] = {}
        self._deadlines: dict[int, float] = {}
        self._is_leaving = False
        self._has_forked = False
        self._handlers: dict[int, Any] = {}
        self._wake: tuple[int, int] = (-1, -1)

    def run(self) -> Leash | None:
        """Obey until all workers have ended. Return in each worker its leash, and here None."""
        self._take_signals()
        self._report("loaded", settings=self._settings)
        while not (self._is_leaving and not self._leashes):
            self._wait()
            self._reap()
            for command in self._commands():
                leash = self._obey(command)
                if leash is not None:
                    return leash
            self._kill_late()
        return None

    def _take_signals(self) -> None:
        """Ignore what a terminal or a service manager sends to all: the supervisor decides."""
        self._wake = os.pipe()
        for end in self._wake:
            os.set_blocking(end, False)
        for name in SIGNALS:
            number = getattr(signal, name)
            wanted: Any = _note if name == "SIGCHLD" else signal.SIG_IGN
            if not name.startswith("SIGTT"):
                self._handlers[number] = signal.signal(number, wanted)
        self._former_wake = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)

    def _give_signals_back(self) -> None:
        signal.set_wakeup_fd(self._former_wake)
        for number, handler in self._handlers.items():
            # SIGHUP would end a worker; all processes of a terminal that closes get it.
            if handler is not None and (number, handler) != (signal.SIGHUP, signal.SIG_DFL):
                signal.signal(number, handler)

    def _wait(self) -> None:
        poll = select.poll()
        for descriptor in (self._wake[0], self._channel.fileno()):
            poll.register(descriptor, select.POLLIN)
        if not self._is_leaving:
            poll.register(self._handed.lifeline, select.POLLIN)
        late = min(self._deadlines.values(), default=None)
        timeout = None if late is None else max(0.0, late - time.monotonic()) * 1000 + 1
        for descriptor, _ in poll.poll(timeout):
            if descriptor == self._handed.lifeline:
                self._stop_all(STOP)  # the supervisor has ended without a word
        with suppress(OSError):
            os.read(self._wake[0], 4096)

    def _commands(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            try:
                text = self._channel.recv(LONGEST_MESSAGE, socket.MSG_DONTWAIT)
            except OSError:
                return found
            if not text:
                return found
            found.append(json.loads(text))

    def _report(self, what: str, **facts: object) -> None:
        with suppress(OSError):  # there is no supervisor any more
            self._channel.send(json.dumps({"what": what, **facts}).encode())

    def _obey(self, command: dict[str, Any]) -> Leash | None:
        match command["do"]:
            case "fork":
                return self._fork()
            case "retire":
                self._stop(command["pid"], RETIRE)
            case "stop":
                self._stop_all(STOP)
            case "leave":
                self._stop_all(RETIRE)
            case "force":
                self._stop_all(FORCE)
            case "kill" if command["pid"] in self._leashes:
                os.kill(command["pid"], command["signal"])
        return None

    def _fork(self) -> Leash | None:
        """Fork a worker; return its leash, in the worker."""
        if self._is_leaving:
            return None
        reading, writing = os.pipe()
        flush()
        try:
            pid = os.fork()
        except OSError:
            os.close(reading)
            os.close(writing)
            self._report("not forked")
            return None
        if pid == 0:
            return self._begin_worker(reading, writing)
        os.close(reading)
        self._has_forked = True
        self._leashes[pid] = writing
        self._report("forked", pid=pid)
        return None

    def _begin_worker(self, reading: int, writing: int) -> Leash:
        self._give_signals_back()
        for descriptor in (writing, *self._wake, *self._leashes.values()):
            os.close(descriptor)
        self._channel.close()
        with suppress(Exception):  # there is no standard error
            faulthandler.enable()
        return Leash(reading, self._handed, not self._has_forked)

    def _stop_all(self, how: bytes) -> None:
        if not self._is_leaving:
            self._is_leaving = True
            self._handed.close_listeners()
        for pid in self._leashes:
            self._stop(pid, how)

    def _stop(self, pid: int, how: bytes) -> None:
        writing = self._leashes.get(pid)
        if writing is None:
            return
        with suppress(OSError):  # it has ended
            os.write(writing, how)
        seconds = LAST_SECOND if how == FORCE else self._settings["grace"] + TIME_TO_END
        deadline = time.monotonic() + seconds
        self._deadlines[pid] = min(deadline, self._deadlines.get(pid, deadline))

    def _kill_late(self) -> None:
        now = time.monotonic()
        for pid, deadline in self._deadlines.items():
            if deadline <= now and pid in self._leashes:
                self._deadlines[pid] = now + LAST_SECOND
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Report the workers that have ended. The import may have started other children."""
        for pid in [*self._leashes]:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                os.close(self._leashes.pop(pid))
                self._deadlines.pop(pid, None)
                self._report("exited", pid=pid, status=status)


def _note(number: int, frame: FrameType | None) -> None:
    """Let SIGCHLD wake the template up."""

"""What the supervisor knows of its processes: workers, and the templates that fork them.

This module belongs to the supervisor's process: it imports a few modules of the standard library
only.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time

from .log_lines import line_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .log_lines import Facts

#: The environment variables that hand over what a supervisor, or a template, has to know.
FOR_SUPERVISOR = "_RAPIDE_SUPERVISOR"
FOR_TEMPLATE = "_RAPIDE_TEMPLATE"
#: The signals that a supervisor takes.
SIGNALS = ("SIGHUP", "SIGINT", "SIGTERM", "SIGTTIN", "SIGTTOU", "SIGCHLD")
#: The exit status after a start that failed for no other reason, as uvicorn's.
STARTUP_FAILURE = 3
#: The size of the longest message, in bytes.
LONGEST_MESSAGE = 16384


class Worker:
    """A process that serves.

    Attributes:
        born: When it was forked.
        heard: When it last reported.
        is_ready: Whether it accepts connections.
        reason: Why it asks to be replaced; empty if it does not.
        is_retired: Whether it has been told to stop.
        aborted: When it was told to write its stacks, as it is stuck; 0 if it is not.
    """

    def __init__(self, pid: int, now: float) -> None:
        self.pid = pid
        self.born = self.heard = now
        self.is_ready = False
        self.reason = ""
        self.is_retired = False
        self.aborted = 0.0


class Generation:
    """A template and its workers.

    Attributes:
        number: 1 for the first.
        channel: Receives reports, and takes commands.
        template: The process id of the template; 0 when it has ended.
        is_loaded: Whether the template is ready to fork.
        target: The number of workers that there should be; 0 before it is loaded.
        asked: The number of workers that were asked for and are not forked yet.
        workers: The workers by process id.
        settings: What the template reported of its configuration.
    """

    def __init__(self, number: int, channel: socket.socket, template: int) -> None:
        self.number = number
        self.channel = channel
        self.template = template
        self.is_loaded = False
        self.target = 0
        self.asked = 0
        self.workers: dict[int, Worker] = {}
        self.settings: dict[str, float] = {}
        channel.setblocking(False)

    def active(self) -> list[Worker]:
        """Return the workers that are meant to stay."""
        return [worker for worker in self.workers.values() if not worker.is_retired]

    def ready(self) -> list[Worker]:
        """Return the workers that serve and are meant to stay."""
        return [worker for worker in self.active() if worker.is_ready]

    def is_complete(self) -> bool:
        """Return whether as many workers serve as there should be."""
        return self.is_loaded and len(self.ready()) >= self.target

    def reports(self) -> list[dict[str, Any]]:
        """Return the reports that have come."""
        found = []
        while True:
            try:
                found.append(json.loads(self.channel.recv(LONGEST_MESSAGE)))
            except OSError:
                return found

    def tell(self, do: str, **facts: object) -> bool:
        """Give the template a command; return whether it was sent."""
        try:
            self.channel.send(json.dumps({"do": do, **facts}).encode())
        except OSError:  # the template does not read now, or has ended, which is noticed elsewhere
            return False
        return True

    def signal_template(self, number: int) -> None:
        """Signal a template that has not ended yet."""
        with contextlib.suppress(OSError):
            os.kill(self.template, number)

    def signal_workers(self, number: int) -> None:
        """Signal workers whose template is not there to tell them, and forget those that ended."""
        for pid in [*self.workers]:
            try:
                os.kill(pid, number)
            except OSError:
                del self.workers[pid]


def spawn(command: list[str], number: int, listeners: list[int], lifeline: int) -> Generation:
    """Start a template afresh: it reads the code and the configuration as they are now.

    Args:
        command: The command line, whose first word is the path of the interpreter.
        number: The number of the generation.
        listeners: The descriptors of the sockets to listen on.
        lifeline: The descriptor that ends when the supervisor does.

    Raises:
        OSError: The interpreter cannot be started.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    handed = {
        "listeners": listeners,
        "lifeline": lifeline,
        "channel": theirs.fileno(),
        "number": number,
        "preload": True,
    }
    environment = {**os.environ, FOR_TEMPLATE: json.dumps(handed)}
    for descriptor in (*listeners, lifeline, theirs.fileno()):
        os.set_inheritable(descriptor, True)
    default = [getattr(signal, name) for name in SIGNALS]
    try:
        template = os.posix_spawn(
            command[0], command, environment, setsigmask=(), setsigdef=default
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return Generation(number, ours, template)


def status_after(status: int) -> int:
    """Return the exit status after a start that failed because a process has ended."""
    code = os.waitstatus_to_exitcode(status)
    return code if code > 0 else STARTUP_FAILURE


def told(status: int) -> str:
    """Describe how a process has ended."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exited with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed by {name}"


def write_line(is_json: bool, level: str, event: str, message: str, **facts: object) -> None:
    """Write a line to standard error, in the form of the server's log."""
    named: Facts = {"event": event, **facts}
    line = line_of(is_json, time.time(), level, "rapide.supervisor", message, named)
    with contextlib.suppress(OSError):  # nobody reads the log any more
        os.write(2, f"{line}\n".encode())

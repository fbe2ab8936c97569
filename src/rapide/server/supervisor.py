"""The supervisor of the processes of `rapide run --workers`. It supervises, and does nothing else.

Theory of operation. A *template* is a process that has imported the application. It forks
*workers*, which serve it. A template and its workers are a *generation*. SIGHUP makes a new
generation, and the old one is retired when all workers of the new one are ready. The sockets stay
open here, so no connection is refused meanwhile.

Each generation has a channel: a pair of sockets for short messages. The template and its workers
write reports to it, the supervisor writes commands for the template. The *lifeline* is a pipe whose
writing end only the supervisor has: when it ends without a word, the others notice, and stop.

`Supervisor.settle` is called after each event. It compares what is there with what there should be,
and asks for what is missing.

Rules. This module runs in a process that stays small: it imports a few modules of the standard
library, and nothing of Rapide or of the application. The process takes the place of that of the
command, so that its process id stays the one that a service manager knows.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time

from .processes import (
    FOR_SUPERVISOR,
    SIGNALS,
    Generation,
    Worker,
    spawn,
    status_after,
    told,
    write_line,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The longest time between two looks at the processes, in seconds.
GLANCE = 1.0
#: A worker that dies younger than this has failed, so that the next one is started later; seconds.
YOUNG = 2.0
#: The delays before a worker is replaced, in seconds: after no failure, after one, and so on.
BACK_OFF = (0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
#: How long a stuck worker may take to write its stacks; and all processes, after a second signal.
LAST_SECOND = 2.0
#: How long processes may take to end after the time for requests, in seconds.
TIME_TO_END = 30.0


class Supervisor:
    """Starts workers, replaces them, and stops them.

    Args:
        handed: What the command hands over: `command` starts a template; `listeners` are the
            descriptors of sockets, and `address` says what they are; `lifeline` has both ends;
            `channel` and `template` belong to the first generation, if it has been started;
            `is_json` is the form of the log; `files`, and `folder` with its files, are removed at
            the end.
    """

    def __init__(self, handed: dict[str, Any]) -> None:
        self.command: list[str] = handed["command"]
        self.listeners: list[int] = handed["listeners"]
        self.address = handed["address"]
        self.lifeline: tuple[int, int] = handed["lifeline"]
        self.is_json = handed["is_json"]
        self.files: list[str] = handed["files"]
        self.folder: str = handed["folder"]
        self.began = time.monotonic()
        self.signals: list[int] = []
        self.current: Generation | None = None
        self.coming: Generation | None = None
        self.leaving: list[Generation] = []
        self.count = 0
        #: The worker that is being replaced while it serves.
        self.recycled: Worker | None = None
        self.is_started = False
        self.is_reload_wanted = False
        self.is_stopping = False
        self.kill_at = 0.0
        self.status: int | None = None
        self.failures = 0
        self.retry_at = 0.0
        self.seen = time.monotonic()
        #: Whether this process is nothing but a supervisor, so that all its children are its own.
        self.is_alone = bool(handed.get("template"))
        os.set_inheritable(self.lifeline[1], False)
        if self.is_alone:
            channel = socket.socket(fileno=int(handed["channel"]))
            os.set_inheritable(channel.fileno(), False)
            self.count = 1
            self.current = Generation(1, channel, int(handed["template"]))

    # The loop

    def run(self) -> int:
        """Supervise until all processes have ended, and return the exit status."""
        wake, waker = os.pipe()
        for end in (wake, waker):
            os.set_blocking(end, False)
        before = {name: signal.signal(getattr(signal, name), self._on_signal) for name in SIGNALS}
        former_waker = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if self.current is None:
            self.current = self._spawn()
        while self._generations():
            self._wait(wake)
            self._reap()
            self._hear()
            self._obey_signals()
            self.settle()
        signal.set_wakeup_fd(former_waker)
        for name, handler in before.items():
            if handler is not None:
                signal.signal(getattr(signal, name), handler)
        for end in (wake, waker, *self.lifeline):
            os.close(end)
        self._remove_files()
        self.log("INFO", "stopped", f"Stopped supervisor process [{os.getpid()}]")
        return 1 if self.status is None else self.status

    def _remove_files(self) -> None:
        folder = self.folder
        inside = [f"{folder}/{name}" for name in os.listdir(folder)] if folder else []
        for file in (*self.files, *inside):
            with contextlib.suppress(OSError):
                os.unlink(file)
        if folder:
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def _on_signal(self, number: int, frame: object) -> None:
        self.signals.append(number)

    def _wait(self, wake: int) -> None:
        now = time.monotonic()
        times = [at - now for at in (self.retry_at, self.kill_at) if at > now]
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        for generation in self._generations():
            poll.register(generation.channel, select.POLLIN)
        poll.poll(1000 * min([GLANCE, *times]) + 1)
        with contextlib.suppress(OSError):
            os.read(wake, 4096)

    def _generations(self) -> list[Generation]:
        return [found for found in (self.current, self.coming, *self.leaving) if found is not None]

    # What happens

    def _reap(self) -> None:
        """Note which templates have ended."""
        for generation in self._generations():
            if not generation.template:
                continue
            try:
                pid, status = os.waitpid(generation.template, os.WNOHANG)
            except ChildProcessError:
                pid, status = generation.template, 0
            if pid:
                self._read_reports(generation)
                generation.template = 0
                self._on_template_ended(generation, status)
        if self.is_alone and hasattr(os, "waitid"):
            self._reap_orphans()

    def _reap_orphans(self) -> None:
        """Let go of workers without a template: they come to the first process of a container."""
        templates = [generation.template for generation in self._generations()]
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitid(os.P_ALL, 0, how)) and found.si_pid not in templates:
                os.waitpid(found.si_pid, 0)

    def _on_template_ended(self, generation: Generation, status: int) -> None:
        """Note the end of a template, as it should be or not."""
        if generation in self.leaving:
            generation.signal_workers(signal.SIGTERM)  # if it could not tell its workers
        elif generation is self.coming:
            self._give_up_reload(f"its template {told(status)}")
        elif not self.is_started:
            self.log("ERROR", "start-failed", f"The application could not start: {told(status)}")
            self._stop(status_after(status))
        else:
            message = f"Template [{generation.number}] {told(status)}; its workers go on meanwhile"
            self.log("ERROR", "template-exit", message)
            self.is_reload_wanted = True
            self._fail()

    def _forget(self, generation: Generation) -> None:
        self.leaving.remove(generation)
        generation.channel.close()

    def _hear(self) -> None:
        now = time.monotonic()
        late = now - self.seen > 2 * GLANCE
        self.seen = now
        for generation in self._generations():
            if late:  # this process did not run, so perhaps the others did not either
                for worker in generation.workers.values():
                    worker.heard = now
            self._read_reports(generation)

    def _read_reports(self, generation: Generation) -> None:
        for report in generation.reports():
            what, pid = report.get("what"), report.get("pid", 0)
            assert isinstance(pid, int)
            if what == "loaded":
                self._on_loaded(generation, report)
            elif what == "exited":
                worker = generation.workers.pop(pid, None)
                if worker is not None:
                    self._on_exited(generation, worker, int(report["status"]))
            elif what == "not forked":
                generation.asked = max(0, generation.asked - 1)
                self._on_exited(generation, Worker(0, time.monotonic()), 256)
            else:
                self._on_worker(generation, str(what), pid, str(report.get("reason", "")))

    def _on_loaded(self, generation: Generation, report: dict[str, Any]) -> None:
        generation.is_loaded = True
        generation.settings = report["settings"]
        if generation in self.leaving:  # it did not hear that it should end
            generation.tell("stop")
            return
        configured, current = int(generation.settings["workers"]), self.current
        assert current is not None
        is_kept = configured == current.settings["workers"]  # then signals may have changed it
        generation.target = (is_kept and current.target) or configured
        self._ask(generation, generation.target)

    def _on_worker(self, generation: Generation, what: str, pid: int, reason: str) -> None:
        worker = generation.workers.get(pid)
        if worker is None:
            worker = generation.workers[pid] = Worker(pid, time.monotonic())
        worker.heard = time.monotonic()
        if what == "forked":
            generation.asked = max(0, generation.asked - 1)
        elif what == "ready":
            worker.is_ready = True
        elif what == "recycle":
            worker.reason = reason

    def _on_exited(self, generation: Generation, worker: Worker, status: int) -> None:
        """Note the end of a worker, as it should be or not."""
        how = told(status)
        if worker is self.recycled:
            self.recycled = None
        if worker.is_retired or generation in self.leaving or self.is_stopping:
            message = f"Worker [{worker.pid}] has ended"
            self.log("INFO", "worker-exit", message, worker=worker.pid, how=how)
        elif generation is self.coming:
            self._give_up_reload(f"worker [{worker.pid}] {how} before it was ready")
        elif not self.is_started and not worker.is_ready:
            message = f"Worker [{worker.pid}] could not start: it {how}"
            self.log("ERROR", "start-failed", message, worker=worker.pid, how=how)
            self._stop(status_after(status))
        else:
            self._fail(time.monotonic() - worker.born if worker.is_ready else 0.0)
            wait = max(0.0, self.retry_at - time.monotonic())
            when = f"in {wait:.1f} s" if wait else "now"
            message = f"Worker [{worker.pid}] {how}; it is replaced {when}"
            self.log("ERROR", "worker-exit", message, worker=worker.pid, how=how)

    def _fail(self, age: float = 0.0) -> None:
        """Note that a process has ended unexpectedly: if it was young, wait before the next."""
        self.failures = self.failures + 1 if age < YOUNG else 0
        self.retry_at = time.monotonic() + BACK_OFF[min(self.failures, len(BACK_OFF) - 1)]

    # Signals

    def _obey_signals(self) -> None:
        while self.signals:
            number = self.signals.pop(0)
            if number in (signal.SIGINT, signal.SIGTERM):
                self._on_stop(signal.Signals(number).name)
            elif number == signal.SIGHUP:
                self.is_reload_wanted = True
            elif number == signal.SIGTTIN:
                self._change_number(1, "more")
            elif number == signal.SIGTTOU:
                self._change_number(-1, "less")

    def _change_number(self, change: int, word: str) -> None:
        """Want one worker more or less, also of a generation that is coming."""
        found = [generation for generation in (self.current, self.coming) if generation is not None]
        loaded = [generation for generation in found if generation.is_loaded]
        if not loaded or (number := loaded[-1].target + change) < 1:
            return
        for generation in loaded:
            generation.target = max(1, generation.target + change)
        self.log("INFO", "workers", f"One worker {word}: {number}", workers=number)

    def _on_stop(self, name: str) -> None:
        if not self.is_stopping:
            self.log("INFO", "stopping", f"Received {name}: stopping the workers")
            self._stop(0)
            return
        self.log("WARNING", "ending", f"Received {name} again: ending at once")
        self.kill_at = time.monotonic() + LAST_SECOND
        for generation in self._generations():
            generation.tell("force")
            if not generation.template:
                generation.signal_workers(signal.SIGTERM)

    def _stop(self, status: int) -> None:
        """Tell all processes to stop."""
        if self.is_stopping:
            return
        self.is_stopping, self.status = True, status
        for listener in self.listeners:  # when workers close theirs, clients are refused
            os.close(listener)
        grace = 0.0
        for generation in self._generations():
            grace = max(grace, generation.settings.get("grace", 0.0))
            if generation.is_loaded and generation.template:
                generation.tell("stop")
            elif generation.template:
                generation.signal_template(signal.SIGTERM)
            else:
                generation.signal_workers(signal.SIGTERM)
        self.leaving, self.current, self.coming = self._generations(), None, None
        self.kill_at = time.monotonic() + grace + TIME_TO_END + LAST_SECOND

    # What there should be

    def settle(self) -> None:
        """Compare what is there with what there should be, and ask for what is missing."""
        self._look_for_orphans()
        if self.is_stopping:
            if time.monotonic() >= self.kill_at:
                self._kill_all()
            return
        current = self.current
        if current is None:
            return
        self._abort_stuck()
        if not self.is_started:
            self._finish_start(current)
            return
        if self.coming is not None:
            self._finish_reload(current, self.coming)
        if self.is_reload_wanted and time.monotonic() >= self.retry_at:
            self._begin_reload()
        if current is self.current and current.template:
            if self.coming is None:
                self._recycle(current)
            self._balance(current)

    def _finish_start(self, current: Generation) -> None:
        if not current.is_complete():
            self._balance(current)
            return
        self.is_started = True
        number = current.target
        seconds = time.monotonic() - self.began
        self.log(
            "INFO",
            "started",
            f"Rapide running on {self.address} with {number} workers, ready in "
            f"{seconds:.2f} s (Press CTRL+C to quit)",
            workers=number,
            address=self.address,
            seconds=round(seconds, 3),
        )

    def _balance(self, generation: Generation) -> None:
        """Ask for missing workers, and retire those that are too many."""
        if not generation.is_loaded:
            return
        active = generation.active()
        is_recycling = self.recycled is not None and generation is self.current
        missing = generation.target + is_recycling - len(active) - generation.asked
        if missing > 0 and time.monotonic() >= self.retry_at:
            self._ask(generation, missing)
        for worker in active[generation.target :] if missing < 0 and not is_recycling else ():
            self._retire(generation, worker)

    def _ask(self, generation: Generation, number: int) -> None:
        """Ask for workers: as many as there is room for in the channel, and later for the rest."""
        for _ in range(number):
            generation.asked += generation.tell("fork")

    def _recycle(self, current: Generation) -> None:
        """Replace one worker that asks for it: it serves until another one is ready."""
        worker = self.recycled
        if worker is None:
            asking = [worker for worker in current.ready() if worker.reason]
            is_settled = len(current.workers) == len(current.ready()) >= current.target
            if asking and is_settled:  # the one before has ended
                worker = self.recycled = asking[0]
                message = f"Worker [{worker.pid}] is replaced: {worker.reason}"
                self.log("INFO", "recycle", message, worker=worker.pid, reason=worker.reason)
        elif len(current.ready()) > current.target:
            self.recycled = None
            self._retire(current, worker)

    def _retire(self, generation: Generation, worker: Worker) -> None:
        worker.is_retired = True
        generation.tell("retire", pid=worker.pid)

    def _abort_stuck(self) -> None:
        """End workers that have not reported for too long; first, they write their stacks."""
        now = time.monotonic()
        for generation in self._generations():
            limit = generation.settings.get("healthcheck", 0.0)
            for worker in generation.workers.values():
                if worker.aborted:
                    if now - worker.aborted > LAST_SECOND:
                        generation.tell("kill", pid=worker.pid, signal=int(signal.SIGKILL))
                elif limit and worker.is_ready and now - worker.heard > limit:
                    worker.aborted = now
                    message = f"Worker [{worker.pid}] has been stuck for {limit:g} s; its stacks:"
                    self.log("ERROR", "worker-stuck", message, worker=worker.pid, seconds=limit)
                    generation.tell("kill", pid=worker.pid, signal=int(signal.SIGABRT))

    # A new generation

    def _spawn(self) -> Generation:
        self.count += 1
        return spawn(self.command, self.count, self.listeners, self.lifeline[0])

    def _begin_reload(self) -> None:
        self.is_reload_wanted = False
        if self.coming is not None:  # the code may have changed since it was started
            self._leave(self.coming)
            self.coming = None
        self.log("INFO", "reload", "Reloading: starting new workers")
        try:
            self.coming = self._spawn()
        except OSError as error:
            self._give_up_reload(f"{self.command[0]} cannot be started: {error.strerror}")

    def _finish_reload(self, current: Generation, coming: Generation) -> None:
        if not coming.is_complete():
            self._balance(coming)  # it may have to have more workers meanwhile
            return
        self.current, self.coming, self.recycled = coming, None, None
        self.failures = 0
        self._leave(current)
        message = f"Reloaded: {coming.target} new workers are ready, the old ones are retired"
        self.log("INFO", "reloaded", message, workers=coming.target, generation=coming.number)

    def _leave(self, generation: Generation) -> None:
        """Tell a generation to finish what it has begun, and to end."""
        self.leaving.append(generation)
        for worker in generation.workers.values():
            worker.is_retired = True
        if not generation.template:
            generation.signal_workers(signal.SIGTERM)
        elif generation.is_loaded:
            generation.tell("leave")
        else:
            generation.signal_template(signal.SIGTERM)

    def _give_up_reload(self, reason: str) -> None:
        coming, self.coming = self.coming, None
        if coming is not None:
            self._leave(coming)
        message = f"The reload is given up, the old workers go on: {reason}"
        self.log("ERROR", "reload-failed", message, reason=reason)
        if self.current is not None and not self.current.template:
            self.is_reload_wanted = True  # nobody is there who could replace a worker
            self._fail()

    # Processes

    def _look_for_orphans(self) -> None:
        """Forget generations without a template when their workers have ended."""
        for generation in [*self.leaving]:
            if not generation.template:
                generation.signal_workers(0)
                if not generation.workers:
                    self._forget(generation)

    def _kill_all(self) -> None:
        self.kill_at = time.monotonic() + LAST_SECOND
        for generation in self._generations():
            generation.signal_workers(signal.SIGKILL)
            if generation.template:
                generation.signal_template(signal.SIGKILL)
            else:
                generation.workers.clear()

    def log(self, level: str, event: str, message: str, **facts: object) -> None:
        """Write a line into the log."""
        write_line(self.is_json, level, event, message, **facts)


def main() -> None:
    """Supervise, in a process that the command has handed over."""
    sys.exit(Supervisor(json.loads(os.environ.pop(FOR_SUPERVISOR))).run())

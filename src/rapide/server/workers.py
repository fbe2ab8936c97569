"""Serve an application in workers of our own; `supervisor.py` says how processes work together."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from rapide.server.forking import (
    end_child_processes,
    import_for_serving,
    open_descriptors,
    why_not_to_fork,
)
from rapide.server.found import Found
from rapide.server.leaving import flush_before_fork, leave, leave_objects_to_parent
from rapide.server.ledger import VARIABLE as FOLDER_OF_METRICS
from rapide.server.options import LogFormat, OptionError, Options
from rapide.server.processes import FOR_SUPERVISOR, SIGNALS
from rapide.server.server import Config, Server, run_here
from rapide.server.sockets import describe, files_of
from rapide.server.supervisor import Supervisor
from rapide.server.template import Handed, Template, own_command, start_again, take_handed
from rapide.server.worker import Attendant

#: Imports the application; the first time, it says what is served.
Find = Callable[[bool], Found]

_errors: Final = logging.getLogger("uvicorn.error")


def serve_with_workers(
    find: Find,
    options: Options,
    bound: Sequence[socket.socket],
    command: list[str] | None = None,
) -> None:
    """Supervise workers.

    Without a command line for templates, this process becomes the supervisor, and the function
    returns in others. With one, the supervisor is a part of this process.

    Raises:
        SystemExit: The server could not start.
    """
    handed = what_to_supervise(bound, options)
    if command is None:
        serve_in_workers(begin_supervisor(handed), find, options)
        return
    handed["command"], handed["lifeline"] = command, os.pipe()
    if status := Supervisor(handed).run():
        raise SystemExit(status)


def what_to_supervise(bound: Sequence[socket.socket], options: Options) -> dict[str, Any]:
    """Return what a supervisor has to know, but for its processes. It takes the sockets over."""
    return {
        "command": own_command(),
        "address": " and ".join(describe(bound, "https" if options.ssl_certfile else "http")),
        "listeners": [sock.detach() for sock in bound],
        "is_json": options.log_format is LogFormat.JSON,
        "folder": os.environ.get(FOLDER_OF_METRICS, ""),
        "files": [str(path) for path in files_of(options)],
    }


def begin_supervisor(handed: dict[str, Any]) -> Handed:
    """Become the supervisor, and return in a new process, which is the first template.

    Nothing is imported a second time: the template goes on with what the command has imported, and
    the supervisor begins afresh, as a small process.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    lifeline = os.pipe()
    listeners = handed["listeners"]
    number = os.fork()
    if number == 0:
        ours.close()
        os.close(lifeline[1])
        return Handed(listeners, lifeline[0], theirs.detach(), 1, True)
    theirs.close()
    # Signals that come now are for the supervisor.
    signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in SIGNALS])
    more = {"lifeline": lifeline, "channel": ours.fileno(), "template": number}
    for descriptor in (*listeners, *lifeline, ours.fileno()):
        os.set_inheritable(descriptor, True)
    program = str(Path(__file__).with_name("supervise.py"))
    environment = {**os.environ, FOR_SUPERVISOR: json.dumps({**handed, **more})}
    os.execve(sys.executable, [sys.executable, "-I", "-S", program, *sys.argv[1:]], environment)


def serve_as_template(find: Find, options: Options) -> None:
    """Serve in workers of this process, which a supervisor has started."""
    serve_in_workers(take_handed(), find, options)


def serve_in_workers(handed: Handed, find: Find, options: Options) -> None:
    """Be a template, and then serve, in each worker that it forks."""
    config = Config(options)
    config.limit_max_requests = None  # the supervisor replaces workers
    is_first = handed.number == 1
    is_preloaded = handed.preload and options.preload is not False
    if is_preloaded:
        before = open_descriptors()
        config.app = find(is_first).app
        config.load()
        prepare(config.loaded_app)
        reason = why_not_to_fork(before)
        if reason is not None:
            refuse_to_fork(handed, reason, options)
        gc.collect()
        flush_before_fork()
        gc.freeze()
    settings = {
        "workers": options.workers or 1,
        "grace": options.shutdown_delay + options.timeout_graceful_shutdown,
        "healthcheck": options.timeout_worker_healthcheck,
    }
    leash = Template(handed, settings).run()
    if leash is not None:
        leave_objects_to_parent()
        if not is_preloaded:
            config.app = find(is_first and leash.is_first).app
            config.load()
        run_here(Server(config, Attendant(leash, options)), handed.sockets())
    leave()


def prepare(app: Any) -> None:
    """Do once what each worker would do at its start or at its first request.

    PERF: operate. Workers share the memory of what is there before they are forked.
    """
    import_for_serving()
    while type(app) is ProxyHeadersMiddleware:
        app = app.app
    direct = getattr(app, "_rapide_direct", None)
    if direct is not None:
        # What a middleware raises when it is made will be raised, and told, in each worker.
        with suppress(Exception):
            direct.build()
            direct.find("GET", "/")


def refuse_to_fork(handed: Handed, reason: str, options: Options) -> None:
    """Let each worker import the application, because forking would not be safe.

    Raises:
        OptionError: `--preload` asks for it nevertheless.
    """
    if options.preload:
        raise OptionError(f"--preload: {reason}, so workers cannot be forked")
    _errors.warning("Each worker imports the application: %s (--no-preload)", reason)
    end_child_processes()
    start_again(handed)

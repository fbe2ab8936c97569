"""Serve an application, in as many processes as the options ask for."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from uvicorn.supervisors import ChangeReload, Multiprocess

from rapide.server.found import Found, NoApplication
from rapide.server.ledger import shared_folder
from rapide.server.options import Options, has_metrics
from rapide.server.processes import FOR_TEMPLATE
from rapide.server.server import (
    LAST_SECOND,
    Config,
    Server,
    log_addresses,
    run_here,
    with_jitter,
)
from rapide.server.sockets import check_port, listening

if TYPE_CHECKING:
    from rapide.server.failed_start import Development

_errors: Final = logging.getLogger("uvicorn.error")

#: Imports the application; the first time, it says what is served.
Find = Callable[[bool], Found]


def serve(
    find: Find,
    options: Options,
    command: list[str] | None = None,
    development: Development | None = None,
) -> None:
    """Serve until the server is stopped.

    The loggers are configured before the application is imported, so that what it configures stays.

    Args:
        find: Imports the application. Its argument says whether that is the first time.
        options: How it is served.
        command: The command line that does the same as this call, in a process of its own. Without
            it, this process has nothing else to do, and its own command line does the same.
        development: What is done for those who develop the application, if it is served for them.

    Raises:
        OptionError: An option cannot be used.
        SystemExit: The server could not start, or this is the process of a worker that has ended.
    """
    if FOR_TEMPLATE in os.environ:  # a supervisor has started this process
        from rapide.server.workers import serve_as_template

        serve_as_template(find, options)
        return
    check_port(options)
    has_workers = (options.workers or 1) > 1 and not options.reload
    with listening(options) as bound, shared_folder(has_metrics(options) and has_workers):
        if not hasattr(os, "fork"):
            _serve_by_spawning(find, options, bound)
        elif options.reload:
            _serve_anew(find, options, bound, development)
        elif has_workers:
            from rapide.server.workers import serve_with_workers

            serve_with_workers(find, options, bound, command)
        else:
            _serve_in_this_process(find, options, bound, development)


def _serve_in_this_process(
    find: Find,
    options: Options,
    bound: Sequence[socket.socket],
    development: Development | None,
) -> None:
    """Serve without other processes."""
    config = Config(options, observe=_observer_of(options, development))
    config.limit_max_requests = with_jitter(
        options.limit_max_requests, options.limit_max_requests_jitter or 0
    )
    found = find(True)
    config.app = found.app
    server = Server(config)
    if development is not None:
        server.after_start = partial(development.after_start, found)
    run_here(server, bound)


def _observer_of(options: Options, development: Development | None) -> Any:
    """Return what makes the observer of requests that development needs; None if it needs none."""
    return None if development is None else development.make_observer(options)


def _serve_by_spawning(find: Find, options: Options, bound: Sequence[socket.socket]) -> None:
    """Serve by uvicorn's processes, as this system cannot fork."""
    config = Config(options)
    found = find(True)
    if not (options.reload or config.workers > 1):
        config.app = found.app
        run_here(Server(config), bound)
        return
    config.app, config.factory = found.import_string, found.is_factory
    for sock in bound:
        sock.set_inheritable(True)
    log_addresses(config, bound)
    with contextlib.suppress(KeyboardInterrupt):
        if options.reload:
            ChangeReload(config, target=Server(config).run, sockets=[*bound]).run()
        else:
            Multiprocess(config, sockets=[*bound]).run()


def _serve_anew(
    find: Find,
    options: Options,
    bound: Sequence[socket.socket],
    development: Development | None,
) -> None:
    """Serve in a process that is started again with each change."""
    from rapide.server.forking import import_for_serving
    from rapide.server.leaving import leave
    from rapide.server.reloading import Watched, reloading

    # uvicorn watches no files.
    options = replace(options, reload=False)
    config = Config(
        replace(options, reload_dir=(), reload_include=(), reload_exclude=()),
        observe=_observer_of(options, development),
    )
    if (options.workers or 1) > 1:
        _errors.warning(
            "With --reload, one process serves: --workers %s is ignored", options.workers
        )
    import_for_serving()
    for sock in bound:
        sock.listen(options.backlog)  # clients wait while the application starts
    watched = Watched(options.reload_dir, options.reload_include, options.reload_exclude)
    start = reloading(
        watched,
        delay_seconds=options.reload_delay,
        stop_seconds=options.timeout_graceful_shutdown,
    )
    try:
        with start.imports():
            found = find(start.number == 0)
            config.app = found.app
            config.load()
    except NoApplication as error:
        is_wrong_command = start.number == 0 and not error.in_import
        if is_wrong_command:
            start.give_up()
        if is_wrong_command or development is None:
            raise
        from rapide.server.failed_start import serve_instead

        serve_instead(development.answer_import(error), options, bound)
    server = Server(config)
    server.outlives_signals = True
    if development is None:
        run_here(server, bound)
    else:
        server.after_start = partial(development.after_start, found)
        _serve_or_say_why_not(server, options, bound, development)
    leave(LAST_SECOND, all_files=False)


def _serve_or_say_why_not(
    server: Server, options: Options, bound: Sequence[socket.socket], development: Development
) -> None:
    """Serve an application, or, if it does not start, something that says so."""
    from rapide.server.failed_start import failure_of, note_failure, serve_instead

    note_failure(server.config)
    kept = [sock.dup() for sock in bound]  # the server closes its sockets
    try:
        run_here(server, bound)
    except SystemExit:
        failure = failure_of(server)
        if failure is None:
            raise
        serve_instead(development.answer_startup(failure), options, kept)

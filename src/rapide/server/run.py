"""Serve an application, in as many processes as the options ask for."""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace

from uvicorn.supervisors import ChangeReload, Multiprocess

from rapide.server.found import Found, NoApplication
from rapide.server.options import Options
from rapide.server.server import Config, Server, log_addresses, run_here

#: Imports the application; the first time, it says what is served.
Find = Callable[[bool], Found]


def serve(find: Find, options: Options, bound: Sequence[socket.socket]) -> None:
    """Serve until the server is stopped.

    The loggers are configured before the application is imported, so that what it configures stays.

    Args:
        find: Imports the application. Its argument says whether that is the first time.
        options: How it is served.
        bound: The sockets to listen on.

    Raises:
        SystemExit: The server could not start.
    """
    if options.reload and hasattr(os, "fork"):
        _serve_anew(find, options, bound)
        return
    config = Config(options)
    found = find(True)
    if options.reload:
        config.app, config.factory = found.import_string, found.is_factory
        _share(config, bound)
        with contextlib.suppress(KeyboardInterrupt):
            ChangeReload(config, target=Server(config).run, sockets=[*bound]).run()
    elif config.workers > 1:
        config.app, config.factory = found.import_string, found.is_factory
        _share(config, bound)
        with contextlib.suppress(KeyboardInterrupt):
            Multiprocess(config, sockets=[*bound]).run()
    else:
        config.app = found.app
        run_here(Server(config), bound)


def _share(config: Config, bound: Sequence[socket.socket]) -> None:
    """Let other processes have the sockets."""
    for sock in bound:
        sock.set_inheritable(True)
    log_addresses(config, bound)


def _serve_anew(find: Find, options: Options, bound: Sequence[socket.socket]) -> None:
    """Serve in a process that is started again with each change."""
    from rapide.server.reloading import Watched, reloading

    # uvicorn watches no files.
    config = Config(
        replace(options, reload=False, reload_dir=(), reload_include=(), reload_exclude=())
    )

    importlib.import_module("rapide.http11.connection")  # once, before processes are forked
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
            config.app = find(start.number == 0).app
    except NoApplication as error:
        if not error.in_import:
            start.give_up()
        raise
    run_here(Server(config), bound)

"""Serve an application, in as many processes as the options ask for."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from uvicorn.supervisors import ChangeReload, Multiprocess

from rapide.server.options import Options
from rapide.server.server import Config, Server, log_addresses, run_here


class Found(Protocol):
    """An application that was found and imported."""

    @property
    def app(self) -> Any:
        """The application."""

    @property
    def import_string(self) -> str:
        """The application as `module:name`, for processes that import it themselves."""

    @property
    def is_factory(self) -> bool:
        """Whether that is a function that makes the application."""


def serve(find: Callable[[], Found], options: Options, bound: Sequence[socket.socket]) -> None:
    """Serve until the server is stopped.

    The loggers are configured before the application is imported, so that what it configures stays.

    Args:
        find: Imports the application.
        options: How it is served.
        bound: The sockets to listen on.

    Raises:
        SystemExit: The server could not start.
    """
    if options.reload:
        # The application is imported for the banner only: a process of its own serves it.
        found = find()
        config = Config(options, found.import_string)
        config.factory = found.is_factory
        for sock in bound:
            sock.set_inheritable(True)
        log_addresses(config, bound)
        with contextlib.suppress(KeyboardInterrupt):
            ChangeReload(config, target=Server(config).run, sockets=[*bound]).run()
        return
    config = Config(options)
    found = find()
    if config.workers > 1:
        config.app, config.factory = found.import_string, found.is_factory
        for sock in bound:
            sock.set_inheritable(True)
        log_addresses(config, bound)
        with contextlib.suppress(KeyboardInterrupt):
            Multiprocess(config, sockets=[*bound]).run()
    else:
        config.app = found.app
        run_here(Server(config), bound)

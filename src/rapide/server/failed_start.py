"""Serve something else in the place of an application that could not start, until it is changed."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NoReturn, Protocol

import uvicorn
from uvicorn.lifespan.on import LifespanOn

from rapide.server.found import Found, NoApplication
from rapide.server.leaving import leave
from rapide.server.option_kinds import Lifespan
from rapide.server.options import Options
from rapide.server.server import LAST_SECOND, Config, Server, run_here
from rapide.server.sockets import describe

_errors: Final = logging.getLogger("uvicorn.error")

#: What is logged when something else is served.
WAITING: Final = "waiting for a change; %s shows what is wrong"


class Development(Protocol):
    """What a command does for those who develop the application that it serves."""

    def make_observer(self, options: Options) -> Any:
        """Return what makes the observer of the requests of a server."""

    def after_start(self, found: Found) -> None:
        """Do what is to be done once the application is served; this must not take long."""

    def answer_import(self, error: NoApplication) -> Any:
        """Report that there is no application, and return the one that is served instead."""

    def answer_startup(self, error: BaseException) -> Any:
        """Return what is served instead of an application whose lifespan has not begun."""


class NotingLifespan(LifespanOn):
    """A lifespan that keeps the exception with which an application has not started."""

    failure: BaseException | None = None

    async def send(self, message: Any) -> None:
        if message["type"] == "lifespan.startup.failed":
            # Applications send this while they handle the exception.
            self.failure = sys.exc_info()[1]
        await super().send(message)


def note_failure(config: uvicorn.Config) -> None:
    """Keep the exception with which the application of a loaded configuration does not start."""
    if config.lifespan_class is LifespanOn:
        config.lifespan_class = NotingLifespan


def failure_of(server: Server) -> BaseException | None:
    """Return the exception with which the application of a server has not started."""
    lifespan = getattr(server, "lifespan", None)
    return lifespan.failure if isinstance(lifespan, NotingLifespan) else None


def serve_instead(app: Any, options: Options, bound: Sequence[socket.socket]) -> NoReturn:
    """Serve an application that says what is wrong, until the process is told to stop."""
    # Nothing but errors is logged: the page asks again and again whether the application is back.
    options = replace(
        options, reload=False, access_log=False, log_level="error", lifespan=Lifespan.OFF
    )
    config = Config(options)
    config.app = app
    address = describe(bound, "https" if config.is_ssl else "http")[0]
    _errors.error(WAITING, address)
    server = Server(config)
    server.outlives_signals = True
    run_here(server, bound)
    leave(LAST_SECOND, all_files=False)

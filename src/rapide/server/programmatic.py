"""`rapide.run` and `rapide.Server`: serve applications from Python."""

from __future__ import annotations

from rapide.server.arguments import OF_PROCESSES, make_options, takes_options
from rapide.server.embedded import EmbeddedServer, run_application
from rapide.server.server import Config


@takes_options()
def run(app: object, **options: object) -> None:
    """Serve an application until the process gets a signal to stop.

    Environment variables such as `RAPIDE_PORT` give the options that are missing here.

    Args:
        app: The application. With `workers` or `reload`, an import string such as "shop.main:app".
        **options: The options of `rapide run` by their names: `timeout_body=10`.

    Raises:
        TypeError: One of the options does not exist.
        ValueError: One of them has a value that the server cannot use.
        SystemExit: The server could not start.
    """
    run_application(app, options)


class Server(EmbeddedServer):
    """A server for an application in a running event loop.

    `await server.serve()` serves until a signal or `server.stop()`. `async with server:` serves
    during the block, and leaves signals to the program; `server.url` is the address.
    """

    @takes_options(without=OF_PROCESSES)
    def __init__(self, app: object, **options: object) -> None:
        """Make a server for an application.

        Args:
            app: The application, or an import string such as "shop.main:app".
            **options: The options of `rapide run` by their names: `timeout_body=10`.

        Raises:
            TypeError: One of the options does not exist.
            ValueError: One of them has a value that the server cannot use.
        """
        super().__init__(Config(make_options(options, without=OF_PROCESSES), app))

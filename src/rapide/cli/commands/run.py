"""`rapide run` and `rapide dev`.

COMPAT: they take the options of FastAPI 0.165's command line, with its defaults.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rapide.cli import options as of
from rapide.cli.developing import Developing, console_path, for_development
from rapide.cli.discover import Target, find_application
from rapide.cli.failures import DiscoveryError, one_line_failure
from rapide.cli.program import new_commands
from rapide.cli.serve import announce
from rapide.cli.server_options import ServerCommand, takes_server_options
from rapide.server.certificates import check_certificate
from rapide.server.checks import check_options
from rapide.server.logs import check_logs
from rapide.server.options import OptionError, Options
from rapide.server.run import serve

app = new_commands()


@app.command(cls=ServerCommand)
@takes_server_options(for_dev=False)
def run(
    path: of.Where = None,
    *,
    options: Options,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Serve an application for production: all addresses, no reload."""
    find = partial(find_application, path, app_name=app, entrypoint=entrypoint)
    _serve(find, options, verbose=verbose)


@app.command(cls=ServerCommand)
@takes_server_options(for_dev=True)
def dev(
    path: of.Where = None,
    *,
    options: Options,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Serve an application for development: this machine only, starting again on each change.

    Sets the environment variable FASTAPI_ENV to "development" if it is not set.
    """
    os.environ.setdefault("FASTAPI_ENV", "development")
    find = partial(find_application, path, app_name=app, entrypoint=entrypoint)
    _serve(
        for_development(find, options), options, verbose=verbose, development=Developing(verbose)
    )


def _serve(
    find: Callable[..., Target],
    options: Options,
    *,
    verbose: bool,
    development: Developing | None = None,
) -> None:
    """Serve the application that `find` imports."""
    if verbose and options.log_level is None:
        options = replace(options, log_level="debug")
    with one_line_failure(OptionError, verbose=verbose):
        check_options(options)
        check_logs(options)
        check_certificate(options)

    def find_and_announce(is_first: bool) -> Target:
        target = find(factory=options.factory, app_dir=options.app_dir)
        if is_first:
            public_url = os.environ.get("FASTAPI_PUBLIC_URL")
            console = console_path(target.app, options, is_developing=development is not None)
            announce(target, options, public_url=public_url, verbose=verbose, console=console)
        return target

    with (
        one_line_failure(OptionError, verbose=verbose),
        one_line_failure(DiscoveryError, verbose=verbose, as_fastapi=True),
    ):
        serve(find_and_announce, options, development=development)

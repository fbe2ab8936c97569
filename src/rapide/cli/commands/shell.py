"""`rapide shell`."""

import traceback
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.discover import find_application
from rapide.cli.failures import DiscoveryError, failed, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()


@app.command()
def shell(
    path: of.Where = None,
    *,
    code: Annotated[
        str | None,
        typer.Option(
            "-c",
            metavar="CODE",
            help="Run this Python code instead of standard input.",
            show_default=False,
        ),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Python's own prompt, even if IPython is installed.")
    ] = False,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            help="A file of environment variables; existing variables take precedence.",
            show_default=False,
        ),
    ] = None,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Run Python code with the started application and a client: app, client.

    On a terminal, it is a prompt: IPython's if IPython is installed. Code that comes from a pipe
    is run as Python runs it. Exits with the status of the code, with 1 if the application cannot
    start or stop, and with 2 if there is no application.
    """
    if find_spec("httpx2") is None and find_spec("httpx") is None:
        raise failed('rapide shell needs httpx2: pip install "rapide[standard]"')
    from rapide.cli.shell.command import open_shell
    from rapide.cli.shell.started import LifespanFailed
    from rapide.server.env_file import load_env_file
    from rapide.server.options import OptionError

    with one_line_failure(OptionError, verbose=verbose):
        if env_file is not None:
            load_env_file(env_file)
    with one_line_failure(DiscoveryError, verbose=verbose):
        target = find_application(
            path, app_name=app, entrypoint=entrypoint, factory=factory, app_dir=app_dir
        )
    try:
        status = open_shell(target, code, is_plain=plain)
    except LifespanFailed as error:
        if verbose:
            traceback.print_exception(error.__cause__)
        failed(str(error))
        raise typer.Exit(1) from None
    raise typer.Exit(status)

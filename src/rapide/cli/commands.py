"""The commands and their options.

COMPAT: `run` and `dev` take the options of FastAPI 0.165's command line, with its defaults.
"""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from rapide.cli.discover import Target, find_application
from rapide.cli.failures import DiscoveryError
from rapide.cli.serve import ServerOptions, serve


def _as_before_command(context: typer.Context, value: bool) -> bool:
    """Let `rapide --verbose run` say the same as `rapide run --verbose`."""
    return value or bool(context.obj)


def _stand_in_for_fastapi(value: bool) -> bool:
    """Take FastAPI's place before the application is imported."""
    from rapide.as_fastapi import FastAPIAlreadyImported, as_fastapi, is_wanted

    if value or is_wanted():
        with _one_line_failure(FastAPIAlreadyImported, verbose=False):
            as_fastapi()
    return value


Where = Annotated[
    str | None,
    typer.Argument(
        metavar="PATH",
        help="A Python file, a package folder, or module:app. Without it: entrypoint of "
        "[tool.rapide] or [tool.fastapi] in pyproject.toml, else main.py, app.py or api.py, "
        "here or in app/.",
        show_default=False,
    ),
]
AppName = Annotated[
    str | None,
    typer.Option("--app", help="The variable that holds the application, if not app or api."),
]
Entrypoint = Annotated[
    str | None,
    typer.Option("--entrypoint", "-e", help="The application as an import string, module:app."),
]
AsFastAPI = Annotated[
    bool,
    typer.Option(
        "--as-fastapi",
        help="Let `import fastapi` give Rapide, as RAPIDE_AS_FASTAPI=1 does.",
        callback=_stand_in_for_fastapi,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Say how the application was found, and show tracebacks.",
        callback=_as_before_command,
    ),
]
Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of them.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", envvar="PORT")]
Reload = Annotated[bool, typer.Option(help="Start again when a source file changes.")]
ReloadDirs = Annotated[
    list[Path] | None,
    typer.Option("--reload-dir", help="A folder to watch instead of this one; may be repeated."),
]
Workers = Annotated[
    int | None, typer.Option(help="The number of worker processes; not together with --reload.")
]
RootPath = Annotated[
    str, typer.Option(help="The path prefix that a proxy in front serves the application under.")
]
ProxyHeaders = Annotated[
    bool, typer.Option(help="Take the client's address and scheme from X-Forwarded-* headers.")
]
TrustedProxies = Annotated[
    str | None,
    typer.Option(
        "--forwarded-allow-ips",
        help="The addresses whose proxy headers are trusted, separated by commas; * is every one.",
    ),
]
AccessLog = Annotated[bool, typer.Option(help="Log each request.")]

app = typer.Typer(
    help="Serve and look into Rapide applications.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from rapide import _own_version

        typer.echo(f"Rapide {_own_version}")
        raise typer.Exit


@app.callback()
def before_command(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="As the commands' --verbose.")] = False,
) -> None:
    """Take the options that stand before the command."""
    context.obj = verbose


@app.command()
def run(
    path: Where = None,
    *,
    host: Host = "0.0.0.0",
    port: Port = 8000,
    reload: Reload = False,
    workers: Workers = None,
    root_path: RootPath = "",
    app: AppName = None,
    entrypoint: Entrypoint = None,
    proxy_headers: ProxyHeaders = True,
    forwarded_allow_ips: TrustedProxies = None,
    access_log: AccessLog = True,
    as_fastapi: AsFastAPI = False,
    verbose: Verbose = False,
) -> None:
    """Serve an application for production: all addresses, no reload."""
    target = _find(path, app, entrypoint, verbose)
    options = ServerOptions(
        host=host,
        port=port,
        reload=reload,
        reload_dirs=None,
        workers=workers,
        root_path=root_path,
        proxy_headers=proxy_headers,
        forwarded_allow_ips=forwarded_allow_ips,
        access_log=access_log,
        log_level="debug" if verbose else None,
    )
    serve(target, options, public_url=os.environ.get("FASTAPI_PUBLIC_URL"), verbose=verbose)


@app.command()
def dev(
    path: Where = None,
    *,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    reload: Reload = True,
    reload_dir: ReloadDirs = None,
    root_path: RootPath = "",
    app: AppName = None,
    entrypoint: Entrypoint = None,
    proxy_headers: ProxyHeaders = True,
    forwarded_allow_ips: TrustedProxies = None,
    access_log: AccessLog = True,
    as_fastapi: AsFastAPI = False,
    verbose: Verbose = False,
) -> None:
    """Serve an application for development: this machine only, starting again on each change.

    Sets the environment variable FASTAPI_ENV to "development" where it is not set.
    """
    os.environ.setdefault("FASTAPI_ENV", "development")
    target = _find(path, app, entrypoint, verbose)
    options = ServerOptions(
        host=host,
        port=port,
        reload=reload,
        reload_dirs=[str(folder.resolve()) for folder in reload_dir] if reload_dir else None,
        workers=None,
        root_path=root_path,
        proxy_headers=proxy_headers,
        forwarded_allow_ips=forwarded_allow_ips,
        access_log=access_log,
        log_level="debug" if verbose else None,
    )
    serve(target, options, public_url=os.environ.get("FASTAPI_PUBLIC_URL"), verbose=verbose)


@app.command()
def explain(
    path: Where = None,
    route: Annotated[
        str | None,
        typer.Argument(
            metavar="ROUTE",
            help='A route, as in "GET /items/{item_id}". Without it, every route is listed.',
            show_default=False,
        ),
    ] = None,
    *,
    app: AppName = None,
    entrypoint: Entrypoint = None,
    as_fastapi: AsFastAPI = False,
    verbose: Verbose = False,
) -> None:
    """Show the plan and the generated source of a route, or list which routes are compiled."""
    from rapide.cli.explain import UnknownRoute, explain_route, is_route, list_routes

    if path is not None and route is None and is_route(path):
        path, route = None, path
    target = _find(path, app, entrypoint, verbose)
    with _one_line_failure(UnknownRoute, verbose=verbose):
        if route is None:
            list_routes(target.app)
        else:
            explain_route(target.app, route)


def _find(path: str | None, app: str | None, entrypoint: str | None, verbose: bool) -> Target:
    with _one_line_failure(DiscoveryError, verbose=verbose):
        return find_application(path, app_name=app, entrypoint=entrypoint)


@contextmanager
def _one_line_failure(expected: type[Exception], *, verbose: bool) -> Iterator[None]:
    """Turn an expected failure into its message and exit status 2; `--verbose` adds a traceback."""
    try:
        yield
    except expected as error:
        if verbose:
            traceback.print_exception(error.__cause__ or error)
        typer.secho("Error: ", err=True, fg=typer.colors.RED, bold=True, nl=False)
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None

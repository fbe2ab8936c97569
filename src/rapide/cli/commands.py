"""The commands and their options.

COMPAT: `run` and `dev` take the options of FastAPI 0.165's command line, with its defaults.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rapide.cli import options as of
from rapide.cli.discover import Target, find_application
from rapide.cli.failures import DiscoveryError, failed, one_line_failure
from rapide.cli.serve import announce
from rapide.cli.server_options import ServerCommand, takes_server_options
from rapide.cli.verify import options as verify_options
from rapide.server.certificates import check_certificate
from rapide.server.checks import check_options
from rapide.server.logs import check_logs
from rapide.server.options import OptionError, Options, Protocol
from rapide.server.run import serve


class OneLineGroup(TyperGroup):
    """A group of commands that reports wrong arguments in one line, like all other errors."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        with _wrong_arguments():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> object:
        with _wrong_arguments():
            return super().invoke(ctx)


@contextmanager
def _wrong_arguments() -> Iterator[None]:
    # The bases of this class are in `click`, or in typer's replacement of it.
    usage_error: Any = typer.BadParameter.__base__
    try:
        yield
    except usage_error as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        message = error.format_message().rstrip(".").replace(": Value error, ", ": ")
        if error.ctx is not None:
            message += f"{_variable(error)} ({error.ctx.command_path} --help lists what it takes)"
        raise failed(message) from None


def _variable(error: Any) -> str:
    """Return which environment variable gave the value that is wrong, if one did."""
    parameter: Any = getattr(error, "param", None)
    source: Any = parameter and error.ctx.get_parameter_source(parameter.name)
    if source and source.name == "DEFAULT_MAP":
        return f", from [tool.rapide.{error.ctx.command.name}] in pyproject.toml"
    if not source or source.name != "ENVIRONMENT":
        return ""
    names = parameter.envvar if isinstance(parameter.envvar, list) else [parameter.envvar]
    return f", from the environment variable {next(name for name in names if os.environ.get(name))}"


app = typer.Typer(
    cls=OneLineGroup,
    help="Serve and look into Rapide applications.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from rapide import _own_version

        found = find_spec("rapide.http11.connection")
        is_python = found is None or (found.origin or "").endswith(".py")
        transport = "Python" if is_python else "machine code"
        typer.echo(f"Rapide {_own_version} (transport: {transport})")
        raise typer.Exit


@app.callback()
def before_command(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version, and whether the transport is compiled.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="As the commands' --verbose.")] = False,
) -> None:
    """Read the options before the command."""
    context.obj = verbose


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
    _serve(find, options, verbose=verbose)


def _serve(find: Callable[..., Target], options: Options, *, verbose: bool) -> None:
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
            announce(target, options, public_url=public_url, verbose=verbose)
        return target

    with (
        one_line_failure(OptionError, verbose=verbose),
        one_line_failure(DiscoveryError, verbose=verbose, as_fastapi=True),
    ):
        serve(find_and_announce, options)


@app.command()
def check(
    path: of.Where = None,
    *,
    all_compiled: Annotated[
        bool,
        typer.Option("--all-compiled", help="Count routes on the generic path as errors, too."),
    ] = False,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Find what would fail when an application starts, and count the compiled routes.

    Exits with status 1 if something would fail, and with 2 if there is no application.
    """
    from rapide.cli.check import check_application, report

    find = partial(
        find_application,
        path,
        app_name=app,
        entrypoint=entrypoint,
        factory=factory,
        app_dir=app_dir,
    )
    with one_line_failure(DiscoveryError, verbose=verbose):
        found = check_application(find)
    report(found, all_compiled=all_compiled, verbose=verbose)
    if found.errors or (all_compiled and found.generic):
        raise typer.Exit(1)


@app.command()
def explain(
    path: of.Where = None,
    route: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ROUTE",
            help='A route, as in "GET /items/{item_id}". Without it, every route is listed.',
            show_default=False,
        ),
    ] = None,
    *,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Show the plan and the generated source of a route, or list which routes are compiled."""
    from rapide.cli.explain import UnknownRoute, explain_route, list_routes, split_arguments

    where, wanted = split_arguments([*([] if path is None else [path]), *(route or [])])
    with one_line_failure(DiscoveryError, verbose=verbose):
        target = find_application(
            where, app_name=app, entrypoint=entrypoint, factory=factory, app_dir=app_dir
        )
    with one_line_failure(UnknownRoute, verbose=verbose):
        if wanted is None:
            list_routes(target.app)
        else:
            explain_route(target.app, wanted)


@app.command()
def verify(
    path: of.Where = None,
    *,
    examples: verify_options.Examples = 20,
    seed: verify_options.Seed = 0,
    requests: verify_options.Requests = None,
    har: verify_options.Har = None,
    only: verify_options.Only = None,
    exclude: verify_options.Exclude = None,
    header: verify_options.ExtraHeader = None,
    ignore_header: verify_options.IgnoreHeader = None,
    env: verify_options.Environment = None,
    baselines: verify_options.Baselines = 2,
    timeout: verify_options.Timeout = 10,
    start_timeout: verify_options.StartTimeout = 60,
    show_all: verify_options.ShowAll = False,
    json: verify_options.JsonReport = None,
    protocol: of.ByProtocol = Protocol.RAPIDE,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    verbose: of.Verbose = False,
) -> None:
    """Compare the answers of an application on FastAPI and on Rapide.

    Exits with status 1 if they differ, and with 2 if they could not be compared.
    """
    from rapide.cli.verify.command import verify_and_report
    from rapide.cli.verify.settings import Settings, VerifyError, pairs

    with one_line_failure(VerifyError, verbose=verbose):
        settings = Settings(
            path=path,
            app=app,
            entrypoint=entrypoint,
            factory=factory,
            app_dir=app_dir,
            examples=examples,
            seed=seed,
            requests=tuple(requests or ()),
            har=tuple(har or ()),
            only=tuple(only or ()),
            exclude=tuple(exclude or ()),
            headers=pairs(header or (), ":", "--header"),
            ignored_headers=frozenset({"date", *map(str.lower, ignore_header or ())}),
            environment=pairs(env or (), "=", "--env"),
            baselines=baselines,
            timeout=timeout,
            start_timeout=start_timeout,
            show_all=show_all,
            json=json,
            protocol=protocol.value,
        )
        if verify_and_report(settings):
            raise typer.Exit(1)

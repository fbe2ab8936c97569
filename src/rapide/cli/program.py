"""The program `rapide`: what all of its commands have in common."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from rapide.cli.failures import failed

#: The module of each command below `rapide.cli.commands`, in the order of `rapide --help`. A server
#: must not load what only the other commands need, so a module is imported when its command is.
COMMANDS = {
    "new": "new",
    "run": "run",
    "dev": "run",
    "worker": "worker",
    "check": "check",
    "explain": "explain",
    "routes": "routes",
    "shell": "shell",
    "verify": "verify",
    "test-contract": "contract",
    "client": "client",
    "openapi": "openapi",
    "migrate": "migrate",
}


def command_named(name: str) -> Any:
    """Import and return one of `COMMANDS`, as click knows commands."""
    module = import_module(f"rapide.cli.commands.{COMMANDS[name]}")
    return get_group(module.app).commands[name]


def new_commands() -> typer.Typer:
    """Return what the commands of a module are declared on."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)


class OneLineGroup(TyperGroup):
    """The commands, which report wrong arguments in one line, like all other errors."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return command_named(cmd_name) if cmd_name in COMMANDS else None

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
    verbose: Annotated[
        bool, typer.Option("--verbose", help="The same as --verbose of the command.")
    ] = False,
) -> None:
    """Read the options before the command."""
    context.obj = verbose

"""From the options of the server to parameters of `rapide run` and `rapide dev`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from rapide.cli.configured import configured_options
from rapide.cli.configured import taken as taken_by
from rapide.cli.failures import one_line_failure
from rapide.server.env_file import load_env_file
from rapide.server.options import DEV_DEFAULTS, Declared, OptionError, Options

#: The function of a command.
Command = Callable[..., None]


class ServerOption(TyperOption):
    """An option whose default is a value of its type already.

    PERF: startup. Otherwise Typer makes a validator for each of the options, to check its default.
    """

    def process_value(self, ctx: Any, value: Any) -> Any:
        """Check a value that was given."""
        if value is not self.default or self.callback is not None:
            return super().process_value(ctx, value)
        return () if value is None and self.multiple else value


class ServerCommand(TyperCommand):
    """A command whose options may be in `pyproject.toml`, too."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        for parameter in self.params:
            if type(parameter) is TyperOption:
                parameter.__class__ = ServerOption

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the file before the command line."""
        with one_line_failure(OptionError, verbose=False):
            ctx.default_map = configured_options(self.name or "")
        return super().parse_args(ctx, args)


def takes_server_options(for_dev: bool) -> Callable[[Command], Command]:
    """Give a command the options of the server, which it gets as `options`.

    Args:
        for_dev: Whether the command is `rapide dev`, which has fewer of them and other defaults.
    """
    defaults = DEV_DEFAULTS if for_dev else {}
    taken = taken_by("dev" if for_dev else "run")

    def decorate(command: Command) -> Command:
        def run(**arguments: Any) -> None:
            given: Any = {
                option.name: _value(option, arguments.pop(option.name)) for option in taken
            }
            command(options=Options(**{**defaults, **given}), **arguments)

        signature = inspect.signature(command, eval_str=True)
        own = [item for item in signature.parameters.values() if item.name != "options"]
        where, rest = own[:1], own[1:]
        parameters = [
            *(item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in where),
            *(_parameter(option, defaults) for option in taken),
            *rest,
        ]
        run.__name__ = command.__name__
        run.__doc__ = command.__doc__
        run.__annotations__ = {item.name: item.annotation for item in parameters}
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return run

    return decorate


def _parameter(option: Declared, defaults: Mapping[str, object]) -> inspect.Parameter:
    """Return an option of the server as a parameter that typer reads."""
    about, type_ = option.about, option.type
    default = defaults.get(option.name, option.default)
    if type_ == tuple[Path, ...]:
        type_, default = list[Path] | None, None
    elif type_ == tuple[str, ...]:
        type_, default = list[str] | None, None
    flags = option.flag
    if type_ in (bool, bool | None):
        flags += f"/--no-{option.flag.removeprefix('--')}"
    told = typer.Option(
        flags,
        help=about.help,
        envvar=[*option.variables],
        show_envvar=False,
        metavar=about.metavar,
        show_default=about.shown or default != "",
        is_eager=option.name == "env_file",  # others may have their variables in it
        callback=_load_env_file if option.name == "env_file" else None,
        parser=about.parse and _parser(about.parse),
        min=None if about.parse else about.minimum,
        max=None if about.parse else about.maximum,
        exists=about.is_folder,
        file_okay=not about.is_folder,
    )
    annotation: Any = Annotated[type_, told]
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(option.name, kind, default=default, annotation=annotation)


def _load_env_file(path: Path | None) -> Path | None:
    if path is not None:
        with _bad_parameter():
            load_env_file(path)
    return path


@contextmanager
def _bad_parameter() -> Iterator[None]:
    try:
        yield
    except OptionError as error:
        raise typer.BadParameter(str(error)) from None


def _parser(parse: Callable[[str], object]) -> Callable[[object], object]:
    def read(value: object) -> object:  # a default is given as it is
        with _bad_parameter():
            return parse(value) if isinstance(value, str) else value

    return read


def _value(option: Declared, value: Iterable[object] | None) -> object:
    return tuple(value or ()) if option.type in (tuple[Path, ...], tuple[str, ...]) else value

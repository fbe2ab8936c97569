"""The options of the server as arguments of functions."""

from __future__ import annotations

import base64
import inspect
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from rapide.server.certificates import check_certificate
from rapide.server.checks import check_options
from rapide.server.env_file import load_env_file
from rapide.server.logs import check_logs
from rapide.server.options import DEV_DEFAULTS, Declared, OptionError, Options, declared
from rapide.server.values import check_value, read_text

F = TypeVar("F", bound=Callable[..., Any])

#: What is different from `rapide run`.
#: COMPAT: `uvicorn.run` and `uvicorn.Config` listen on this machine only, too.
DEFAULTS: Final[dict[str, object]] = {"host": DEV_DEFAULTS["host"]}
#: Options of the command line only.
_OF_COMMANDS: Final = frozenset({"app_dir"})
#: Options of servers that begin processes.
OF_PROCESSES: Final = frozenset(
    {
        *("workers", "reload", "reload_dir", "reload_include", "reload_exclude", "reload_delay"),
    }
)


def known_options(without: frozenset[str] = frozenset()) -> dict[str, Declared]:
    """Return the options that functions take, by their names."""
    excluded = _OF_COMMANDS | without
    return {option.name: option for option in declared() if option.name not in excluded}


def parameters(defaults: Mapping[str, object], without: frozenset[str]) -> list[inspect.Parameter]:
    """Return the options of the server as parameters of a function."""
    return [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=defaults.get(option.name, option.default),
            annotation=option.type,
        )
        for option in known_options(without).values()
    ]


def takes_options(
    defaults: Mapping[str, object] = DEFAULTS, without: frozenset[str] = frozenset()
) -> Callable[[F], F]:
    """Let `help()` and `inspect.signature` show each option of a function that has `**options`."""

    def decorate(function: F) -> F:
        signature = inspect.signature(function)
        own_ones = [*signature.parameters.values()][:-1]
        shown = [*own_ones, *parameters(defaults, without)]
        function.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
        return function

    return decorate


def make_options(
    given: Mapping[str, object],
    *,
    defaults: Mapping[str, object] = DEFAULTS,
    without: frozenset[str] = frozenset(),
    reads_environment: bool = False,
) -> Options:
    """Return options from the arguments of a call, and check them.

    Args:
        given: The arguments.
        defaults: What is different from the defaults of `rapide run`.
        without: Options that cannot be given.
        reads_environment: Whether variables such as `RAPIDE_PORT` give options that are missing.

    Raises:
        TypeError: One of them is not an option.
        OptionError: One of them has a value that the server cannot use.
    """
    known = known_options(without)
    for name in given:
        if name not in known:
            raise TypeError(f"{name!r} is not an option of the server")
    values = {**defaults, **{name: _checked(known[name], value) for name, value in given.items()}}
    for name, option in known.items():
        if reads_environment and name not in given:
            found = _from_environment(option)
            if found is not None:
                values[name] = found
        if name == "env_file":  # the first option: others may have their variables in the file
            _load(values.get(name))
    options = Options(**values)  # type: ignore[arg-type]
    check_options(options)
    check_logs(options)
    check_certificate(options)
    return options


def _checked(option: Declared, value: object) -> object:
    try:
        return check_value(option, value)
    except OptionError as error:
        raise OptionError(f"{option.name} {error}") from None


def _load(env_file: object) -> None:
    if isinstance(env_file, Path):
        try:
            load_env_file(env_file)
        except OptionError as error:
            raise OptionError(f"env_file: {error}") from error


def _from_environment(option: Declared) -> object:
    for variable in option.variables:
        text = os.environ.get(variable)
        if text:
            try:
                return check_value(option, read_text(option, text))
            except OptionError as error:
                raise OptionError(f"the environment variable {variable} {error}") from None
    return None


def command_of(app: object, options: Mapping[str, object]) -> list[str]:
    """Return the command line of this program for a call.

    Args:
        app: The import string of the application.
        options: The options that were given.
    """
    call = pickle.dumps((sys.path, str(app), dict(options)))
    return [sys.executable, "-m", "rapide.server.again", base64.b64encode(call).decode()]

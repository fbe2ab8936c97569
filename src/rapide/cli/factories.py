"""Functions that make the application, as `create_app()` does.

COMPAT: uvicorn calls what an import string names, and serves the result if that was possible
without arguments. Here the signature decides, so that an error inside of a factory is reported.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette

from rapide.cli.failures import DiscoveryError, call_failure

#: The names of a factory that are looked for with `--factory`.
FACTORY_NAMES = ("create_app", "make_app")


def is_application(value: object) -> bool:
    """Return whether a value can be called as `value(scope, receive, send)`."""
    if isinstance(value, Starlette):
        return True
    if inspect.isclass(value) and not hasattr(value, "__await__"):
        return False
    if not callable(value):
        return False
    takes = _takes(value, 3)
    return takes is None or takes  # without a readable signature, the server finds out


def is_factory(value: object) -> bool:
    """Return whether a value can be called without arguments, and is not an application."""
    if isinstance(value, Starlette) or not callable(value) or not _takes(value, 0):
        return False
    return not (_is_async(value) and is_application(value))


def factories_in(module: ModuleType) -> list[str]:
    """Return the names of the functions of a module that seem to make the application."""
    own = [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and "app" in name
    ]
    usual = [name for name in FACTORY_NAMES if name in own]
    return usual[:1] or own


def make_application(module: ModuleType, name: str, factory: object, folder: Path) -> object:
    """Call a factory.

    Raises:
        DiscoveryError: It is not a factory, it fails, or its result is not an application.
    """
    where = f"{name} in {module.__name__}"
    if isinstance(factory, Starlette) or not callable(factory):
        kind = type(factory).__name__
        raise DiscoveryError(f"--factory: {where} is not a function, but of type {kind}")
    if _takes(factory, 0) is False:
        signature = str(inspect.signature(factory)).partition(" ->")[0]
        raise DiscoveryError(
            f"{where} cannot be called without arguments, as a factory is: {name}{signature}"
        )
    if _is_async(factory):
        raise DiscoveryError(f"{where} is async: a factory is called before the server starts")
    return _checked(_call(factory, where, folder), where)


def _call(factory: Callable[[], object], where: str, folder: Path) -> object:
    try:
        return factory()
    except (Exception, SystemExit) as error:
        raise call_failure(f"calling {where}", folder, error) from error


def _checked(made: object, where: str) -> object:
    if inspect.iscoroutine(made):
        made.close()
        raise DiscoveryError(f"{where} is async: a factory is called before the server starts")
    if made is None:
        raise DiscoveryError(f"{where} returned None: a factory has to return the application")
    if not is_application(made):
        kind = type(made).__name__
        raise DiscoveryError(f"{where} returned an object of type {kind}, not an application")
    return made


def _takes(value: Callable[..., object], number: int) -> bool | None:
    """Return whether a value can be called with so many arguments; None if that is not known."""
    try:
        inspect.signature(value).bind(*[None] * number)
    except TypeError:
        return False
    except ValueError:
        return None
    return True


def _is_async(value: object) -> bool:
    called = getattr(value, "__call__", None)  # noqa: B004
    is_object = not inspect.isroutine(value) and not inspect.isclass(value)
    return inspect.iscoroutinefunction(called if is_object else value)

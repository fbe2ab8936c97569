"""Find the application that a command names, or the one that it most likely means.

A file (`shop/main.py`), a package folder, an import string (`shop.main:app`), or `entrypoint` in
`pyproject.toml` names the application. Without any of them, the usual file names are tried. Every
failure is a `DiscoveryError` whose message explains it completely in one line.
"""

import difflib
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette

from rapide.cli.failures import DiscoveryError, import_failure

# COMPAT: for the failures of FastAPI 0.165's command line, messages begin like its messages.
# COMPAT: the names tried by FastAPI 0.165's command line, in its order.
DEFAULT_FILES = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")
DEFAULT_NAMES = ("app", "api")

_IMPORT_STRING = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """An application, and how it was found."""

    module: str
    name: str
    app: object
    folder: Path
    """The folder that the module is imported from."""
    reason: str
    """How the application was found, for `--verbose`."""

    @property
    def import_string(self) -> str:
        """The import string for a server: `module:name`."""
        return f"{self.module}:{self.name}"


def find_application(
    where: str | None = None, *, app_name: str | None = None, entrypoint: str | None = None
) -> Target:
    """Find and import the application that the arguments of a command name.

    Raises:
        DiscoveryError: The application was not found; the message is one line.
    """
    if entrypoint and (where or app_name):
        raise DiscoveryError("--entrypoint already names the application: leave out path and --app")
    if entrypoint:
        return _from_import_string(entrypoint, "option --entrypoint")
    if where is None and app_name is None:
        configured, table = configured_entrypoint(Path("pyproject.toml"))
        if configured:
            return _from_import_string(configured, f"[{table}] entrypoint in pyproject.toml")
    if where is None:
        return _from_path(_default_file(), app_name, "the first of the usual file names")
    return _from_argument(where, app_name)


def configured_entrypoint(pyproject: Path) -> tuple[str | None, str]:
    """Return `entrypoint` of `[tool.rapide]` or `[tool.fastapi]`, and the name of the table."""
    if not pyproject.is_file():
        return None, ""
    try:
        tools = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DiscoveryError(f"{pyproject} is not valid TOML: {error}") from error
    except OSError as error:
        raise DiscoveryError(f"{pyproject} cannot be read: {error.strerror}") from error
    for table in ("rapide", "fastapi"):
        section = tools.get(table, {}) if isinstance(tools, dict) else {}
        entrypoint = section.get("entrypoint") if isinstance(section, dict) else None
        if entrypoint is None:
            continue
        if not isinstance(entrypoint, str):
            kind = type(entrypoint).__name__
            raise DiscoveryError(
                f"{pyproject}: [tool.{table}] entrypoint has to be a string, not {kind}"
            )
        return entrypoint, f"tool.{table}"
    return None, ""


def _from_argument(where: str, app_name: str | None) -> Target:
    """Read the path argument, which may be a file, a folder, `module:app` or `file.py:app`."""
    if Path(where).exists() or ":" not in where:
        return _from_path(Path(where), app_name, "the path given")
    if app_name:
        raise DiscoveryError(f"{where} already names the application: leave out --app {app_name}")
    file, _, name = where.rpartition(":")
    if file.endswith(".py"):
        return _from_path(Path(file), name, "the path given")
    return _from_import_string(where, "the import string given")


def _from_import_string(import_string: str, reason: str) -> Target:
    if not _IMPORT_STRING.fullmatch(import_string):
        raise DiscoveryError(
            "Import string must be in the format module.submodule:app_name, as shop.main:app is "
            f"and {import_string!r} is not"
        )
    module_name, _, name = import_string.partition(":")
    folder = Path.cwd()
    module = _import(module_name, folder)
    origin = f" ({reason})" if reason.startswith("[") else ""
    return Target(module_name, name, _named(module, name, origin), folder, reason)


def _from_path(path: Path, app_name: str | None, reason: str) -> Target:
    file = _python_file(path)
    module_name, folder = module_of(file)
    module = _import(module_name, folder)
    _check_not_shadowed(module, file)
    name = app_name or _discover(module)
    return Target(module_name, name, _named(module, name), folder, reason)


def module_of(file: Path) -> tuple[str, Path]:
    """Return the dotted name of a file's module, and the folder to import it from.

    Parent folders are part of the name as long as they contain an `__init__.py`.
    """
    file = file.resolve()
    parts = [] if file.name == "__init__.py" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), folder


def _default_file() -> Path:
    for name in DEFAULT_FILES:
        if (path := Path(name)).is_file():
            return path
    raise DiscoveryError(
        "Could not find a default file to run, please provide an explicit path: none of "
        f"{', '.join(DEFAULT_FILES)} is here"
    )


def _python_file(path: Path) -> Path:
    """Return the file to import for a path, which may be a package."""
    if path.is_dir():
        if (package := path / "__init__.py").is_file():
            return package
        inside = [path / name for name in DEFAULT_FILES if (path / name).is_file()]
        hint = f"; did you mean {inside[0]}?" if inside else ""
        raise DiscoveryError(f"the folder {path} is not a package: it has no __init__.py{hint}")
    if not path.exists():
        raise DiscoveryError(f"Path does not exist {path}{_hint_for_missing(path)}")
    if path.suffix != ".py":
        raise DiscoveryError(f"{path} is not a Python file: its name does not end in .py")
    if "." in path.stem:
        raise DiscoveryError(f"{path} cannot be imported: its name has a dot before .py")
    return path


def _hint_for_missing(path: Path) -> str:
    if path.suffix != ".py" and re.fullmatch(r"\w+(\.\w+)*", str(path)):
        return f"; for a module, write {path}:app"
    siblings = path.parent.glob("*.py") if path.parent.is_dir() else ()
    return _did_you_mean(str(path), (str(sibling) for sibling in siblings))


def _import(name: str, folder: Path) -> ModuleType:
    if str(folder) not in sys.path[:1]:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise DiscoveryError(f"there is no module {error.name} in {folder}") from error
        raise import_failure(name, folder, error) from error
    except (Exception, SystemExit) as error:
        raise import_failure(name, folder, error) from error


def _check_not_shadowed(module: ModuleType, file: Path) -> None:
    origin = module.__file__
    if origin is None or Path(origin).resolve() != file.resolve():
        raise DiscoveryError(
            f"{file} is hidden by another module named {module.__name__} ({origin}): rename it"
        )


def _discover(module: ModuleType) -> str:
    """Return the name of a module's application: `app`, `api`, or the first one in it."""
    found = sorted(name for name, value in vars(module).items() if isinstance(value, Starlette))
    for name in (*DEFAULT_NAMES, *found):
        if name in found:
            return name
    for name in DEFAULT_NAMES:
        if name in vars(module):
            value = vars(module)[name]
            raise DiscoveryError(_not_an_application(module.__name__, name, value))
    contents = ", ".join(_contents(module))
    found_there = f"has only {contents}" if contents else "defines no names"
    raise DiscoveryError(
        "Could not find FastAPI app in module, try using --app: "
        f"{module.__name__} {found_there}{_hint_for_factory(module)}"
    )


def _contents(module: ModuleType, limit: int = 10) -> list[str]:
    """List the names that a module itself defines, as `name (kind)`."""
    own = [
        f"{name} ({type(value).__name__})"
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and not (callable(value) and getattr(value, "__module__", None) != module.__name__)
    ]
    return [*own[:limit], "…"] if len(own) > limit else own


def _hint_for_factory(module: ModuleType) -> str:
    """Suggest how to use the only function that seems to make the application."""
    own = [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and "app" in name
    ]
    return f"; if {own[0]} makes the application, write app = {own[0]}()" if len(own) == 1 else ""


def _named(module: ModuleType, dotted: str, origin: str = "") -> object:
    """Return the object with a name in a module, which must be an ASGI application.

    Args:
        module: The module.
        dotted: The name, which may include attributes: `name.attribute`.
        origin: The origin of the name, in brackets; empty if the command line contains the name.
    """
    value: object = module
    for name in dotted.split("."):
        if not hasattr(value, name):
            hint = _did_you_mean(name, (key for key in dir(value) if not key.startswith("_")))
            where = f"{module.__name__}{origin}"
            raise DiscoveryError(f"Could not find app name {dotted} in {where}{hint}")
        value = getattr(value, name)
    if not _is_asgi(value):
        raise DiscoveryError(_not_an_application(module.__name__, dotted, value))
    return value


def _is_asgi(value: object) -> bool:
    """Return whether a value can be called as `value(scope, receive, send)`."""
    if isinstance(value, Starlette):
        return True
    if not callable(value) or inspect.isclass(value):
        return False
    try:
        inspect.signature(value).bind(None, None, None)
    except TypeError:
        return False
    except ValueError:  # there is no readable signature: let the server find out
        return True
    return True


def _not_an_application(module: str, name: str, value: object) -> str:
    what = f"The app name {name} in {module} doesn't seem to be a FastAPI app"
    if inspect.isclass(value) or inspect.isfunction(value):
        kind = "class" if inspect.isclass(value) else "function"
        # In `app = FastAPI`, the class to call has another name.
        own = value.__name__
        made = own if name in DEFAULT_NAMES and own.isidentifier() else name
        return f"{what} but is a {kind}; if it makes the application, write app = {made}()"
    if _is_asgi(value):
        kind = type(value).__name__
        return f"{what} but is of type {kind}; if it is what to serve, say --app {name}"
    return f"{what}, nor an ASGI application: it is of type {type(value).__name__}"


def _did_you_mean(word: str, choices: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, choices, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""

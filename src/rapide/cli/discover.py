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
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette

from rapide.cli.factories import factories_in, is_application, is_factory, make_application
from rapide.cli.failures import DiscoveryError, import_failure
from rapide.cli.pyproject import PYPROJECT, configured_entrypoint

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
    is_factory: bool = False
    """Whether the name is that of a function that makes the application."""

    @property
    def import_string(self) -> str:
        """The import string for a server: `module:name`."""
        return f"{self.module}:{self.name}"


def find_application(
    where: str | None = None,
    *,
    app_name: str | None = None,
    entrypoint: str | None = None,
    factory: bool = False,
    app_dir: Path | None = None,
) -> Target:
    """Find and import the application that the arguments of a command name.

    Args:
        where: A file, a folder, or an import string.
        app_name: The name of the application in its module.
        entrypoint: An import string.
        factory: Whether the name is that of a function that makes the application.
        app_dir: The folder to import from instead of the current one.

    Raises:
        DiscoveryError: The application was not found; the message is one line.
    """
    if entrypoint and (where or app_name):
        raise DiscoveryError("--entrypoint already names the application: leave out path and --app")
    search = _Search(app_dir, factory)
    if entrypoint:
        return search.from_import_string(entrypoint, "option --entrypoint")
    if where is None and app_name is None:
        configured, table = configured_entrypoint(PYPROJECT)
        if configured:
            return search.from_import_string(configured, f"[{table}] entrypoint in pyproject.toml")
    if where is None:
        return search.from_path(search.default_file(), app_name, "the first usual file name")
    return search.from_argument(where, app_name)


class _Search:
    """The ways to an application.

    Args:
        app_dir: The folder to import from instead of the current one.
        factory: Whether what is found makes the application.
    """

    def __init__(self, app_dir: Path | None, factory: bool) -> None:
        self.folder = Path.cwd() if app_dir is None else app_dir.resolve()
        self.app_dir = app_dir
        self.factory = factory

    def from_argument(self, where: str, app_name: str | None) -> Target:
        """Read the path argument: a file, a folder, `module:app` or `file.py:app`."""
        if ":" not in where or self._below(where).exists():
            return self.from_path(self._below(where), app_name, "the path given")
        if app_name:
            raise DiscoveryError(
                f"{where} already names the application: leave out --app {app_name}"
            )
        file, _, name = where.rpartition(":")
        if file.endswith(".py"):
            return self.from_path(self._below(file), name, "the path given", may_call=True)
        return self.from_import_string(where, "the import string given")

    def from_import_string(self, import_string: str, reason: str) -> Target:
        """Import what `module:name` names, and call it if it is a factory."""
        if not _IMPORT_STRING.fullmatch(import_string):
            raise DiscoveryError(
                "Import string must be in the format module.submodule:app_name, as shop.main:app "
                f"is and {import_string!r} is not"
            )
        module_name, _, name = import_string.partition(":")
        module = _import(module_name, self.folder)
        origin = f" ({reason})" if reason.startswith("[") else ""
        app, is_made = self._named(module, name, origin, may_call=True)
        return Target(module_name, name, app, self.folder, reason, is_made)

    def from_path(
        self, path: Path, app_name: str | None, reason: str, *, may_call: bool = False
    ) -> Target:
        """Import a file or a package, and find the application in it."""
        file = _python_file(path)
        module_name, folder = module_of(file)
        if self.app_dir is not None:  # the other modules of the application are there
            _search_in(self.folder)
        module = _import(module_name, folder)
        _check_not_shadowed(module, file)
        name = app_name or self._discover(module)
        app, is_made = self._named(module, name, may_call=may_call)
        return Target(module_name, name, app, folder, reason, is_made)

    def default_file(self) -> Path:
        """Return the first of the usual files."""
        for name in DEFAULT_FILES:
            if (path := self._below(name)).is_file():
                return path
        raise DiscoveryError(
            "Could not find a default file to run, please provide an explicit path: none of "
            f"{', '.join(DEFAULT_FILES)} is {f'in {self.app_dir}' if self.app_dir else 'here'}"
        )

    def _below(self, where: str) -> Path:
        """Return a path below `--app-dir`, unless it is only in the current folder."""
        path = Path(where) if self.app_dir is None else self.app_dir / where
        return path if path.exists() else Path(where)

    def _named(
        self, module: ModuleType, dotted: str, origin: str = "", *, may_call: bool = False
    ) -> tuple[object, bool]:
        """Return the application with a name in a module, and whether that is its factory's.

        Args:
            module: The module.
            dotted: The name, which may include attributes: `name.attribute`.
            origin: The origin of the name in brackets; empty if the command line contains it.
            may_call: Whether a function without arguments is called.
        """
        value: object = module
        for name in dotted.split("."):
            if not hasattr(value, name):
                hint = did_you_mean(name, (key for key in dir(value) if not key.startswith("_")))
                where = f"{module.__name__}{origin}"
                raise DiscoveryError(f"Could not find app name {dotted} in {where}{hint}")
            value = getattr(value, name)
        if self.factory or (may_call and is_factory(value)):
            return make_application(module, dotted, value, self.folder), True
        if not is_application(value):
            raise DiscoveryError(_not_an_application(module.__name__, dotted, value))
        return value, False

    def _discover(self, module: ModuleType) -> str:
        """Return the name of a module's application or, with `--factory`, of its factory."""
        if not self.factory:
            return _discover(module)
        found = factories_in(module)
        if len(found) == 1:
            return found[0]
        raise DiscoveryError(
            f"Could not find a factory in {module.__name__}, try using --app: "
            f"{_has(module)}, but {'only one' if found else 'a'} function has to have app in its "
            "name"
        )


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
    return did_you_mean(str(path), (str(sibling) for sibling in siblings))


def _search_in(folder: Path) -> None:
    if str(folder) not in sys.path[:1]:
        sys.path.insert(0, str(folder))


def _import(name: str, folder: Path) -> ModuleType:
    _search_in(folder)
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
    raise DiscoveryError(
        "Could not find FastAPI app in module, try using --app: "
        f"{module.__name__} {_has(module)}{_hint_for_factory(module)}"
    )


def _has(module: ModuleType) -> str:
    contents = ", ".join(_contents(module))
    return f"has only {contents}" if contents else "defines no names"


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
    found = factories_in(module)
    return f"; if {found[0]} makes the application, add --factory" if len(found) == 1 else ""


def _not_an_application(module: str, name: str, value: object) -> str:
    what = f"The app name {name} in {module} doesn't seem to be a FastAPI app"
    if inspect.isclass(value) or inspect.isfunction(value):
        kind = "class" if inspect.isclass(value) else "function"
        # In `app = FastAPI`, the class to call has another name.
        own = value.__name__
        made = own if name in DEFAULT_NAMES and own.isidentifier() else name
        instead = f"write app = {made}()" if kind == "class" else "add --factory"
        return f"{what} but is a {kind}; if it makes the application, {instead}"
    if is_application(value):
        kind = type(value).__name__
        return f"{what} but is of type {kind}; if it is what to serve, say --app {name}"
    return f"{what}, nor an ASGI application: it is of type {type(value).__name__}"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return the end of a message that suggests similar words, if there are any."""
    close = difflib.get_close_matches(word, choices, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""

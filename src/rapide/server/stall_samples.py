"""What a blocked event loop is doing: the place in the code, and the route.

The frames of the loop's thread are read from another thread. Nothing here keeps a frame, because
that would keep the objects of a request alive.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from starlette._utils import get_route_path
from starlette.requests import HTTPConnection
from starlette.routing import Mount, WebSocketRoute

from rapide._once import once
from rapide.http11.contract import Exchange
from rapide.scope_keys import APP, APP_ROOT_PATH
from rapide.server.route_names import route_in, route_of

#: What the file names of generated code begin with. The rest is the methods and the path.
_GENERATED: Final = "<rapide "
#: The packages between an application and the standard library.
_FRAMEWORK: Final = (
    *("rapide", "rapide_as_fastapi", "starlette", "anyio", "uvicorn", "uvloop", "pydantic"),
    *("sniffio", "typing_extensions", "websockets", "msgspec", "opentelemetry"),
)
#: Local variables that say which request a frame belongs to.
_TELLING: Final = ("scope", "exchange", "request", "websocket")
#: The types of ASGI scopes, and the keys that are read of them.
_NEEDED: Final[dict[str, frozenset[str]]] = {
    "lifespan": frozenset(),
    "http": frozenset({"method", "path"}),
    "websocket": frozenset({"path"}),
}
#: How far the owners of a task are followed.
_GENERATIONS: Final = 5
#: The files of Python's import system.
_IMPORTING: Final = "<frozen importlib"
#: Our own work before a route can answer for the first time.
_PREPARING: Final = frozenset({"load_compiler", "prepare", "prepare_answer"})


@dataclass(frozen=True, slots=True)
class Step:
    """A function that is running, and its line."""

    code: CodeType
    line: int

    @property
    def file(self) -> str:
        """The path of the source."""
        return self.code.co_filename

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.code.co_qualname}"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the event loop was doing at one moment.

    Attributes:
        steps: The functions that were running, the innermost first.
        route: Method and path template of the request; None if it belongs to none.
    """

    steps: tuple[Step, ...]
    route: str | None

    @property
    def place(self) -> Step | None:
        """The innermost line of the application, or the innermost line at all."""
        own = next((step for step in self.steps if _is_applications(step.file)), None)
        return own or self._in_installed_application() or next(iter(self.steps), None)

    def _in_installed_application(self) -> Step | None:
        """Return the innermost line of the package that the framework has called, if any.

        Applications may be installed, too. They call other packages, not the reverse.
        """
        package = None
        for step in reversed(self.steps):
            name = _package_of(step.file)
            if name is None:
                continue
            if name in _FRAMEWORK:
                package = None
            elif package is None:
                package = name
        if package is None:
            return None
        return next(step for step in self.steps if _package_of(step.file) == package)

    @property
    def is_preparation(self) -> bool:
        """Whether the framework imports its modules or compiles a route, which it does once."""
        is_importing = False
        for step in self.steps:
            if step.file.startswith(_IMPORTING):
                is_importing = True
                continue
            package = _package_of(step.file)
            if is_importing and package in _FRAMEWORK:
                return True
            if _is_applications(step.file):
                return False
            if step.code.co_name in _PREPARING and package == "rapide":
                return True
        return False

    @property
    def is_debugging(self) -> bool:
        """Whether a debugger has stopped the program."""
        return any(
            Path(step.file).name in ("bdb.py", "pdb.py") or "pydevd" in step.file
            for step in self.steps
        )

    def stack(self) -> str:
        """Return the running functions as Python prints a traceback, the innermost last."""
        frames = [
            traceback.FrameSummary(step.file, step.line, step.code.co_name)
            for step in reversed(self.steps)
        ]
        return "".join(traceback.format_list(frames)).rstrip("\n")


def take_sample(innermost: FrameType, outermost: int, loop: asyncio.AbstractEventLoop) -> Sample:
    """Look at the frames of the loop's thread.

    Args:
        innermost: The frame that is running.
        outermost: The number of frames of the loop itself, which are left out.
        loop: The event loop.
    """
    frames = [frame for frame, _ in traceback.walk_stack(innermost)]
    own = frames[: len(frames) - outermost]
    if not own and innermost.f_code is asyncio.Handle._run.__code__:
        own = frames[:1]  # a callback that is written in C
    steps = tuple(
        Step(frame.f_code, frame.f_lineno or frame.f_code.co_firstlineno) for frame in own
    )
    return Sample(steps, _route_of_frames(own) or _route_of_owner(loop))


# The file of a step


@once
def _library() -> tuple[str, ...]:
    """Return the folders of the standard library."""
    paths = sysconfig.get_paths()
    return tuple(f"{Path(paths[name])}/" for name in ("stdlib", "platstdlib"))


@once
def _installed() -> tuple[str, ...]:
    """Return the folders that contain installed packages."""
    paths = sysconfig.get_paths()
    found = {f"{Path(paths[name])}/" for name in ("purelib", "platlib")}
    found |= {f"{path}/" for path in sys.path if Path(path).name in _SITES}
    return tuple(found)


_SITES: Final = ("site-packages", "dist-packages")


@once
def _framework() -> dict[str, str]:
    """Return the folders of the packages of the framework, with their names."""
    folders = {}
    for name in _FRAMEWORK:
        spec = find_spec(name)
        for folder in (spec and spec.submodule_search_locations) or ():
            folders[f"{folder}/"] = name
    return folders


def _package_of(file: str) -> str | None:
    """Return the top-level package of an installed file, or None."""
    if file.startswith(_GENERATED):
        return "rapide"
    for folder, name in _framework().items():
        if file.startswith(folder):
            return name
    for folder in _installed():
        if file.startswith(folder):
            return file[len(folder) :].partition("/")[0].removesuffix(".py")
    return None


def _is_applications(file: str) -> bool:
    """Return whether a file is neither installed nor part of Python."""
    if file.startswith("<") or _package_of(file) is not None:
        return False
    return not file.startswith(_library())


# The route


def _route_of_frames(frames: list[FrameType]) -> str | None:
    """Return the route that frames belong to. The innermost ones know most."""
    found = None
    for frame in frames:
        for told in _told_by(frame):
            route, is_certain = told
            if is_certain:
                return route
            found = found or route
    return found or next(filter(None, map(_generated_for, frames)), None)


def _generated_for(frame: FrameType) -> str | None:
    """Return the route that generated code is for."""
    file = frame.f_code.co_filename
    if not file.startswith(_GENERATED):
        return None
    return file[len(_GENERATED) : -1].partition(" #")[0]


def _told_by(frame: FrameType) -> Iterator[tuple[str, bool]]:
    """Yield what the local variables of a frame say: a route, and whether it is the template."""
    code = frame.f_code
    if not any(name in code.co_varnames or name in code.co_freevars for name in _TELLING):
        return
    variables = frame.f_locals
    for name in _TELLING:
        value: Any = variables.get(name)
        # No code of the application may run in this thread, such as a property `__class__`.
        kind = type(value)
        if issubclass(kind, Exchange):
            yield _route_of_exchange(value)
        elif issubclass(kind, HTTPConnection):
            # Some requests make their scope when it is asked for.
            value = object.__getattribute__(value, "__dict__").get("scope")
        if _is_scope(value):
            yield _route_of_scope(value)


def _is_scope(value: Any) -> bool:
    """Return whether a local variable is an ASGI scope, and not another dict of that name."""
    if type(value) is not dict:
        return False
    kind = value.get("type")
    needed = _NEEDED.get(kind) if type(kind) is str else None
    return needed is not None and needed <= value.keys()


def _route_of_exchange(exchange: Exchange) -> tuple[str, bool]:
    scope = exchange.known_scope
    template = route_of(exchange, None if scope is None else scope.get(APP))
    return f"{exchange.method} {template or exchange.path}", template is not None


def _route_of_scope(scope: Any) -> tuple[str, bool]:
    if scope["type"] == "lifespan":
        return "the lifespan", True
    method = scope["method"] if scope["type"] == "http" else "WS"
    template = route_in(scope)
    if template is not None:
        return f"{method} {_mounted_at(scope)}{template}", True
    # Middleware runs before the application looks for the route.
    routes = getattr(scope.get(APP), "routes", ())
    template = _template_for(routes, scope["type"], method, get_route_path(scope))
    return f"{method} {scope['path'] if template is None else _mounted_at(scope) + template}", False


def _mounted_at(scope: Any) -> str:
    """Return the path of the mounts that a request has passed."""
    root: str = scope.get("root_path", "")
    return root.removeprefix(scope.get(APP_ROOT_PATH, root))


def _template_for(routes: Iterable[Any], kind: str, method: str, path: str) -> str | None:
    """Return the template of the route that a path will have, without running any code of it."""
    for route in routes:
        if isinstance(route, Mount):
            found = route.path_regex.match(path)
            if found is not None:
                below = f"/{found.group('path')}"
                inner = _template_for(route.routes, kind, method, below)
                return path if inner is None else path.removesuffix(below) + inner
        elif hasattr(route, "effective_route_contexts"):
            inner = _template_for(route.effective_route_contexts(), kind, method, path)
            if inner is not None:
                return inner
        elif _may_serve(route, kind, method) and route.path_regex.match(path):
            template: str = route.path_format
            return template
    return None


def _may_serve(route: Any, kind: str, method: str) -> bool:
    methods = getattr(route, "methods", None)
    shown = getattr(route, "starlette_route", None) or getattr(route, "original_route", route)
    if isinstance(shown, WebSocketRoute) or kind == "websocket":
        return isinstance(shown, WebSocketRoute) and kind == "websocket"
    return hasattr(route, "path_regex") and (not methods or method in methods)


def _route_of_owner(loop: asyncio.AbstractEventLoop) -> str | None:
    """Return the route of the request that has started the running task."""
    task = asyncio.current_task(loop)
    for _ in range(_GENERATIONS):
        if task is None:
            return None
        task = _owner_of(task, loop)
        if task is not None:
            route = _route_of_frames([*reversed([*_frames_of(task)])])
            if route is not None:
                return route
    return None


def _owner_of(task: asyncio.Task[Any], loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
    """Return the task that waits for another one, or that has it among its variables."""
    for other in asyncio.all_tasks(loop):
        if other is task:
            continue
        waited: Any = getattr(other, "_fut_waiter", None)
        if waited is task or task in (getattr(waited, "_children", None) or ()):
            return other
        if any(_holds(value, task) for frame in _frames_of(other) for value in _values(frame)):
            return other
    return None


def _values(frame: FrameType) -> list[Any]:
    return [*frame.f_locals.values()]


def _holds(value: Any, task: asyncio.Task[Any]) -> bool:
    if value is task:
        return True
    is_collection = type(value) in (list, tuple, set)
    among = value if is_collection else inspect.getattr_static(value, "_tasks", ())
    return type(among) in (list, tuple, set) and any(item is task for item in [*among])


def _frames_of(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    """Yield the frames of a task that waits, the outermost first."""
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = _first_of(awaited, "cr_frame", "gi_frame", "ag_frame")
        if frame is None:
            return
        yield frame
        awaited = _first_of(awaited, "cr_await", "gi_yieldfrom", "ag_await")


def _first_of(thing: object, *names: str) -> Any:
    found = (getattr(thing, name, None) for name in names)
    return next((value for value in found if value is not None), None)

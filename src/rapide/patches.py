"""Find the classes, methods and functions of Starlette's that tools have replaced.

Theory of operation. Compiled code and the layers around it do the work of many of Starlette's
methods without calling them. That is correct only as long as no tool has replaced one. So

1. `look` goes through the classes and names that Rapide takes short cuts for, and finds those that
   are not Starlette's own. The code of a function shows where it comes from, so replacements that
   were made before Rapide was imported are found too.
2. Code that takes a short cut checks at each request whether anything may have changed, with
   `if has_changed(): look()`. That is the only cost. Module-level names that only some requests
   need are compared where they are used.
3. If the result of `look` differs from the previous one, it bumps `changes.version`. Then every
   route checks again. The affected routes take the generic path, which uses Starlette's objects.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from functools import partial
from operator import is_
from threading import Lock
from types import BuiltinFunctionType, FunctionType, GenericAlias, MethodType, ModuleType
from typing import Any, Final, NamedTuple

import anyio.to_thread as to_thread
import starlette.requests
import starlette.responses
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import (
    FormData,
    Headers,
    ImmutableMultiDict,
    MultiDict,
    MutableHeaders,
    QueryParams,
    UploadFile,
)
from starlette.formparsers import FormParser, MultiPartParser
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Host, Mount, Route, Router, WebSocketRoute

from rapide import _glance, shutdown
from rapide._once import cached_property
from rapide._watch import renew, watch
from rapide.changes import changes

#: Modules whose names are looked up at each use.
requests: Final[Any] = starlette.requests
responses: Final[Any] = starlette.responses

#: The requests that a replacement concerns.
ALL, JSON_BODIES, FORMS = "all", "JSON bodies", "forms"
LAYERS, ROUTING = "layers", "routing"

#: Watched classes, and the requests whose short cuts replace their methods. A response class stands
#: for the routes that respond with it.
_CLASSES: Final[dict[type, object]] = {
    HTTPConnection: ALL,
    Request: ALL,
    Headers: ALL,
    MutableHeaders: ALL,
    ImmutableMultiDict: ALL,
    MultiDict: ALL,
    QueryParams: ALL,
    Response: ALL,
    JSONResponse: JSONResponse,
    HTMLResponse: HTMLResponse,
    PlainTextResponse: PlainTextResponse,
    StreamingResponse: StreamingResponse,
    FormData: FORMS,
    UploadFile: FORMS,
    FormParser: FORMS,
    MultiPartParser: FORMS,
    json.JSONEncoder: JSONResponse,
    Starlette: LAYERS,
    Middleware: LAYERS,
    ServerErrorMiddleware: LAYERS,
    ExceptionMiddleware: LAYERS,
    Router: LAYERS,
    BaseRoute: ROUTING,
    Route: ROUTING,
    WebSocketRoute: ROUTING,
    Mount: ROUTING,
    Host: ROUTING,
}

#: The method that sends a response; None if it was replaced before Rapide was imported.
RESPONSES_CALL: object = Response.__call__

#: Watched names of modules. An object that does not come from the expected module is a replacement.
_NAMES: Final[list[tuple[ModuleType, str, str, object]]] = [
    (requests, "json", "json", JSON_BODIES),
    (requests, "cookie_parser", "starlette.requests", ALL),
    (requests, "Headers", "starlette.datastructures", ALL),
    (requests, "QueryParams", "starlette.datastructures", ALL),
    (requests, "FormData", "starlette.datastructures", FORMS),
    (requests, "FormParser", "starlette.formparsers", FORMS),
    (requests, "MultiPartParser", "starlette.formparsers", FORMS),
    (responses, "json", "json", JSONResponse),
    (responses, "MutableHeaders", "starlette.datastructures", ALL),
    (json, "loads", "json", JSON_BODIES),
    (json, "dumps", "json", JSONResponse),
    (to_thread, "run_sync", "anyio.to_thread", ALL),
]

#: Class attributes that are not methods, and their values in Starlette.
_VALUES: Final = {
    (Response, "media_type"): None,
    (Response, "charset"): "utf-8",
    (HTMLResponse, "media_type"): "text/html",
    (PlainTextResponse, "media_type"): "text/plain",
    (JSONResponse, "media_type"): "application/json",
}

#: Modules whose decorators Starlette uses on its own methods.
_DECORATORS: Final = frozenset({"typing_extensions", "warnings", "contextlib"})


class Patch(NamedTuple):
    """The replacement of an object of Starlette's, or of another library that Starlette uses."""

    name: str
    module: str
    """The module that contains the replacement."""
    function: str
    concerns: object

    def __str__(self) -> str:
        by = f"{self.function} of {self.module}" if self.module else self.function
        return f"{self.name} was replaced by {by}"


#: The replacements that the last `look` found.
found: list[Patch] = []


def look() -> None:
    """Find the current replacements, and count a change if they are not the previous ones."""
    _seen.renew()  # first of all, so that the next call sees any change from here on
    now = [*_patched_names(), *(patch for cls in _CLASSES for patch in _seen_class(cls))]
    if now != found:
        found[:] = now
        changes.bump()


def concerning(*whom: object) -> list[Patch]:
    """Return the replacements that the last `look` has found and that concern any of these."""
    return [patch for patch in found if patch.concerns in whom]


def in_force(concerns: object) -> bool:
    """Return whether a replacement was found that concerns this."""
    return any(patch.concerns == concerns for patch in found)


def is_original(cls: type) -> bool:
    """Return whether all attributes of a class have their original values."""
    return all(_is_own(cls, name, value) for name, value in vars(cls).items())


def origin(value: Any) -> tuple[str, str]:
    """Return the module and name of the code that a value runs first.

    The value's own `__module__` is not used, because `functools.wraps` and the proxies of wrapt
    copy it from the wrapped function.
    """
    while type(value) is not FunctionType:
        if type(value) is partial:
            value = value.func
        elif type(value) is MethodType:
            value = value.__func__
        elif type(value) is BuiltinFunctionType:
            return value.__module__ or "builtins", value.__qualname__
        else:
            wrapper = getattr(value, "_self_wrapper", None)  # a proxy of wrapt
            if type(wrapper) not in {FunctionType, MethodType}:
                return type(value).__module__, type(value).__qualname__
            value = wrapper
    return value.__globals__.get("__name__", "?"), value.__code__.co_name


# Keeping watch


#: Attributes that are compared at each request if classes cannot be watched.
_COMPARED: Final[dict[type, list[str]]] = {
    HTTPConnection: ["headers", "cookies", "query_params"],
    Request: ["body", "json", "form", "_get_form"],
    Response: ["render", "init_headers", "__call__"],
    JSONResponse: ["render", "media_type"],
    Starlette: ["__call__"],
}


#: The module-level names that concern every request.
_GLANCED: Final = [
    (vars(to_thread), "run_sync"),
    (vars(requests), "cookie_parser"),
    (vars(requests), "Headers"),
    (vars(requests), "QueryParams"),
]


class _Seen:
    """The last seen state of the classes and names."""

    def __init__(self) -> None:
        self.watch_classes()

    def watch_classes(self) -> None:
        """Watch the current classes."""
        self.watch = watch(_CLASSES, _COMPARED)
        self.renew()

    def renew(self) -> None:
        """Record the current state as unchanged."""
        _glance.remember(self.watch, renew(self.watch), _GLANCED)


_seen: Final = _Seen()
#: Several threads may add classes.
_adding: Final = Lock()

#: Return whether the result of `look` may differ from the last one. Each request calls this.
has_changed: Final = _glance.has_changed


def add(cls: type, concerns: object) -> None:
    """Watch one more class."""
    if cls in _CLASSES:
        return
    with _adding:
        if cls not in _CLASSES:
            _CLASSES[cls] = concerns
            _seen.watch_classes()
    look()


# Looking


#: Names of methods and properties: data under such a name is a replacement.
_METHODS: Final = frozenset(
    name
    for cls in _CLASSES
    for name, value in vars(cls).items()
    if type(value) in (FunctionType, property) and not name.startswith("__")
)

#: The last seen state of each class: its names and values, and the replacements among them.
_classes_seen: dict[type, tuple[list[str], list[object], list[Patch]]] = {}


def _seen_class(cls: type) -> list[Patch]:
    """Return the replaced attributes of a class. Check them one by one only if one has changed."""
    names, values = list(vars(cls)), list(vars(cls).values())
    known = _classes_seen.get(cls)
    if known is not None and known[0] == names and all(map(is_, known[1], values)):
        return known[2]
    patches = [
        Patch(f"{cls.__module__}.{cls.__qualname__}.{name}", *said(value), _CLASSES[cls])
        for name, value in zip(names, values, strict=True)
        if not _is_own(cls, name, value)
    ]
    _classes_seen[cls] = names, values, patches
    return patches


def _is_own(cls: type, name: str, value: Any) -> bool:
    """Return whether an attribute of a class has its original value."""
    if name in ("media_type", "charset") and issubclass(cls, Response):
        return (cls, name) in _VALUES and bool(value == _VALUES[cls, name])
    functions = [value]
    if type(value) is property:
        functions = [item for item in (value.fget, value.fset, value.fdel) if item is not None]
    elif type(value) in (classmethod, staticmethod):
        if value.__func__ is GenericAlias:
            return name == "__class_getitem__"
        functions = [value.__func__]
    elif type(value) in (cached_property, functools.cached_property):
        functions = [value.func]
    elif type(value) is not FunctionType:
        return _is_inert(name, value)
    return all(_is_method_of(cls, function) for function in functions)


def _is_method_of(cls: type, function: object) -> bool:
    if type(function) is not FunctionType:
        return False
    module = function.__globals__.get("__name__")
    if function is shutdown.is_shutting_down:
        return True
    if module in _DECORATORS:
        return True
    if cls.__module__.startswith("rapide."):
        return str(module).startswith("rapide.")
    if module != cls.__module__:
        return False
    own = (f"{cls.__qualname__}.", "__annotate")
    if function.__code__.co_qualname.startswith(own):
        return True
    # COMPAT: Pydantic before 2.10 decorates methods of TypeAdapter by a function of its module.
    decorated = getattr(function, "__wrapped__", None)
    return type(decorated) is FunctionType and _is_method_of(cls, decorated)


def _is_inert(name: str, value: object) -> bool:
    """Return whether an attribute is data, or one that the interpreter adds to classes."""
    if callable(value) or hasattr(type(value), "__get__"):
        return type(value) is not type and type(value).__module__ in ("builtins", "_abc")
    return name not in _METHODS


def _patched_names() -> Iterator[Patch]:
    if origin(run_in_threadpool) != ("starlette.concurrency", "run_in_threadpool"):
        # COMPAT: FastAPI 0.165 keeps the function that exists when it is imported.
        name = "starlette.concurrency.run_in_threadpool"
        yield Patch(name, *origin(run_in_threadpool), ALL)
    for module, name, home, concerns in _NAMES:
        value = getattr(module, name)
        if isinstance(value, ModuleType):
            is_own = value.__name__ == home
        elif isinstance(value, type):
            is_own = value.__module__ == home and value.__qualname__ == name
        else:
            is_own = type(value) is FunctionType and origin(value) == (home, name)
        if not is_own:
            yield Patch(f"{module.__name__}.{name}", *said(value), concerns)


def said(value: object) -> tuple[str, str]:
    """Describe a replacement: module and name of its code, or the value itself."""
    if isinstance(value, ModuleType):
        return "", f"the module {value.__name__}"
    if isinstance(value, type):
        return value.__module__, value.__qualname__
    if isinstance(value, property) and value.fget is not None:
        value = value.fget
    elif isinstance(value, classmethod | staticmethod):
        value = value.__func__
    if value is None or isinstance(value, str | int):
        return "", repr(value)
    return origin(value)


look()
if any(patch.name == "starlette.responses.Response.__call__" for patch in found):
    RESPONSES_CALL = None

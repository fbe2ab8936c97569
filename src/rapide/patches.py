"""What tools have put in the place of Starlette's own classes, methods and functions.

Theory of operation. Compiled code, and the layers around it, do the work of many of Starlette's
methods without calling them. That is right only as long as nobody has replaced one. So

1. `look` goes through the classes and names that Rapide stands in for, and finds what is not
   Starlette's own. Code says itself where it comes from, so tools that came first are found, too.
2. Whoever takes a short cut asks at each request whether anything may have changed since, by
   `if has_changed(): look()`. That is the only cost. Names of modules that only some requests need
   are compared where they are used.
3. `look` advances the clock when it finds something else than before. Every route looks again, and
   those that a replacement concerns take the generic path, which uses Starlette's objects.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from functools import partial
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
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

from rapide._once import cached_property
from rapide._watch import renew, watch
from rapide.changes import clock

#: Modules whose names are looked up at each use.
requests: Final[Any] = starlette.requests
responses: Final[Any] = starlette.responses

#: Whom a replacement concerns.
ALL, JSON_BODIES, FORMS = "all", "JSON bodies", "forms"
LAYERS, ROUTING = "layers", "routing"

#: Watched classes, and whose short cuts stand in for them; a response class stands for the routes
#: that answer with it.
_CLASSES: Final[dict[type, Any]] = {
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

#: What sends a response; None when it was replaced before we could see it.
RESPONSES_CALL: Any = Response.__call__

#: Watched names of modules. What does not come from where it should is a replacement.
_NAMES: Final[list[tuple[ModuleType, str, str, Any]]] = [
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

#: Class attributes that are no methods, and what Starlette says there.
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
    """What stands in the place of something of Starlette's, or of another library that it uses."""

    name: str
    module: str
    """The module whose code it is."""
    function: str
    concerns: Any

    def __str__(self) -> str:
        by = f"{self.function} of {self.module}" if self.module else self.function
        return f"{self.name} was replaced by {by}"


#: The replacements in force when somebody last looked.
found: list[Patch] = []


def look() -> None:
    """Find what is replaced now, and advance the clock if that is something else than before."""
    _seen.renew()  # before anything is read: what changes meanwhile is seen next time
    now = [*_patched_names(), *(patch for cls in _CLASSES for patch in _seen_class(cls))]
    if now != found:
        found[:] = now
        clock.advance()


def concerning(*whom: Any) -> list[Patch]:
    """The replacements that concern any of these, as of now.

    Not for each request: all names are looked at.
    """
    look()
    return [patch for patch in found if patch.concerns in whom]


def in_force(concerns: Any) -> bool:
    """Return whether a replacement was found that concerns this."""
    return any(patch.concerns == concerns for patch in found)


def origin(value: Any) -> tuple[str, str]:
    """Return the module and name of the code that a value runs first.

    What a value says of itself is not asked: `functools.wraps` and the proxies of wrapt let it
    repeat what they wrap.
    """
    while type(value) is not FunctionType:
        if type(value) is partial:
            value = value.func
        elif type(value) is MethodType:
            value = value.__func__
        elif type(value) is BuiltinFunctionType:
            return value.__module__ or "builtins", value.__qualname__
        else:
            wrapper = getattr(value, "_self_wrapper", None)  # wrapt, as most tools have it
            if type(wrapper) not in {FunctionType, MethodType}:
                return type(value).__module__, type(value).__qualname__
            value = wrapper
    return value.__globals__.get("__name__", "?"), value.__code__.co_name


# Keeping watch


#: Attributes that are compared at each request where classes cannot be watched.
_COMPARED: Final[dict[type, list[str]]] = {
    HTTPConnection: ["headers", "cookies", "query_params"],
    Request: ["body", "json", "form", "_get_form"],
    Response: ["render", "init_headers", "__call__"],
    JSONResponse: ["render", "media_type"],
    Starlette: ["__call__"],
}


class _Seen:
    """What was last seen: flags of the watch, and names of modules that all requests need."""

    __slots__ = ("cookie_parser", "flags", "headers", "query_params", "run_sync", "watch")

    def __init__(self) -> None:
        self.renew_watch()

    def renew_watch(self) -> None:
        """Watch what is to be watched now."""
        self.watch = watch(_CLASSES, _COMPARED)
        self.renew()

    def renew(self) -> None:
        """Take what is there for unchanged."""
        self.run_sync: Any = to_thread.run_sync
        self.cookie_parser: Any = requests.cookie_parser
        self.headers: Any = requests.Headers
        self.query_params: Any = requests.QueryParams
        self.flags = renew(self.watch)


_seen: Final = _Seen()


def has_changed() -> bool:
    """Return whether `look` may find something else than the last time."""
    # PERF: small-json. Each request asks.
    return (
        _seen.watch.__flags__ != _seen.flags
        or to_thread.run_sync is not _seen.run_sync
        or requests.cookie_parser is not _seen.cookie_parser
        or requests.Headers is not _seen.headers
        or requests.QueryParams is not _seen.query_params
    )


def add(cls: type, concerns: Any) -> None:
    """Watch one more class."""
    if cls not in _CLASSES:
        _CLASSES[cls] = concerns
        _seen.renew_watch()
        look()


# Looking


#: Names of methods and properties: data under such a name is a replacement.
_METHODS: Final = frozenset(
    name
    for cls in _CLASSES
    for name, value in vars(cls).items()
    if type(value) in (FunctionType, property) and not name.startswith("__")
)

#: What was last seen of each class: names and values, and the replacements among them.
_classes_seen: dict[type, tuple[list[str], list[Any], list[Patch]]] = {}


def _seen_class(cls: type) -> list[Patch]:
    """The replaced attributes of a class; looked at one by one only if one has changed."""
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
    """Return whether an attribute of a class is what the class was made with."""
    if name in ("media_type", "charset") and issubclass(cls, Response):
        return (cls, name) in _VALUES and bool(value == _VALUES[cls, name])
    functions = [value]
    if type(value) is property:
        functions = [item for item in (value.fget, value.fset, value.fdel) if item is not None]
    elif type(value) in (classmethod, staticmethod):
        functions = [value.__func__]
    elif type(value) in (cached_property, functools.cached_property):
        functions = [value.func]
    elif type(value) is not FunctionType:
        return _is_inert(name, value)
    return all(_is_method_of(cls, function) for function in functions)


def _is_method_of(cls: type, function: Any) -> bool:
    if type(function) is not FunctionType:
        return False
    module = function.__globals__.get("__name__")
    if module in _DECORATORS:
        return True
    if cls.__module__.startswith("rapide."):
        return str(module).startswith("rapide.")
    return bool(
        module == cls.__module__
        and function.__code__.co_qualname.startswith((f"{cls.__qualname__}.", "__annotate"))
    )


def _is_inert(name: str, value: Any) -> bool:
    """Return whether it is data, or what the interpreter puts into classes itself."""
    if callable(value) or hasattr(type(value), "__get__"):
        return type(value) is not type and type(value).__module__ in ("builtins", "_abc")
    return name not in _METHODS


def _patched_names() -> Iterator[Patch]:
    if origin(run_in_threadpool) != ("starlette.concurrency", "run_in_threadpool"):
        # COMPAT: FastAPI 0.165 keeps what it has found at its import.
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


def said(value: Any) -> tuple[str, str]:
    """The words for a replacement: module and name of code, else the value itself."""
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

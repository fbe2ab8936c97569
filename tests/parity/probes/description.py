"""The description of a probed application: plain data to write as source and to make smaller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Place = Literal["path", "query", "header", "cookie", "body", "form", "file"]
Kind = Literal["async", "sync", "generator", "async generator", "class", "instance", "partial"]


@dataclass(frozen=True)
class Type:
    """An annotation, raw values that fit it, and raw values that do not."""

    annotation: str
    good: tuple[object, ...] = ("1",)
    bad: tuple[object, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function, or a field of a model."""

    name: str
    place: Place
    type: Type
    marker: str = ""
    options: tuple[str, ...] = ()
    default: str = ""
    sent_as: str = ""


@dataclass(frozen=True)
class Validator:
    """A function that Pydantic calls: before, after, wrap, plain, or a default factory."""

    name: str
    mode: str
    takes_info: bool = False
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method:
    """A method of a model that Pydantic calls, as the lines of its source."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """A model with its fields and methods."""

    name: str
    fields: tuple[Parameter, ...]
    methods: tuple[Method, ...] = ()
    config: str = ""


@dataclass(frozen=True)
class Use:
    """A parameter that is a dependency; without a name it stands in a list of dependencies."""

    name: str
    dependency: str
    options: tuple[str, ...] = ()
    marker: str = "Depends"


@dataclass(frozen=True)
class Function:
    """A dependency or an endpoint."""

    name: str
    kind: Kind = "async"
    parameters: tuple[Parameter, ...] = ()
    uses: tuple[Use, ...] = ()
    injected: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    catches: str = ""
    steps_caught: tuple[str, ...] = ()
    steps_after: tuple[str, ...] = ()
    result: str = ""


@dataclass(frozen=True)
class Endpoint:
    """A route: its function, where it is, and its options."""

    function: Function
    path: str
    method: str = "post"
    annotation: str = ""
    options: tuple[str, ...] = ()
    required: tuple[Use, ...] = ()
    where: str = "app"


@dataclass(frozen=True)
class Handler:
    """An exception handler."""

    name: str
    of: str
    is_async: bool = True
    steps: tuple[str, ...] = ()
    answer: str = "PlainTextResponse(type(exc).__name__, 499)"


@dataclass(frozen=True)
class Middleware:
    """Something around the routes."""

    name: str
    kind: Literal["http", "asgi", "cors", "class", "gzip"]
    steps: tuple[str, ...] = ()
    catches: str = ""
    steps_after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sent:
    """A request: the target, header fields, the body in parts, and the places that raise."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    content: tuple[bytes, ...] = ()
    raising: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Application:
    """All of it, and what is asked of it."""

    endpoints: tuple[Endpoint, ...]
    calls: tuple[Sent, ...] = ()
    dependencies: tuple[Function, ...] = ()
    validators: tuple[Validator, ...] = ()
    models: tuple[Model, ...] = ()
    handlers: tuple[Handler, ...] = ()
    middleware: tuple[Middleware, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    required: tuple[Use, ...] = ()
    router_required: tuple[Use, ...] = ()
    inclusion_required: tuple[Use, ...] = ()
    router_options: tuple[str, ...] = ()
    background: tuple[Function, ...] = field(default=())

"""What a generated application consists of, as plain data.

Pieces of Python are kept as text, so that a description prints, compares, shrinks, and
turns into the same module under each framework (see `source.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

Place = Literal["path", "query", "header", "cookie", "body", "form", "file", "field"]
Style = Literal["plain", "annotated", "assigned"]
Marker = Literal["Depends", "Security"]
Kind = Literal[
    "async", "sync", "generator", "async generator", "class", "instance", "partial", "scheme"
]


@dataclass(frozen=True, slots=True)
class Type:
    """An annotation, with what a client may send for it and what may be declared with it."""

    annotation: str
    values: tuple[Any, ...] = ()
    """JSON values that fit; the first one fits every option."""
    options: tuple[str, ...] = ()
    """Constraints that Pydantic accepts here, like `gt=3`."""
    defaults: tuple[str, ...] = ()
    """Expressions that may stand as default value."""
    model: str = ""
    """The model inside, if there is one."""
    many: bool = False
    """The model stands in a list."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function, or a field of a model."""

    name: str
    place: Place
    type: Type
    style: Style = "plain"
    """No marker (its place is inferred), a marker in `Annotated`, or as default value."""
    options: tuple[str, ...] = ()
    default: str = ""
    """An expression; empty for a required parameter."""
    sent_as: tuple[str, ...] = ()
    """Names under which a client may send it."""
    embedded: bool = False

    def has_default(self) -> bool:
        """Say whether Python sees a default value, as a marker that is assigned also is."""
        return bool(self.default) or self.style == "assigned"


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    fields: tuple[Parameter, ...]
    config: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A parameter that receives a dependency; nameless in a list of `dependencies=`."""

    name: str
    dependency: str
    options: tuple[str, ...] = ()
    marker: Marker = "Depends"
    annotated: bool = False
    by_type: bool = False
    """The dependency, a class, stands in the annotation: `Annotated[dep, Depends()]`."""


@dataclass(frozen=True, slots=True)
class Function:
    """A callable whose parameters a framework fills in: an endpoint or a dependency."""

    name: str
    kind: Kind
    parameters: tuple[Parameter, ...] = ()
    uses: tuple[Use, ...] = ()
    injected: tuple[str, ...] = ()
    """Keys of `source.INJECTED`."""
    keyword_only: bool = False
    raises: str = ""
    """An exception that its body raises, as an expression."""
    raises_at_exit: str = ""
    scheme: str = ""
    """The expression that makes a security scheme, for that kind."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    function: Function
    method: str
    path: str
    """The path within its router."""
    answer: str
    """What the function returns, as an expression."""
    annotation: str = ""
    options: tuple[str, ...] = ()
    dependencies: tuple[Use, ...] = ()
    on_router: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    endpoints: tuple[Endpoint, ...]
    dependencies: tuple[Function, ...] = ()
    """In order of definition: each one uses only earlier ones."""
    models: tuple[Model, ...] = ()
    options: tuple[str, ...] = ()
    required: tuple[Use, ...] = ()
    """Dependencies of the whole application."""
    router_prefix: str = ""
    router_options: tuple[str, ...] = ()
    router_required: tuple[Use, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    """Pairs of dependencies; the second one takes the place of the first."""
    postponed: bool = False
    """Annotations are strings, as under `from __future__ import annotations`."""

    def parameters_of(self, endpoint: Endpoint) -> Iterator[Parameter]:
        """Yield what a client can send to an endpoint and to all that it depends on."""
        seen: set[str] = set()
        waiting = [*self.required, *endpoint.dependencies, *endpoint.function.uses]
        if endpoint.on_router:
            waiting += self.router_required
        yield from self._expanded(endpoint.function)
        functions = {function.name: function for function in self.dependencies}
        while waiting:
            name = waiting.pop().dependency
            function = functions[dict(self.overrides).get(name, name)]
            if function.name not in seen:
                seen.add(function.name)
                waiting += function.uses
                yield from self._expanded(function)

    def _expanded(self, function: Function) -> Iterator[Parameter]:
        for parameter in function.parameters:
            if parameter.type.model and parameter.place not in ("body", "file"):
                for field in self.model(parameter.type.model).fields:
                    yield replace(field, place=parameter.place)
            else:
                yield parameter

    def model(self, name: str) -> Model:
        """Find a model by its name."""
        return next(model for model in self.models if model.name == name)

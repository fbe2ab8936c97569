"""The options that routes inherit from the routers and inclusions above them.

`RULES` has a rule for every option. `inherit` applies the rules wherever two levels meet: a router
and a route that it adds, a router and an inclusion, two inclusions, an inclusion and a route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Protocol, TypeVar

from starlette.responses import Response
from starlette.routing import BaseRoute

from rapide import params
from rapide.datastructures import DefaultPlaceholder
from rapide.routing.options import (
    AddRouteOptions,
    ConstructorOptions,
    InclusionOptions,
    MakesId,
    Responses,
)

K = TypeVar("K")

#: The options that one level sets, by the names that they have for a route.
Said = Mapping[str, Any]
#: Combines the value of the level above with that of the level below.
Rule = Callable[[Any, Any], object]


class MissingRuleError(LookupError):
    """An option of routes has no rule of inheritance."""


class Includer(Protocol):
    """A router or an inclusion. Its options apply to all routes below."""

    prefix: str
    tags: list[str | Enum]
    dependencies: list[params.Depends]
    responses: Responses
    callbacks: list[BaseRoute]
    deprecated: bool | None
    include_in_schema: bool
    dependency_overrides_provider: Any
    max_body_size: int | None
    _rapide_threads: str | None

    @property
    def default_response_class(self) -> type[Response] | DefaultPlaceholder: ...

    @property
    def generate_unique_id_function(self) -> MakesId | DefaultPlaceholder: ...

    @property
    def strict_content_type(self) -> bool | DefaultPlaceholder: ...


# The rules


def join_paths(outer: str, inner: str) -> str:
    """Put the prefix before the path."""
    return outer + inner


def concatenate(outer: Sequence[object], inner: Sequence[object]) -> list[object]:
    """List the outer items, then the inner ones."""
    return [*outer, *inner]


def merge(outer: Mapping[K, object], inner: Mapping[K, object]) -> dict[K, object]:
    """Take the entries of both; for a key of both, the inner one."""
    return {**outer, **inner}


def first_said(outer: object, inner: object) -> object:
    """Take the innermost value that is not only a default."""
    is_said = not isinstance(inner, DefaultPlaceholder) or isinstance(outer, DefaultPlaceholder)
    return inner if is_said else outer


def either(outer: object, inner: object) -> object:
    """Be true if one of the two is."""
    return inner or outer


def both(outer: object, inner: object) -> object:
    """Be true if both are."""
    return inner and outer


def innermost(outer: K | None, inner: K | None) -> K | None:
    """Take the innermost value that is set."""
    return outer if inner is None else inner


def outer_only(outer: object, inner: object) -> object:
    """Take the outermost value. No level below can change it."""
    return outer


def inner_only(outer: object, inner: object) -> object:
    """Take the route's own value. Nothing is inherited."""
    return inner


#: How each option of a route is inherited. The prefix of a router counts as its path.
RULES: Final[dict[str, Rule]] = {
    "path": join_paths,
    "tags": concatenate,
    "dependencies": concatenate,
    "callbacks": concatenate,
    "responses": merge,
    "response_class": first_said,
    "generate_unique_id_function": first_said,
    "strict_content_type": first_said,
    "deprecated": either,
    "include_in_schema": both,
    "max_body_size": innermost,
    "threads": innermost,
    "dependency_overrides_provider": outer_only,
    # Each router applies its own form limits when a request passes it.
    "form_limits": inner_only,
    # The limits of the application apply beside those of the route.
    "limits": inner_only,
    "cache": inner_only,
    "idempotency": inner_only,
    # The router has chosen the class when it makes the route.
    "route_class_override": inner_only,
    "response_model": inner_only,
    "status_code": inner_only,
    "summary": inner_only,
    "description": inner_only,
    "response_description": inner_only,
    "methods": inner_only,
    "operation_id": inner_only,
    "response_model_include": inner_only,
    "response_model_exclude": inner_only,
    "response_model_by_alias": inner_only,
    "response_model_exclude_unset": inner_only,
    "response_model_exclude_defaults": inner_only,
    "response_model_exclude_none": inner_only,
    "name": inner_only,
    "openapi_extra": inner_only,
}


#: The names that routers and inclusions have for options of routes, if they are others.
NAMES_ABOVE: Final = {"path": "prefix", "response_class": "default_response_class"}
_NAMES_OF_ROUTES: Final = {name: own for own, name in NAMES_ABOVE.items()}


def check_rules(options: Iterable[str]) -> None:
    """Check that every option of a route, or of an inclusion, has a rule.

    Raises:
        MissingRuleError: An option has none.
    """
    missing = sorted({_NAMES_OF_ROUTES.get(name, name) for name in options} - RULES.keys())
    if missing:
        raise MissingRuleError(f"No rule says how routes inherit {', '.join(missing)}")


for declared in (AddRouteOptions, ConstructorOptions, InclusionOptions):
    check_rules(declared.__annotations__)

_INHERITED: Final = tuple(item for item in RULES.items() if item[1] is not inner_only)


def said_by(includer: Includer) -> dict[str, Any]:
    """Return the options that a router or an inclusion sets, by the names of a route's options."""
    return {
        "path": includer.prefix,
        "tags": includer.tags,
        "dependencies": includer.dependencies,
        "callbacks": includer.callbacks,
        "responses": includer.responses,
        "response_class": includer.default_response_class,
        "generate_unique_id_function": includer.generate_unique_id_function,
        "strict_content_type": includer.strict_content_type,
        "deprecated": includer.deprecated,
        "include_in_schema": includer.include_in_schema,
        "max_body_size": includer.max_body_size,
        "threads": includer._rapide_threads,
        "dependency_overrides_provider": includer.dependency_overrides_provider,
    }


def inherit(outer: Said, inner: Said) -> dict[str, Any]:
    """Combine the options of the level above with those below, in the order of the latter.

    Options that `inner` does not name are left out.

    Raises:
        MissingRuleError: `inner` names an option that has no rule.
    """
    if not inner.keys() <= RULES.keys():
        check_rules(inner)
    said = dict(inner)
    # PERF: startup; most options of a route are its own.
    for name, rule in _INHERITED:
        if name in said:
            said[name] = rule(outer[name], said[name])
    return said

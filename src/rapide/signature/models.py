"""`Dependant`: what one callable needs, as read from its signature."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rapide.live import clock
from rapide.schema import ModelField
from rapide.signature.callables import is_async_gen_callable, is_gen_callable, without_partials
from rapide.types import DependencyCacheKey

if TYPE_CHECKING:
    from rapide.concurrency import DependencyConcurrency
    from rapide.security.base import SecurityBase


@dataclass(slots=True)
class Dependant:
    """The parameters, the injected objects and the dependencies of a callable.

    The names are FastAPI's. An endpoint is a dependant without a name; a dependency has the name of
    the parameter that receives its value, or none when it is only run.
    """

    path_params: list[ModelField] = field(default_factory=list)
    query_params: list[ModelField] = field(default_factory=list)
    header_params: list[ModelField] = field(default_factory=list)
    cookie_params: list[ModelField] = field(default_factory=list)
    body_params: list[ModelField] = field(default_factory=list)
    dependencies: list["Dependant"] = field(default_factory=list)
    name: str | None = None
    call: Callable[..., Any] | None = None
    request_param_name: str | None = None
    websocket_param_name: str | None = None
    http_connection_param_name: str | None = None
    response_param_name: str | None = None
    background_tasks_param_name: str | None = None
    security_scopes_param_name: str | None = None
    own_oauth_scopes: list[str] | None = None
    parent_oauth_scopes: list[str] | None = None
    use_cache: bool = True
    path: str | None = None
    scope: Literal["function", "request"] | None = None
    concurrency: "DependencyConcurrency | None" = None


_call = Dependant.__dict__["call"]


def _replace_call(dependant: Dependant, call: Callable[..., Any] | None) -> None:
    """Set what is called. Once a dependant is made, that is a change which routes must notice."""
    is_new = not hasattr(dependant, "call")
    _call.__set__(dependant, call)
    if not is_new:
        clock.advance_calls()


# COMPAT: FastAPI 0.165 reads `route.dependant.call` at each request; tools put wrappers there.
setattr(Dependant, "call", property(_call.__get__, _replace_call))  # noqa: B010 - hidden from mypy


# The dependant is kept beside the answer, so that its id stays taken.
UsesScopesCache = dict[int, tuple[Dependant, bool]]


def loaded_class(module: str, name: str) -> type[Any] | None:
    """Give a class if its module is imported: only then can anything be an instance of it."""
    # PERF: import time; an application without security never loads those modules.
    found: type[Any] | None = getattr(sys.modules.get(module), name, None)
    return found


def get_oauth_scopes(dependant: Dependant) -> list[str]:
    """Give the OAuth2 scopes required here: the parents' first, each once."""
    scopes = list(dependant.parent_oauth_scopes or ())
    scopes.extend(
        scope for scope in dict.fromkeys(dependant.own_oauth_scopes or ()) if scope not in scopes
    )
    return scopes


def uses_scopes(dependant: Dependant, cache: UsesScopesCache | None = None) -> bool:
    """Tell whether the value of a dependency can depend on OAuth2 scopes."""
    cache = {} if cache is None else cache
    known = cache.get(id(dependant))
    if known is not None:
        return known[1]
    answer = (
        bool(dependant.own_oauth_scopes)
        or dependant.security_scopes_param_name is not None
        or is_security_scheme(dependant)
        or any(uses_scopes(sub_dependant, cache) for sub_dependant in dependant.dependencies)
    )
    cache[id(dependant)] = (dependant, answer)
    return answer


def get_cache_key(
    dependant: Dependant, uses_scopes_cache: UsesScopesCache | None = None
) -> DependencyCacheKey:
    """Give the key under which one request keeps the value of a dependency."""
    scopes: tuple[str, ...] = ()
    if uses_scopes(dependant, uses_scopes_cache):
        scopes = tuple(sorted(set(get_oauth_scopes(dependant))))
    return dependant.call, scopes, get_computed_scope(dependant) or ""


def get_computed_scope(dependant: Dependant) -> str | None:
    """Give the scope in which a dependency is left; generators default to the request's."""
    if dependant.scope:
        return dependant.scope
    is_generator = is_gen_callable(dependant.call) or is_async_gen_callable(dependant.call)
    return "request" if is_generator else None


def _unwrapped_call(dependant: Dependant) -> Any:
    call = dependant.call
    return None if call is None else inspect.unwrap(without_partials(call))


def is_security_scheme(dependant: Dependant) -> bool:
    """Tell whether the callable is a security scheme (`OAuth2PasswordBearer(…)`, …)."""
    for module in ("rapide.security.base", "fastapi.security.base"):
        scheme_class = loaded_class(module, "SecurityBase")
        if scheme_class is not None and isinstance(_unwrapped_call(dependant), scheme_class):
            return True
    return False


def get_security_scheme(dependant: Dependant) -> "SecurityBase":
    """Give the security scheme that the callable is."""
    assert is_security_scheme(dependant)
    scheme: SecurityBase = _unwrapped_call(dependant)
    return scheme

"""`Dependant`: what a callable needs, as its signature says."""

import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic.fields import FieldInfo

from rapide._once import making, once
from rapide.changes import GraphList, changes
from rapide.params import watch_declarations
from rapide.schema import ModelField
from rapide.schema.fields import watch_fields
from rapide.signature.callables import is_async_gen_callable, is_gen_callable, without_partials
from rapide.types import DependencyCacheKey, UserCallable

if TYPE_CHECKING:
    from rapide.concurrency import DependencyConcurrency
    from rapide.security.base import SecurityBase


class _Described:
    """The attributes of a dependant that are not its fields."""

    __slots__ = ("_rapide_described", "_rapide_is_served")

    #: The description of the fields, until code accesses one of their lists.
    _rapide_described: "Description"
    #: Whether a route serves requests with this dependant, so that changes matter.
    _rapide_is_served: bool


@dataclass(slots=True)
class Dependant(_Described):
    """The parameters, the injected objects and the dependencies of a callable.

    The attributes have FastAPI's names. The dependant of an endpoint has no name. A dependency has
    the name of the parameter that receives its value, or none if it only runs for its effects.

    COMPAT: FastAPI 0.165 reads all of it at each request, and tools change it: they put wrappers
    into `call` and guards into `dependencies`. So changes are reported; see `serve_graph`.
    """

    path_params: list[ModelField] = field(default_factory=GraphList)
    query_params: list[ModelField] = field(default_factory=GraphList)
    header_params: list[ModelField] = field(default_factory=GraphList)
    cookie_params: list[ModelField] = field(default_factory=GraphList)
    body_params: list[ModelField] = field(default_factory=GraphList)
    dependencies: list["Dependant"] = field(default_factory=GraphList)
    name: str | None = None
    call: UserCallable | None = None
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

    def __copy__(self) -> "Dependant":
        # COMPAT: a copy shares the lists, as in FastAPI 0.165, but serves no requests.
        copied: Dependant = object.__new__(Dependant)
        for name in self.__dataclass_fields__:
            object.__setattr__(copied, name, getattr(self, name))
        return copied

    def __getattr__(self, name: str) -> Any:
        """Make the lists of fields when code accesses one of them."""
        if name not in FIELD_LISTS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with making:
            found = read_slot(self, name, None)
            if found is None:
                _make_lists(self)
                found = read_slot(self, name, None)
        return found


#: The lists of `Dependant` that hold fields.
FIELD_LISTS = ("path_params", "query_params", "header_params", "cookie_params", "body_params")

#: The fields of a callable: the list of `Dependant` that each one belongs to, the field, and the
#: user's declaration if all uses share it.
Description = tuple[tuple[str, ModelField, FieldInfo | None], ...]


def read_slot(dependant: Dependant, name: str, default: object) -> object:
    """Return an attribute, or the default if the attribute is not made yet."""
    try:
        return _SLOTS[name].__get__(dependant)
    except AttributeError:
        return default


_SLOTS: dict[str, Any] = {name: Dependant.__dict__[name] for name in Dependant.__dataclass_fields__}
_PLAIN = tuple(name for name in _SLOTS if name not in FIELD_LISTS and name != "dependencies")
_PLAIN_DEFAULTS = {name: Dependant.__dataclass_fields__[name].default for name in _PLAIN}


def make_dependant(
    description: Description, dependencies: list[Dependant], said: dict[str, object]
) -> Dependant:
    """Make a dependant from shared fields. It copies them when code accesses one of its lists.

    PERF: startup. Most routes serve a request before any code accesses their fields.
    """
    dependant: Dependant = object.__new__(Dependant)
    for name, value in (_PLAIN_DEFAULTS | said).items():
        _SLOTS[name].__set__(dependant, GraphList(value) if type(value) is list else value)
    _SLOTS["dependencies"].__set__(dependant, GraphList(dependencies))
    _set_description(dependant, description)
    return dependant


_set_description = _Described.__dict__["_rapide_described"].__set__
_set_served = _Described.__dict__["_rapide_is_served"].__set__


def _make_lists(dependant: Dependant) -> None:
    lists: dict[str, GraphList[ModelField]] = {name: GraphList() for name in FIELD_LISTS}
    for name, item, declaration in getattr(dependant, "_rapide_described", ()):
        lists[name].append(item.copied(declaration))
    for name, fields in lists.items():
        if read_slot(dependant, name, None) is None:
            _SLOTS[name].__set__(dependant, fields)


def has_fields(dependant: Dependant, name: str) -> bool:
    """Return whether a list of fields has any fields, without making the list."""
    made = read_slot(dependant, name, None)
    if made is not None:
        return bool(made)
    return any(where == name for where, _, _ in dependant._rapide_described)


def peek_fields(dependant: Dependant, name: str) -> Sequence[ModelField]:
    """Return the fields of a list, which is not made if the originals say the same.

    PERF: startup. The document reads the fields of all routes, and most of them are never changed.
    """
    if type(dependant) is Dependant and read_slot(dependant, name, None) is None:
        described = dependant._rapide_described
        if all(declaration is None for _, _, declaration in described):
            return [item for where, item, _ in described if where == name]
    fields: Sequence[ModelField] = getattr(dependant, name)
    return fields


def known_fields(dependant: Dependant) -> Iterator[tuple[str, ModelField]]:
    """Yield the fields and the name of the list of each one, without making the lists."""
    for name in FIELD_LISTS:
        for item in read_slot(dependant, name, None) or ():  # type: ignore[attr-defined]
            yield name, item
    for name, item, _ in getattr(dependant, "_rapide_described", ()):
        if read_slot(dependant, name, None) is None:
            yield name, item


def can_report(dependant: Dependant) -> bool:
    """Return whether all parts of a graph can report their changes; see `serve_graph`."""
    for name in (*FIELD_LISTS, "dependencies", "own_oauth_scopes", "parent_oauth_scopes"):
        items = read_slot(dependant, name, None)
        if items is not None and type(items) is not GraphList:
            return False
    return all(map(can_report, dependant.dependencies))


def serve_graph(dependant: Dependant) -> bool:
    """Report changes of a graph from now on. Return whether all of its parts can report them.

    A list of another class, which other code has put there, cannot report its changes.
    """
    _watch_classes()
    is_watched = True
    _set_served(dependant, True)
    for name in (*FIELD_LISTS, "dependencies", "own_oauth_scopes", "parent_oauth_scopes"):
        items = getattr(dependant, name)
        if type(items) is GraphList:
            items.is_served = True
        elif items is not None:
            is_watched = False
    for name in FIELD_LISTS:
        for item in getattr(dependant, name):
            if isinstance(item, ModelField):
                item.serve()
    # Every branch must be marked, so do not stop at the first False.
    return all([is_watched, *map(serve_graph, dependant.dependencies)])


@once
def _watch_classes() -> None:
    """Make dependants and fields that serve requests report their changes.

    PERF: startup. Before the first request, making them has no extra cost.
    """
    setattr(Dependant, "__setattr__", _set_attribute)  # noqa: B010 - hidden from mypy
    watch_fields()
    watch_declarations()


def _set_attribute(dependant: Dependant, name: str, value: object) -> None:
    object.__setattr__(dependant, name, value)
    if getattr(dependant, "_rapide_is_served", False):
        changes.bump_graphs()


# The entry holds the dependant so that no other object gets its id.
UsesScopesCache = dict[int, tuple[Dependant, bool]]


def loaded_class(module: str, name: str) -> type | None:
    """Return a class if its module is imported; otherwise nothing can be an instance of it."""
    # PERF: import time; an application without security never loads those modules.
    found: type | None = getattr(sys.modules.get(module), name, None)
    return found


def every_dependant(dependant: Dependant) -> Iterator[Dependant]:
    """Yield a callable and all of its dependencies, depth first, also those that are repeated."""
    yield dependant
    for dependency in dependant.dependencies:
        yield from every_dependant(dependency)


def get_oauth_scopes(dependant: Dependant) -> list[str]:
    """Return the required OAuth2 scopes, those of the parents first, each once."""
    scopes = list(dependant.parent_oauth_scopes or ())
    scopes.extend(
        scope for scope in dict.fromkeys(dependant.own_oauth_scopes or ()) if scope not in scopes
    )
    return scopes


def uses_scopes(dependant: Dependant, cache: UsesScopesCache | None = None) -> bool:
    """Return whether the value of a dependency can depend on OAuth2 scopes."""
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
    """Return the key under which one request keeps the value of a dependency."""
    scopes: tuple[str, ...] = ()
    if uses_scopes(dependant, uses_scopes_cache):
        scopes = tuple(sorted(set(get_oauth_scopes(dependant))))
    return dependant.call, scopes, get_computed_scope(dependant) or ""


def get_computed_scope(dependant: Dependant) -> str | None:
    """Return the scope at whose end a dependency exits (`request` by default if it yields)."""
    if dependant.scope:
        return dependant.scope
    is_generator = is_gen_callable(dependant.call) or is_async_gen_callable(dependant.call)
    return "request" if is_generator else None


def _unwrapped_call(dependant: Dependant) -> Any:
    call = dependant.call
    return None if call is None else inspect.unwrap(without_partials(call))


def is_security_scheme(dependant: Dependant) -> bool:
    """Return whether the callable is a security scheme (`OAuth2PasswordBearer(…)`, …)."""
    for module in ("rapide.security.base", "fastapi.security.base"):
        scheme_class = loaded_class(module, "SecurityBase")
        if scheme_class is not None and isinstance(_unwrapped_call(dependant), scheme_class):
            return True
    return False


def get_security_scheme(dependant: Dependant) -> "SecurityBase":
    """Return the security scheme that the callable is."""
    assert is_security_scheme(dependant)
    scheme: SecurityBase = _unwrapped_call(dependant)
    return scheme

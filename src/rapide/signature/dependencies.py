"""The dependency graph of a callable, and everything that it reads from a request."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from operator import is_
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from weakref import WeakValueDictionary

from pydantic.fields import FieldInfo
from typing_inspection.typing_objects import is_typealiastype

from rapide import _replaced, params
from rapide._replaced import used
from rapide.schema import ModelField, get_cached_model_fields
from rapide.signature.callables import (
    describe_callable,
    get_typed_signature,
    is_async_gen_callable,
    is_gen_callable,
    notes_about,
)
from rapide.signature.errors import (
    CalledDependencyError,
    DeclarationError,
    DependencyCycleError,
    LoneDependencyError,
    NotADependencyError,
    ScopeMismatchError,
    UncallableDependencyError,
)
from rapide.signature.forms import get_param_aliases as get_param_aliases
from rapide.signature.forms import get_param_model as get_param_model
from rapide.signature.forms import get_validation_alias as get_validation_alias
from rapide.signature.forms import is_json_field as is_json_field
from rapide.signature.models import (
    Dependant,
    Description,
    UsesScopesCache,
    get_cache_key,
    get_oauth_scopes,
    has_fields,
    make_dependant,
)
from rapide.signature.parameters import (
    ParamDetails,
    analyze_param,
    injected_slot,
    list_of_field,
    path_alias_choices,
)
from rapide.types import DependencyCacheKey, UserCallable
from rapide.utils import get_path_param_names

if TYPE_CHECKING:
    from rapide.concurrency import DependencyConcurrency
    from rapide.params import Depends

Scope = Literal["function", "request"]


class _Reading(NamedTuple):
    """The analysed parameters of a callable, shared by all paths that give the same result."""

    #: The dependencies, by parameter.
    dependencies: list[tuple[str, "Depends"]]
    #: The injected objects: attributes of `Dependant`, with the names of the parameters.
    injected: dict[str, str]
    description: Description
    names_that_matter: frozenset[str]
    in_path: frozenset[str]
    #: Declarations that are defaults, and the content of each one after the analysis.
    written: list[tuple[FieldInfo, list[object]]]


_READINGS_KEPT = 8

# PERF: memory. Readings are not changed, and most of them have empty parts and the same names.
_NO_DEPENDENCIES: Final[list[tuple[str, "Depends"]]] = []
_NOTHING_INJECTED: Final[dict[str, str]] = {}
_NOTHING_WRITTEN: Final[list[tuple[FieldInfo, list[object]]]] = []
_names: Final[WeakValueDictionary[frozenset[str], frozenset[str]]] = WeakValueDictionary()


def _shared(names: frozenset[str]) -> frozenset[str]:
    return _names.setdefault(names, names)


def _read(call: UserCallable, path_param_names: set[str]) -> _Reading:
    """Analyse the parameters of a callable for a path with these parameters, or reuse a reading."""
    if _replaced.current:
        return _analyze(call, path_param_names)[1]
    # PERF: a thousand routes may use the same dependency; its fields are made once.
    notes = notes_about(call)
    readings: list[_Reading] = notes.readings
    for reading in readings:
        if reading.in_path == reading.names_that_matter & path_param_names:
            if all(says(declaration, before) for declaration, before in reading.written):
                return reading
            readings.remove(reading)
            break
    details, reading = _analyze(call, path_param_names)
    if all(map(_is_kept, details)):
        readings[:] = [reading, *readings][:_READINGS_KEPT]
    else:
        notes.signature = None
    return reading


def _is_kept(details: ParamDetails) -> bool:
    """Return whether the analysis of a parameter holds wherever the callable is used."""
    if details.depends is not None and details.depends._concurrency is not None:
        # COMPAT: a limit belongs to a `Depends` object, and FastAPI 0.165 makes a new one from a
        # string annotation each time it is used.
        return False
    return details.field is None or details.field.types.is_settled


def _analyze(
    call: Callable[..., object], path_param_names: set[str]
) -> tuple[list[ParamDetails], _Reading]:
    found: list[ParamDetails] = []
    dependencies: list[tuple[str, Depends]] = []
    injected: dict[str, str] = {}
    description: list[tuple[str, ModelField, FieldInfo | None]] = []
    names: set[str] = set()
    written = []
    signature = used("dependencies.utils.get_typed_signature", get_typed_signature)(call)
    analyze = used("dependencies.utils.analyze_param", analyze_param)
    for name, parameter in signature.parameters.items():
        names.add(name)
        details = analyze(
            param_name=name,
            annotation=parameter.annotation,
            value=parameter.default,
            path_param_names=path_param_names,
        )
        found.append(details)
        if details.depends is not None:
            dependencies.append((name, details.depends))
        elif details.field is None:
            slot = injected_slot(details.type_annotation)
            assert slot is not None
            injected[slot] = name
        else:
            declaration = details.field.field_info
            is_body = isinstance(declaration, params.Body)
            where = "body_params" if is_body else list_of_field(details.field)
            # COMPAT: in FastAPI 0.165, all uses share a declaration that is the default.
            shared = declaration if declaration is parameter.default else None
            if shared is not None:
                details.field.field_info = copy(declaration)
            description.append((where, details.field, shared))
        if isinstance(parameter.default, FieldInfo):
            written.append((parameter.default, what_is_said(parameter.default)))
            names.update(path_alias_choices(parameter.default))
        names.update(_choices_in(parameter.annotation))
    in_path = frozenset(names & path_param_names)
    reading = _Reading(
        dependencies or _NO_DEPENDENCIES,
        injected or _NOTHING_INJECTED,
        tuple(description),
        _shared(frozenset(names)),
        _shared(in_path),
        written or _NOTHING_WRITTEN,
    )
    return found, reading


_SAID = [FieldInfo.__dict__[name].__get__ for name in FieldInfo.__slots__ if name != "annotation"]


def what_is_said(declaration: FieldInfo) -> list[object]:
    """Return the content of a declaration, its annotation first."""
    return [declaration.annotation, *(read(declaration) for read in _SAID)]


def says(declaration: FieldInfo, before: list[Any]) -> bool:
    """Return whether a declaration has the same content after its annotation is written again.

    COMPAT: FastAPI 0.165 writes the annotation of a parameter into its declaration each time it
    reads the parameter, and several parameters may share the declaration.
    """
    if declaration.annotation is not before[0]:
        declaration.annotation = before[0]
    return all(map(is_, what_is_said(declaration), before))


def _choices_in(annotation: object) -> Iterable[str]:
    annotation = annotation.__value__ if is_typealiastype(annotation) else annotation
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, FieldInfo):
            yield from path_alias_choices(item)


def get_dependant(
    *,
    path: str,
    call: Callable[..., object],
    name: str | None = None,
    own_oauth_scopes: list[str] | None = None,
    parent_oauth_scopes: list[str] | None = None,
    use_cache: bool = True,
    scope: Scope | None = None,
    concurrency: "DependencyConcurrency | None" = None,
) -> Dependant:
    """Read a callable and, recursively, its dependencies.

    Raises:
        DeclarationError: A part of the graph cannot be served as declared.
    """
    said: dict[str, object] = {
        "call": call,
        "name": name,
        "path": path,
        "use_cache": use_cache,
        "scope": scope,
        "concurrency": concurrency,
        "own_oauth_scopes": own_oauth_scopes,
        "parent_oauth_scopes": parent_oauth_scopes,
    }
    names = get_path_param_names(path)
    try:
        return _get_dependant(said, names)
    except RecursionError:
        _check_for_cycle((call,), names, set())
        raise


def _check_for_cycle(
    chain: tuple[UserCallable, ...], path_param_names: set[str], seen: set[UserCallable]
) -> None:
    """Look for the cycle that may be the reason why a graph cannot be read.

    Args:
        chain: The callables from the endpoint to the one to look at.
        path_param_names: The parameters of the path.
        seen: The callables that are in no cycle.

    Raises:
        DependencyCycleError: There is one.
    """
    *above, call = chain
    if call in above:
        cycle = " → ".join(describe_callable(item)[0] for item in chain[above.index(call) :])
        error = DependencyCycleError(
            f"Dependencies depend on each other in a cycle: {cycle}",
            instead="move what both need into a dependency of its own, which depends on neither",
        )
        for item in reversed(chain):
            error.in_callable(item)
        raise error from None
    if call not in seen:
        for _, depends in _read(call, path_param_names).dependencies:
            if depends.dependency is not None:
                _check_for_cycle((*chain, depends.dependency), path_param_names, seen)
        seen.add(call)


#: Stands for the override of a dependency that has none.
NOT_OVERRIDDEN: Final[Any] = object()


def read_dependant(
    path: str, endpoint: UserCallable, dependencies: Sequence[params.Depends]
) -> Dependant:
    """Read an endpoint, with dependencies that are only called put before its own."""
    read = used("routing.get_dependant", get_dependant)
    read_called = used("routing.get_parameterless_sub_dependant", get_parameterless_sub_dependant)
    dependant = read(path=path, call=endpoint, scope="function")
    called = [read_called(depends=item, path=path) for item in dependencies]
    dependant.dependencies[:0] = called
    return dependant


def override_dependency(dependency: Dependant, override: UserCallable) -> Dependant:
    """Read the callable that overrides a dependency, for the dependency's place in the graph.

    Raises:
        DeclarationError: Something in the graph of the override cannot be served as declared.
    """
    return used("dependencies.utils.get_dependant", get_dependant)(
        path=dependency.path or "",
        call=override,
        name=dependency.name,
        parent_oauth_scopes=get_oauth_scopes(dependant=dependency),
        scope=dependency.scope,
        concurrency=dependency.concurrency,
    )


def _get_dependant(said: dict[str, Any], path_param_names: set[str]) -> Dependant:
    call = said["call"]
    try:
        reading = _read(call, path_param_names)
        dependencies = [
            _get_sub_dependant(said, name, depends, path_param_names)
            for name, depends in reading.dependencies
        ]
        return make_dependant(reading.description, dependencies, {**said, **reading.injected})
    except DeclarationError as error:
        error.in_callable(call)
        raise
    except Exception as error:
        name, place = describe_callable(call)
        error.add_note(f"while reading the signature of {name}" + (f" ({place})" if place else ""))
        raise


def _get_sub_dependant(
    parent: dict[str, Any], name: str, depends: "Depends", path_param_names: set[str]
) -> Dependant:
    call = depends.dependency
    assert call is not None
    _check_callable(call, name)
    if depends.scope == "function":
        _check_scope(parent, name)
    said = {
        "call": call,
        "name": name,
        "path": parent["path"],
        "use_cache": depends.use_cache,
        "scope": depends.scope,
        "concurrency": depends._concurrency,
        "own_oauth_scopes": _own_scopes(depends),
        "parent_oauth_scopes": [
            *(parent["parent_oauth_scopes"] or ()),
            *(parent["own_oauth_scopes"] or ()),
        ],
    }
    read = used("dependencies.utils.get_dependant", get_dependant)
    return _get_dependant(said, path_param_names) if read is get_dependant else read(**said)


def _check_scope(parent: dict[str, Any], name: str) -> None:
    """Check that a dependency that lives until the response needs none of scope `function`."""
    call = parent["call"]
    is_generator = is_gen_callable(call) or is_async_gen_callable(call)
    if is_generator and (parent["scope"] or "request") == "request":
        parent_name = getattr(call, "__name__", "<unnamed_callable>")
        raise ScopeMismatchError(
            f'The dependency "{parent_name}" has a scope of "request", '
            'it cannot depend on dependencies with scope "function".',
            instead=f'Depends({parent_name}, scope="function")',
            parameter=name,
        )


def _check_callable(call: object, parameter: str | None = None) -> None:
    if callable(call):
        return
    made_by = getattr(call, "__name__", "")  # generators and coroutines have their function's
    raise CalledDependencyError(
        # COMPAT: FastAPI 0.165 leaves this check to `inspect`, whose message begins like this.
        f"{call!r} is not a callable object: Depends() takes a function or a class to call",
        instead=f"Depends({made_by}), without calling it" if made_by else "Depends(a_function)",
        parameter=parameter,
    )


def _shown(thing: Any) -> str:
    named = inspect.isfunction(thing) or inspect.isclass(thing)
    if named:
        return f"the {'class' if inspect.isclass(thing) else 'function'} {thing.__qualname__}"
    return repr(thing)


def _own_scopes(depends: "Depends") -> list[str]:
    # COMPAT: the object may be FastAPI's own; only `Security` has scopes.
    return list(getattr(depends, "scopes", None) or ())


def list_dependencies(
    given: Any,
    endpoint: Callable[..., object] | None = None,
    route: str = "",
    *,
    unpacked: bool = False,
) -> list[Any]:
    """Return the dependencies given as `dependencies=`, as a new list.

    Args:
        given: The value of `dependencies=`.
        endpoint: The function of the route that has this argument.
        route: The route, as messages name it.
        unpacked: COMPAT: Whether FastAPI 0.165 unpacks the value, which changes Python's message.

    Raises:
        LoneDependencyError: The value is a single `Depends` that is not in a list.
    """
    try:
        return [*given] if unpacked else list(given or ())
    except TypeError:
        if not hasattr(given, "dependency"):
            raise
    kind = type(given).__name__
    name = getattr(given.dependency, "__name__", "a_function")
    by_python = f"Value after * must be an iterable, not {kind}"
    if not unpacked:
        by_python = f"'{kind}' object is not iterable"
    error = LoneDependencyError(
        f"{by_python}: `dependencies` takes a list",
        instead=f"dependencies=[{kind}({name})]",
    )
    if endpoint is not None:
        error.in_callable(endpoint)
    raise error.in_route(route)


def get_parameterless_sub_dependant(*, depends: "Depends", path: str) -> Dependant:
    """Read a dependency that runs only for its effects (`dependencies=[Depends(…)]`).

    Raises:
        DeclarationError: The dependency cannot be called, or cannot be served as declared.
    """
    if not hasattr(depends, "dependency"):
        name = getattr(depends, "__name__", "a_function")
        raise NotADependencyError(
            f"A list of dependencies takes Depends(…), but got {_shown(depends)}",
            instead=f"dependencies=[Depends({name})]",
        )
    if not callable(depends.dependency):
        raise UncallableDependencyError(
            "A parameter-less dependency must have a callable dependency, "
            f"and {depends.dependency!r} is none",
            instead="dependencies=[Depends(a_function)]",
        )
    return used("dependencies.utils.get_dependant", get_dependant)(
        path=path,
        call=depends.dependency,
        scope=depends.scope,
        concurrency=depends._concurrency,
        own_oauth_scopes=_own_scopes(depends),
    )


def get_flat_fields_from_params(fields: Sequence[ModelField]) -> list[ModelField]:
    """Return the fields with each parameter model replaced by its own fields."""
    flat: list[ModelField] = []
    for field in fields:
        model = get_param_model(field)
        flat.extend([field] if model is None else get_cached_model_fields(model))
    return flat


#: Returns a list of fields of a dependant.
ReadFields = Callable[[Any, str], Sequence[ModelField]]


def get_flat_params(dependant: Dependant) -> list[ModelField]:
    """Return the path, query, header and cookie parameters of a graph, in this order."""
    return read_flat_params(dependant, getattr)


def read_flat_params(dependant: Dependant, read: ReadFields) -> list[ModelField]:
    """Return the same parameters, read in another way."""
    unique = [dependant] if not dependant.dependencies else list(_walk(dependant, [], {}))
    kinds = ("path_params", "query_params", "header_params", "cookie_params")
    return [
        field
        for kind in kinds
        for current in unique
        for field in get_flat_fields_from_params(read(current, kind))
    ]


def _walk(
    dependant: Dependant, seen: list[DependencyCacheKey], scopes_cache: UsesScopesCache
) -> Iterable[Dependant]:
    """Yield a dependant and its dependencies, depth first, each distinct one once."""
    key = get_cache_key(dependant, scopes_cache)
    if key in seen:
        return
    seen.append(key)
    yield dependant
    for dependency in dependant.dependencies:
        yield from _walk(dependency, seen, scopes_cache)


def get_flat_body_params(dependant: Dependant) -> list[ModelField]:
    """Return the body parameters of a graph, including repeated ones."""
    # PERF: startup. Most dependants have no body, and need not make their lists.
    has_any = has_fields(dependant, "body_params")
    fields = list(dependant.body_params) if has_any else []
    for dependency in dependant.dependencies:
        fields.extend(get_flat_body_params(dependency))
    return fields

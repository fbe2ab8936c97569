"""The dependency graph of a callable, and what all of it reads from a request."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic.fields import FieldInfo
from typing_inspection.typing_objects import is_typealiastype

from rapide import params
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
    NotADependencyError,
    ScopeMismatchError,
    UncallableDependencyError,
)
from rapide.signature.forms import get_param_aliases as get_param_aliases
from rapide.signature.forms import get_param_model as get_param_model
from rapide.signature.forms import get_validation_alias as get_validation_alias
from rapide.signature.forms import is_json_field as is_json_field
from rapide.signature.models import Dependant, UsesScopesCache, get_cache_key, get_computed_scope
from rapide.signature.parameters import (
    ParamDetails,
    add_param_to_fields,
    analyze_param,
    get_path_param_names,
    injected_slot,
    path_alias_choices,
)
from rapide.types import DependencyCacheKey

if TYPE_CHECKING:
    from rapide.concurrency import DependencyConcurrency
    from rapide.params import Depends

Scope = Literal["function", "request"]


class _Reading(NamedTuple):
    """The parameters of a callable, analysed once for all paths that mean the same to it."""

    details: dict[str, ParamDetails]
    names_that_matter: frozenset[str]
    in_path: frozenset[str]
    # Declarations given as defaults, with the annotation that the analysis wrote into each.
    written: list[tuple[FieldInfo, Any]]


_READINGS_KEPT = 8


def _read(call: Callable[..., Any], path: str) -> dict[str, ParamDetails]:
    """Give the analysed parameters of a callable under a path."""
    # PERF: the same dependency stands in a thousand routes; its fields are made once.
    path_param_names = get_path_param_names(path)
    notes = notes_about(call)
    readings: list[_Reading] = notes.readings
    for reading in readings:
        if reading.in_path == reading.names_that_matter & path_param_names:
            for field_info, annotation in reading.written:
                field_info.annotation = annotation
            return reading.details
    reading = _analyze(call, path_param_names)
    if all(_is_kept(details) for details in reading.details.values()):
        readings[:] = [reading, *readings][:_READINGS_KEPT]
    else:
        notes.signature = None
    return reading.details


def _is_kept(details: ParamDetails) -> bool:
    """Whether what was read of a parameter means the same wherever the callable stands."""
    if details.depends is not None and details.depends._concurrency is not None:
        # COMPAT: a limit belongs to a `Depends` object, and FastAPI 0.165 makes one for each place
        # out of an annotation that is a text.
        return False
    return details.field is None or details.field.types.is_settled


def _analyze(call: Callable[..., Any], path_param_names: set[str]) -> _Reading:
    details: dict[str, ParamDetails] = {}
    names: set[str] = set()
    written = []
    for name, parameter in get_typed_signature(call).parameters.items():
        names.add(name)
        details[name] = analyze_param(
            param_name=name,
            annotation=parameter.annotation,
            value=parameter.default,
            path_param_names=path_param_names,
        )
        if isinstance(parameter.default, FieldInfo):
            written.append((parameter.default, parameter.default.annotation))
            names.update(path_alias_choices(parameter.default))
        names.update(_choices_in(parameter.annotation))
    in_path = frozenset(names & path_param_names)
    return _Reading(details, frozenset(names), in_path, written)


def _choices_in(annotation: Any) -> Iterable[str]:
    annotation = annotation.__value__ if is_typealiastype(annotation) else annotation
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, FieldInfo):
            yield from path_alias_choices(item)


def get_dependant(
    *,
    path: str,
    call: Callable[..., Any],
    name: str | None = None,
    own_oauth_scopes: list[str] | None = None,
    parent_oauth_scopes: list[str] | None = None,
    use_cache: bool = True,
    scope: Scope | None = None,
    concurrency: "DependencyConcurrency | None" = None,
) -> Dependant:
    """Read a callable and, recursively, its dependencies.

    Raises:
        DeclarationError: something in the graph cannot be served as declared.
    """
    dependant = Dependant(
        call=call,
        name=name,
        path=path,
        use_cache=use_cache,
        scope=scope,
        concurrency=concurrency,
        own_oauth_scopes=own_oauth_scopes,
        parent_oauth_scopes=parent_oauth_scopes,
    )
    try:
        for param_name, details in _read(call, path).items():
            _add_parameter(dependant, param_name, details)
    except DeclarationError as error:
        error.in_callable(call)
        raise
    except Exception as error:
        name, place = describe_callable(call)
        error.add_note(f"while reading the signature of {name}" + (f" ({place})" if place else ""))
        raise
    return dependant


def _add_parameter(dependant: Dependant, name: str, details: ParamDetails) -> None:
    if details.depends is not None:
        dependant.dependencies.append(_get_sub_dependant(dependant, name, details.depends))
    elif details.field is None:
        slot = injected_slot(details.type_annotation)
        assert slot is not None
        setattr(dependant, slot, name)
    elif isinstance(details.field.field_info, params.Body):
        dependant.body_params.append(details.field)
    else:
        add_param_to_fields(field=details.field, dependant=dependant)


def _get_sub_dependant(parent: Dependant, name: str, depends: "Depends") -> Dependant:
    call = depends.dependency
    assert call is not None
    assert parent.path is not None
    _check_callable(call, name)
    is_generator = is_gen_callable(parent.call) or is_async_gen_callable(parent.call)
    if depends.scope == "function" and is_generator and get_computed_scope(parent) == "request":
        parent_name = getattr(parent.call, "__name__", "<unnamed_callable>")
        raise ScopeMismatchError(
            f'The dependency "{parent_name}" has a scope of "request", '
            'it cannot depend on dependencies with scope "function".',
            instead=f'Depends({parent_name}, scope="function")',
            parameter=name,
        )
    return get_dependant(
        path=parent.path,
        call=call,
        name=name,
        own_oauth_scopes=_own_scopes(depends),
        parent_oauth_scopes=[
            *(parent.parent_oauth_scopes or ()),
            *(parent.own_oauth_scopes or ()),
        ],
        use_cache=depends.use_cache,
        scope=depends.scope,
        concurrency=depends._concurrency,
    )


def _check_callable(call: Any, parameter: str | None = None) -> None:
    if callable(call):
        return
    made_by = getattr(call, "__name__", "")  # a generator and a coroutine have their function's
    raise CalledDependencyError(
        # COMPAT: FastAPI 0.165 leaves it to `inspect`, which begins so.
        f"{call!r} is not a callable object: Depends() takes a function or a class to call",
        instead=f"Depends({made_by}), without calling it" if made_by else "Depends(a_function)",
        parameter=parameter,
    )


def _own_scopes(depends: "Depends") -> list[str]:
    # COMPAT: also what FastAPI itself has made; only `Security` has scopes.
    return list(getattr(depends, "scopes", None) or ())


def get_parameterless_sub_dependant(*, depends: "Depends", path: str) -> Dependant:
    """Read a dependency that is run for its effects (`dependencies=[Depends(…)]`).

    Raises:
        DeclarationError: it cannot be called, or cannot be served as declared.
    """
    if not hasattr(depends, "dependency"):
        name = getattr(depends, "__name__", "a_function")
        raise NotADependencyError(
            f"A list of dependencies takes Depends(…), and {depends!r} is none",
            instead=f"dependencies=[Depends({name})]",
        )
    if not callable(depends.dependency):
        raise UncallableDependencyError(
            "A parameter-less dependency must have a callable dependency, "
            f"and {depends.dependency!r} is none",
            instead="dependencies=[Depends(a_function)]",
        )
    return get_dependant(
        path=path,
        call=depends.dependency,
        scope=depends.scope,
        concurrency=depends._concurrency,
        own_oauth_scopes=_own_scopes(depends),
    )


def get_flat_fields_from_params(fields: Sequence[ModelField]) -> list[ModelField]:
    """Give the fields with each parameter model replaced by its own fields."""
    flat: list[ModelField] = []
    for field in fields:
        model = get_param_model(field)
        flat.extend([field] if model is None else get_cached_model_fields(model))
    return flat


def get_flat_params(dependant: Dependant) -> list[ModelField]:
    """Give all path, query, header and cookie parameters of a graph, in this order."""
    unique = list(_walk(dependant, [], {}))
    kinds = ("path_params", "query_params", "header_params", "cookie_params")
    return [
        field
        for kind in kinds
        for current in unique
        for field in get_flat_fields_from_params(getattr(current, kind))
    ]


def _walk(
    dependant: Dependant, seen: list[DependencyCacheKey], scopes_cache: UsesScopesCache
) -> Iterable[Dependant]:
    """Give a dependant and its dependencies, depth first, equal ones once."""
    key = get_cache_key(dependant, scopes_cache)
    if key in seen:
        return
    seen.append(key)
    yield dependant
    for dependency in dependant.dependencies:
        yield from _walk(dependency, seen, scopes_cache)


def get_flat_body_params(dependant: Dependant) -> list[ModelField]:
    """Give the body parameters of a graph, as often as they are declared."""
    fields = list(dependant.body_params)
    for dependency in dependant.dependencies:
        fields.extend(get_flat_body_params(dependency))
    return fields

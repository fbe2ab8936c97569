"""Private names of FastAPI: there with the same meaning, or named here with the reason."""

import ast
import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from ..surface import load

IMPORTED = "FastAPI's module imports it from another package"
ALIAS = "a type variable, or a protocol for type checkers"
CACHE = "FastAPI's cache; here answers are remembered in another way"
LAYERS = "a layer that FastAPI puts around requests; here its work is done inside of others"
PATCHED = "FastAPI calls it for each request; compiled code has no such call to replace"
OBSERVED = "how FastAPI observes requests; docs/differences.md says that it is not there"
MATCHING = "a step of FastAPI's search through its routes; here there is a route table"
FILES = "how FastAPI finds files of a frontend"
WORDS = "a message in FastAPI's words"

#: Names of a module that Rapide's has not, and why.
ABSENT: dict[str, dict[str, str]] = {
    "_body_limit": {
        "_response_sent": LAYERS,
        "_body_limit_errors": LAYERS,
        "_BodyLimitExceptionMiddleware": LAYERS,
    },
    "_compat.shared": {"_T": ALIAS},
    "_compat.v2": {
        "_pydantic_typing_extra": IMPORTED,
        "_GenerateJsonSchema": IMPORTED,
        "_Attrs": "the names of Pydantic's attributes of a field, of the installed version",
        "_annotation_has_computed_fields": "a step of _has_computed_fields",
    },
    "_form_limits": {"_form_limits_adapter": CACHE},
    "applications": {"_legacy_otel": OBSERVED},
    "background": {"_operation": OBSERVED},
    "concurrency": {
        "_dependency_semaphores": CACHE,
        "_asynccontextmanager_with_shielded_exit": PATCHED,
        "_contextmanager_with_concurrency_limit": PATCHED,
    },
    "dependencies.models": {
        "_CALLABLE_CLASSIFICATION_CACHE_SIZE": CACHE,
        "_CallIdentity": CACHE,
        "_is_gen_callable_cached": CACHE,
        "_is_async_gen_callable_cached": CACHE,
        "_is_coroutine_callable_cached": CACHE,
    },
    "dependencies.utils": {
        "_asynccontextmanager_with_shielded_exit": PATCHED,
        "_contextmanager_with_concurrency_limit": PATCHED,
        "_solve_generator": PATCHED,
    },
    "responses": {"_UjsonModule": ALIAS, "_OrjsonModule": ALIAS},
    "routing": {
        **dict.fromkeys(
            ("_operation", "_route_selected", "_run_sync_endpoint", "_validation_failed"), OBSERVED
        ),
        **dict.fromkeys(("_T", "_RouteWithPath", "_APIRouteLike"), ALIAS),
        "_endpoint_context_cache": CACHE,
        "_normalize_non_finite_floats": "docs/differences.md: answers that quote odd values",
        "_build_response_args": PATCHED,
        "_SCOPE_MISSING": MATCHING,
        "_frontend_dependency_endpoint": FILES,
        "_frontend_scope_specificity": FILES,
        "_restore_fastapi_scope_key": MATCHING,
        "_populate_api_route_state": "routes and inclusions work out their state when asked for it",
        "_iter_included_route_candidates": MATCHING,
        "_FrontendStaticFiles": FILES,
        "_iter_accept_media_types": FILES,
        "_is_frontend_navigation_request": FILES,
        "_FrontendRoute": FILES,
        "_FrontendRouteGroup": FILES,
    },
    "sse": {
        "_check_single_line": "a validator of ServerSentEvent",
        "_check_event_single_line": "a validator of ServerSentEvent",
        "_check_id_valid": "a validator of ServerSentEvent",
        "_split_sse_lines": "a step of format_sse_event",
    },
    "telemetry._api": dict.fromkeys(
        (
            *("_HTTP_METHODS", "_RequestTelemetry", "_REQUEST_TELEMETRY_KEY", "_NO_OPERATION"),
            *("_get_request_telemetry", "_validation_failed", "_exception_type"),
            *("_normal_websocket_disconnect", "_operation", "_traced_operation"),
            *("_run_sync_endpoint", "_route_selected", "_DEFERRED_PROVIDERS"),
        ),
        OBSERVED,
    ),
    "telemetry._runtime": {"_logs": IMPORTED},
    "utils": {"_invalid_args_message": WORDS},
}

#: Private attributes of a class that Rapide's has not, and why.
ABSENT_ATTRIBUTES: dict[str, dict[str, str]] = {
    "routing.APIRouter": {
        "_iter_low_priority_routes": MATCHING,
        "_match_low_priority": MATCHING,
        "_frontend_match_is_more_specific": MATCHING,
    },
    "routing._IncludedRouter": {
        "_effective_low_priority_routes_version": MATCHING,
        "_build_effective_context": MATCHING,
        "_match": MATCHING,
        "_handle_selected": MATCHING,
    },
    "sse.ServerSentEvent": {"_check_data_exclusive": "a validator of ServerSentEvent"},
}

#: FastAPI's module of telemetry layers has no counterpart.
NO_MODULES = {"telemetry._asgi", "cli", "__main__"}


def modules_of(root: str) -> Iterator[tuple[str, ModuleType]]:
    """The modules of a package, private ones included, by their path in it."""
    yield "", load(root)
    for info in pkgutil.iter_modules(load(root).__path__):
        for name in [info.name, *_below(root, info)]:
            if name not in NO_MODULES:
                yield name, load(f"{root}.{name}")


def _below(root: str, info: Any) -> Iterator[str]:
    if info.ispkg:
        for inner in pkgutil.iter_modules(load(f"{root}.{info.name}").__path__):
            yield f"{info.name}.{inner.name}"


def private_names(module: ModuleType) -> list[str]:
    """The private names that the source of a module defines or imports, at its top."""
    assert module.__file__ is not None
    with open(module.__file__, encoding="utf-8") as source:
        names = _defined(ast.parse(source.read()).body)
        return [name for name in dict.fromkeys(names) if is_private(name)]


def is_private(name: str) -> bool:
    """Whether a name has one underscore in front."""
    return name.startswith("_") and not name.startswith("__")


def _defined(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (item.id for item in targets if isinstance(item, ast.Name))
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                yield from (alias.asname or alias.name for alias in names)
            case ast.If() | ast.Try():
                parts = [statement.body, statement.orelse]
                parts += [handler.body for handler in getattr(statement, "handlers", ())]
                yield from (name for part in parts for name in _defined(part))


THEIRS = dict(modules_of("fastapi"))
CASES = [path for path, module in THEIRS.items() if private_names(module)]


def ours(path: str) -> Any:
    """Rapide's module of a path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(f"rapide.{path}".rstrip("."))


def has(thing: Any, name: str) -> bool:
    """Whether something has a name; a class also through annotations, but not from FastAPI's."""
    if isinstance(thing, type):
        own = [cls for cls in thing.__mro__ if not cls.__module__.startswith("fastapi")]
        return any(name in {**vars(cls), **inspect.get_annotations(cls)} for cls in own)
    return hasattr(thing, name)


@pytest.mark.parametrize("path", CASES)
def test_a_private_name_is_there_or_the_table_says_why_not(path: str) -> None:
    module = ours(path)
    missing = {name for name in private_names(THEIRS[path]) if not hasattr(module, name)}
    assert missing == set(ABSENT.get(path, {}))


@pytest.mark.parametrize("path", CASES)
def test_a_private_function_can_be_called_as_in_fastapi(path: str) -> None:
    """Names, defaults and kinds of parameters; what FastAPI takes by keyword may have a place."""
    for name in private_names(THEIRS[path]):
        theirs, own = getattr(THEIRS[path], name), getattr(ours(path), name, None)
        if own is None or not inspect.isfunction(theirs):
            continue
        expected = inspect.signature(theirs).parameters
        actual = inspect.signature(own).parameters
        assert list(actual) == list(expected), name
        for parameter, wanted in zip(actual.values(), expected.values(), strict=True):
            assert parameter.kind in (wanted.kind, parameter.POSITIONAL_OR_KEYWORD), name
            assert (parameter.default is parameter.empty) == (wanted.default is wanted.empty), name
        assert inspect.iscoroutinefunction(own) == inspect.iscoroutinefunction(theirs), name


def _classes() -> list[tuple[str, str]]:
    return [
        (path, name)
        for path, module in THEIRS.items()
        for name, thing in vars(module).items()
        if inspect.isclass(thing)
        and thing.__module__ == module.__name__
        and has(ours(path), name)
        and any(is_private(attribute) for attribute in vars(thing))
    ]


@pytest.mark.parametrize(("path", "name"), _classes())
def test_a_private_attribute_is_there_or_the_table_says_why_not(path: str, name: str) -> None:
    theirs, own = getattr(THEIRS[path], name), getattr(ours(path), name)
    made_by_abc = {"_abc_impl", "_is_protocol"}
    wanted = {item for item in vars(theirs) if is_private(item)} - made_by_abc
    missing = {item for item in wanted if not has(own, item)}
    assert missing == set(ABSENT_ATTRIBUTES.get(f"{path}.{name}", {}))


def test_instances_have_the_private_attributes_of_fastapis() -> None:
    """Compare what the constructors of applications, routers and routes set."""
    missing = {}
    for name in ("FastAPI", "APIRouter"):
        theirs, own = (getattr(load(root), name)() for root in ("fastapi", "rapide"))
        missing[name] = {item for item in vars(theirs) if is_private(item) and not has(own, item)}
        theirs.get("/x")(_classes)
        own.get("/x")(_classes)
        route, own_route = theirs.routes[-1], own.routes[-1]
        missing[f"route of {name}"] = {
            item for item in vars(route) if is_private(item) and not has(own_route, item)
        }
    assert not any(missing.values()), missing

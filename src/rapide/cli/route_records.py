"""Everything that `rapide routes` knows about a route, as data."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from rapide.cli.failures import shortened
from rapide.cli.verdict import Verdict, verdict_of
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.openapi.routes import is_documented
from rapide.plan.operations import callable_name
from rapide.signature.callables import describe_callable, is_async_gen_callable
from rapide.signature.callables import is_coroutine_callable as is_coroutine
from rapide.signature.forms import get_param_aliases
from rapide.signature.models import (
    Dependant,
    every_dependant,
    get_security_scheme,
    is_security_scheme,
)
from rapide.types import JsonObject

#: The lists of a dependant, by the place of their values in a request.
_PLACES = {
    "path": "path_params",
    "query": "query_params",
    "header": "header_params",
    "cookie": "cookie_params",
    "body": "body_params",
}


def records_of(subject: Subject) -> list[JsonObject]:
    """Return a record of each route, in the order in which routes are tried.

    Raises:
        Exception: An inclusion is declared wrongly; a request would raise it, too.
    """
    served = {id(item) for item in subject.api_routes}
    routes = [_record(subject, item, is_served=id(item) in served) for item in subject.routes]
    frontends = [item for app in subject.applications for item in _frontends(subject, app)]
    return routes + frontends


def _record(subject: Subject, item: CheckedRoute, *, is_served: bool) -> JsonObject:
    route: Any = item.route
    verdict = verdict_of(item.app, route, is_mounted=bool(item.above))
    methods, _, path = item.label.partition(" ")
    kind = {"WS": "websocket", "MOUNT": "mount", "HOST": "host"}.get(methods, "route")
    endpoint = route.endpoint or getattr(route, "app", None)
    record: JsonObject = {
        "kind": "page" if item.is_page else kind,
        "methods": methods.split(","),
        "path": path,
        "name": route.name,
        "function": _name(endpoint),
        **_location(subject.place(item)),
        "mounts": [mount.full_path for mount in item.above],
        **_execution(verdict),
        "runs_in": None,
        "lane": None,
    }
    is_websocket = kind == "websocket" and isinstance(getattr(route, "dependant", None), Dependant)
    if is_served or is_websocket:
        record |= _signature(route.dependant)
        record["runs_in"], record["lane"] = _threads(route, verdict)
    elif kind == "route" and endpoint is not None:
        is_class = inspect.isclass(endpoint)  # its methods are asynchronous, or say otherwise
        record["runs_in"] = "event loop" if is_class or _is_async(endpoint) else "threads"
    if is_served and is_documented(item.original):
        record |= _operation(item, route)
    return record


def _execution(verdict: Verdict) -> JsonObject:
    reasons = [reason.sentence for reason in verdict.told_reasons]
    return {
        "execution": verdict.kind,
        "direct": not verdict.by_asgi,
        "reasons": [*([] if verdict.reason is None else [verdict.reason]), *reasons],
    }


def _location(place: str) -> JsonObject:
    file, _, line = place.rpartition(":")
    is_known = bool(file) and line.isdecimal()
    return {"file": shortened(file) if is_known else None, "line": int(line) if is_known else None}


def _name(call: Any) -> str:
    return callable_name(call if hasattr(call, "__qualname__") else type(call))


def _is_async(call: Any) -> bool:
    return is_coroutine(call) or is_async_gen_callable(call)


def _threads(route: Any, verdict: Verdict) -> tuple[str, str | None]:
    """Return where the functions of a route run, and which lane has the threads."""
    calls = [item.call for item in every_dependant(route.dependant) if item.call is not None]
    uses_threads = not all(map(_is_async, calls))
    if verdict.is_compiled:
        uses_threads = route._rapide_runner.inspect().plan.uses_threads
    if not uses_threads:
        return "event loop", None
    lane = getattr(route, "_rapide_lane", None)
    name = "default" if lane is None or not lane.is_named else str(lane.name)
    return ("event loop and threads" if _is_async(calls[0]) else "threads"), name


# The signature


def _signature(dependant: Dependant) -> JsonObject:
    """Return the parameters and the dependencies of a route, each with its function."""
    graph = list(_distinct(every_dependant(dependant)))
    below = graph[1:]
    return {
        "parameters": [item for part in graph for item in _parameters(part)],
        "dependencies": [_dependency(item) for item in below if not is_security_scheme(item)],
        "security": [
            get_security_scheme(item).scheme_name for item in below if is_security_scheme(item)
        ],
    }


def _distinct(graph: Iterable[Dependant]) -> Iterable[Dependant]:
    """Return each callable of a graph once."""
    return {id(item.call): item for item in reversed(list(graph))}.values().__reversed__()


def _parameters(dependant: Dependant) -> Iterator[JsonObject]:
    for place, attribute in _PLACES.items():
        for field in getattr(dependant, attribute):
            info = field.field_info
            converts = place == "header" and getattr(info, "convert_underscores", True)
            _, name = get_param_aliases(field, convert_underscores=converts)[0]
            is_required = info.is_required()
            yield {
                "name": name,
                "in": _place_of(place, info),
                "argument": field.name,
                "type": type_name(info.annotation),
                "required": is_required,
                "default": None if is_required else _default(info),
                "constraints": _constraints(info.metadata),
                "description": info.description,
                "function": _name(dependant.call),
                "model": _model(info.annotation),
            }


def _place_of(place: str, info: object) -> str:
    return _BODIES.get(type(info).__name__, place) if place == "body" else place


_BODIES = {"Form": "form", "File": "file"}


def _default(info: Any) -> str:
    factory = info.default_factory
    return repr(info.default) if factory is None else f"{_name(factory)}()"


def _constraints(metadata: Iterable[object]) -> JsonObject:
    """Return what a declaration says about a value, as `{"max_length": 100}`."""
    found: JsonObject = {}
    for item in metadata:
        said = vars(item) if hasattr(item, "__dict__") else {}
        names = said or dict.fromkeys(getattr(item, "__slots__", ()))
        if "documentation" not in names and not callable(item):
            found |= {name: getattr(item, name) for name in names if not name.startswith("_")}
    return {name: value for name, value in found.items() if value is not None}


def _dependency(item: Dependant) -> JsonObject:
    return {
        "function": _name(item.call),
        "argument": item.name,
        "scope": item.scope,
        **_location(describe_callable(item.call)[1] if callable(item.call) else ""),
    }


def type_name(annotation: object) -> str | None:
    """Return an annotation as people write it."""
    if annotation is None:
        return None
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        return annotation.__qualname__
    return inspect.formatannotation(annotation).replace("typing.", "")


def _model(annotation: object) -> JsonObject | None:
    """Return where the class of a model is defined, if the annotation has exactly one."""
    found = {id(item): item for item in _classes(annotation)}
    if len(found) != 1:
        return None
    (model,) = found.values()
    try:
        file, line = inspect.getsourcefile(model), inspect.getsourcelines(model)[1]
    except (OSError, TypeError):
        return None
    return {"name": f"{model.__module__}.{model.__qualname__}", **_location(f"{file}:{line}")}


def _classes(annotation: object) -> Iterator[type]:
    for argument in getattr(annotation, "__args__", ()):
        yield from _classes(argument)
    is_class = isinstance(annotation, type) and not hasattr(annotation, "__origin__")
    if is_class and hasattr(annotation, "__annotations__") and annotation is not Any:
        yield annotation  # type: ignore[misc]


# The operation


def _operation(item: CheckedRoute, route: Any) -> JsonObject:
    """Return what the document says about a route, and the classes of its answers."""
    response, status = route.response_field, route.status_code
    annotation = None if response is None else response.field_info.annotation
    fields = {
        str(code): type_name(field.field_info.annotation)
        for code, field in route.response_fields.items()
    }
    return {
        "operation_id": route.operation_id or route.unique_id,
        "summary": route.summary,
        "description": route.description,
        "tags": [str(getattr(tag, "value", tag)) for tag in route.tags or ()],
        "deprecated": bool(route.deprecated),
        "in_document": bool(route.include_in_schema),
        "path_pattern": route.path_regex.pattern,
        "status": status or 200,
        "response": type_name(annotation),
        "response_model": _model(annotation),
        "responses": {
            str(code): fields.get(str(code)) for code in [*(route.responses or {}), *fields]
        },
        "limits": [str(limits) for limits in getattr(route, "_rapide_all_limits", ())],
        **{item.option: str(item) for item in getattr(route, "_rapide_keepers", ())},
    }


def _frontends(subject: Subject, app: Any) -> Iterator[JsonObject]:
    """Yield the frontends of an application, which are tried after all of its routes."""
    frontends = getattr(getattr(app, "router", None), "_rapide_frontends", None)
    for place in () if frontends is None else frontends.places:
        yield {
            "kind": "frontend",
            "methods": ["GET", "HEAD"],
            "path": place.path.rstrip("/") + "/{path}",
            "name": None,
            "function": str(getattr(place.files, "directory", "") or ""),
            **_location(subject.sources.call("frontend", saying=place.path)),
            "mounts": [],
            "execution": "not compiled",
            "direct": False,
            "reasons": ["a built frontend"],
            "runs_in": "event loop and threads",
            "lane": "default",
        }

"""The errors that the code of an operation raises, for the document."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from rapide.callgraph.members import opened, returned
from rapide.callgraph.packages import Packages
from rapide.callgraph.raised import Exceptions, Raised, returns_of
from rapide.callgraph.scopes import Bound, Instance, Known, Pending, Value
from rapide.exceptions import RequestValidationError
from rapide.openapi.constants import REF_PREFIX
from rapide.openapi.error_schemas import ErrorSchemas
from rapide.openapi.handlers import Handlers, handles_validation
from rapide.openapi.operation import describe_validation_error
from rapide.openapi.requirements import collect_requirements
from rapide.openapi.routes import DocumentedRoute, documented_routes
from rapide.security.base import DescribedScheme
from rapide.signature.callables import is_async_gen_callable, is_gen_callable
from rapide.signature.models import every_dependant
from rapide.types import JsonObject, UserCallable

if TYPE_CHECKING:
    from rapide.signature.models import Dependant

_NO_VALUES: Mapping[str, Value] = MappingProxyType({})
_TEXT: JsonObject = {"text/plain": {"schema": {"type": "string"}}}
_INVALID = "parameters"


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """A status that an operation can answer with, and why.

    Attributes:
        status: The status; None if the code does not say it, so that the document does not have it.
        origin: Where it comes from: a chain of functions and lines, or an option.
        content: The Media Type Objects of its body; None if it has none.
    """

    status: int | None
    origin: str
    content: JsonObject | None


def add_errors(document: JsonObject, app: Any) -> None:
    """Add the responses of errors to the operations of a document that do not declare them."""
    readers: dict[str, _Errors] = {}
    for route in documented_routes(app.routes):
        operations = document.get("paths", {}).get(route.path_format, {})
        package = _package_of(route)
        if package not in readers:
            readers[package] = _Errors(app, package, document)
        found = list(readers[package].of(route)) if route.include_in_schema else []
        for method in route.methods:
            if method.lower() in operations:
                responses = operations[method.lower()]["responses"]
                _correct_validation(app, responses, found)
                _add(responses, found, route.responses or {})
    _drop_unused(document)


def _correct_validation(app: Any, responses: JsonObject, found: list[DocumentedError]) -> None:
    """Take FastAPI's response to invalid requests away if the application answers them itself."""
    usual = describe_validation_error()
    if not handles_validation(app) or responses.get("422") != usual:
        return
    del responses["422"]
    if any(error.status is None for error in found if error.origin == _INVALID):
        content: JsonObject = {"application/json": {"schema": {}}}
        responses["422"] = {"description": usual["description"], "content": content}


def _drop_unused(document: JsonObject) -> None:
    """Remove the schemas of FastAPI's response to invalid requests if nothing refers to them."""
    schemas: JsonObject = document.get("components", {}).get("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        if name in schemas and f'"{REF_PREFIX}{name}"' not in json.dumps(document):
            del schemas[name]


def _add(
    responses: JsonObject, found: list[DocumentedError], declared: Mapping[int | str, object]
) -> None:
    told = {str(status).upper(): said for status, said in declared.items()}
    for error in found:
        status = str(error.status)
        if error.status is None or not told.keys().isdisjoint({f"{status[0]}XX", "DEFAULT"}):
            continue
        said = told.get(status)
        if isinstance(said, Mapping) and said.keys() & {"content", "model", "$ref"}:
            continue
        response = responses.setdefault(status, {"description": _phrase(error.status)})
        if error.content is None:
            continue
        content = response.setdefault("content", {})
        for media_type, described in error.content.items():
            before = content.setdefault(media_type, {"schema": described["schema"]})["schema"]
            choices = before["anyOf"] if before.keys() == {"anyOf"} else [before]
            if described["schema"] not in choices:
                content[media_type]["schema"] = {"anyOf": [*choices, described["schema"]]}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def errors_of(app: Any, route: DocumentedRoute) -> Iterator[DocumentedError]:
    """Yield the errors that an operation can answer with, as far as its code says."""
    yield from _Errors(app, _package_of(route), {}).of(route)


def _package_of(route: DocumentedRoute) -> str:
    return (getattr(route.endpoint, "__module__", "") or "").partition(".")[0]


class _Errors:
    """The errors of the routes whose endpoints are in one package; what is read of it is kept.

    Args:
        app: The application.
        package: The package, which belongs to the application although it may be installed.
        document: The document whose components get the schemas of bodies.
    """

    def __init__(self, app: Any, package: str, document: JsonObject) -> None:
        self._app = app
        self._exceptions = Exceptions(Packages([package]))
        schemas = ErrorSchemas(document, self._exceptions)
        self._handlers = Handlers(app, self._exceptions, schemas)

    def of(self, route: DocumentedRoute) -> Iterator[DocumentedError]:
        """Yield the errors of a route."""
        seen: set[object] = set()
        for dependant in every_dependant(route.dependant):
            call = dependant.call
            if call is None or call in seen:
                continue
            seen.add(call)
            if dependant is route.dependant and (route.is_json_stream or route.is_sse_stream):
                continue  # its status is sent before it runs
            yield from self._of_scheme(call)
            exits = self._exits(dependant)
            for error in self._exceptions.of(call, self._values(dependant)):
                if error.chain and any(error.chain[0].line in lines for lines in exits):
                    continue
                yield from self._answered(error, " → ".join(map(str, error.chain)))
        if route.body_field or collect_requirements(route.dependant, getattr).fields():
            invalid = Raised(RequestValidationError, None, None)
            yield from self._answered(invalid, _INVALID)
        yield from self._of_limits(route)

    def _exits(self, dependant: Dependant) -> list[range]:
        """Return the lines of a dependency with `yield` that run after the response is sent."""
        call = dependant.call
        is_generator = is_gen_callable(call) or is_async_gen_callable(call)
        if not is_generator or dependant.scope == "function":
            return []
        scope = self._exceptions.walker.scope(Known(call), is_root=True)
        return [] if scope is None else list(_after_yield(getattr(scope.node, "body", [])))

    def _values(self, dependant: Dependant) -> Mapping[str, Value]:
        """Return what is known about the values of the dependencies of a callable."""
        values = {item.name: self._value(item.call) for item in dependant.dependencies if item.name}
        return {name: value for name, value in values.items() if value is not None} or _NO_VALUES

    def _value(self, call: UserCallable | None) -> Value | None:
        if isinstance(call, type):
            return Instance(call, is_exact=True)
        if is_gen_callable(call) or is_async_gen_callable(call):
            function = opened(Known(call))
            if isinstance(function, Bound):
                function = function.function
            return returned(function.it, is_yielded=True) if isinstance(function, Known) else None
        found = self._exceptions.resolver.result(Known(call))
        return found.result if isinstance(found, Pending) else found

    def _answered(self, raised: Raised, origin: str) -> Iterator[DocumentedError]:
        for status in self._handlers.statuses(raised):
            for answer in self._handlers.answers(raised, status):
                yield DocumentedError(answer.status, origin, answer.content)

    def _of_http(self, status: int, origin: str) -> Iterator[DocumentedError]:
        error = HTTPException(status)
        yield from self._answered(Raised(HTTPException, None, error), origin)

    def _of_scheme(self, scheme: object) -> Iterator[DocumentedError]:
        """Yield the refusal of requests without credentials, if a callable is a scheme."""
        if not isinstance(scheme, DescribedScheme) or not scheme.auto_error:
            return
        origin = f"security: {scheme.scheme_name}"
        packages = self._exceptions.resolver.packages
        make = type(scheme).make_not_authenticated_error
        if not packages.contain(make.__module__):
            refusals = [_refusal(make, scheme)]
        else:
            refusals = self._made_by_scheme(scheme)
        if packages.contain(type(scheme).__call__.__module__):
            refusals = [error for error in refusals if self._reaches(scheme, error)]
        for error in refusals:
            yield from self._answered(error, origin)
        if not refusals and packages.contain(make.__module__):
            yield DocumentedError(None, origin, None)

    def _made_by_scheme(self, scheme: DescribedScheme) -> list[Raised]:
        """Return the exceptions that a method of the application makes or raises."""
        method = scheme.make_not_authenticated_error
        scope = self._exceptions.walker.scope(Known(method))
        returned = [] if scope is None else [*returns_of(scope)]
        found = [error for item in returned for error in self._exceptions.made_by(item)]
        found += self._exceptions.of(method)
        for visit in self._exceptions.walker.walk(method):
            callee = getattr(visit.event, "callee", None)
            if not found and isinstance(callee, Bound) and callee.name == method.__name__:
                found.append(_refusal(callee.function.it, scheme))
        return found

    def _reaches(self, scheme: DescribedScheme, error: Raised) -> bool:
        """Return whether a `__call__` of the application lets the refusal of the framework out."""
        names = {"__call__", "make_not_authenticated_error"}
        for visit in self._exceptions.walker.walk(scheme):
            callee = getattr(visit.event, "callee", None)
            is_caught = any(issubclass(error.cls, guard.classes) for guard in visit.guards)
            if isinstance(callee, Bound) and callee.name in names and not is_caught:
                return True
        return False

    def _of_limits(self, route: DocumentedRoute) -> Iterator[DocumentedError]:
        limit = getattr(route, "max_body_size", None)
        if route.body_field and (limit is not None or self._app.max_body_size is not None):
            if self._app._rapide_problems is None:
                yield DocumentedError(413, "max_body_size", _TEXT)
            yield from self._of_http(413, "max_body_size")
        for limits in getattr(route, "_rapide_all_limits", ()):
            statuses = [limits.timeout_status or 504] if limits.timeout is not None else []
            statuses += [503] if limits.concurrency is not None else []
            statuses += [429] if limits.rates else []
            for status in statuses:
                yield from self._of_http(status, f"limits: {limits}")
        for keeper in getattr(route, "_rapide_keepers", ()):
            for status in keeper.error_statuses:
                yield from self._of_http(status, keeper.option)


def _refusal(make: Any, scheme: DescribedScheme) -> Raised:
    """Return what a method of the framework makes."""
    error = make(scheme)
    return Raised(type(error), None, error)


def _after_yield(block: list[ast.stmt]) -> Iterator[range]:
    """Yield the lines that run when a generator goes on and nothing was raised at its `yield`."""
    has_yielded = False
    for node in block:
        if has_yielded:
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)
        elif any(isinstance(part, ast.Yield) for part in ast.walk(node)):
            has_yielded = True
            for name in ("body", "orelse"):
                yield from _after_yield(getattr(node, name, []))

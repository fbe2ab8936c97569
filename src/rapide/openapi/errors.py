"""The errors that the code of an operation raises, for the document."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from rapide._statuses import allows_body
from rapide.callgraph.packages import Packages
from rapide.callgraph.raised import Exceptions, Expression, Raised, returns_of
from rapide.callgraph.scopes import Instance, Known
from rapide.exception_handlers import http_exception_handler
from rapide.openapi.problems import ProblemSchemas
from rapide.openapi.routes import DocumentedRoute, documented_routes
from rapide.security.base import DescribedScheme
from rapide.types import JsonObject

if TYPE_CHECKING:
    from rapide.signature.models import Dependant

_ARGUMENTS = ("status_code", "detail", "headers")
_DEFAULT: JsonObject = {
    "application/json": {
        "schema": {
            "title": "HTTPError",
            "type": "object",
            "properties": {"detail": {}},
            "required": ["detail"],
        }
    }
}
#: Returns the content of the response to an exception of this class, with this status.
Body = Callable[[type[BaseException], int], "JsonObject | None"]
_OPEN: JsonObject = {"application/json": {"schema": {}}}


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """A status that an operation can answer with, and why.

    Attributes:
        status: The status.
        origin: Where it comes from: a chain of functions and lines, or an option.
        content: The Media Type Objects of its body; None if it has none.
    """

    status: int
    origin: str
    content: JsonObject | None


def add_errors(document: JsonObject, app: Any, problems: ProblemSchemas | None) -> None:
    """Add the responses of errors to the operations of a document that do not declare them."""
    for route in documented_routes(app.routes):
        operations = document.get("paths", {}).get(route.path_format, {})
        found = list(errors_of(app, route, problems)) if route.include_in_schema else []
        for method in route.methods:
            if method.lower() in operations:
                _add(operations[method.lower()]["responses"], found, route.responses or {})


def _add(
    responses: JsonObject, found: list[DocumentedError], declared: Mapping[int | str, object]
) -> None:
    told = {str(status).upper() for status in declared}
    for error in found:
        status = str(error.status)
        if told & {status, f"{status[0]}XX", "DEFAULT"}:
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


def errors_of(
    app: Any, route: DocumentedRoute, problems: ProblemSchemas | None = None
) -> Iterator[DocumentedError]:
    """Yield the errors that an operation can answer with, as far as they are certain."""
    calls = list(dict.fromkeys(_calls(route.dependant)))
    names = [getattr(call, "__module__", "") or "" for call in calls[:1]]
    exceptions = Exceptions(Packages(names))
    body = partial(_content, app, exceptions, problems)
    for call in calls:
        if isinstance(call, DescribedScheme):
            yield from _of_scheme(call, body)
        for raised in exceptions.of(call):
            yield from _of_raised(raised, exceptions, body)
    limit = getattr(route, "max_body_size", None)
    if route.body_field and (limit is not None or app.max_body_size is not None):
        if app._rapide_problems is None:
            text = {"text/plain": {"schema": {"type": "string"}}}
            yield DocumentedError(413, "max_body_size", text)
        yield DocumentedError(413, "max_body_size", body(HTTPException, 413))
    for limits in getattr(route, "_rapide_all_limits", ()):
        statuses = [limits.timeout_status or 504] if limits.timeout is not None else []
        for status in [*statuses, *([503] if limits.concurrency is not None else [])]:
            yield DocumentedError(status, f"limits: {limits}", body(HTTPException, status))


def _calls(dependant: Dependant) -> Iterator[object]:
    if dependant.call is not None:
        yield dependant.call
    for part in dependant.dependencies:
        yield from _calls(part)


def _of_scheme(scheme: DescribedScheme, body: Body) -> Iterator[DocumentedError]:
    make = type(scheme).make_not_authenticated_error
    if not scheme.auto_error or not make.__module__.startswith("rapide."):
        return  # a function of the application is not called for a document
    error = scheme.make_not_authenticated_error()
    content = body(type(error), error.status_code)
    yield DocumentedError(error.status_code, f"security: {scheme.scheme_name}", content)


def _of_raised(raised: Raised, exceptions: Exceptions, body: Body) -> Iterator[DocumentedError]:
    if not issubclass(raised.cls, HTTPException):
        return
    if isinstance(raised.instance, HTTPException):
        statuses: set[object] = {raised.instance.status_code}
    else:
        given = exceptions.arguments(raised, HTTPException, _ARGUMENTS)
        statuses = exceptions.constants(given.get("status_code"))
    origin = " → ".join(map(str, raised.chain))
    for status in sorted(int(item) for item in statuses if isinstance(item, int)):
        yield DocumentedError(status, origin, body(raised.cls, status))


def _content(
    app: Any,
    exceptions: Exceptions,
    problems: ProblemSchemas | None,
    cls: type[BaseException],
    status: int,
) -> JsonObject | None:
    """Return the body that the handler of an exception answers with; open if it is not certain."""
    if not allows_body(status):
        return None
    handlers: Mapping[object, object] = app.exception_handlers
    handler = handlers.get(status)
    if handler is None:
        handler = next((handlers[base] for base in cls.__mro__ if base in handlers), None)
    if handler is None or handler is http_exception_handler:
        return _DEFAULT
    if app._rapide_problems is not None and handler == app._rapide_problems.answer_http:
        return (problems or ProblemSchemas({})).problem()
    scope = exceptions.walker.scope(Known(handler), is_root=True)
    bodies = [] if scope is None else [_body(item, exceptions) for item in returns_of(scope)]
    return bodies[0] if bodies and all(body == bodies[0] for body in bodies) else _OPEN


def _body(found: Expression, exceptions: Exceptions) -> JsonObject:
    node, scope = found.node, found.scope
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        callee = exceptions.resolver.resolve(node.value.func, scope)
        return _DEFAULT if callee == Known(http_exception_handler) else _OPEN
    callee = exceptions.resolver.resolve(node.func, scope) if isinstance(node, ast.Call) else None
    cls = callee.it if isinstance(callee, Known) else None
    if not isinstance(node, ast.Call) or not isinstance(cls, type):
        return _OPEN
    if not issubclass(cls, Response) or not cls.media_type:
        return _OPEN
    if not issubclass(cls, JSONResponse):
        return {cls.media_type: {"schema": {"type": "string"}}}
    named = [item.value for item in node.keywords if item.arg == "content"]
    content = next(iter([*named, *node.args]), None)
    schema = {} if content is None else _schema(Expression(content, scope), exceptions)
    return {cls.media_type: {"schema": schema}}


def _schema(found: Expression, exceptions: Exceptions) -> JsonObject:
    """Return the schema of the JSON that an expression gives; open if it is not certain."""
    node, scope = found.node, found.scope
    if isinstance(node, ast.Dict):
        keys = [item.value if isinstance(item, ast.Constant) else None for item in node.keys]
        names = [key for key in keys if isinstance(key, str)]
        if len(names) < len(keys):
            return {"type": "object"}
        values = [_schema(Expression(value, scope), exceptions) for value in node.values]
        properties = dict(zip(names, values, strict=True))
        return {"type": "object", "properties": properties, "required": list(properties)}
    if isinstance(node, ast.List | ast.Tuple | ast.ListComp):
        return {"type": "array", "items": {}}
    if isinstance(node, ast.Attribute) and node.attr == "status_code":
        return {"type": "integer"}
    value = exceptions.resolver.resolve(node, scope)
    kind = value.cls if isinstance(value, Instance) else type(getattr(value, "it", node))
    names_of = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return {"type": names_of[kind]} if kind in names_of else {}

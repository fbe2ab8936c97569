"""The responses of exception handlers, read from their code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from rapide._statuses import allows_body
from rapide.callgraph.arguments import arguments_of
from rapide.callgraph.raised import Exceptions, Raised, assigned, parts_of, returns_of
from rapide.callgraph.scopes import Expression, Instance, Known, Scope
from rapide.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
)
from rapide.exceptions import RequestValidationError
from rapide.openapi.error_schemas import ErrorSchemas
from rapide.types import JsonObject

_DEEPEST: Final = 8
_OWN: Final = (http_exception_handler, request_validation_exception_handler)
#: Classes of libraries whose `__init__` keeps its arguments under these names.
BASES: Final[Mapping[type, tuple[str, ...]]] = {
    HTTPException: ("status_code", "detail", "headers"),
    Response: ("content", "status_code", "headers", "media_type"),
}
_HTTP_ERROR: Final[JsonObject] = {
    "application/json": {
        "schema": {
            "title": "HTTPError",
            "type": "object",
            "properties": {"detail": {}},
            "required": ["detail"],
        }
    }
}
_OPEN: Final[JsonObject] = {"application/json": {"schema": {}}}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to an exception.

    Attributes:
        status: Its status; None if that is not certain.
        content: The Media Type Objects of its body; None if it has none.
    """

    status: int | None
    content: JsonObject | None


class Handlers:
    """The exception handlers of an application.

    Args:
        app: The application.
        exceptions: What reads its code.
        schemas: The schemas of bodies.
    """

    def __init__(self, app: Any, exceptions: Exceptions, schemas: ErrorSchemas) -> None:
        self._handlers: Mapping[object, object] = app.exception_handlers
        self._problems = app._rapide_problems
        self._exceptions = exceptions
        self._schemas = schemas

    def statuses(self, raised: Raised) -> list[int | None]:
        """Return the statuses that an exception has itself; None alone if none is certain."""
        if isinstance(raised.instance, HTTPException):
            return [raised.instance.status_code]
        if not issubclass(raised.cls, HTTPException):
            return [None]
        constants = self._exceptions.constants
        found = constants.attribute(raised.cls, raised.made, "status_code", BASES)
        numbers = sorted(int(item) for item in found if isinstance(item, int))
        return [*numbers] or [None]

    def answers(self, raised: Raised, status: int | None) -> Iterator[Answer]:
        """Yield the responses to an exception with this status; none if nothing handles it."""
        handler = self._find(raised.cls, status)
        if handler is None:
            return
        usual = self._usual(handler, status)
        if usual is not None:
            yield usual
            return
        scope = self._exceptions.walker.scope(Known(handler), is_root=True)
        if scope is None:
            yield Answer(None, _OPEN)
            return
        _tell_exception(scope, raised)
        read = partial(self._attribute, raised, status)
        with self._exceptions.constants.about(raised.cls, read):
            yield from self._returned(scope, raised, status)

    def _returned(self, scope: Scope, raised: Raised, status: int | None) -> Iterator[Answer]:
        found = [
            answer
            for expression in returns_of(scope)
            for answer in self._response(expression, raised, status, 0)
        ]
        yield from found or [Answer(None, _OPEN)]

    def _find(self, cls: type[BaseException], status: int | None) -> object:
        """Return the handler of an exception; 500 and `Exception` are for what others leave."""
        inner = {key: item for key, item in self._handlers.items() if key not in (500, Exception)}
        if issubclass(cls, HTTPException) and status in inner:
            return inner[status]
        found = next((inner[base] for base in cls.__mro__ if base in inner), None)
        outer = [item for key, item in self._handlers.items() if key in (500, Exception)]
        return found if found is not None or not outer else outer[-1]

    def _usual(self, handler: object, status: int | None) -> Answer | None:
        """Return the response of one of our own handlers."""
        problems = self._problems
        if handler is http_exception_handler:
            return Answer(status, _content(status, _HTTP_ERROR))
        if handler is request_validation_exception_handler:
            return Answer(422, self._schemas.validation())
        if problems is not None and handler == problems.answer_http:
            return Answer(status, _content(status, self._schemas.problems.problem()))
        if problems is not None and handler == problems.answer_invalid:
            return Answer(422, self._schemas.problems.validation())
        return None

    def _attribute(self, raised: Raised, status: int | None, name: str) -> frozenset[object]:
        if name == "status_code" and status is not None:
            return frozenset({status})
        if raised.instance is not None:
            found = vars(raised.instance).get(name)
            return frozenset({found}) if isinstance(found, int | str) else frozenset()
        return self._exceptions.constants.attribute(raised.cls, raised.made, name, BASES)

    def _response(
        self, found: Expression, raised: Raised, status: int | None, depth: int
    ) -> Iterator[Answer]:
        """Yield what an expression that a handler returns can answer."""
        node, scope = found.node, found.scope
        inner = [Expression(part, scope) for part in parts_of(node)]
        if isinstance(node, ast.Name):
            inner = list(assigned(node.id, scope))
        if isinstance(node, ast.Call):
            callee = self._exceptions.resolver.resolve(node.func, scope)
            known = callee.it if isinstance(callee, Known) else None
            if isinstance(known, type) and issubclass(known, Response):
                yield from self._made(known, found)
                return
            if any(known is own for own in _OWN):
                yield from self._passed_on(known, node, scope, raised, status)
                return
            inner = list(self._exceptions.returned(node, scope))
        if not inner or depth > _DEEPEST:
            yield Answer(None, _OPEN)
        else:
            for part in inner:
                yield from self._response(part, raised, status, depth + 1)

    def _passed_on(
        self, handler: object, node: ast.Call, scope: Scope, raised: Raised, status: int | None
    ) -> Iterator[Answer]:
        """Yield the responses of one of our own handlers to the exception that it is passed."""
        named = [item.value for item in node.keywords if item.arg == "exc"]
        error = next(iter([*node.args[1:2], *named]), None)
        value = self._exceptions.resolver.resolve(error, scope)
        if value == Instance(raised.cls, is_exact=True) or error is None:
            statuses: list[int | None] = [status]
        else:
            others = list(self._exceptions.made_by(Expression(error, scope)))
            statuses = [item for other in others for item in self.statuses(other)] or [None]
        for item in statuses:
            answer = self._usual(handler, item)
            if answer is not None:
                yield answer

    def _made(self, cls: type[Response], found: Expression) -> Iterator[Answer]:
        """Yield the responses that a call of a class makes."""
        for status in self._statuses_of_response(cls, found):
            yield Answer(status, _content(status, self._body(cls, found)))

    def _statuses_of_response(self, cls: type[Response], found: Expression) -> list[int | None]:
        constants = self._exceptions.constants
        given = constants.argument(cls, found, "status_code", BASES)
        if given is not None:
            numbers = sorted(int(item) for item in constants.of(given) if isinstance(item, int))
            return [*numbers] or [None]
        passed = arguments_of(self._exceptions.resolver, found, None)
        is_open = passed.more_named or passed.more_positional
        if is_open or self._exceptions.resolver.packages.contain(cls.__init__.__module__):
            return [None]
        return [307 if issubclass(cls, RedirectResponse) else 200]

    def _body(self, cls: type[Response], found: Expression) -> JsonObject | None:
        """Return the Media Type Objects of a response."""
        constants = self._exceptions.constants
        content = constants.argument(cls, found, "content", BASES)
        kinds = constants.of(constants.argument(cls, found, "media_type", BASES))
        kind = next(iter(kinds), None) or cls.media_type
        if issubclass(cls, JSONResponse):
            schema = {} if content is None else self._schemas.of(content)
            return {str(kind or "application/json"): {"schema": schema}}
        if content is None or not isinstance(kind, str):
            return None
        return {kind: {"schema": {} if kind.endswith("json") else {"type": "string"}}}


def _tell_exception(scope: Scope, raised: Raised) -> None:
    """Tell a handler which exception it gets, after the request and perhaps its own object."""
    node = scope.node.args
    names = [item.arg for item in [*node.posonlyargs, *node.args]][bool(scope.arguments) :]
    if len(names) > 1:
        error = Instance(raised.cls, is_exact=True)
        scope.arguments = {**scope.arguments, names[1]: error}


def _content(status: int | None, content: JsonObject | None) -> JsonObject | None:
    return content if status is None or allows_body(status) else None


def handles_validation(app: Any) -> bool:
    """Return whether the application has its own handler for requests that are not valid."""
    handler = app.exception_handlers.get(RequestValidationError)
    problems = app._rapide_problems
    is_problem = problems is not None and handler == problems.answer_invalid
    return not is_problem and handler is not request_validation_exception_handler

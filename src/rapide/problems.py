"""Errors as problem documents (RFC 9457), for applications with `problem_details`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from rapide import patches
from rapide._statuses import allows_body
from rapide.encoders import jsonable_encoder
from rapide.exception_handlers import http_exception_handler, uses_replacements
from rapide.exceptions import RequestValidationError
from rapide.runtime.serialization import encode_any_json
from rapide.types import JsonObject

PROBLEM_JSON: Final = "application/problem+json"

#: The members of a problem document that are text. `status` is the only other one.
_TEXTS: Final = ("type", "title", "detail", "instance")
#: Python before 3.13 names these statuses by older specifications.
_TITLES: Final = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_CLASSES: Final = {4: "Client Error", 5: "Server Error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDetails:
    """How an application describes errors in problem documents (RFC 9457).

    Args:
        type_base: URI in front of the status in `type`, which is `about:blank` by default.
            With `https://example.com/errors/`, a 404 has `https://example.com/errors/404`.
        members: Function of the request and the exception that returns further members.
            They replace `type`, `title`, `detail` and `instance`, but not `status`.

    Raises:
        ValueError: `type_base` is not a URI, or `members` cannot be called.
    """

    type_base: str | None = None
    members: Callable[[Request, Exception], Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        base: object = self.type_base
        if base is not None and not (isinstance(base, str) and base.split() == [base]):
            raise ValueError(f"ProblemDetails: type_base must be a URI, not {base!r}")
        if self.members is not None and not callable(self.members):
            raise ValueError(f"ProblemDetails: members must be a function, not {self.members!r}")


class ProblemResponse(JSONResponse):
    """A response whose content is a problem document.

    Args:
        content: The problem document.
        status_code: Status of the response.
        headers: Headers, by their names.
        media_type: The media type, for `Content-Type`.
        background: Tasks to run after the response is sent.
    """

    media_type = PROBLEM_JSON


class _ValidationProblem(ProblemResponse):
    """A problem document with any values that a client has sent."""

    def render(self, content: Any) -> bytes:
        return encode_any_json(content)


class Problems:
    """The exception handlers of an application whose errors are problem documents.

    Args:
        option: What the application was given: True, or a configuration.

    Raises:
        ValueError: It is neither.
    """

    def __init__(self, option: object) -> None:
        found = ProblemDetails() if option is True else option
        if not isinstance(found, ProblemDetails):
            raise ValueError(
                f"problem_details must be True, False or a ProblemDetails, not {option!r}"
            )
        self.details = found
        self.are_plain = found.members is None

    async def answer_http(self, request: Request, exc: HTTPException) -> Response:
        """Answer an HTTP exception; without a body if the status forbids one."""
        # The layers call the handler for WebSockets, too. Their answers are not changed.
        if request.scope["type"] != "http" or not allows_body(exc.status_code):
            return await http_exception_handler(request, exc)
        content = self.document(exc.status_code, exc.detail, request, exc)
        headers = getattr(exc, "headers", None)
        return ProblemResponse(content, status_code=exc.status_code, headers=headers)

    async def answer_invalid(self, request: Request, exc: RequestValidationError) -> Response:
        """Answer with 422, and with the list of errors as a member."""
        errors = exc.errors()
        if patches.found or uses_replacements():
            errors = jsonable_encoder(errors)
        said = {"detail": "The request is not valid.", "errors": errors}
        return _ValidationProblem(self.document(422, said, request, exc), status_code=422)

    async def answer_unhandled(self, request: Request, exc: Exception) -> Response:
        """Answer an exception that nothing else handles with 500, without its text."""
        return ProblemResponse(self.document(500, None, request, exc), status_code=500)

    async def answer_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a response to a request whose body is too large."""
        error = HTTPException(413, _TITLES[413])
        response = await self.answer_http(Request(scope, receive), error)
        await response(scope, receive, send)

    def encode(self, status: int, detail: str) -> tuple[bytes, bytes]:
        """Return a document whose members are known, as bytes, and its media type."""
        response = ProblemResponse(self.document(status, detail, None, None))
        return bytes(response.body), PROBLEM_JSON.encode()

    def document(
        self, status: int, detail: object, request: HTTPConnection | None, exc: Exception | None
    ) -> JsonObject:
        """Return a problem document.

        Args:
            status: The status of the response.
            detail: Text, members as a dictionary, or another value, which becomes `errors`.
            request: The request.
            exc: The exception.

        Raises:
            TypeError: The application's function does not return a mapping.
        """
        base = self.details.type_base
        kind = "about:blank" if base is None else f"{base}{status}"
        found: JsonObject = {"type": kind, "title": title_of(status), "status": status}
        if isinstance(detail, str):
            found["detail"] = detail
        elif isinstance(detail, dict) and _fits(detail, status):
            found |= detail
        elif detail is not None:
            found["errors"] = detail
        members = self.details.members
        if members is not None and request is not None and exc is not None:
            assert isinstance(request, Request)
            given = members(request, exc)
            if not isinstance(given, Mapping):
                raise TypeError(f"ProblemDetails: members must return a mapping, not {given!r}")
            found = {**found, **given, "status": status}
        return found


def _fits(detail: Mapping[Any, object], status: int) -> bool:
    """Return whether members can be added without those that have a meaning changing theirs."""
    texts = all(isinstance(detail[name], str) for name in _TEXTS if name in detail)
    return texts and detail.get("status", status) == status


def title_of(status: int) -> str:
    """Return the phrase of a status, as RFC 9110 has it."""
    if status in _TITLES:
        return _TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return _CLASSES.get(status // 100, "Error")


__all__ = ["PROBLEM_JSON", "ProblemDetails", "ProblemResponse"]

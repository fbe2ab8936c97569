"""What cached and idempotent routes have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

from starlette.responses import Response
from starlette.types import ASGIApp, Message

from rapide.distributed.answers.answers import Answers
from rapide.distributed.answers.contract import Answer, Headers
from rapide.scope_keys import RECALL

Guard = Callable[[ASGIApp], ASGIApp]
#: Returns what an answer depends on, or whom a key belongs to.
Naming = Callable[..., "str | Awaitable[str | None] | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is known of a route at its declaration, and matters to what is kept of it."""

    #: The methods and the path, for messages.
    label: str
    path: str
    methods: frozenset[str]
    #: The names of all parameters of the path, and of the parameters of the endpoint.
    names: frozenset[str]
    #: Whether no prefix with more parameters can be put in front of the path.
    is_complete: bool
    #: The headers, in lower case, and the cookies that parameters read.
    headers: frozenset[str]
    cookies: frozenset[str]
    #: The headers, cookies and query parameters that security schemes read.
    credential_headers: frozenset[str]
    credential_cookies: frozenset[str]
    credential_queries: frozenset[str]
    #: Whether a function gets the request, and so can read any cookie of it.
    gets_request: bool
    has_body: bool
    #: The route's own limit of the body in bytes.
    max_body_size: int | None
    is_stream: bool


class KeeperError(Exception):
    """A route cannot have what was declared."""

    def __init__(self, problem: str, instead: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.instead = instead


class Keeper(ABC):
    """Keeps the answers of a route, so that its endpoint need not run each time."""

    #: The name of the option of routes.
    option: ClassVar[str]
    #: The methods whose answers it keeps.
    methods: ClassVar[frozenset[str]]

    store: Any
    answers: Answers

    @abstractmethod
    def check(self, traits: Traits) -> None:
        """Check that it can be used for a route.

        Raises:
            KeeperError: It cannot.
        """

    @abstractmethod
    def guard(self, traits: Traits) -> Guard:
        """Return what serves the requests around a route."""

    @abstractmethod
    def describe(self, operation: dict[str, Any], responses: dict[str, Any]) -> None:
        """Add to the Operation Object of a route what clients should know."""

    @property
    @abstractmethod
    def error_statuses(self) -> Sequence[int]:
        """The statuses of errors that it answers itself."""

    def __str__(self) -> str:
        shown: Any = self
        said = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(shown)
            if field.repr and getattr(self, field.name) != field.default
        ]
        return ", ".join(said)


class Recall(Protocol):
    """A request whose answer may be kept. Routes find it in the scope."""

    async def recall(self, values: Mapping[str, object]) -> Response | None:
        """Return the answer in place of the endpoint, which is called with the values.

        Raises:
            HTTPException: The request is refused.
        """

    def fail(self) -> None:
        """Note that an exception is answered, so that nothing is kept."""


def recalling(scope: Any, call: Recall) -> None:
    """Let the route of a request find what keeps its answer."""
    scope[RECALL] = call


def replay(answer: Answer) -> Response:
    """Return an answer as a response object."""
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response


def headers_of(message: Message) -> Headers:
    """Return the headers at the start of a response, with names in lower case."""
    found = message.get("headers") or ()
    return tuple((bytes(name).lower(), bytes(value)) for name, value in found)

"""The idempotency of a route as an application declares it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from rapide.distributed.answers.answers import Answers
from rapide.distributed.answers.arguments import check_function, check_number
from rapide.distributed.answers.keeper import Guard, Keeper, KeeperError, Naming, Traits
from rapide.distributed.idempotency.contract import HEADER, LONGEST, METHODS

_TEXTS: Final = {
    400: f"The header {HEADER} is missing or not valid",
    409: "The first request with this key is not complete, or its answer is too large to repeat",
    422: f"The {HEADER} belongs to another request",
    503: "It is not known whether the request was sent before",
}


@dataclass(frozen=True, slots=True, eq=False)
class Idempotency(Keeper):
    """Let clients repeat a POST or PATCH: the endpoint runs once for each `Idempotency-Key`.

    The answer is kept and repeated. Answers with a status of 500 or more, and exceptions, are not
    kept, so that a repeated request runs again.

    SPEC: draft-ietf-httpapi-idempotency-key-header.

    Args:
        seconds: How long an answer is repeated.
        store: Where answers are kept: `Answers`, the URL of a Redis server, or a client of
            `redis.asyncio`. By default in the memory of each process.
        required: Whether a request without a key is refused with 400.
        wait: Whether a request waits while the first one with its key runs. If not, it gets 409.
        caller: Takes the request, after its dependencies, and returns whose key it is, such as the
            id of the user. It may be `async`. By default, the credentials of the request say that.
        lease: After how many seconds a repeated request may run if the process of the first one
            has died.
        max_bytes: The largest answer that is kept. If one is larger, repeated requests get 409.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A value is out of its range.
    """

    option: ClassVar[str] = "idempotency"
    methods: ClassVar[frozenset[str]] = METHODS

    seconds: float = 24 * 60 * 60
    store: Any = field(default=None, kw_only=True, repr=False)
    required: bool = field(default=True, kw_only=True)
    wait: bool = field(default=True, kw_only=True)
    caller: Naming | None = field(default=None, kw_only=True)
    lease: float = field(default=10, kw_only=True)
    max_bytes: int = field(default=1024 * 1024, kw_only=True)
    answers: Answers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_number("Idempotency", "seconds", self.seconds, 0.001, "more than 0")
        check_number("Idempotency", "lease", self.lease, 1, "at least 1 second")
        check_number("Idempotency", "max_bytes", self.max_bytes, 0, "0 or more")
        check_function("Idempotency", "caller", self.caller)
        object.__setattr__(self, "answers", Answers.of(self.store))

    def check(self, traits: Traits) -> None:
        """Check that it can be used for a route.

        Args:
            traits: What is known of the route.
        """
        if not traits.methods & self.methods:
            raise KeeperError(
                f"The {HEADER} is for POST and PATCH: other methods can be repeated anyway",
                "cache=",
            )
        if traits.is_stream:
            raise KeeperError("A stream cannot be repeated", "an endpoint that returns its result")

    def guard(self, traits: Traits) -> Guard:
        """Return what serves the requests around a route.

        Args:
            traits: What is known of the route.
        """
        from rapide.distributed.idempotency.serving import IdempotentRoute

        return IdempotentRoute(self, traits).guard

    def describe(self, operation: dict[str, Any], responses: dict[str, Any]) -> None:
        """Add the header, and the refusals that the route does not describe itself.

        Args:
            operation: The operation in the document.
            responses: Its responses by status.
        """
        parameters = operation.setdefault("parameters", [])
        if not any(item.get("name", "").lower() == HEADER.lower() for item in parameters):
            parameters.append(
                {
                    "name": HEADER,
                    "in": "header",
                    "required": self.required,
                    "description": "Names the request, so that it can be repeated safely",
                    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
                }
            )
        for status, text in _TEXTS.items():
            if not responses.keys() & {str(status), f"{status // 100}XX", "default"}:
                responses[str(status)] = {"description": text}

    @property
    def error_statuses(self) -> Sequence[int]:
        """The statuses of refused requests."""
        return tuple(_TEXTS)

    __str__ = Keeper.__str__

"""The cache of a route as an application declares it."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from rapide.distributed.answers.answers import Answers
from rapide.distributed.answers.arguments import check_function, check_number, read_texts
from rapide.distributed.answers.keeper import Guard, Keeper, KeeperError, Naming, Traits
from rapide.distributed.cache.contract import METHODS

_TOKEN: Final = frozenset(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")


@dataclass(frozen=True, slots=True, eq=False)
class Cache(Keeper):
    """Keep the responses of a route to GET and HEAD.

    Dependencies and validation run for each request. Only the endpoint and the serialization of
    its result do not run if there is an answer.

    Args:
        seconds: How long an answer is given out.
        vary: Names of request headers on which the answer depends, such as `Accept-Language`. A
            request with credentials, such as `Authorization`, gets an answer of the cache only if
            the header is among them.
        tags: Names by which answers are invalidated. `{name}` is replaced by the parameter of this
            name, as in `book:{slug}` or `book:{book.id}`.
        key: Takes the request, after its dependencies, and returns what else the answer depends
            on, such as the name of a tenant. It may be `async`. None means not to cache.
        shared: Whether requests with credentials share the answer of all others. Dependencies
            still check the credentials.
        statuses: The statuses of answers that are kept.
        stale: How many seconds longer an answer is given out while another request renews it.
        client_seconds: How long clients and proxies may reuse the answer without asking, in the
            header `Cache-Control`. By default as long as the cache; 0 if there are tags, because
            nobody can take back what clients have.
        reload: Whether a request with `Cache-Control: no-cache` gets a new answer.
        lease: After how many seconds others make an answer if the process that makes it has died.
        store: Where answers are kept: `Answers`, the URL of a Redis server, or a client of
            `redis.asyncio`. By default in the memory of each process.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A value is out of its range.
    """

    option: ClassVar[str] = "cache"
    methods: ClassVar[frozenset[str]] = METHODS

    seconds: float
    vary: Sequence[str] = ()
    tags: Sequence[str] = ()
    key: Naming | None = field(default=None, kw_only=True)
    shared: bool = field(default=False, kw_only=True)
    statuses: Sequence[int] = field(default=(200,), kw_only=True)
    stale: float = field(default=0, kw_only=True)
    client_seconds: int | None = field(default=None, kw_only=True)
    reload: bool = field(default=False, kw_only=True)
    lease: float = field(default=10, kw_only=True)
    store: Any = field(default=None, kw_only=True, repr=False)
    answers: Answers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("vary", "tags"):
            object.__setattr__(self, name, read_texts("Cache", name, getattr(self, name)))
        check_number("Cache", "seconds", self.seconds, 0.001, "more than 0")
        check_number("Cache", "stale", self.stale, 0, "0 or more seconds")
        check_number("Cache", "lease", self.lease, 1, "at least 1 second")
        if self.client_seconds is not None:
            check_number("Cache", "client_seconds", self.client_seconds, 0, "0 or more")
        check_function("Cache", "key", self.key)
        statuses = (self.statuses,) if isinstance(self.statuses, int) else tuple(self.statuses)
        object.__setattr__(self, "statuses", statuses)
        for name in self.vary:
            _check("vary", _TOKEN.issuperset(name), "names of headers", name)
        for status in self.statuses:
            check_number("Cache", "statuses", status, 200, "statuses from 200 to 599")
            _check("statuses", status <= 599, "statuses from 200 to 599", status)
        for tag in self.tags:
            list(_fields(tag))
        object.__setattr__(self, "answers", Answers.of(self.store))

    @property
    def is_for_clients(self) -> int:
        """How many seconds clients may reuse an answer."""
        if self.client_seconds is not None:
            return self.client_seconds
        return 0 if self.tags else int(self.seconds)

    def check(self, traits: Traits) -> None:
        """Check that it can be used for a route.

        Args:
            traits: What is known of the route.
        """
        if not traits.methods & self.methods:
            raise KeeperError("Only responses to GET and HEAD are cached", "idempotency=")
        if traits.is_stream:
            raise KeeperError("A stream cannot be cached", "an endpoint that returns its result")
        if traits.has_body:
            raise KeeperError(
                "A cached route cannot read a body, because answers are found without it",
                "query parameters",
            )
        for tag in self.tags:
            for name in _fields(tag):
                if traits.is_complete and name not in traits.names:
                    raise KeeperError(
                        f"The tag {tag!r} names {name!r}, which is no parameter of the route",
                        f"one of {', '.join(sorted(traits.names))}" if traits.names else "a name",
                    )

    def guard(self, traits: Traits) -> Guard:
        """Return what serves the requests around a route.

        Args:
            traits: What is known of the route.
        """
        from rapide.distributed.cache.serving import CachedRoute

        return CachedRoute(self, traits).guard

    def describe(self, operation: dict[str, Any], responses: dict[str, Any]) -> None:
        """Add the validator of answers, and the answer to clients that have the same one.

        Args:
            operation: The operation in the document.
            responses: Its responses by status.
        """
        header = {"description": "Identifies the content", "schema": {"type": "string"}}
        for status in map(str, self.statuses):
            said = responses.get(status)
            if said is not None:
                responses[status] = {**said, "headers": {"ETag": header, **said.get("headers", {})}}
        text = "The client has this content, as its If-None-Match says"
        responses.setdefault("304", {"description": text, "headers": {"ETag": header}})

    @property
    def error_statuses(self) -> Sequence[int]:
        """No errors: a cache refuses nothing."""
        return ()

    __str__ = Keeper.__str__


def _check(name: str, is_right: bool, range_: str, value: object) -> None:
    if not is_right:
        raise ValueError(f"Cache: {name} must be {range_}, not {value!r}")


def _fields(tag: str) -> Iterator[str]:
    """Yield the names of the parameters in a tag.

    Raises:
        ValueError: It is not a valid text with `{name}`.
    """
    try:
        for _, name, _, _ in string.Formatter().parse(tag):
            if name is not None:
                first = name.partition(".")[0].partition("[")[0]
                _check("tags", first.isidentifier(), "texts with the names of parameters", tag)
                yield first
    except ValueError as wrong:
        raise ValueError(f"Cache: the tag {tag!r} is not valid: {wrong}") from None

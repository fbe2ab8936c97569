"""Raw requests, and what must come back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .client import Answer

#: What follows each case, on the same connection.
SECOND = b"GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

Statuses = frozenset[int]


@dataclass(frozen=True)
class Case:
    """One row, or a part of one.

    Attributes:
        answers: For each answer, the statuses that are right.
        calls: The handlers that are called, one name each.
        closes: Whether the connection is closed, so that a second request is not executed.
            `None`: it may be.
        heads: The places of answers to HEAD.
        check: Looks at the answers.
        may_be_silent: Whether closing without an answer is right, too.
    """

    name: str
    data: bytes
    answers: tuple[Statuses, ...]
    calls: tuple[str, ...] = ()
    closes: bool | None = False
    heads: tuple[int, ...] = ()
    check: Callable[[Sequence[Answer]], None] | None = None
    may_be_silent: bool = False


def head(line: bytes, *fields: bytes, host: bytes | None = b"a") -> bytes:
    """A request's head."""
    hosts = [] if host is None else [b"Host: " + host]
    return b"\r\n".join([line, *hosts, *fields, b"", b""])


def get(*fields: bytes, target: bytes = b"/first", host: bytes | None = b"a") -> bytes:
    return head(b"GET " + target + b" HTTP/1.1", *fields, host=host)


def post(*fields: bytes, body: bytes = b"", target: bytes = b"/body") -> bytes:
    return head(b"POST " + target + b" HTTP/1.1", *fields) + body


def chunked(body: bytes, *fields: bytes, target: bytes = b"/body") -> bytes:
    return post(b"Transfer-Encoding: chunked", *fields, body=body, target=target)


def refused(name: str, data: bytes, *statuses: int, closes: bool | None = True) -> Case:
    """A case that no handler sees; 400 unless said otherwise."""
    return Case(name, data, (frozenset(statuses or {400}),), closes=closes)


def served(
    name: str,
    data: bytes,
    *calls: str,
    status: int = 200,
    closes: bool | None = False,
    heads: tuple[int, ...] = (),
    check: Callable[[Sequence[Answer]], None] | None = None,
) -> Case:
    """A case whose every request gets the same status from its handler."""
    answers = (frozenset({status}),) * len(calls)
    return Case(name, data, answers, calls, closes, heads, check)


def body_is(body: bytes) -> Callable[[Sequence[Answer]], None]:
    def check(answers: Sequence[Answer]) -> None:
        assert answers[0].body == body

    return check


def json_is(value: object) -> Callable[[Sequence[Answer]], None]:
    def check(answers: Sequence[Answer]) -> None:
        assert json.loads(answers[0].body) == value

    return check


def refused_each(name: str, texts: Sequence[bytes], make: Callable[[bytes], bytes]) -> list[Case]:
    return [refused(f"{name} {text!r}", make(text), closes=None) for text in texts]

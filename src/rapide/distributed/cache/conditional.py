"""Validators of responses, and requests that name those that the client has (RFC 9110)."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from rapide.distributed.answers.contract import Headers

#: SPEC: RFC 9110 section 8.8.3: an entity tag without its weakness.
_TAG: Final = re.compile(rb'"[\x21\x23-\x7e\x80-\xff]*"')
#: SPEC: RFC 9110 section 15.4.5: what a 304 repeats.
_REPEATED: Final = frozenset(
    {b"age", b"cache-control", b"content-location", b"date", b"etag", b"expires", b"vary"}
)


def value_of(headers: Headers, name: bytes) -> bytes | None:
    """Return the values of a header in one line; None if there is none."""
    found = [value for key, value in headers if key == name]
    return b", ".join(found) if found else None


def make_etag(body: bytes) -> bytes:
    """Return a strong entity tag of a body."""
    return b'"%b"' % hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def is_known(condition: bytes | None, etag: bytes | None) -> bool:
    """Return whether `If-None-Match` names a response, by the weak comparison."""
    if condition is None or etag is None:
        return False
    if condition.strip() == b"*":
        return True
    opaque = _TAG.findall(etag)
    return bool(opaque) and opaque[0] in _TAG.findall(condition)


def not_modified(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return the headers of the 304 instead of a response."""
    return [(name, value) for name, value in headers if name in _REPEATED]


def directives(value: bytes | None) -> dict[str, str | None]:
    """Return the directives of a `Cache-Control`, in lower case."""
    found: dict[str, str | None] = {}
    for part in (value or b"").decode("latin-1").split(","):
        name, separator, argument = part.strip().partition("=")
        if name:
            found[name.strip().lower()] = argument.strip().strip('"') if separator else None
    return found

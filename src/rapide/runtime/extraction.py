"""Read raw query strings, headers and cookies with the same results as Starlette."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rapide.patches import requests
from rapide.runtime.query_string import query_pairs

RawHeaders = Iterable[tuple[bytes, bytes]]


class Missing:
    """The type of `MISSING`, the marker of a value that the request does not have."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


class Unread:
    """The type of `UNREAD`, the marker of a parameter that compiled code has not read yet."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD: Final = Unread()


class Unparsed:
    """The type of `UNPARSED`, the marker of a JSON body whose value was made without parsing it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNPARSED"


UNPARSED: Final = Unparsed()


class ValueMissing(Exception):
    """A required value is missing."""


class ModelRefused(Exception):
    """The values of a parameter model are not valid; `errors` has all errors and locations."""

    def __init__(self, errors: list[object]) -> None:
        super().__init__(errors)
        self.errors = errors


def query_lists(raw: bytes) -> dict[str, list[str]]:
    """Return the query string as a mapping from each name to all its values, in order."""
    values: dict[str, list[str]] = {}
    for name, value in query_pairs(raw):
        values.setdefault(name, []).append(value)
    return values


def header_values(raw: RawHeaders) -> dict[bytes, bytes]:
    """Return header fields by lower-case name, with the first line of a repeated name."""
    return dict(reversed(raw if isinstance(raw, list) else list(raw)))


def header_lists(raw: RawHeaders) -> dict[bytes, list[str]]:
    """Return header fields by lower-case name, each with all its lines in order."""
    values: dict[bytes, list[str]] = {}
    for name, value in raw:
        values.setdefault(name, []).append(value.decode("latin-1"))
    return values


def cookie_values(raw: RawHeaders) -> dict[str, str]:
    """Return the cookies of all `Cookie` lines, with the last value of a repeated name."""
    cookies: dict[str, str] = {}
    cookie_parser = requests.cookie_parser
    for name, value in raw:
        if name == b"cookie":
            cookies.update(cookie_parser(value.decode("latin-1")))
    return cookies


def first_present(values: dict[object, object], keys: tuple[object, ...]) -> object:
    """Return the value of the first of `keys` that exists, else `MISSING`."""
    for key in keys:
        if key in values:
            return values[key]
    return MISSING

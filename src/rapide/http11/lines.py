"""Header lines that llhttp need not parse: those that were seen, and those of a plain form.

PERF: changing-header. Most lines of a request have come before, on this or on another connection.
They are looked up. A line that has not come before is compared with a pattern. The pattern matches
less than llhttp accepts, and gives the same name and value. Any other line, and any name that
llhttp treats specially, makes the whole request one for llhttp.

What is kept is bounded, and the answers never depend on it: a client that sends ever new lines can
only make others be compared with the pattern again. Lines are shared between connections only if
their names are known to carry nothing private. All others (cookies, credentials, addresses, names
that only the application knows) are kept for their own connection, as long as it is open: the time
that a request takes tells a client nothing about the secrets of another, and memory holds none
whose owner has left.
"""

from __future__ import annotations

import re
from typing import Any, Final

from rapide.http11.heads import is_host

#: What a line says besides its field.
PLAIN: Final = 0
HOST: Final = 1
LENGTH: Final = 2
FORWARDED: Final = 4
#: Fields that make a request one for llhttp if they are repeated.
_ONCE: Final = HOST | LENGTH

# SPEC: RFC 9112, 5: one blank at most before the value, and none behind it. Values are not empty.
_ANY_VALUE: Final = rb"[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?"
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?(" + _ANY_VALUE + rb")")
_VALUE: Final = re.compile(_ANY_VALUE)
_LENGTH_VALUE: Final = re.compile(rb"0|[1-9][0-9]{0,14}")
#: Fields that frame a message, or change what follows it.
_LEFT_TO_LLHTTP: Final = frozenset(
    {b"expect", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
_KINDS: Final = {
    b"connection": PLAIN,
    b"content-length": LENGTH,
    b"host": HOST,
    b"x-forwarded-for": FORWARDED,
    b"x-forwarded-proto": FORWARDED,
}
#: Fields that may not have just any value.
_CHECKED: Final = frozenset({b"connection", b"content-length", b"host", *_LEFT_TO_LLHTTP})
#: Fields whose lines are shared between connections.
_SHARED: Final = frozenset(
    b"accept accept-charset accept-encoding accept-language cache-control connection "
    b"content-length content-type dnt host origin pragma priority sec-ch-ua sec-ch-ua-mobile "
    b"sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc te "
    b"upgrade-insecure-requests user-agent via x-forwarded-host x-forwarded-port "
    b"x-forwarded-proto x-requested-with".split()
)
#: The longest line that is kept, in bytes, and how many are, in each generation.
LONGEST_SHARED: Final = 256
MOST_SHARED: Final = 512
LONGEST_OWN: Final = 1024
MOST_OWN: Final = 4


class Line:
    """A header line as it was read.

    Attributes:
        field: The name in lower case, and the value.
        kind: What the line says besides.
        length: The Content-Length that it announces.
    """

    __slots__ = ("field", "kind", "length")

    def __init__(self, name: bytes, value: bytes, kind: int, length: int) -> None:
        self.field: Any = (name, value)
        self.kind = kind
        self.length = length


class KnownLines:
    """Lines that were seen lately.

    They have two generations. When the young one is full, it becomes the old one, which is dropped:
    a line stays as long as it is used at least once in each generation.
    """

    __slots__ = ("_most", "_old", "_young")

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[bytes, Line] = {}
        self._old: dict[bytes, Line] = {}

    def get(self, text: bytes) -> Line | None:
        """Return a line; None if it is not known."""
        line = self._young.get(text)
        if line is None:
            line = self._old.get(text)
            if line is not None:
                self.keep(text, line)
        return line

    def keep(self, text: bytes, line: Line) -> None:
        """Keep a line for a while."""
        if len(self._young) >= self._most:
            self._old = self._young
            self._young = {}
        self._young[text] = line

    def clear(self) -> None:
        """Forget all lines."""
        self._young, self._old = {}, {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


_shared: Final = KnownLines(MOST_SHARED)


class Fields:
    """The header fields of a request.

    Attributes:
        headers: Their names and values.
        kinds: What they say besides: `HOST`, `LENGTH` and `FORWARDED`.
        length: The Content-Length; 0 without one.
    """

    __slots__ = ("headers", "kinds", "length")

    def __init__(self, headers: list[Any], kinds: int, length: int) -> None:
        self.headers = headers
        self.kinds = kinds
        self.length = length


class FieldReader:
    """Reads the header fields of the requests of one connection."""

    __slots__ = ("_own",)

    def __init__(self) -> None:
        self._own: KnownLines | None = None

    def read(self, block: bytes) -> Fields | None:
        """Return the fields of a head, without the blank line; None if llhttp has to read them."""
        headers: list[Any] = []
        kinds = length = 0
        own = self._own
        for text in block.split(b"\r\n"):
            line = _shared.get(text)
            if line is None and own is not None:
                line = own.get(text)
            if line is None:
                line = self._learn(text)
                if line is None:
                    return None
                own = self._own
            kind = line.kind
            if kind != PLAIN:
                if kinds & kind & _ONCE:
                    return None
                kinds |= kind
                length += line.length
            headers.append(line.field)
        return Fields(headers, kinds, length)

    def _learn(self, text: bytes) -> Line | None:
        """Return a line that is not known; None if llhttp has to read it."""
        match = _FIELD.fullmatch(text)
        if match is None:
            return None
        name: bytes = match[1].lower()
        value: bytes = match[2]
        kind, length = PLAIN, 0
        if name in _LEFT_TO_LLHTTP:
            return None
        if name in _KINDS:
            if not _is_usual(name, value):
                return None
            kind = _KINDS[name]
            length = int(value) if kind == LENGTH else 0
        line = Line(name, value, kind, length)
        if name in _SHARED:
            if len(text) <= LONGEST_SHARED:
                _shared.keep(text, line)
        elif len(text) <= LONGEST_OWN:
            if self._own is None:
                self._own = KnownLines(MOST_OWN)
            self._own.keep(text, line)
        return line


def _is_usual(name: bytes, value: bytes) -> bool:
    """Return whether a field with a meaning of its own has a value that needs no other check."""
    if name == b"connection":
        return value.lower() == b"keep-alive"
    if name == b"content-length":
        return _LENGTH_VALUE.fullmatch(value) is not None
    return name != b"host" or is_host(value)


def free_value_at(text: bytes) -> int:
    """Return where the value of a line begins that may be any plain one; 0 if it may not."""
    match = _FIELD.fullmatch(text)
    if match is None or match[1].lower() in _CHECKED:
        return 0
    at: int = match.start(2)
    return at


def is_plain_value(value: bytes) -> bool:
    """Return whether llhttp takes a value as it is."""
    return _VALUE.fullmatch(value) is not None

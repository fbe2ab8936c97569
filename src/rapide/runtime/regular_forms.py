"""Forms of regular shape, read from a whole body in one pass.

Rules:

1. A reader gives exactly the form that Starlette's parser gives for the same bytes, or None.
2. None is always right: Starlette's parser then reads the body, and says what is wrong with it.
3. So a reader accepts what clients usually send, and knows nothing of errors, limits that are
   exceeded, or ways of writing that need interpretation.
4. The work is linear in the length of the body, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, Final, NamedTuple, cast

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartParser

from rapide.runtime.extraction import query_pairs

Limits = Mapping[str, Any]

#: Starlette's limits where nobody says anything else.
MOST: Final = 1000
LONGEST_PART: Final = 1024 * 1024
#: Longest head of a part that is read here; python-multipart allows a little more for one line.
LONGEST_HEAD: Final = 4096

_URLENCODED: Final = b"application/x-www-form-urlencoded"
_MULTIPART: Final = re.compile(rb'multipart/form-data; ?boundary=(?:"([\w-]{1,70})"|([\w-]{1,70}))')
# Quotes and backslashes would have to be interpreted, and a semicolon needs a look at the quotes
# around it.
_TEXT: Final = rb'([^"\\;\x00-\x1f\x7f]*)'
_HEAD: Final = re.compile(
    rb'(?i:content-disposition): (form-data; name="'
    + _TEXT
    + rb'"(?:; filename="'
    + _TEXT
    + rb'")?)'
    rb"(?:\r\n(?i:content-type): ([!-~][ -~]*))?"
)


class Announced(NamedTuple):
    """What the head of a request says of its form."""

    length: int
    read: Callable[[bytes, Limits], FormData | None]


def announced_form(headers: Iterable[tuple[bytes, bytes]], longest: int) -> Announced | None:
    """How to read the form of a request with these headers, if it may be regular.

    `longest` is the greatest length of a body in bytes.
    """
    content_type = length = None
    for name, value in headers:
        if name == b"content-type" and content_type is None:
            content_type = value
        elif name == b"content-length" and length is None:
            length = value
    if content_type is None or length is None or not length.isdigit() or int(length) > longest:
        return None
    if content_type.partition(b";")[0] == _URLENCODED:
        return Announced(int(length), read_urlencoded)
    multipart = _MULTIPART.fullmatch(content_type)
    if multipart is None:
        return None
    boundary = multipart[1] or multipart[2]
    return Announced(int(length), lambda body, limits: read_multipart(body, boundary, limits))


def read_urlencoded(body: bytes, limits: Limits) -> FormData | None:
    """The fields of a form as pairs of encoded names and values (WHATWG URL, section 5.1)."""
    if len(body) > limits.get("max_part_size", LONGEST_PART):
        return None
    if body.count(b"&") >= limits.get("max_fields", MOST):
        return None
    if b";" in body:  # a separator for older versions of python-multipart
        return None
    return FormData(cast(list[tuple[str, str | UploadFile]], query_pairs(body)))


def read_multipart(body: bytes, boundary: bytes, limits: Limits) -> FormData | None:
    """The fields and files of a multipart form (RFC 7578)."""
    delimiter = b"\r\n--" + boundary
    if not body.startswith(delimiter[2:] + b"\r\n"):
        return None
    items: list[tuple[str, str | UploadFile]] = []
    counter = _Counter(limits)
    start = len(delimiter)
    while True:
        end = body.find(delimiter, start)
        item = None if end < 0 else _read_part(body, start, end, counter)
        if item is None:
            return None
        items.append(item)
        start = end + len(delimiter)
        if not body.startswith(b"\r\n", start):
            return FormData(items) if body[start : start + 5] in (b"--", b"--\r\n") else None
        start += 2


class _Counter:
    """How many more parts may come, and how large they may be."""

    __slots__ = ("fields", "files", "longest")

    def __init__(self, limits: Limits) -> None:
        self.fields = limits.get("max_fields", MOST)
        self.files = limits.get("max_files", MOST)
        self.longest = limits.get("max_part_size", LONGEST_PART)


def _read_part(
    body: bytes, start: int, end: int, counter: _Counter
) -> tuple[str, str | UploadFile] | None:
    """The name and the value of one part, or None when it is not regular."""
    content = body.find(b"\r\n\r\n", start, min(end, start + LONGEST_HEAD))
    head = _HEAD.fullmatch(body, start, content) if content >= 0 else None
    if head is None:
        return None
    disposition, raw_name, raw_filename, media_type = head.groups()
    content += 4
    try:
        name = raw_name.decode()
        if raw_filename is not None:
            filename = raw_filename.decode()
    except UnicodeDecodeError:
        return None
    if raw_filename is None:
        counter.fields -= 1
        if counter.fields < 0 or end - content > counter.longest:
            return None
        return name, _decode(body[content:end])
    counter.files -= 1
    longest = MultiPartParser.spool_max_size
    if counter.files < 0 or (longest and end - content > longest):
        return None
    headers = [(b"content-disposition", disposition)]
    if media_type is not None:
        headers.append((b"content-type", media_type))
    file = spooled(body[content:end], longest)
    return name, UploadFile(
        file, size=end - content, filename=filename, headers=Headers(raw=headers)
    )


def _decode(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def spooled(content: bytes, max_size: int) -> Any:
    """A temporary file in memory with this content, at its beginning."""
    file = cast(Any, SpooledTemporaryFile(max_size=max_size))  # noqa: SIM115 - its owner closes it
    # PERF: upload. Memory that begins with given bytes shares them until somebody writes, and so
    # does reading all of it; writing into an empty file copies them, and moves them as it grows.
    if type(getattr(file, "_file", None)) is BytesIO:
        file._file = BytesIO(content)
    else:
        file.write(content)
        file.seek(0)
    return file

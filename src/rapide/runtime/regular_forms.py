"""Read forms of regular shape from a whole body in one pass.

Rules:

1. A reader returns exactly the form that Starlette's parser returns for the same bytes, or None.
2. None is always correct: then Starlette's parser reads the body and reports its errors.
3. So a reader accepts what clients usually send. It does not handle errors, exceeded limits, or
   notations that need interpretation.
4. The work is linear in the length of any body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, Final, NamedTuple, cast

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartParser

from rapide.runtime.query_string import query_pairs

FormLimitValues = Mapping[str, Any]

#: Starlette's default limits.
MOST: Final = 1000
LONGEST_PART: Final = 1024 * 1024
#: The maximal length of the head of a part. python-multipart allows a little more for one line.
LONGEST_HEAD: Final = 4096

_URLENCODED: Final = b"application/x-www-form-urlencoded"
_MULTIPART: Final = re.compile(rb'multipart/form-data; ?boundary=(?:"([\w-]{1,70})"|([\w-]{1,70}))')
# Quotes and backslashes need interpretation, and the meaning of a semicolon depends on the quotes
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
    """The facts about a form in the head of its request."""

    length: int
    read: Callable[[bytes, FormLimitValues], FormData | None]


def announced_form(headers: Iterable[tuple[bytes, bytes]], longest: int) -> Announced | None:
    """Return how to read the form of a request with these headers, or None if it is not regular.

    `longest` is the maximal length of a body in bytes.
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


def read_urlencoded(body: bytes, limits: FormLimitValues) -> FormData | None:
    """Read a form of pairs of encoded names and values (WHATWG URL, section 5.1)."""
    if len(body) > limits.get("max_part_size", LONGEST_PART):
        return None
    if body.count(b"&") >= limits.get("max_fields", MOST):
        return None
    if b";" in body:  # a separator for older versions of python-multipart
        return None
    return FormData(cast(list[tuple[str, str | UploadFile]], query_pairs(body)))


def read_multipart(body: bytes, boundary: bytes, limits: FormLimitValues) -> FormData | None:
    """Read the fields and files of a multipart form (RFC 7578)."""
    delimiter = b"\r\n--" + boundary
    if not body.startswith(delimiter[2:] + b"\r\n"):
        return None
    parts: list[_Part] = []
    fields, files = limits.get("max_fields", MOST), limits.get("max_files", MOST)
    longest = limits.get("max_part_size", LONGEST_PART), MultiPartParser.spool_max_size
    start = len(delimiter)
    while True:
        end = body.find(delimiter, start)
        part = None if end < 0 else _read_part(body, start, end, *longest)
        if part is None:
            return None
        fields, files = (fields - 1, files) if part.is_field else (fields, files - 1)
        if fields < 0 or files < 0:
            return None
        parts.append(part)
        start = end + len(delimiter)
        if not body.startswith(b"\r\n", start):
            break
        start += 2
    if body[start : start + 5] not in (b"--", b"--\r\n"):
        return None
    # Make the files last, when the form cannot be refused any more, because each must be closed.
    return FormData([(part.name, part.value(longest[1])) for part in parts])


class _Part(NamedTuple):
    """A part of the body."""

    name: str
    filename: str | None
    disposition: bytes
    media_type: bytes | None
    content: bytes

    @property
    def is_field(self) -> bool:
        """Whether it is not a file."""
        return self.filename is None

    def value(self, spool_max_size: int) -> str | UploadFile:
        """Return the value of the form for this part."""
        content = self.content
        if self.filename is None:
            try:
                return content.decode()
            except UnicodeDecodeError:
                return content.decode("latin-1")
        headers = [(b"content-disposition", self.disposition)]
        if self.media_type is not None:
            headers.append((b"content-type", self.media_type))
        file = spooled(content, spool_max_size)
        raw = Headers(raw=headers)
        return UploadFile(file, size=len(content), filename=self.filename, headers=raw)


def _read_part(
    body: bytes, start: int, end: int, max_part_size: int, spool_max_size: int
) -> _Part | None:
    """Read one part. Return None if it is not regular or too large."""
    head_end = body.find(b"\r\n\r\n", start, min(end, start + LONGEST_HEAD))
    head = _HEAD.fullmatch(body, start, head_end) if head_end >= 0 else None
    if head is None:
        return None
    disposition, raw_name, raw_filename, media_type = head.groups()
    size = end - head_end - 4
    if raw_filename is None:
        is_long = size > max_part_size
    else:
        # Starlette uses a thread to write a file to the disk.
        is_long = bool(spool_max_size) and size > spool_max_size
    if is_long:
        return None
    try:
        name = raw_name.decode()
        filename = None if raw_filename is None else raw_filename.decode()
    except UnicodeDecodeError:
        return None
    return _Part(name, filename, disposition, media_type, body[head_end + 4 : end])


def spooled(content: bytes, max_size: int) -> Any:
    """Make a temporary file in memory with this content, positioned at its beginning."""
    file = cast(Any, SpooledTemporaryFile(max_size=max_size))  # noqa: SIM115 - its owner closes it
    # PERF: upload. A memory file made from bytes shares them until it is written, and reading all
    # of it returns them. Writing into an empty file copies the bytes, and moves them as it grows.
    if type(getattr(file, "_file", None)) is BytesIO:
        file._file = BytesIO(content)
    else:
        file.write(content)
        file.seek(0)
    return file

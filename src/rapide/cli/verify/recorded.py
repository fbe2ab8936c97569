"""Read recorded requests from JSON lines and HTTP archives."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from rapide.cli.verify.exchange import Request
from rapide.cli.verify.settings import VerifyError
from rapide.types import JsonObject

_BODIES = ("json", "form", "body", "base64")
_KEYS = {"method", "path", "url", "headers", "keep", *_BODIES}
_UNRESERVED = "%/:?#[]@!$&'()*+,;=-._~{}"
_NOT_REPLAYED = {"host", "content-length", "connection"}


def read_lines(file: Path) -> Iterator[Request]:
    """Read requests from a file with one JSON object per line. Empty lines are ignored.

    Raises:
        VerifyError: The file cannot be read, or a line does not have the documented form.
    """
    for number, line in enumerate(_read(file).splitlines(), 1):
        if line.strip():
            place = f"line {number} of {file.name}"
            try:
                yield _from_line(json.loads(line), place)
            except (ValueError, TypeError, AttributeError) as error:
                raise VerifyError(f"{place}: {error}") from error


def read_archive(file: Path) -> Iterator[Request]:
    """Read the requests of an HTTP archive (HAR 1.2), for any host.

    Raises:
        VerifyError: The file cannot be read, or is not an archive.
    """
    try:
        entries = json.loads(_read(file))["log"]["entries"]
        for number, entry in enumerate(entries, 1):
            if urlsplit(entry["request"]["url"]).scheme in {"http", "https"}:
                yield _from_entry(entry["request"], f"request {number} of {file.name}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        problem = f"{file} is not an HTTP archive"
        raise VerifyError(f"{problem}: {type(error).__name__}: {error}") from error


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise VerifyError(f"cannot read {file}: {error}") from error


def _from_line(line: object, place: str) -> Request:
    if not isinstance(line, dict):
        raise ValueError("a JSON object is needed")
    if unknown := sorted(line.keys() - _KEYS):
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(_KEYS))}")
    if ("path" in line) == ("url" in line):
        raise ValueError("either path or url is needed")
    kind, body = _body(line)
    headers = _header_pairs(line.get("headers", {}))
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", kind))
    return Request(
        method=str(line.get("method", "GET")).upper(),
        target=_target(str(line.get("path", line.get("url")))),
        headers=headers,
        body=body,
        origin=place,
        keep={str(name): str(where) for name, where in line.get("keep", {}).items()},
    )


def _body(line: JsonObject) -> tuple[str, bytes | None]:
    """Return the default content type and the body."""
    given = [key for key in _BODIES if key in line]
    if len(given) > 1:
        raise ValueError(f"only one body is possible, not {' and '.join(given)}")
    for key in given:
        value = line[key]
        if key == "json":
            return "application/json", json.dumps(value, ensure_ascii=False).encode()
        if key == "form":
            form = urlencode(value, doseq=True, safe="${}")
            return "application/x-www-form-urlencoded", form.encode()
        if key == "body":
            return "", str(value).encode()
        try:
            return "", base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError(f"base64: {error}") from error
    return "", None


def _header_pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    items: Iterable[Any] = headers.items() if isinstance(headers, dict) else headers
    return tuple((str(name), str(value)) for name, value in items)


def _target(url: str) -> str:
    """Return path and query of a URL or a path, encoded where necessary."""
    if url.startswith("/"):
        return quote(url.partition("#")[0], safe=_UNRESERVED + "$")
    parts = urlsplit(url)
    if not parts.scheme:
        raise ValueError(f"a path begins with a slash: {url}")
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=_UNRESERVED + "$")


def _from_entry(request: JsonObject, place: str) -> Request:
    headers = tuple(
        (header["name"], header["value"])
        for header in request.get("headers", ())
        if not header["name"].startswith(":") and header["name"].lower() not in _NOT_REPLAYED
    )
    return Request(
        method=request["method"].upper(),
        target=_target(request["url"]),
        headers=headers,
        body=_posted(request.get("postData")),
        origin=place,
    )


def _posted(data: JsonObject | None) -> bytes | None:
    if not data:
        return None
    if "text" in data:
        text: str = data["text"]
        return base64.b64decode(text) if data.get("encoding") == "base64" else text.encode()
    pairs = [(each["name"], each.get("value", "")) for each in data.get("params", ())]
    return urlencode(pairs).encode()

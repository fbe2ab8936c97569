"""A request of a contract test, and how people repeat it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from rapide.contracts.boundaries.values import OMITTED

_BOUND = "rapide-contract-tests"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent.

    Attributes:
        method: The method.
        target: The path and the query.
        headers: The header fields.
        body: The body.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def as_curl(self, base: str) -> str:
        """Return a command for a shell that sends the request."""
        parts = ["curl", "-i", "-X", self.method, base + self.target]
        for name, value in self.headers:
            parts += ["-H", f"{name}: {value}"]
        text = self.body.decode("utf-8", "backslashreplace")
        return shlex.join([*parts, *(["--data-binary", text] if text else [])])

    def as_python(self, base: str) -> str:
        """Return an expression of Python that sends the request."""
        content = f", content={self.body!r}" if self.body else ""
        headers = f", headers={dict(self.headers)!r}" if self.headers else ""
        return f"httpx.request({self.method!r}, {base + self.target!r}{headers}{content})"


@dataclass(slots=True)
class Parts:
    """The values of a request, by their places. `OMITTED` values are not sent."""

    path: dict[str, object] = field(default_factory=dict)
    query: dict[str, object] = field(default_factory=dict)
    header: dict[str, object] = field(default_factory=dict)
    cookie: dict[str, object] = field(default_factory=dict)
    body: object = OMITTED

    def replaced(self, place: str, name: str, value: object) -> "Parts":
        """Return other parts, with one value changed."""
        places = {key: dict(getattr(self, key)) for key in ("path", "query", "header", "cookie")}
        changed = Parts(**places, body=self.body)
        if place == "body":
            changed.body = value
        else:
            getattr(changed, place)[name] = value
        return changed


def make_request(
    method: str, path: str, parts: Parts, media_type: str, files: frozenset[str]
) -> Request | None:
    """Return the request with these values; None if HTTP cannot transport one of them."""
    for name, value in parts.path.items():
        text = _text(value)
        if text in ("", ".", "..") or "/" in text or value is OMITTED:
            return None
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    query = urlencode(_pairs(parts.query))
    headers = [(name, text) for name, text in _pairs(parts.header)]
    cookies = [f"{name}={text}" for name, text in _pairs(parts.cookie)]
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))
    if any(not _is_field(text) for _, text in headers) or any(";" in c for c in cookies):
        return None
    body = b""
    if parts.body is not OMITTED:
        kind, body = _encoded(parts.body, media_type, files)
        headers.append(("content-type", kind))
    target = f"{path}?{query}" if query else path
    return Request(method, target, tuple(headers), body)


def _is_field(text: str) -> bool:
    """Return whether a header field can have a value; spaces around it would be cut."""
    return text.isascii() and text.isprintable() and text == text.strip()


def _pairs(values: Mapping[str, object]) -> list[tuple[str, str]]:
    found = []
    for name, value in values.items():
        items = value if isinstance(value, list) else [value]
        found += [(name, _text(item)) for item in items if item is not OMITTED]
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _encoded(body: Any, media_type: str, files: frozenset[str]) -> tuple[str, bytes]:
    """Return the content type and the bytes of a body."""
    if media_type == "multipart/form-data" and isinstance(body, dict):
        return _multipart(body, files)
    if media_type == "application/x-www-form-urlencoded" and isinstance(body, dict):
        return media_type, urlencode(_pairs(body)).encode()
    if media_type.endswith("json"):
        return media_type, json.dumps(body).encode()
    return media_type, _text(body).encode()


def _multipart(body: dict[str, object], files: frozenset[str]) -> tuple[str, bytes]:
    lines = []
    for name, text in _pairs(body):
        of_file = '; filename="rapide.txt"\r\nContent-Type: text/plain' if name in files else ""
        head = f'Content-Disposition: form-data; name="{name}"{of_file}'
        lines.append(f"--{_BOUND}\r\n{head}\r\n\r\n{text}\r\n")
    whole = "".join([*lines, f"--{_BOUND}--\r\n"])
    return f"multipart/form-data; boundary={_BOUND}", whole.encode()

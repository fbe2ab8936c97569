"""A request of a contract test, and how people repeat it."""

import base64
import json
import shlex
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from rapide.contracts.boundaries.boundary import OMITTED

_BOUND = "rapide-contract-tests"
#: The longest body that is shown as it is, in bytes.
_MOST_SHOWN = 4_000


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
            parts += ["-H", f"{name}: {value}" if value else f"{name};"]
        if not self.body:
            return shlex.join(parts)
        if len(self.body) <= _MOST_SHOWN and _is_shell_text(self.body):
            return shlex.join([*parts, "--data-binary", self.body.decode()])
        return f"{_written(self.body)} | {shlex.join([*parts, '--data-binary', '@-'])}"

    def as_python(self, base: str) -> str:
        """Return an expression of Python that sends the request."""
        content = f", content={_expression(self.body)}" if self.body else ""
        headers = f", headers={dict(self.headers)!r}" if self.headers else ""
        return f"httpx.request({self.method!r}, {base + self.target!r}{headers}{content})"


def _is_shell_text(body: bytes) -> bool:
    """Return whether a body can be an argument of a command."""
    try:
        return b"\0" not in body and not body.startswith(b"@") and bool(body.decode())
    except UnicodeDecodeError:
        return False


def _expression(body: bytes) -> str:
    """Return an expression of Python for a body, which is short if the body repeats itself."""
    if len(body) <= _MOST_SHOWN:
        return repr(body)
    packed = base64.b64encode(zlib.compress(body, 9)).decode()
    return f"__import__('zlib').decompress(__import__('base64').b64decode('{packed}'))"


def _written(body: bytes) -> str:
    """Return a command that writes a body that cannot be an argument."""
    code = f"__import__('sys').stdout.buffer.write({_expression(body)})"
    return shlex.join(["python3", "-c", code])


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form.

    Attributes:
        filename: The name; without one, servers take it for a field.
        content: The bytes.
        media_type: The content type; empty for none.
    """

    filename: str
    content: bytes
    media_type: str = "text/plain"

    def __repr__(self) -> str:
        return f"<file {self.filename!r} of {len(self.content)} bytes>"


@dataclass(frozen=True, slots=True)
class Raw:
    """A body as it is sent, whatever the operation declares.

    Attributes:
        content: The bytes.
        media_type: The content type; None for that of the operation.
    """

    content: bytes
    media_type: str | None = None

    def __repr__(self) -> str:
        return f"<body {self.content[:40]!r} of {len(self.content)} bytes>"


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


def make_request(method: str, path: str, parts: Parts, media_type: str) -> Request | None:
    """Return the request with these values; None if HTTP cannot transport one of them."""
    for name, value in parts.path.items():
        text = text_of(value)
        if text in ("", ".", "..") or "/" in text or value is OMITTED:
            return None
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    query = urlencode(pairs_of(parts.query))
    headers = [(name, text) for name, text in pairs_of(parts.header)]
    cookies = [f"{name}={text}" for name, text in pairs_of(parts.cookie)]
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))
    if any(not _is_field(text) for _, text in headers) or any(";" in c for c in cookies):
        return None
    body = b""
    if parts.body is not OMITTED:
        kind, body = _encoded(parts.body, media_type)
        headers.append(("content-type", kind))
    target = f"{path}?{query}" if query else path
    return Request(method, target, tuple(headers), body)


def _is_field(text: str) -> bool:
    """Return whether a header field can have a value; spaces around it would be cut."""
    is_latin = all(ord(letter) < 256 for letter in text)
    return is_latin and text.isprintable() and text == text.strip()


def pairs_of(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return names and texts as a query, a form or header fields have them; lists are repeated."""
    found = []
    for name, value in values.items():
        items = value if isinstance(value, list) else [value]
        found += [(name, text_of(item)) for item in items if item is not OMITTED]
    return found


def text_of(value: object) -> str:
    """Return a value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _encoded(body: Any, media_type: str) -> tuple[str, bytes]:
    """Return the content type and the bytes of a body."""
    if isinstance(body, Raw):
        return media_type if body.media_type is None else body.media_type, body.content
    if media_type == "multipart/form-data" and isinstance(body, dict):
        return _multipart(body)
    if media_type == "application/x-www-form-urlencoded" and isinstance(body, dict):
        return media_type, urlencode(pairs_of(body), errors="surrogatepass").encode()
    if media_type.endswith("json"):
        return media_type, json.dumps(body).encode()
    return media_type, text_of(body).encode("utf-8", "surrogatepass")


def _multipart(body: dict[str, object]) -> tuple[str, bytes]:
    found = []
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not OMITTED:
                found.append(_part(name, item))
    whole = b"".join([*found, f"--{_BOUND}--\r\n".encode()])
    return f"multipart/form-data; boundary={_BOUND}", whole


def _part(name: str, value: object) -> bytes:
    content = value.content if isinstance(value, Upload) else text_of(value).encode()
    head = f'Content-Disposition: form-data; name="{name}"'
    if isinstance(value, Upload) and value.filename:
        head += f'; filename="{value.filename}"'
    if isinstance(value, Upload) and value.media_type:
        head += f"\r\nContent-Type: {value.media_type}"
    return f"--{_BOUND}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"

"""The requests of a sweep: each operation of a document with good, bad and empty input."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from rapide.cli.verify.exchange import Request
from tests.ecosystem.large.memory import placeholder
from tests.ecosystem.large.samples import Samples

METHODS = ("get", "head", "post", "put", "patch", "options", "trace", "delete")
#: What an object with many fields is tried with, at most.
FIELDS = 6
BOUNDARY = "boundary-of-the-sweep"


@dataclass
class Operation:
    """One operation of a document, and the values that suit its parameters."""

    method: str
    prefix: str
    path: str
    parameters: list[dict[str, Any]]
    #: Media types in the order of the document, each with its schema.
    bodies: dict[str, Any]
    samples: Samples
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.prefix}{self.path}"

    def good(self, full: bool, remembered: bool = False) -> Request:
        """Return a request that the document allows; ids may come from earlier answers."""
        kind, schema = next(iter(self.bodies.items()), (None, None))
        body = None if kind is None else self._body(schema, full)
        names = {p["name"] for p in self.parameters if p["in"] != "path"}
        chosen = {
            p["name"]: self._value(p, full)
            for p in self.parameters
            if p["in"] != "path" and (full or p.get("required") or p["name"] in self.values)
        }
        assert chosen.keys() <= names
        return self._request("good", chosen, kind, body, remembered=remembered)

    def bad(self) -> Iterator[Request]:
        """Yield requests with one mistake each."""
        good = {p["name"]: self._value(p, False) for p in self.parameters if p.get("required")}
        kind, schema = next(iter(self.bodies.items()), (None, None))
        body = None if kind is None else self._body(schema, False)
        for parameter in self.parameters[: 2 * FIELDS]:
            name, wrong = parameter["name"], self.samples.wrong(parameter.get("schema", {}))
            wrong = wrong if isinstance(wrong, str) else "wr\u00f6ng \t%"
            if parameter["in"] == "path":
                yield self._request(f"bad {name}", good, kind, body, paths={name: wrong})
            else:
                yield self._request(f"bad {name}", {**good, name: wrong}, kind, body)
        yield self._request("unknown query", {**good, "no-such-name": "1"}, kind, body)
        if kind is not None:
            for what, other_kind, other in self._bad_bodies(kind, schema, body):
                yield self._request(what, good, other_kind, other)

    def empty(self) -> Request:
        """Return a request without anything but its path."""
        return self._request("empty", {}, None, None)

    def _bad_bodies(
        self, kind: str, schema: Any, body: Any
    ) -> Iterator[tuple[str, str | None, Any]]:
        yield "empty body", kind, b""
        yield "no body", None, None
        yield "another media type", "text/plain", b"plain text"
        yield "without a media type", None, _encoded(kind, body)
        yield "broken body", kind, b'{"a": [1, '
        yield "bytes", kind, b"\xff\xfe\x00"
        for value in ({}, [], None, "text", 7):
            if _is_json(kind) or value == {}:
                yield f"body {json.dumps(value)}", kind, value
        if isinstance(body, dict):
            full = self._body(schema, True)
            for name in list(full)[:FIELDS]:
                yield f"body without {name}", kind, {k: v for k, v in full.items() if k != name}
            properties = self.samples.resolved(schema).get("properties", {})
            for name in list(full)[:FIELDS]:
                wrong = self.samples.wrong(properties.get(name, {}))
                yield f"body with bad {name}", kind, {**full, name: wrong}
            yield "body with more", kind, {**body, "no_such_field": 1}

    def _body(self, schema: Any, full: bool) -> Any:
        body = self.samples.right(schema, full)
        if isinstance(body, dict):
            body |= {name: self.values[name] for name in body if name in self.values}
        return body

    def _value(self, parameter: Mapping[str, Any], full: bool) -> Any:
        if parameter["name"] in self.values:
            return self.values[parameter["name"]]
        example = parameter.get("example")
        return self.samples.right(parameter.get("schema", {}), full) if example is None else example

    def _request(
        self,
        what: str,
        chosen: Mapping[str, Any],
        kind: str | None,
        body: Any,
        paths: Mapping[str, str] | None = None,
        remembered: bool = False,
    ) -> Request:
        places = {p["name"]: p["in"] for p in self.parameters}
        query = [(n, v) for n, v in chosen.items() if places.get(n, "query") == "query"]
        headers = [(n, _text(v)) for n, v in chosen.items() if places.get(n) == "header"]
        cookies = [f"{n}={_text(v)}" for n, v in chosen.items() if places.get(n) == "cookie"]
        if cookies:
            headers.append(("cookie", "; ".join(cookies)))
        content = None if body is None and kind is None else _encoded(kind, body)
        if kind is not None:
            boundary = f"; boundary={BOUNDARY}" if kind == "multipart/form-data" else ""
            headers.append(("content-type", kind + boundary))
        return Request(
            method=self.method.upper(),
            target=self._target(paths or {}, query, remembered),
            headers=tuple((n, v.replace("\n", " ").replace("\r", " ")) for n, v in headers),
            body=content,
            origin=what,
            label=self.label,
        )

    def _target(
        self, paths: Mapping[str, str], query: Sequence[tuple[str, Any]], remembered: bool
    ) -> str:
        target = self.prefix + self.path
        for parameter in self.parameters:
            if parameter["in"] == "path":
                name = parameter["name"]
                given = paths.get(name) or _text(self._value(parameter, False))
                value = quote(given, safe="/" if "path" in name else "")
                if remembered and name not in paths and name not in self.values:
                    value = placeholder(self.prefix + self.path, name)
                target = target.replace(f"{{{name}}}", value)
        pairs = [(n, _text(one)) for n, v in query for one in (v if isinstance(v, list) else [v])]
        return target + ("?" + urlencode(pairs) if pairs else "")


def operations_of(
    prefix: str, document: Mapping[str, Any], values: Mapping[str, Any]
) -> list[Operation]:
    """Read the operations of a document, which is served below a prefix."""
    samples = Samples(document)
    found = []
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                said = item[method]
                parameters = [
                    samples.resolved(p)
                    for p in (*item.get("parameters", ()), *said.get("parameters", ()))
                ]
                content = samples.resolved(said.get("requestBody", {})).get("content", {})
                bodies = {kind: media.get("schema", {}) for kind, media in content.items()}
                usable = [p for p in parameters if "name" in p and "in" in p]
                found.append(Operation(method, prefix, path, usable, bodies, samples, values))
    return found


def requests_of(operations: Sequence[Operation], limit: int) -> Iterator[Request]:
    """Yield the requests of a sweep.

    First what reads and makes, so that answers bring ids; then what uses them; then the mistakes;
    what deletes comes last. Of the mistakes, as many are left out as the limit asks for.
    """
    lasting = [each for each in operations if each.method != "delete"]
    for full in (False, True):
        for methods in ({"get", "head"}, {"post"}, {"put", "patch", "options", "trace"}):
            chosen = [each for each in lasting if each.method in methods]
            yield from (each.good(full, remembered=True) for each in chosen)
    yield from (each.good(False, remembered=True) for each in lasting if each.method == "get")
    yield from (each.empty() for each in operations)
    mistakes = [request for each in operations for request in each.bad()]
    yield from _thinned([*mistakes, *_of_paths(operations)], limit)
    deleting = [each for each in operations if each.method == "delete"]
    yield from (each.good(False, remembered=True) for each in deleting)


def _thinned(requests: Sequence[Request], limit: int) -> Iterator[Request]:
    """Yield at most so many of the requests, from all parts of the sequence."""
    count = len(requests)
    for index, request in enumerate(requests):
        if count <= limit or (index + 1) * limit // count > index * limit // count:
            yield request


def _of_paths(operations: Sequence[Operation]) -> Iterator[Request]:
    """Yield what concerns paths: methods that they have not, and a slash at the end."""
    by_path = {(each.prefix, each.path): each for each in operations}
    for (prefix, path), each in by_path.items():
        known = {
            other.method for other in operations if (other.prefix, other.path) == (prefix, path)
        }
        target = each._target({}, (), False)
        for method in ("HEAD", "OPTIONS", "PATCH"):
            if method.lower() not in known:
                yield Request(method, target, origin="another method", label=each.label)
        moved = target.rstrip("/") if target.endswith("/") else target + "/"
        yield Request("GET", moved or "/", origin="another end", label=each.label)


def _is_json(kind: str) -> bool:
    return kind.endswith(("/json", "+json"))


def _encoded(kind: str | None, body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if kind == "application/x-www-form-urlencoded" and isinstance(body, dict):
        return urlencode({name: _text(value) for name, value in body.items()}).encode()
    if kind == "multipart/form-data" and isinstance(body, dict):
        return _multipart(body)
    if kind is not None and not _is_json(kind) and isinstance(body, str):
        return body.encode()
    return json.dumps(body).encode()


def _multipart(fields: Mapping[str, Any]) -> bytes:
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            file = '; filename="sample.txt"\r\ncontent-type: text/plain' if one == "content" else ""
            head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"{file}\r\n\r\n'
            parts.append(f"{head}{_text(one)}\r\n")
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value)

"""Strategies that draw requests for an application, sound ones and others."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from ..client import BOUNDARY, Req, multipart
from . import values
from .applications import METHODS, coin, one, rarely
from .description import Application, Endpoint, Parameter, Place

Pairs = list[tuple[str, str]]

JSON_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/x+json",
)
OTHER_TYPES = (
    "text/plain",
    "application/jsonp",
    "application/octet-stream",
    "json",
    "",
    "application/xml+json;a=b",
)
FORM_TYPE = "application/x-www-form-urlencoded"
BROKEN_JSON = (
    b"", b" ", b"{", b'{"a": }', b"null", b"[", b"nul", b'"a', b"{}{}", b"\xff", b"\xef\xbb\xbf{}",
    b"NaN", '{"a": 1}'.encode("utf-16"), b"[" * 2000, b'{"a": 1, "a": 2}', b"1e999", b'"\\ud800"',
)  # fmt: skip
ODD_QUERIES = (
    "&&", "a", "=b", "%", "%zz=%zz", "a=%ff", "a=1;b=2", "%61=1", "a=b=c", "+=+", "a=%00",
    "a%5B%5D=1", "a=\xff", "\xe9=1",
)  # fmt: skip
ODD_COOKIES = (
    "a", "=", "a=1; a=2", 'a="q"', "a=1;b=2", ";;", 'a="\\073"', "$Version=1; a=1", "é=1",
    " a = 1 ",
)  # fmt: skip
ODD_HEADERS = (
    ("x-token", "é"), ("x-token", ""), ("x_token", "1"), ("a", "1"), ("a", "2"),
    ("authorization", "Basic !"), ("authorization", "Bearer"), ("authorization", "bearer  t "),
    ("accept", "text/html"),
)  # fmt: skip
CREDENTIALS = (
    ("authorization", "Bearer token"), ("authorization", "Basic dTpw"), ("x-key", "secret"),
    ("cookie", "key=secret"),
)  # fmt: skip


@st.composite
def requests(draw: DrawFn, application: Application) -> Req:
    """Draw a request for one of the endpoints: sound, odd in one parameter, or odd all over."""
    endpoint = one(draw, application.endpoints)
    parameters = list(application.parameters_of(endpoint))
    sound, odd_one = not rarely(draw, 3), None
    if sound and parameters and coin(draw):
        odd_one = one(draw, parameters)

    def pairs(place: Place) -> Pairs:
        wanted = [p for p in parameters if p.place == place]
        return [pair for p in wanted for pair in sent(draw, p, sound and p is not odd_one)]

    path, unplaced = path_to(draw, application, endpoint, parameters, sound)
    query = query_text(draw, unplaced + pairs("query"), sound)
    headers = [(quote(name, " "), latin(value)) for name, value in pairs("header")]
    cookies = "; ".join(f"{name}={latin(value)}" for name, value in pairs("cookie"))
    if cookies:
        headers.append(("cookie", latin(cookies)))
    if sound or coin(draw):
        headers += some_of(draw, CREDENTIALS)
    if not sound and rarely(draw, 4):
        headers += [one(draw, ODD_HEADERS), ("cookie", latin(one(draw, ODD_COOKIES)))]
    content, content_type = body(draw, application, parameters, sound)
    if content_type is not None:
        headers.append(("content-type", content_type))
    method = endpoint.method if sound or not rarely(draw, 15) else one(draw, METHODS)
    target = f"{path}?{query}" if query else path
    return Req(method.upper(), target, headers, content=chunked(draw, content))


def some_of(draw: DrawFn, choices: tuple[tuple[str, str], ...]) -> Pairs:
    return [choice for choice in choices if coin(draw)]


def latin(text: str) -> str:
    """Write a text as the bytes of its UTF-8 form would appear in a header."""
    if text.isascii():
        return text
    return text.encode().decode("latin-1")


def sent(draw: DrawFn, parameter: Parameter, sound: bool) -> Pairs:
    """Draw under which name, how often and with which texts a parameter is sent."""
    if parameter.has_default() and coin(draw):
        return []
    names, odd = parameter.sent_as[:1], False
    if not sound:
        usual = ("as it should",) * 3
        match one(draw, (*usual, "missing", "odd", "other name", "repeated", "every name")):
            case "missing":
                names = ()
            case "odd":
                odd = True
            case "other name":
                names = (one(draw, (*parameter.sent_as, parameter.name.upper())),)
            case "repeated":
                names *= 2
            case "every name":
                names = parameter.sent_as
    constrained = len(names) == 1
    return [(n, text) for n in names for text in values.texts(draw, parameter, odd, constrained)]


def path_to(
    draw: DrawFn,
    application: Application,
    endpoint: Endpoint,
    parameters: list[Parameter],
    sound: bool,
) -> tuple[str, Pairs]:
    """Fill in the path; return it with the pairs that have no place in it."""
    path = (application.router_prefix if endpoint.on_router else "") + endpoint.path
    unplaced: Pairs = []
    segments = [quote(part, "") if "{" not in part else part for part in path.split("/")]
    for parameter in parameters:
        if parameter.place != "path":
            continue
        text = "".join(values.texts(draw, parameter, odd=not sound and rarely(draw, 3)))
        marks = [
            i for i, part in enumerate(segments) if part.strip("{}").split(":")[0] == parameter.name
        ]
        if not marks:
            unplaced.append((parameter.name, text))
        for index in marks:
            segments[index] = quote(text, safe=one(draw, ("", "/:@")))
    path = "/".join("r" if "{" in part else part for part in segments)
    if not sound and rarely(draw, 15):
        path = path[:-1] if path.endswith("/") else path + one(draw, ("/", "/x", "%2F", "%"))
    return path, unplaced


def query_text(draw: DrawFn, pairs: Pairs, sound: bool) -> str:
    encode = one(draw, (quote_plus, quote))
    parts = [f"{encode(name)}={encode(value)}" for name, value in pairs]
    if not sound and rarely(draw, 4):
        parts.insert(draw(st.integers(0, len(parts))), one(draw, ODD_QUERIES))
    return "&".join(parts)


def chunked(draw: DrawFn, content: bytes) -> list[bytes]:
    cut = draw(st.integers(0, len(content))) if rarely(draw, 6) else 0
    return [content[:cut], content[cut:]] if cut else [content]


def body(
    draw: DrawFn, application: Application, parameters: list[Parameter], sound: bool
) -> tuple[bytes, str | None]:
    """Draw a body and its content type."""
    if any(p.place in ("form", "file") for p in parameters):
        return form(draw, parameters, sound)
    wanted = [p for p in parameters if p.place == "body"]
    if not wanted:
        return (b"", None) if not rarely(draw, 10) else (b'{"a": 1}', "application/json")
    content_type: str | None = JSON_TYPES[0] if sound else one(draw, JSON_TYPES)
    content = json.dumps(json_value(draw, application, wanted, sound)).encode()
    if not sound and rarely(draw, 5):
        content = one(draw, BROKEN_JSON)
    if not sound and rarely(draw, 6):
        content_type = one(draw, (*OTHER_TYPES, None))
    return content, content_type


def json_value(draw: DrawFn, application: Application, wanted: list[Parameter], sound: bool) -> Any:
    models = {model.name: model for model in application.models}
    value: Any = {
        p.sent_as[0]: values.fitting(draw, p.type, models)
        for p in wanted
        if not p.has_default() or coin(draw)
    }
    embedded = wanted[0].embedded or len({p.name for p in wanted}) > 1
    if not sound and rarely(draw, 8):
        embedded = not embedded
    if not embedded:
        value = next(iter(value.values()), None)
    return value if sound or coin(draw) else values.spoiled(draw, value)


def form(draw: DrawFn, parameters: list[Parameter], sound: bool) -> tuple[bytes, str | None]:
    pairs = [pair for p in parameters if p.place == "form" for pair in sent(draw, p, sound)]
    files = [p for p in parameters if p.place == "file"]
    if not files and not rarely(draw, 4):
        content_type = FORM_TYPE if sound or not rarely(draw, 6) else one(draw, OTHER_TYPES)
        return query_text(draw, pairs, sound).encode(), content_type
    parts: list[tuple[str, str | None, str | None, bytes]] = [
        (name.replace('"', "%22"), None, None, value.encode()) for name, value in pairs
    ]
    for parameter in files:
        if not sound and rarely(draw, 4):
            continue
        for _ in range(draw(st.integers(1, 2)) if parameter.type.many else 1):
            name = one(draw, ("f.txt", "é.bin", "") if not sound else ("f.txt",))
            kind = one(draw, ("text/plain", None, "image/png"))
            parts.append(
                (
                    parameter.sent_as[0].replace('"', "%22"),
                    name,
                    kind,
                    one(draw, (b"ab", b"", b"\x00\xff")),
                )
            )
    return multipart(parts), f"multipart/form-data; boundary={BOUNDARY}"

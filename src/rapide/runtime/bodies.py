"""Request bodies: reading them whole, and parsing JSON."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from rapide.patches import look, requests
from rapide.runtime.body_signals import get_body_limit_error
from rapide.runtime.extraction import MISSING, RawHeaders, ValueMissing, first_present
from rapide.schema import from_json

#: What Starlette reads JSON with, unless somebody has replaced it.
_LOADS: Final = json.loads


class _ReadOtherwise(ValueError):
    """JSON is to be read by what somebody has put in the place of the standard library."""


def unreadable_body() -> HTTPException:
    """The error for a body that cannot be read to its end or be parsed."""
    return HTTPException(status_code=400, detail="There was an error parsing the body")


async def read_request_body(request: Request) -> bytes:
    """The whole body of a request object, which keeps it for others who ask.

    Raises:
        HTTPException: 400, the client left before the body was complete.
        Exception: The signal that the body is over a limit, as Starlette knows it.
    """
    try:
        return await request.body()
    except HTTPException:
        raise
    except Exception as error:
        raise (get_body_limit_error(error) or unreadable_body()) from error


async def read_body(receive: Receive) -> bytes:
    """The whole request body.

    Raises:
        HTTPException: 400, the client left before the body was complete.
        Exception: The signal that the body is over a limit, as Starlette knows it.
    """
    chunks: list[bytes] = []
    try:
        while True:
            message = await receive()
            if message["type"] == "http.request":
                body: bytes = message.get("body", b"")
                if not message.get("more_body", False):
                    return b"".join([*chunks, body]) if chunks else body
                chunks.append(body)
            elif message["type"] == "http.disconnect":
                raise ClientDisconnect
    except HTTPException:
        raise
    except Exception as error:
        raise (get_body_limit_error(error) or unreadable_body()) from error


def decode_body(raw: bytes, headers: RawHeaders, strict_content_type: bool) -> Any:
    """What a body is by its Content-Type: parsed JSON, the bytes, or `MISSING` when it is empty.

    Raises:
        ValueError: It says that it is JSON and is not, or somebody has replaced what reads JSON;
            the generic path reads it again.
    """
    if not raw:
        return MISSING
    if requests.json.loads is not _LOADS:
        look()
        raise _ReadOtherwise
    for name, value in headers:
        if name == b"content-type":
            if value == b"application/json" or is_json(value.decode("latin-1")):
                return parse_json(raw)
            if value:
                return raw
            break
    return raw if strict_content_type else parse_json(raw)


def decode_request_body(request: Request, raw: bytes, strict_content_type: bool) -> Any:
    """Like `decode_body`, for a request object that code of users has: it keeps parsed JSON.

    Raises:
        ValueError: It says that it is JSON and is not.
    """
    body = decode_body(raw, request.headers.raw, strict_content_type)
    keep_json(request, raw, body)
    return body


def keep_json(request: Request, raw: bytes, body: Any) -> None:
    """Let a request know what its body was parsed to, if it was."""
    if body is not MISSING and body is not raw:
        request._json = body


def body_member(body: Any, keys: tuple[str, ...]) -> Any:
    """The member of a JSON object under the first of `keys` that it has, else `MISSING`.

    Raises:
        ValueMissing: The body is JSON, but no object.
    """
    if body is MISSING or isinstance(body, bytes):
        return MISSING
    if not isinstance(body, dict):
        raise ValueMissing
    return first_present(body, keys)


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Return whether a Content-Type says JSON: `application/json` or `application/*+json`.

    Follows FastAPI: the media type is parsed as RFC 2045 says, parameters are ignored.
    """
    # The e-mail parser is only needed for media types other than the usual one.
    if content_type == "application/json":
        return True
    from email.message import Message

    message = Message()
    message["content-type"] = content_type
    if message.get_content_maintype() != "application":
        return False
    subtype = message.get_content_subtype()
    return subtype == "json" or subtype.endswith("+json")


def parse_json(body: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        json.JSONDecodeError: With the position and words of the standard library.
    """
    # PERF: model-in-out. The Rust parser accepts a subset of what `json.loads` accepts, with
    # equal values; whatever it refuses goes to `json.loads`, which decides.
    try:
        return from_json(body)
    except ValueError:
        pass  # what `json.loads` raises has no context
    return json.loads(body)

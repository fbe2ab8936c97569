"""Read complete request bodies and parse JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from rapide.patches import look, requests
from rapide.runtime.body_signals import get_body_limit_error
from rapide.runtime.extraction import MISSING, UNPARSED, RawHeaders, ValueMissing, first_present
from rapide.runtime.uncollected import call_uncollected
from rapide.schema import from_json

#: The function with which Starlette reads JSON, unless a tool has replaced it.
_LOADS: Final = json.loads

#: Larger documents are parsed with the collector paused: it would visit the new objects many times,
#: and none of them can be garbage.
_LARGE: Final = 64 * 1024

#: An integer from which no float can be made has more digits, which a sixteenth of its bytes shows.
_LONGEST_INTEGER: Final = 308
_MANY_DIGITS: Final = re.compile(rb"[0-9]{19}")


class _ReadOtherwise(ValueError):
    """A tool has replaced the standard library's JSON parser, which must be used instead."""


class DocumentRefused(ValueError):
    """A body was not decoded by its own decoder."""


class DocumentInvalid(DocumentRefused):
    """The decoder has refused the body."""


def unreadable_body() -> HTTPException:
    """Make the error for a body that cannot be read completely or parsed."""
    return HTTPException(status_code=400, detail="There was an error parsing the body")


async def read_request_body(request: Request) -> bytes:
    """Read the whole body through a request object, which keeps it for later readers.

    Raises:
        HTTPException: 400: the client left before the body was complete.
        Exception: Starlette's signal that the body exceeds a limit.
    """
    try:
        return await request.body()
    except HTTPException:
        raise
    except Exception as error:
        raise (get_body_limit_error(error) or unreadable_body()) from error


async def read_body(receive: Receive) -> bytes:
    """Read the whole request body.

    Raises:
        HTTPException: 400: the client left before the body was complete.
        Exception: Starlette's signal that the body exceeds a limit.
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


def decode_body(raw: bytes, headers: RawHeaders, strict_content_type: bool) -> object:
    """Decode a body by its Content-Type: parsed JSON, the bytes, or `MISSING` if it is empty.

    Raises:
        ValueError: The content type is JSON but the body is not, or a tool has replaced the JSON
            parser. The generic path reads the body again.
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


def decode_body_as(
    decode: Callable[[bytes], object], raw: bytes, headers: RawHeaders, strict_content_type: bool
) -> object:
    """Make a value from a JSON body by its own decoder; `MISSING` if the body is empty.

    Raises:
        DocumentRefused: The body is not JSON or not valid, or a tool has replaced the JSON parser.
            The generic path reads the body again.
    """
    if not raw:
        return MISSING
    if requests.json.loads is not _LOADS:
        look()
        raise DocumentRefused
    for name, value in headers:
        if name == b"content-type":
            if value == b"application/json" or is_json(value.decode("latin-1")):
                break
            raise DocumentRefused
    else:
        if strict_content_type:
            raise DocumentRefused
    try:
        if not raw.isascii():
            # A decoder may skip a part without reading it, but all of JSON is UTF-8.
            raw.decode()
        return call_uncollected(decode, raw) if len(raw) > _LARGE else decode(raw)
    except Exception:
        # The error may come from user code, which the generic path calls again.
        pass
    raise DocumentInvalid


def valid_document(
    validate: Callable[[bytes], object], raw: bytes, headers: RawHeaders, strict_content_type: bool
) -> object:
    """Make a value from a JSON body by its validator for JSON, without parsing it before.

    Return `MISSING` if there is no such body, or if the validator refuses it: then the ordinary way
    decides. The validator must give the values that it would make of the parsed body, except from
    integers that are too large for a float.
    """
    if not raw or requests.json.loads is not _LOADS:
        return MISSING
    for name, value in headers:
        if name == b"content-type":
            if value == b"application/json" or is_json(value.decode("latin-1")):
                break
            return MISSING
    else:
        if strict_content_type:
            return MISSING
    if len(raw) > _LONGEST_INTEGER and _MANY_DIGITS.search(raw[::16]):
        return MISSING
    try:
        return call_uncollected(validate, raw) if len(raw) > _LARGE else validate(raw)
    except ValueError:
        return MISSING


def parsed_body(raw: bytes) -> object:
    """Return a JSON body that was already decoded by its own decoder; None if it is empty."""
    return parse_json(raw) if raw else None


def decode_request_body(request: Request, raw: bytes, strict_content_type: bool) -> object:
    """Decode a body like `decode_body`, and keep parsed JSON in a request that user code has.

    Raises:
        ValueError: The content type is JSON, but the body is not.
    """
    body = decode_body(raw, request.headers.raw, strict_content_type)
    keep_json(request, raw, body)
    return body


def refuse_body(exchange: Any, body: object, error: object) -> bool:
    """Answer a request whose body is not valid, if that needs neither an exception nor a task.

    Return whether it is answered. `error` is the exception of the validation of the whole body,
    which has run no code of the application's.
    """
    application = exchange.application
    return application is not None and application.refuse(exchange, body, error)


def keep_json(request: Request, raw: bytes, body: object) -> None:
    """Store the parsed JSON body, if there is one, in a request object."""
    if body is UNPARSED:
        body = parse_json(raw)
    if body is not MISSING and body is not raw:
        request._json = body


def body_member(body: object, keys: tuple[str, ...]) -> object:
    """Return the member of a JSON object for the first of `keys` that it has, else `MISSING`.

    Raises:
        ValueMissing: The body is JSON, but not an object.
    """
    if body is MISSING or isinstance(body, bytes):
        return MISSING
    if not isinstance(body, dict):
        raise ValueMissing
    return first_present(body, keys)


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Return whether a Content-Type is JSON: `application/json` or `application/*+json`.

    As in FastAPI, the media type is parsed by RFC 2045, and its parameters are ignored.
    """
    # Only unusual media types need the e-mail parser.
    if content_type == "application/json":
        return True
    from email.message import Message

    message = Message()
    message["content-type"] = content_type
    if message.get_content_maintype() != "application":
        return False
    subtype = message.get_content_subtype()
    return subtype == "json" or subtype.endswith("+json")


def parse_json(body: bytes) -> object:
    """Parse a JSON document.

    Raises:
        json.JSONDecodeError: With the position and message of the standard library.
    """
    # PERF: model-in-out. The Rust parser accepts a subset of the documents of `json.loads`, with
    # equal values. For documents that it refuses, `json.loads` decides.
    try:
        if len(body) > _LARGE:
            return call_uncollected(from_json, body)
        return from_json(body)
    except ValueError:
        pass  # errors of `json.loads` must not have a context
    return json.loads(body)

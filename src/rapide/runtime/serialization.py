"""JSON answers without a response model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from json import encoder as json_encoder
from math import isfinite
from types import GeneratorType
from typing import Any, Final

from starlette.responses import JSONResponse

from rapide.encoders import jsonable_encoder
from rapide.patches import responses

_compact: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode

#: What Starlette writes JSON with, unless somebody has replaced it.
_DUMPS: Final = json.dumps
_NO_RESPONSE: Final = JSONResponse.__new__(JSONResponse)


def is_replaced() -> bool:
    """Whether JSON is written by something else than the standard library."""
    return responses.json.dumps is not _DUMPS


def encode_json(content: Any) -> bytes:
    """The bytes that `JSONResponse(jsonable_encoder(content))` would send.

    Raises:
        ValueError: For NaN and infinite numbers, which JSON does not have (RFC 8259, section 6).
    """
    if is_replaced():
        return JSONResponse.render(_NO_RESPONSE, jsonable_encoder(content))
    text = _natively(_native, content)
    if text is None:
        return encode_plain_json(jsonable_encoder(content))
    return text.encode()


def encode_any_json(content: Any) -> bytes:
    """Like `encode_json`, for content that echoes what a client sent.

    Numbers that JSON does not have become null, lone surrogates stay escaped, and so do bytes
    that are no UTF-8.
    """
    try:
        return encode_json(content)
    except ValueError:  # UnicodeEncodeError and UnicodeDecodeError are
        encoder = {bytes: lambda data: data.decode(errors="backslashreplace")}
        data = _without_non_finite(jsonable_encoder(content, custom_encoder=encoder))
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode()


def encode_wide_json(content: Any) -> str:
    """The text of `json.dumps(jsonable_encoder(content))`; numbers JSON does not have become null.

    COMPAT: FastAPI 0.165 writes streamed items without a type like this, with spaces and escapes.
    """
    text = None
    if json.dumps is _DUMPS:
        text = _natively(_native_wide, content)
    if text is None:
        return json.dumps(_without_non_finite(jsonable_encoder(content)))
    return text


def _natively(encode: Callable[[Any, int], Iterable[str]], content: Any) -> str | None:
    """What an encoder writes, or None where the slow road says exactly what is to be written."""
    try:
        text = "".join(encode(content, 0))
    except Exception:  # the slow road raises it again, without this one as its context
        return None
    # COMPAT: FastAPI 0.165 drops keys that start with `_sa` (SQLAlchemy's own).
    return None if '"_sa' in text else text


def _without_non_finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if isfinite(data) else None
    if isinstance(data, dict):
        return {key: _without_non_finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without_non_finite(value) for value in data]
    return data


def encode_plain_json(content: Any) -> bytes:
    """JSON of a value that is JSON-native already, as Starlette's `JSONResponse` renders it."""
    if is_replaced():
        return JSONResponse.render(_NO_RESPONSE, content)
    return _compact(content).encode()


def encode_text(content: Any) -> bytes:
    """The bytes of text, as Starlette's `Response` renders it; none for None.

    Raises:
        AttributeError: It is no text.
    """
    if content is None:
        return b""
    encoded: bytes = content.encode()
    return encoded


def _convert(value: Any) -> Any:
    """What `jsonable_encoder` makes of a value that is not JSON-native.

    Raises:
        TypeError: The value can be read only once, which is the slow road's to do.
    """
    if isinstance(value, GeneratorType):
        raise TypeError("a generator cannot be read again if anything else fails")
    return jsonable_encoder(value)


def _native_encoder(
    *, key_separator: str, item_separator: str, ensure_ascii: bool
) -> Callable[[Any, int], Iterable[str]]:
    """An encoder for JSON-native values that hands everything else to `_convert`."""
    make = getattr(json_encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without the C accelerator
        plain = json.JSONEncoder(
            ensure_ascii=ensure_ascii,
            allow_nan=False,
            separators=(item_separator, key_separator),
            default=_convert,
        )
        return lambda content, _: plain.iterencode(content)
    escape = json_encoder.encode_basestring
    if ensure_ascii:
        escape = json_encoder.encode_basestring_ascii
    # PERF: small-json. `JSONEncoder.encode` makes this object anew for each document.
    encoder: Callable[[Any, int], Iterable[str]] = make(
        None, _convert, escape, None, key_separator, item_separator, False, False, False
    )
    return encoder


_native = _native_encoder(key_separator=":", item_separator=",", ensure_ascii=False)
_native_wide = _native_encoder(key_separator=": ", item_separator=", ", ensure_ascii=True)

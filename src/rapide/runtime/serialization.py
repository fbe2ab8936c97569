"""Encode JSON responses without a response model."""

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
from rapide.runtime.plain_json import encode, encode_result

_compact: Callable[[object], str] = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode

#: The function with which Starlette writes JSON, unless a tool has replaced it.
_DUMPS: Final = json.dumps
_NO_RESPONSE: Final = JSONResponse.__new__(JSONResponse)


def is_replaced() -> bool:
    """Return whether a tool has replaced the standard library's function that writes JSON."""
    return responses.json.dumps is not _DUMPS


def encode_json(content: object) -> bytes:
    """Return the bytes that `JSONResponse(jsonable_encoder(content))` would send.

    Raises:
        ValueError: For NaN and infinite numbers, which JSON does not have (RFC 8259, section 6).
    """
    if is_replaced():
        return JSONResponse.render(_NO_RESPONSE, jsonable_encoder(content))
    # PERF: small-json. Most results consist of JSON's own types.
    encoded = encode_result(content)
    if encoded is not None:
        return encoded
    conversions = _Conversions()
    text = _natively(_COMPACT, content, conversions)
    if text is None:
        return encode_plain_json(conversions.encode(content))
    return text.encode()


def encode_any_json(content: object) -> bytes:
    """Encode content that may repeat what a client sent.

    Unlike in `encode_json`, numbers that JSON does not have become null, and lone surrogates and
    bytes that are not UTF-8 stay escaped.
    """
    try:
        return encode_json(content)
    except ValueError:  # includes UnicodeEncodeError and UnicodeDecodeError
        encoder = {bytes: lambda data: data.decode(errors="backslashreplace")}
        data = _without_non_finite(jsonable_encoder(content, custom_encoder=encoder))
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode()


def encode_wide_json(content: object) -> str:
    """Return `json.dumps(jsonable_encoder(content))`, with null for NaN and infinite numbers.

    COMPAT: FastAPI 0.165 writes streamed items without a type like this, with spaces and escapes.
    """
    text, conversions = None, _Conversions()
    if json.dumps is _DUMPS:
        text = _natively(_WIDE, content, conversions)
    if text is None:
        return json.dumps(_without_non_finite(conversions.encode(content)))
    return text


class _NotNative(Exception):
    """A value that JSON does not have."""


class _Conversions:
    """The conversions of one document by `jsonable_encoder`, each done once.

    A conversion may run user code. The encoder requests the values one by one. If it fails, the
    slow path reuses the results.
    """

    __slots__ = ("_done",)

    def __init__(self) -> None:
        #: By the identity of a value: the value, its conversion, and the conversion's exception.
        self._done: dict[int, tuple[object, object, Exception | None]] | None = None

    def convert(self, value: object) -> object:
        """Convert a value that is not JSON-native, as `jsonable_encoder` does.

        Raises:
            TypeError: The value can be read only once, so the slow path must read it.
        """
        if isinstance(value, GeneratorType):
            raise TypeError("a generator cannot be read again if anything else fails")
        if self._done is None:
            self._done = {}
        try:
            result = jsonable_encoder(value)
        except Exception as error:
            self._done[id(value)] = value, None, error
            raise
        self._done[id(value)] = value, result, None
        return result

    def encode(self, content: object) -> object:
        """Convert the whole content, as `jsonable_encoder` does."""
        if self._done is None:
            return jsonable_encoder(content)
        types: dict[object, Callable[[object], object]] = {
            type(value): self._again for value, _, _ in self._done.values()
        }
        return jsonable_encoder(content, custom_encoder=types)

    def _again(self, value: object) -> object:
        known = None if self._done is None else self._done.get(id(value))
        if known is None:
            return jsonable_encoder(value)
        _, result, error = known
        if error is not None:
            raise error
        return result


def _natively(encoder: _NativeEncoder, content: object, conversions: _Conversions) -> str | None:
    """Encode content, or return None if only the slow path gives the exact result."""
    text = None
    # The slow path raises errors again, without this exception as their context.
    try:
        text = "".join(encoder.plain(content, 0))
    except _NotNative:
        pass
    except Exception:
        return None
    if text is None:
        try:
            text = "".join(encoder.converting(conversions.convert)(content, 0))
        except Exception:
            return None
    # COMPAT: FastAPI 0.165 drops keys that start with `_sa` (SQLAlchemy's own).
    return None if '"_sa' in text else text


def _without_non_finite(data: object) -> object:
    if isinstance(data, float):
        return data if isfinite(data) else None
    if isinstance(data, dict):
        return {key: _without_non_finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without_non_finite(value) for value in data]
    return data


def encode_plain_json(content: object) -> bytes:
    """Encode a value that is already JSON-native, as Starlette's `JSONResponse` does."""
    if is_replaced():
        return JSONResponse.render(_NO_RESPONSE, content)
    encoded = encode(content)
    if encoded is not None:
        return encoded
    return _compact(content).encode()


def encode_text(content: Any) -> bytes:
    """Encode a string, as Starlette's `Response` does; None gives no bytes.

    Raises:
        AttributeError: The value is not a string.
    """
    if content is None:
        return b""
    encoded: bytes = content.encode()
    return encoded


def _refuse(value: object) -> object:
    raise _NotNative


class _NativeEncoder:
    """An encoder of JSON-native values that calls a function for each other value."""

    def __init__(self, *, key_separator: str, item_separator: str, ensure_ascii: bool) -> None:
        self.separators = item_separator, key_separator
        self.ensure_ascii = ensure_ascii
        # PERF: small-json. `JSONEncoder.encode` makes this object again for each document.
        self.plain = self.converting(_refuse)

    def converting(
        self, convert: Callable[[object], object]
    ) -> Callable[[object, int], Iterable[str]]:
        """Return an encoder that uses `convert` for other values."""
        make = getattr(json_encoder, "c_make_encoder", None)
        if make is None:  # an interpreter without the C accelerator
            plain = json.JSONEncoder(
                ensure_ascii=self.ensure_ascii,
                allow_nan=False,
                separators=self.separators,
                default=convert,
            )
            return lambda content, _: plain.iterencode(content)
        escape = json_encoder.encode_basestring
        if self.ensure_ascii:
            escape = json_encoder.encode_basestring_ascii
        item_separator, key_separator = self.separators
        encoder: Callable[[object, int], Iterable[str]] = make(
            None, convert, escape, None, key_separator, item_separator, False, False, False
        )
        return encoder


_COMPACT = _NativeEncoder(key_separator=":", item_separator=",", ensure_ascii=False)
_WIDE = _NativeEncoder(key_separator=": ", item_separator=", ", ensure_ascii=True)

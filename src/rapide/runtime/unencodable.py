"""Requests with a value that an answer cannot hold: the client's mistake, not the server's.

Python's JSON parser takes numbers and texts that JSON and UTF-8 do not have, and Pydantic reads
`inf` as a float. An endpoint that answers with such a value fails only when the answer is encoded.
Nothing is checked before: it is here, after the failure, that the value is looked for in the
request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from math import isfinite
from traceback import walk_tb
from types import FrameType
from typing import Any

from starlette.datastructures import FormData, QueryParams
from starlette.types import Scope

from rapide.exceptions import RequestValidationError
from rapide.runtime.bodies import parse_json
from rapide.runtime.extraction import cookie_values
from rapide.scope_keys import PATH_PARAMS

#: What stands between a route's handler and an encoder's error.
_ENCODERS = {
    "json",
    "json.encoder",
    "rapide.encoders",
    "rapide.responses",
    "rapide.runtime.responses",
    "rapide.runtime.serialization",
    "rapide.schema.fields",
    "starlette.responses",
}

_SURROGATE = re.compile("[\ud800-\udfff]")

#: How many values an error names: there may be a million of them.
_NAMED = 100

_Test = Callable[[Any], bool]
#: The place that a value is in, if any, and its name or index there.
_Place = tuple["_Place | None", Any]


def refusal(error: ValueError, scope: Scope) -> RequestValidationError | None:
    """The validation error of a request whose own value made its answer fail with `error`.

    None when it failed elsewhere than in encoding the answer, or the request has no such value.
    """
    is_odd = _kind(error)
    if scope["type"] != "http" or is_odd is None:
        return None
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    while frames and frames[-1].f_globals.get("__name__") in _ENCODERS:
        frames.pop()
    if not frames or not _is_route(frames[-1]):
        return None
    body = _received_body(frames)
    found = (_item(place, value) for place, value in _values(scope, body) if is_odd(value))
    items = list(islice(found, _NAMED))
    if not items:
        return None
    refused = RequestValidationError(items, body=body)
    refused.__cause__ = error
    return refused


def _kind(error: ValueError) -> _Test | None:
    """What kind of value this error of an encoder is about."""
    message = str(error)
    if type(error) is ValueError and message.startswith("Out of range float values"):
        return _is_no_json_number
    # What a serializer of the application raises starts with "Error calling function".
    is_pydantics = message.startswith("Error serializing to JSON: UnicodeEncodeError")
    if isinstance(error, UnicodeEncodeError) or is_pydantics:
        return _has_surrogate if message.endswith("surrogates not allowed") else None
    return None


def _is_no_json_number(value: Any) -> bool:
    if not isinstance(value, (float, str)):
        return False
    try:
        return not isfinite(float(value))
    except ValueError:
        return False


def _has_surrogate(value: Any) -> bool:
    return isinstance(value, str) and _SURROGATE.search(value) is not None


def _is_route(frame: FrameType) -> bool:
    """Return whether a frame is that of a generated handler, or of the generic one."""
    is_generated = frame.f_code.co_filename.startswith("<rapide ")
    return is_generated or frame.f_globals.get("__name__") == "rapide.generic.handler"


def _received_body(frames: Iterable[FrameType]) -> Any:
    """The body as the route has read it: a form, parsed JSON, or None."""
    for frame in filter(_is_route, frames):
        request, form = frame.f_locals.get("request"), frame.f_locals.get("form")
        for candidate in (form, getattr(request, "_form", None)):
            if isinstance(candidate, FormData):
                return candidate
        # The parsed body may have been changed since.
        raw = frame.f_locals.get("raw_body") or getattr(request, "_body", None)
        if isinstance(raw, bytes) and raw:
            return _parsed(raw)
    return None


def _parsed(raw: bytes) -> Any:
    try:
        return parse_json(raw)
    except (ValueError, RecursionError):
        return None


def _values(scope: Scope, body: Any) -> Iterator[tuple[_Place, Any]]:
    """Every value that a request holds, and where."""
    headers = scope["headers"]
    received: dict[str, Iterable[tuple[Any, Any]]] = {
        "path": scope.get(PATH_PARAMS, {}).items(),
        "query": QueryParams(scope["query_string"]).multi_items(),
        "header": [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers],
        "cookie": cookie_values(headers).items(),
    }
    if isinstance(body, FormData):
        received["body"], body = body.multi_items(), None
    for part, pairs in received.items():
        for name, value in pairs:
            yield ((None, part), name), value
    yield from _members(body)


def _members(body: Any) -> Iterator[tuple[_Place, Any]]:
    """The values of a JSON document, in its order, and its keys."""
    # No recursion: it may be as deep as the parser allows.
    waiting: list[tuple[_Place, Any]] = [((None, "body"), body)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            yield from ((((place, key), "[key]"), key) for key in value)
            waiting += reversed([((place, key), member) for key, member in value.items()])
        elif isinstance(value, list):
            waiting += reversed([((place, index), member) for index, member in enumerate(value)])
        else:
            yield place, value


def _item(place: _Place | None, value: Any) -> dict[str, Any]:
    """An item of the error, in Pydantic's words for such a value."""
    loc: list[Any] = []
    while place is not None:
        place, name = place
        loc.insert(0, name)
    kind, message = "finite_number", "Input should be a finite number"
    if _has_surrogate(value):
        kind = "string_unicode"
        message = "Input should be a valid string, unable to parse raw data as a unicode string"
    return {"type": kind, "loc": tuple(loc), "msg": message, "input": value}

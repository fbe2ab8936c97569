"""Find values of a request that a response cannot encode: the client's error, not the server's.

Python's JSON parser accepts numbers and strings that JSON and UTF-8 do not have, and Pydantic reads
`inf` as a float. An endpoint that returns such a value fails only when the response is encoded.
Nothing is checked before that. Only after the failure, this module searches the request for the
value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from math import isfinite

from starlette.datastructures import FormData, QueryParams
from starlette.types import Scope

from rapide._inspection import CodePlace, raised_at
from rapide.exceptions import RequestValidationError
from rapide.runtime.bodies import parse_json
from rapide.runtime.extraction import cookie_values
from rapide.scope_keys import FILE_STACK, KEPT_BODY, PATH_PARAMS

#: The functions between a route's handler and an encoder's error.
_ENCODERS = {
    "json",
    "json.encoder",
    "rapide.encoders",
    "rapide.responses",
    "rapide.runtime.responses",
    "rapide.runtime.serialization",
    "rapide.schema.fields",
    "rapide.schema.open_types",
    "rapide.schema.struct_codec",
    "starlette.responses",
}

_SURROGATE = re.compile("[\ud800-\udfff]")

#: The maximal number of values that an error names, because there may be a million of them.
_NAMED = 100

_Test = Callable[[object], bool]
#: The place of the container of a value, if there is one, and the value's name or index in it.
_Place = tuple["_Place | None", object]


def refusal(error: ValueError, scope: Scope, request: object) -> RequestValidationError | None:
    """Return the validation error of a request whose value caused the encoder's `error`.

    `request` is the request object of the route, if it is known.

    Return None if the error is not from encoding the response, or the request has no such value.
    """
    is_odd = _kind(error)
    if scope["type"] != "http" or is_odd is None:
        return None
    place = raised_at(error, _ENCODERS)
    if place is None or not _is_route(place):
        return None
    body = _received_body(scope, request)
    found = (_item(place, value) for place, value in _values(scope, body) if is_odd(value))
    items = list(islice(found, _NAMED))
    if not items:
        return None
    refused = RequestValidationError(items, body=body)
    refused.__cause__ = error
    return refused


def _kind(error: ValueError) -> _Test | None:
    """Return a test for the kind of value that this error of an encoder is about."""
    message = str(error)
    if type(error) is ValueError and message.startswith("Out of range float values"):
        return _is_no_json_number
    # An error of the application's serializers starts with "Error calling function".
    is_pydantics = message.startswith("Error serializing to JSON: UnicodeEncodeError")
    if isinstance(error, UnicodeEncodeError) or is_pydantics:
        return _has_surrogate if message.endswith("surrogates not allowed") else None
    return None


def _is_no_json_number(value: object) -> bool:
    if not isinstance(value, (float, str)):
        return False
    try:
        return not isfinite(float(value))
    except ValueError:
        return False


def _has_surrogate(value: object) -> bool:
    return isinstance(value, str) and _SURROGATE.search(value) is not None


def _is_route(place: CodePlace) -> bool:
    """Return whether code is that of a generated handler or of the generic one."""
    return place.filename.startswith("<rapide ") or place.module == "rapide.generic.handler"


def _received_body(scope: Scope, request: object) -> object:
    """Return the body as the route has read it: a form, parsed JSON, or None.

    The route has left it for exception handlers: with the request object, or in the scope.
    """
    kept = request or getattr(scope.get(FILE_STACK), "kept", None)
    form = kept if isinstance(kept, FormData) else getattr(kept, "_form", None)
    if isinstance(form, FormData):
        return form
    raw, _ = scope.get(KEPT_BODY, (None, None))
    # The parsed body may have been changed since it was parsed.
    raw = raw or getattr(kept, "_body", None)
    return _parsed(raw) if isinstance(raw, bytes) and raw else None


def _parsed(raw: bytes) -> object:
    try:
        return parse_json(raw)
    except (ValueError, RecursionError):
        return None


def _values(scope: Scope, body: object) -> Iterator[tuple[_Place, object]]:
    """Yield every value of a request, with its place."""
    headers = scope["headers"]
    received: dict[str, Iterable[tuple[object, object]]] = {
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


def _members(body: object) -> Iterator[tuple[_Place, object]]:
    """Yield the values and keys of a JSON document, in its order."""
    # Use no recursion, because the document may be as deep as the parser allows.
    waiting: list[tuple[_Place, object]] = [((None, "body"), body)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            yield from ((((place, key), "[key]"), key) for key in value)
            waiting += reversed([((place, key), member) for key, member in value.items()])
        elif isinstance(value, list):
            waiting += reversed([((place, index), member) for index, member in enumerate(value)])
        else:
            yield place, value


def _item(place: _Place | None, value: object) -> dict[str, object]:
    """Return an item of the error, with Pydantic's message for such a value."""
    loc: list[object] = []
    while place is not None:
        place, name = place
        loc.insert(0, name)
    kind, message = "finite_number", "Input should be a finite number"
    if _has_surrogate(value):
        kind = "string_unicode"
        message = "Input should be a valid string, unable to parse raw data as a unicode string"
    return {"type": kind, "loc": tuple(loc), "msg": message, "input": value}

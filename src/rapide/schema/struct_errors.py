"""Errors of msgspec as Pydantic's `ValidationError`, with the location and the value at fault.

msgspec stops at the first error and tells it in a text, such as "Expected `int`, got `str` - at
`$.items[0].price`". The path is followed in the data to find the location. It has `[...]` for a
value of a dictionary, whose key is found by validating parts of the dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

Location = tuple[int | str, ...]
#: Returns msgspec's message about some data; None if the data is valid.
Check = Callable[[object], str | None]

_PLACE: Final = re.compile(r"(.*) - at (`key` in )?`\$(.*)`", re.DOTALL)
_NEXT: Final = re.compile(r"\.([^.\[]*)|\[(\d+|\.\.\.)\]")
_MEMBER: Final = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
#: The most parts of dictionaries that are validated to find the keys of one error.
_MOST_CHECKS: Final = 64

#: Pydantic's names of errors, by a pattern of msgspec's messages.
_TYPES: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in {
        r"Invalid enum value ": "enum",
        r"Invalid value ": "union_tag_invalid",
        r"Invalid RFC3339 encoded (date|time|datetime)$": r"\1_parsing",
        r"Invalid UUID": "uuid_parsing",
        r"Invalid base64 encoded string": "bytes_invalid_encoding",
        r"Invalid decimal string": "decimal_parsing",
        r"Invalid ISO8601 duration": "time_delta_parsing",
        r"Expected `\w+` with a timezone component": "timezone_aware",
        r"Expected `\w+` without a timezone component": "timezone_naive",
        r"Expected `\w+` that's a multiple of ": "multiple_of",
        r"Expected `\w+` matching regex ": "string_pattern_mismatch",
        r"Expected `str` of length <= ": "string_too_long",
        r"Expected `str` of length >= ": "string_too_short",
        r"Expected `\w+` of length <= ": "too_long",
        r"Expected `\w+` of (at least )?length (>= )?": "too_short",
        r"Expected `\w+` >= ": "greater_than_equal",
        r"Expected `\w+` > ": "greater_than",
        r"Expected `\w+` <= ": "less_than_equal",
        r"Expected `\w+` < ": "less_than",
        r"Expected `int`": "int_type",
        r"Expected `float`": "float_type",
        r"Expected `bool`": "bool_type",
        r"Expected `str`": "string_type",
        r"Expected `bytes`": "bytes_type",
        r"Expected `array`": "list_type",
        r"Expected `object`": "dict_type",
        r"Expected `null`": "none_required",
        r"Expected `(datetime|date|time|uuid|decimal)`": r"\1_type",
    }.items()
)


def refusal(error: Exception, data: object, check: Check, title: str) -> ValidationError:
    """Return the error of Pydantic that says the same as msgspec's error about `data`."""
    message, path, is_of_key = _taken_apart(str(error))
    location = tuple(_Finder(data, check).follow(path, is_of_key))
    value = _at(data, location)
    inner = error.__cause__
    if isinstance(inner, ValidationError):
        lines = [_relocated(line, location) for line in inner.errors(include_url=False)]
        return ValidationError.from_exception_data(title, lines)
    member = _MEMBER.fullmatch(message)
    if member is not None:
        name = member[2]
        location = (*location, name)
        if member[1] == "missing required":
            line = InitErrorDetails(type="missing", loc=location, input=value)
        else:
            value = value.get(name) if isinstance(value, Mapping) else value
            line = InitErrorDetails(type="extra_forbidden", loc=location, input=value)
        return ValidationError.from_exception_data(title, [line])
    if is_of_key and location:
        value = location[-1]
        location = (*location, "[key]")
    kind_name: Any = "value_error" if inner is not None else _type_of(message)
    template: Any = message
    kind = PydanticCustomError(kind_name, template)
    return ValidationError.from_exception_data(
        title, [InitErrorDetails(type=kind, loc=location, input=value)]
    )


def _taken_apart(text: str) -> tuple[str, str, bool]:
    """Return the message, the path below the root, and whether a key of an object is at fault."""
    found = _PLACE.fullmatch(text)
    return (text, "", False) if found is None else (found[1], found[3], bool(found[2]))


@lru_cache(maxsize=256)
def _type_of(message: str) -> str:
    # PERF: invalid. Clients repeat few mistakes.
    for pattern, name in _TYPES:
        found = pattern.match(message)
        if found is not None:
            return found.expand(name)
    return "value_error"


def _relocated(line: Any, location: Location) -> InitErrorDetails:
    """Return an error of a type that Pydantic validates inside of a Struct."""
    kind = PydanticCustomError(line["type"], line["msg"], line.get("ctx"))
    return InitErrorDetails(type=kind, loc=(*location, *line["loc"]), input=line["input"])


def _at(data: object, location: Location) -> object:
    """Return the part of the data at a location; what is not data has no parts."""
    for step in location:
        try:
            data = data[step]  # type: ignore[index]
        except (TypeError, LookupError):
            data = getattr(data, str(step), None)
    return data


def _begins(path: str, name: str) -> bool:
    """Return whether a name is the first step of a path."""
    end = len(name) + 1
    return path.startswith(name, 1) and (end == len(path) or path[end] in ".[")


class _Finder:
    """Follows a path of msgspec's in data."""

    def __init__(self, data: object, check: Check) -> None:
        self.data = data
        self.check = check
        self.checks = 0

    def follow(self, path: str, is_of_key: bool) -> Iterator[int | str]:
        """Yield the steps of a path, with names and keys as they are in the data."""
        found: list[int | str] = []
        while path or is_of_key:
            here = _at(self.data, tuple(found))
            if not path:
                is_of_key = False
                step: int | str = self._key(here, found)
            else:
                step, path = self._next(path, here, found)
            found.append(step)
            yield step

    def _next(self, path: str, here: object, found: list[int | str]) -> tuple[int | str, str]:
        if path[0] == "." and isinstance(here, Mapping):
            # A name may itself contain dots and brackets.
            names = [key for key in here if isinstance(key, str) and _begins(path, key)]
            if names:
                name = max(names, key=len)
                return name, path[1 + len(name) :]
        step = _NEXT.match(path)
        if step is None:
            return path, ""
        rest = path[step.end() :]
        if step[1] is not None:
            return step[1], rest
        return self._key(here, found) if step[2] == "..." else int(step[2]), rest

    def _key(self, here: object, found: list[int | str]) -> int | str:
        """Return the key of the first entry of a dictionary that causes the error."""
        if not isinstance(here, dict) or not here:
            return "[...]"
        expected = self.check(self.data)

        def is_among(begin: int, end: int) -> bool:
            self.checks += 1
            part = dict(islice(here.items(), begin, end))
            return self.check(_replaced(self.data, found, part)) == expected

        low, high = 0, len(here)
        while high - low > 1 and self.checks < _MOST_CHECKS:
            middle = (low + high) // 2
            # What is before `low` is valid, so each part is half as large as the last one.
            low, high = (low, middle) if is_among(low, middle) else (middle, high)
        # A part may also be wrong because it is too small.
        is_found = high - low == 1 and is_among(low, high)
        return str(next(islice(here, low, None))) if is_found else "[...]"


def _replaced(data: Any, location: list[int | str], part: object) -> object:
    """Return a copy of the data with another part at a location."""
    if not location:
        return part
    copied = data.copy()
    copied[location[0]] = _replaced(data[location[0]], location[1:], part)
    return copied

"""Find a text that a pattern matches."""

import re
from importlib import import_module
from typing import Any

# Python's own parser of regular expressions, so that all of its syntax is read as it reads it.
_parse: Any = import_module("re._parser").parse
_MOST_REPEATS = 1_000
#: Letters that are tried where a pattern only says what is excluded.
_LETTERS = "a0-_ .A!é"


class _UnknownError(Exception):
    """A pattern has a part for which no text is made."""


def match_of(pattern: str, least: int = 0) -> str | None:
    """Return a text that a pattern matches somewhere, with at least so many letters if possible.

    The result is not always a match: a look-ahead may forbid it. None means that nothing was found.
    """
    try:
        parsed = _parse(pattern)
        shortest = "".join(_text(one, 0) for one in parsed)
        if len(shortest) >= least:
            return shortest
        return "".join(_text(one, least - len(shortest)) for one in parsed)
    except (re.error, _UnknownError, RecursionError, OverflowError):
        return None


def _text(node: Any, more: int) -> str:
    """Return a text for one part of a pattern, with repetitions that are longer by `more`."""
    name, argument = str(node[0]), node[1]
    if name == "LITERAL":
        return chr(argument)
    if name == "NOT_LITERAL":
        return next(one for one in _LETTERS if ord(one) != argument)
    if name == "ANY":
        return "a"
    if name == "IN":
        return _member(argument)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = argument
        times: int = min(max(low, low + more), int(high), low + _MOST_REPEATS)
        return "".join(_text(one, 0) for one in inner) * times
    if name == "SUBPATTERN":
        return "".join(_text(one, more) for one in argument[3])
    if name == "BRANCH":
        return "".join(_text(one, more) for one in argument[1][0])
    if name in ("AT", "ASSERT", "ASSERT_NOT"):
        return ""
    if name == "ATOMIC_GROUP":
        return "".join(_text(one, more) for one in argument)
    raise _UnknownError


def _member(items: Any) -> str:
    """Return a letter of a set such as `[a-z_]`."""
    if str(items[0][0]) == "NEGATE":
        excluded = [_letters(one) for one in items[1:]]
        return next(
            (
                one
                for one in _LETTERS
                if not any(map(re.compile(f"[{''.join(excluded)}]").match, one))
            ),
            "~",
        )
    for name, argument in items:
        if str(name) == "LITERAL":
            return chr(argument)
        if str(name) == "RANGE":
            return chr(argument[0])
        found = {"CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " "}
        if str(argument) in found:
            return found[str(argument)]
        return {"CATEGORY_NOT_SPACE": "a", "CATEGORY_NOT_WORD": "-"}.get(str(argument), "a")
    raise _UnknownError


def _letters(item: Any) -> str:
    """Return a part of a set as a pattern has it."""
    name, argument = str(item[0]), item[1]
    if name == "LITERAL":
        return re.escape(chr(argument))
    if name == "RANGE":
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    kinds = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}
    kinds |= {"CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_NOT_WORD": r"\W", "CATEGORY_NOT_SPACE": r"\S"}
    return kinds[str(argument)]

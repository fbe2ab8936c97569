"""Check values of options that do not come from the command line."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from enum import Enum
from os import PathLike, fspath
from pathlib import Path
from types import UnionType
from typing import Final, get_args

from rapide.server.options import Declared, OptionError

#: The kinds of values, as messages have them.
_KINDS: Final[dict[object, str]] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a string",
    Path: "a path",
    tuple[str, ...]: "a list of strings",
    tuple[Path, ...]: "a list of paths",
}
#: What the command line takes for booleans in the environment.
_BOOLEANS: Final = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


def check_values(
    values: Mapping[str, object], options: Iterable[Declared], source: str
) -> dict[str, object]:
    """Return values as the types of their options.

    Args:
        values: Values by the names of options.
        options: The options that are known.
        source: The origin of the values, for messages: `pyproject.toml: [tool.rapide.run]`.

    Raises:
        OptionError: An option is not known, or its value has another type or is out of range.
    """
    known = {option.name: option for option in options}
    checked = {}
    for given, value in values.items():
        name = given.replace("-", "_")
        option = known.get(name)
        if option is None:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {_spelled(close[0], given)}?" if close else ""
            raise OptionError(f"{source} has no option {given}{hint}")
        try:
            checked[name] = check_value(option, value)
        except OptionError as error:
            raise OptionError(f"{source} {given} {error}") from None
    return checked


def _spelled(name: str, given: str) -> str:
    return name if "_" in given else name.replace("_", "-")


def check_value(option: Declared, value: object) -> object:
    """Return a value as the type of its option.

    Raises:
        OptionError: It has another type, or is out of range. The name of the option is missing
            at the beginning of the message.
    """
    kind = _kind_of(option)
    if value is None and kind is not option.type:
        return None
    if option.about.parse is not None and isinstance(value, str):
        return option.about.parse(value)
    converted = _converted(kind, value)
    if converted is None:
        raise OptionError(f"has to be {_described(kind)}, not {value!r}")
    if isinstance(converted, int | float) and not isinstance(converted, bool):
        option.check_range(converted)
    return converted


def read_text(option: Declared, text: str) -> object:
    """Return the value that an environment variable gives, as the command line reads it.

    Raises:
        OptionError: It is not one; the beginning of the message is missing.
    """
    kind = _kind_of(option)
    if option.about.parse is not None:
        return option.about.parse(text)
    if kind is bool:
        if text.lower() not in _BOOLEANS:
            raise OptionError(f"has to be true or false, not {text!r}")
        return _BOOLEANS[text.lower()]
    if kind in (int, float):
        try:
            return int(text) if kind is int else float(text)
        except ValueError:
            raise OptionError(f"has to be {_described(kind)}, not {text!r}") from None
    if kind == tuple[Path, ...]:
        return text.split(os.pathsep)
    return text.split() if kind == tuple[str, ...] else text


def _kind_of(option: Declared) -> object:
    """Return the type of a value that is not None."""
    return get_args(option.type)[0] if isinstance(option.type, UnionType) else option.type


def _converted(kind: object, value: object) -> object:
    """Return a value as a type; None if it is of another."""
    if isinstance(value, bool) or kind is bool:
        return value if isinstance(value, bool) and kind is bool else None
    if kind is float and isinstance(value, int):
        return float(value)
    if kind in (int, float, str):
        return value if type(value) is kind else None
    if kind is Path:
        return _path(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next((member for member in kind if value in (member, member.value)), None)
    item_kind = get_args(kind)[0]
    items = value if isinstance(value, list | tuple) else [value]
    converted = tuple(_converted(item_kind, item) for item in items)
    return None if None in converted else converted


def _path(value: object) -> Path | None:
    found = fspath(value) if isinstance(value, str | PathLike) else None
    return Path(found) if isinstance(found, str) else None


def _described(kind: object) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(str(member.value) for member in kind)
    return _KINDS[kind]

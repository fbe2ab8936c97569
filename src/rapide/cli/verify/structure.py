"""Find the differences between two JSON values, and between two texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ABSENT: Final = object()
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_WORDS = re.compile(r"[\w.+=-]+|[^\w.+=-]")


@dataclass(frozen=True, slots=True)
class Change:
    """A place at which two values differ."""

    place: str
    """`detail[0].loc`; empty for the whole."""
    ours: object
    theirs: object


def changes(ours: object, theirs: object, place: str = "") -> Iterator[Change]:
    """Yield the places at which two JSON values differ.

    1, 1.0 and true are different, and so are two orders of keys. A value that only one side has is
    `ABSENT` on the other.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            inner = f"{place}{_step(key)}" if place else _step(key).removeprefix(".")
            yield from changes(ours.get(key, ABSENT), theirs.get(key, ABSENT), inner)
        if list(ours) != list(theirs) and ours.keys() == theirs.keys():
            yield Change(f"{place} (order of keys)".strip(), list(ours), list(theirs))
    elif isinstance(ours, list) and isinstance(theirs, list):
        for index in range(max(len(ours), len(theirs))):
            yield from changes(_item(ours, index), _item(theirs, index), f"{place}[{index}]")
    elif type(ours) is not type(theirs) or repr(ours) != repr(theirs):
        yield Change(place, ours, theirs)


def words(text: str) -> list[str]:
    """Split a text into words, numbers, ids and the parts between them."""
    return _WORDS.findall(text)


def _item(values: list[object], index: int) -> object:
    return values[index] if index < len(values) else ABSENT


def _step(key: str) -> str:
    return f".{key}" if _NAME.fullmatch(key) else f'["{key}"]'

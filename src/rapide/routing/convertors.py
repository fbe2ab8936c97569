"""What convertors of path parameters mean for the table of routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.convertors import (
    Convertor,
    FloatConvertor,
    IntegerConvertor,
    PathConvertor,
    StringConvertor,
    UUIDConvertor,
)

ConvertorsByName = Mapping[str, Convertor[Any]]

#: The classes of convertors that run no code of the application.
_STARLETTES = (StringConvertor, PathConvertor, IntegerConvertor, FloatConvertor, UUIDConvertor)
#: Patterns of convertors that match no slash.
_WITHIN_SEGMENT = frozenset(
    {
        "[^/]+",
        "[0-9]+",
        r"[0-9]+(\.[0-9]+)?",
        "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
    }
)


def has_own_convertor(convertors: ConvertorsByName) -> bool:
    """Return whether code of the application converts a parameter."""
    return any(type(convertor) not in _STARLETTES for convertor in convertors.values())


def positions_of(path: str, convertors: ConvertorsByName) -> list[tuple[str, int]] | None:
    """Return the positions of a path's parameters if each one is a string and a whole segment."""
    if not convertors or any(type(item) is not StringConvertor for item in convertors.values()):
        return None
    found = []
    for index, segment in enumerate(path.split("/")):
        if "{" not in segment:
            continue
        name = segment[1:-1].removesuffix(":str")
        if segment[0] != "{" or segment[-1] != "}" or name not in convertors:
            return None
        found.append((name, index))
    return found


def is_one_segment(segment: str, convertors: ConvertorsByName) -> bool:
    """Return whether parameters in a segment of a path cannot match more than this segment."""
    for name, convertor in convertors.items():
        if convertor.regex not in _WITHIN_SEGMENT and f"{{{name}" in segment:
            return False
    return True

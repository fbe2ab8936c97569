"""Everything that is read from frames and bytecode of Python.

No other module of Rapide does that. What frames and bytecode look like may change with each version
of Python, so the tests of these functions run on every version that is supported. They need nothing
but the standard library.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Container
from functools import lru_cache
from traceback import walk_tb
from types import CodeType
from typing import NamedTuple


class CodePlace(NamedTuple):
    """Where code is from."""

    module: str
    filename: str


def has_with_block(function: object) -> bool:
    """Return whether a function has a `with`, or may have one because its code cannot be seen.

    Python has had opcodes for it (`BEFORE_WITH`), and loads `__exit__` from 3.14 on.
    """
    code = getattr(function, "__code__", None)
    return code is None or _has_with_block(code)


@lru_cache(maxsize=128)
def _has_with_block(code: CodeType) -> bool:
    return any(
        "_WITH" in instruction.opname or "_exit__" in instruction.argrepr
        for instruction in dis.get_instructions(code)
    )


def is_called_by(coroutine: object) -> bool:
    """Return whether a coroutine itself awaits the coroutine that calls this."""
    return sys._getframe(2) is getattr(coroutine, "cr_frame", None)


def level_outside(package: str) -> int:
    """Return the `stacklevel` that makes a warning of the caller name the code that uses a package.

    That is the first frame outside of the package.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(package):
        level, frame = level + 1, frame.f_back
    return level


def raised_at(error: BaseException, passing: Container[str]) -> CodePlace | None:
    """Return where an exception was raised; calls into modules named in `passing` do not count."""
    place = None
    for frame, _ in walk_tb(error.__traceback__):
        module = frame.f_globals.get("__name__", "")
        if module not in passing:
            place = CodePlace(module, frame.f_code.co_filename)
    return place

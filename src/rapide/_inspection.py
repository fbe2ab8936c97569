"""Everything that is read from frames and bytecode of Python.

No other module of Rapide does that. What frames and bytecode look like may change with each version
of Python, so the tests of these functions run on every version that is supported. They need nothing
but the standard library.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable, Container
from functools import lru_cache
from traceback import walk_tb
from types import CodeType, FunctionType, NoneType
from typing import Final, NamedTuple

#: The types of values that JSON has, but containers.
SCALARS: Final = (str, int, float, bool, NoneType)

#: Instructions that do nothing but move values and build JSON's own types of them. Those that
#: compare, subscribe and test values do this to values of JSON's own types.
_HARMLESS: Final = frozenset(
    (
        *("RESUME", "RETURN_GENERATOR", "RETURN_VALUE", "RETURN_CONST", "NOP", "NOT_TAKEN"),
        *("POP_TOP", "COPY", "SWAP", "LOAD_CONST", "LOAD_SMALL_INT", "LOAD_FAST"),
        *("LOAD_FAST_CHECK", "LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW"),
        *("LOAD_FAST_BORROW_LOAD_FAST_BORROW", "STORE_FAST", "STORE_FAST_STORE_FAST"),
        *("STORE_FAST_LOAD_FAST", "BUILD_MAP", "BUILD_CONST_KEY_MAP", "BUILD_LIST", "BUILD_TUPLE"),
        *("BUILD_STRING", "LIST_EXTEND", "LIST_TO_TUPLE", "DICT_UPDATE", "FORMAT_SIMPLE"),
        *("CONVERT_VALUE", "IS_OP", "CONTAINS_OP", "COMPARE_OP", "UNARY_NOT", "TO_BOOL"),
        *("BINARY_SUBSCR", "JUMP_FORWARD", "JUMP_IF_TRUE_OR_POP", "JUMP_IF_FALSE_OR_POP"),
        *("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE", "POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE"),
        *("POP_JUMP_FORWARD_IF_TRUE", "POP_JUMP_FORWARD_IF_FALSE", "POP_JUMP_FORWARD_IF_NONE"),
        "POP_JUMP_FORWARD_IF_NOT_NONE",
    )
)
#: Those of them that only move values, whatever these are.
_MOVING: Final = frozenset(
    (
        *("RESUME", "RETURN_GENERATOR", "RETURN_VALUE", "NOP", "POP_TOP", "COPY", "SWAP"),
        *("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW"),
        *("STORE_FAST", "STORE_FAST_STORE_FAST", "STORE_FAST_LOAD_FAST"),
        *("BUILD_LIST", "BUILD_TUPLE", "CALL_INTRINSIC_1", "RERAISE"),
    )
)
#: What a coroutine does at its end if it has raised StopIteration: it becomes a RuntimeError.
_INTRINSIC: Final = "INTRINSIC_STOPITERATION_ERROR"
#: The flag of `FORMAT_VALUE` that says that there is a format, which may ask for any width.
_WITH_FORMAT: Final = 4
_IMPURE_FLAGS: Final = (
    inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
)


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


def only_builds_a_value(call: Callable[..., object], kind: str, *, is_plain: bool = True) -> bool:
    """Return whether a function does nothing but build a value from its arguments.

    `kind` is `async` or `sync`. `is_plain` says that the arguments are of JSON's own types; others
    may only be moved.
    """
    if type(call) is not FunctionType:
        return False
    code = call.__code__
    if code.co_flags & _IMPURE_FLAGS or code.co_freevars or code.co_cellvars:
        return False
    if bool(code.co_flags & inspect.CO_COROUTINE) != (kind == "async"):
        return False
    steps = list(dis.get_instructions(code))
    return all(_is_harmless(code, step) for step in steps) and (
        is_plain or all(step.opname in _MOVING for step in steps)
    )


def code_of(call: Callable[..., object]) -> CodeType:
    """Return the code of a function that only builds a value."""
    assert isinstance(call, FunctionType)
    return call.__code__


def _is_harmless(code: CodeType, step: dis.Instruction) -> bool:
    name, argument = step.opname, step.arg or 0
    if name in ("LOAD_CONST", "RETURN_CONST"):
        return is_plain_value(step.argval)
    if name == "FORMAT_VALUE":
        return not argument & _WITH_FORMAT
    if name == "BINARY_OP":
        return step.argrepr in ("+", "-", "[]")
    if name == "CALL_INTRINSIC_1":
        return step.argrepr == _INTRINSIC
    if name == "RERAISE":
        return bool(code.co_flags & inspect.CO_COROUTINE)
    return name in _HARMLESS


def is_plain_value(value: object) -> bool:
    """Return whether a value is of JSON's own types, and cannot be changed."""
    if type(value) is tuple:
        return all(is_plain_value(item) for item in value)
    return type(value) in SCALARS

"""Which functions only build a value from their arguments.

Theory of operation. Such a function makes a value of JSON's own types from its arguments, from
constants and from nothing else. It calls nothing, waits for nothing, repeats nothing, and touches
no name outside of it. So nobody can observe in which task or thread it runs, nor how often. The
proof is its bytecode: every instruction is on a list, and every argument is of JSON's own types.
The list has no instruction that can take long.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from types import CodeType, FunctionType, NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from rapide.plan.operations import (
    CallDependency,
    CallEndpoint,
    CheckOverrides,
    Operation,
    Plan,
    PrepareHead,
    ReadBody,
    ReadBodyValue,
    ReadParameter,
    ReadValues,
    ReuseDependency,
    SendContent,
    SerializeJson,
    SerializeModel,
    Slot,
    ValidateGroup,
    WrittenType,
)
from rapide.plan.values import default_of
from rapide.schema import ModelField, lenient_issubclass
from rapide.schema.annotations import is_union
from rapide.schema.user_code import is_free_of_user_code

_SCALARS: Final = (str, int, float, bool, NoneType)

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

#: Operations that run no code of the application's.
_FRAMEWORK: Final = (
    *(ReadValues, ReuseDependency, CheckOverrides),
    *(SerializeJson, PrepareHead, SendContent),
)

_IMPURE_FLAGS: Final = (
    inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
)


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
    return type(value) in _SCALARS


def is_plain_type(annotation: object) -> bool:
    """Return whether all values of a type are of JSON's own types."""
    if isinstance(annotation, type):
        return annotation in _SCALARS
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return is_plain_type(arguments[0])
    if origin is Literal:
        return all(is_plain_value(value) for value in arguments)
    if is_union(annotation) or origin is list:
        return all(is_plain_type(argument) for argument in arguments)
    return annotation is None


def model_without_user_code(field: ModelField) -> type | None:
    """Return the model that a body parameter is, if validating it runs no code of users'."""
    model: Any = field.types.annotation
    is_free = (
        isinstance(model, type)
        and lenient_issubclass(model, BaseModel)
        and field.types.is_plain
        and default_of(field).kind in ("required", "constant")
        and field.is_pydantics_own
        and is_free_of_user_code(field.types.core_schema)
    )
    return model if is_free else None


def is_checked_without_user_code(field: ModelField, written: WrittenType | None) -> bool:
    """Return whether validating and serializing a result runs no code of the application's."""
    types = field.types
    if written is not None and is_free_of_user_code(types.core_schema):
        return True
    if types.metadata or types.discriminator or types.config:
        return types.is_builtin
    return types.is_builtin or _is_loose(types.annotation)


def _is_loose(annotation: object) -> bool:
    """Return whether a type is made of containers and of values that are not looked at."""
    if annotation in (Any, object, dict, list):
        return True
    if get_origin(annotation) in (dict, list) or is_union(annotation):
        return all(_is_loose(part) or is_plain_type(part) for part in get_args(annotation))
    return False


def mark_pure_calls(plan: Plan) -> Plan:
    """Mark the calls of functions that only build a value.

    They need no thread; and if they are all that a request runs, it needs no task.
    """
    models = [step for step in plan.operations if isinstance(step, SerializeModel)]
    is_validated_here = all(model.is_builtin for model in models)
    plain: set[Slot] = set()
    returned = {model.written.model for model in models if model.written is not None}
    #: Instances of the model of the response.
    movable: set[Slot] = set()
    marked: list[Operation] = []
    for step in plan.operations:
        marked.append(step)
        if isinstance(step, ValidateGroup):
            plain.update(read.into for read in step.reads if _is_plain_read(read))
            movable.update(read.into for read in step.reads if _model_of(read) in returned)
        elif isinstance(step, CallDependency) and step.limit is None and _is_pure(step, plain):
            plain.add(step.into)
            marked[-1] = replace(step, is_pure=True)
        elif (
            isinstance(step, CallEndpoint) and is_validated_here and _is_pure(step, plain, movable)
        ):
            marked[-1] = replace(step, is_pure=True)
    if any(isinstance(step, CallEndpoint) and step.is_pure for step in marked):
        marked = [_beside_pure_endpoint(step) for step in marked]
    made = replace(plan, operations=tuple(marked))
    saves_thread = any(call.kind == "sync" for call in pure_calls(made))
    return made if saves_thread or needs_no_task(made) else plan


def _is_plain_read(read: Any) -> bool:
    return isinstance(read, ReadParameter) and read.is_builtin and read.is_plain


def _model_of(read: Any) -> object:
    """Return the model that a parameter is, or an object that is no model."""
    return (read.model if isinstance(read, ReadBodyValue) else None) or _is_pure


def _is_pure(
    call: CallDependency | CallEndpoint, plain: set[Slot], movable: Collection[Slot] = ()
) -> bool:
    given = [slot for _, slot in call.arguments]
    is_plain = all(slot in plain for slot in given)
    return all(slot in plain or slot in movable for slot in given) and only_builds_a_value(
        call.call, call.kind, is_plain=is_plain
    )


def _beside_pure_endpoint(step: Operation) -> Operation:
    """Return the step without the thread in which results of sync endpoints are validated."""
    return replace(step, in_thread=False) if isinstance(step, SerializeModel) else step


def pure_calls(plan: Plan) -> Iterator[CallDependency | CallEndpoint]:
    """Yield the calls of functions that only build a value."""
    for step in plan.operations:
        if isinstance(step, CallDependency | CallEndpoint) and step.is_pure:
            yield step


def needs_no_task(plan: Plan) -> bool:
    """Return whether a request is answered without running any code that could see its task."""
    return all(map(_runs_nothing_else, plan.operations))


def _runs_nothing_else(step: Operation) -> bool:
    match step:
        case CallDependency() | CallEndpoint():
            return step.is_pure
        case ValidateGroup():
            return all(map(_runs_no_validator, step.reads))
        case ReadBody():
            return step.decode is None
        case SerializeModel():
            return step.is_builtin and step.to_bytes and not step.in_thread
    return isinstance(step, _FRAMEWORK)


def _runs_no_validator(read: Any) -> bool:
    if isinstance(read, ReadBodyValue):
        return read.model is not None
    return isinstance(read, ReadParameter) and read.is_builtin

"""Which functions only build a value from their arguments.

Theory of operation. Such a function makes a value of JSON's own types from its arguments, from
constants and from nothing else. It calls nothing, waits for nothing, repeats nothing, and touches
no name outside of it. So nobody can observe in which task or thread it runs, nor how often. The
proof is its bytecode: every instruction is on a list, and every argument is of JSON's own types.
The list has no instruction that can take long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from rapide._inspection import SCALARS, is_plain_value, only_builds_a_value
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
    RecallAnswer,
    ReuseDependency,
    SendContent,
    SerializeJson,
    SerializeModel,
    Slot,
    ValidateGroup,
    WrittenType,
)
from rapide.plan.values import default_of
from rapide.schema import ModelField
from rapide.schema.adapters import is_complete_model
from rapide.schema.annotations import is_union
from rapide.schema.user_code import is_free_of_user_code

#: Operations that run no code of the application's.
_FRAMEWORK: Final = (
    *(ReadValues, ReuseDependency, CheckOverrides),
    *(SerializeJson, PrepareHead, SendContent),
)


def is_plain_type(annotation: object) -> bool:
    """Return whether all values of a type are of JSON's own types."""
    if isinstance(annotation, type):
        return annotation in SCALARS
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
        is_complete_model(model)
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
            isinstance(step, CallEndpoint)
            and is_validated_here
            and not plan.has(RecallAnswer)
            and _is_pure(step, plain, movable)
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
    return isinstance(step, _FRAMEWORK) or step.only_notes


def _runs_no_validator(read: object) -> bool:
    if isinstance(read, ReadBodyValue):
        return read.model is not None
    return isinstance(read, ReadParameter) and read.is_builtin

"""The route of a request that has failed: its plan with the step that failed, and its source."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Scope

from rapide.codegen.dialect import ASGI, HTTP11
from rapide.codegen.emit import Emitted, emit_handler
from rapide.development.masking import Secrets, is_secret
from rapide.development.origins import is_generated, shown_path
from rapide.development.report import RouteFacts, SourceLine, Step
from rapide.plan.described import callable_name
from rapide.plan.measure import BeginMarks, Mark
from rapide.plan.operations import (
    CloseCleanup,
    Default,
    OpenCleanup,
    Operation,
    Plan,
    ValidateGroup,
)
from rapide.routing.pages import DocumentPages
from rapide.scope_keys import EFFECTIVE_ROUTE_CONTEXT, ENDPOINT, FASTAPI, ROUTE

if TYPE_CHECKING:
    from rapide.compiler import CompiledRoute

#: The methods by which a `with` block ends.
_EXITS: Final = frozenset({"__exit__", "__aexit__", "leave", "leave_after"})


@dataclass(slots=True)
class _Call:
    """A call of generated code in a traceback."""

    code: CodeType
    line: int
    called: str
    is_handed_over: bool


def route_facts(error: BaseException, scope: Scope, secrets: Secrets) -> RouteFacts | None:
    """Return what is known of the route of a request; None if the request has not reached one.

    The secrets in its parameters are noted, but not hidden yet.
    """
    route = _route_of(scope)
    endpoint = getattr(route, "endpoint", None) or scope.get(ENDPOINT)
    if endpoint is None or isinstance(getattr(endpoint, "__self__", None), DocumentPages):
        return None
    label = getattr(route, "_rapide_label", None) or getattr(route, "path", "")
    facts = RouteFacts(str(label), callable_name(endpoint), _place_of(endpoint), "")
    runner = getattr(route, "_rapide_runner", None)
    compiled: CompiledRoute | None = None if runner is None else runner.inspect()
    if compiled is None:
        reason = getattr(route, "fallback_reason", None)
        facts.execution = f"not compiled: {reason}" if reason else "not compiled"
        return facts
    _describe_plan(facts, compiled, _call_in(error), secrets)
    return facts


def hide_in_route(facts: RouteFacts, secrets: Secrets) -> None:
    """Hide all secrets that are known by now in a plan and its source."""
    for step in facts.steps:
        step.text = secrets.hide_in_code(step.text)
    for line in facts.source:
        line.text = secrets.hide_in_code(line.text)


def _route_of(scope: Scope) -> Any:
    of_fastapi = scope.get(FASTAPI)
    context = of_fastapi.get(EFFECTIVE_ROUTE_CONTEXT) if isinstance(of_fastapi, dict) else None
    return context or scope.get(ROUTE)


def _describe_plan(
    facts: RouteFacts, compiled: CompiledRoute, call: _Call | None, secrets: Secrets
) -> None:
    emitted = None if call is None else _emitted_for(compiled, call.code)
    operations = compiled.plan.operations
    if call is None or emitted is None:
        # The request has failed before it reached the route, or the route has changed since.
        emitted, failed, line = emit_handler(compiled.plan, ASGI, compiled.tools), None, 0
        facts.execution = "compiled; the error was not raised in this function"
    else:
        failed, line = _failed_step(operations, emitted, call), call.line
        facts.execution = "compiled"
        if call.is_handed_over:
            facts.execution = "compiled; this request was finished on the generic path"
    _note_defaults(compiled.plan, secrets)
    for index, operation in enumerate(operations):
        state = "open" if failed is None or index > failed else "done"
        if index == failed:
            state = "failed"
        if not isinstance(operation, BeginMarks | Mark):
            facts.steps.append(Step(str(operation), state))
    facts.source = [
        SourceLine(number, text, number == line)
        for number, text in enumerate(emitted.source.splitlines(), 1)
    ]


def _note_defaults(plan: Plan, secrets: Secrets) -> None:
    """Hide the values of parameters with the names of secrets that the code itself contains."""
    for operation in plan.every:
        for read in operation.reads if isinstance(operation, ValidateGroup) else ():
            default = getattr(read, "default", None)
            if isinstance(default, Default) and is_secret(read.into.name):
                secrets.add(default.value)


def _emitted_for(compiled: CompiledRoute, code: CodeType) -> Emitted | None:
    """Return the source that a function was compiled from; None if the plan has changed."""
    for dialect in (HTTP11, ASGI):
        emitted = emit_handler(compiled.plan, dialect, compiled.tools)
        made = compile(emitted.source, code.co_filename, "exec")
        if any(other == code for other in _codes_in(made)):
            return emitted
    return None


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes_in(constant)


def _failed_step(operations: tuple[Operation, ...], emitted: Emitted, call: _Call) -> int | None:
    index = emitted.operation_at(call.line)
    if index is None:
        return None
    operation = operations[index]
    if isinstance(operation, OpenCleanup) and call.called in _EXITS:
        # The line of a `with` block stands for its end, too.
        for number, other in enumerate(operations):
            if isinstance(other, CloseCleanup) and other.scope == operation.scope:
                return number
    return index


def _call_in(error: BaseException) -> _Call | None:
    """Return the innermost call of generated code in the traceback of an error."""
    found: _Call | None = None
    for frame, line, after in _frames(error.__traceback__):
        code = frame.f_code
        if is_generated(code.co_filename):
            called = "" if after is None else after.f_code.co_name
            of_handover = after is not None and _is_handover(after)
            found = _Call(code, line, called, of_handover)
    return found


def _frames(
    traceback: TracebackType | None,
) -> Iterator[tuple[FrameType, int, FrameType | None]]:
    while traceback is not None:
        following = traceback.tb_next
        yield (
            traceback.tb_frame,
            traceback.tb_lineno,
            None if following is None else following.tb_frame,
        )
        traceback = following


def _is_handover(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") == "rapide.generic.handover"


def _place_of(endpoint: object) -> str:
    function: Any = inspect.unwrap(endpoint) if callable(endpoint) else endpoint
    code = getattr(function, "__code__", None)
    if isinstance(code, CodeType):
        return f"{shown_path(code.co_filename)}:{code.co_firstlineno}"
    return ""

"""The emitter for calls that share one trip to a worker thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from rapide.codegen import emit_reads
from rapide.codegen.context import Context
from rapide.codegen.emit_calls import (
    arguments_of,
    endpoint_in_thread,
    response_model,
    send_if_response,
)
from rapide.codegen.writer import Writer
from rapide.plan import operations as op


def thread_steps(context: Context, operation: op.ThreadSteps) -> None:
    """Write a helper that makes calls in one worker thread, and the use of its results."""
    steps = operation.steps
    ends_request = isinstance(steps[-1], op.CallEndpoint)
    given = ["values"]
    if ends_request:
        given = ["result"] if response_model(context) is None else ["result", "value"]
    body = _body(context, steps, ", ".join("None" for _ in given))
    name, inputs = context.names.local("run", "steps"), _inputs(context, steps)
    helper = Writer()
    with helper.define(f"def {name}(", inputs):
        helper.line(f'"""In a worker thread: {_said(ends_request)}."""')
        helper.include(body)
    context.helpers.append(helper)

    out, run = context.out, context.run_in_thread
    out.comment(f"{_said(ends_request)}, in one worker thread")
    out.call(f"stopped, {', '.join(given)} = await {run}(", [name, *inputs])
    with out.block("if stopped is not None:"):
        out.line("results, error = stopped")
        context.hand_over("error", ["*results"])
    if ends_request:
        send_if_response(context)
        return
    out.call("[", _kept(context, steps), "] = values")
    context.journal.extend(context.slot(slot) for step in steps for slot in _results(step))


def _kept(context: Context, steps: Sequence[op.Operation]) -> list[str]:
    """Return the names of the values that the steps make and that later code needs."""
    made = (step for step in steps if not isinstance(step, op.ReuseDependency))
    return [context.slot(slot) for step in made for slot in _results(step)]


def _results(step: op.Operation) -> Iterator[op.Slot]:
    """Yield the values that a step adds to the journal."""
    if isinstance(step, op.ValidateGroup):
        yield from (read.into for read in step.reads)
    elif isinstance(step, op.ReuseDependency):
        yield from step.first
    elif isinstance(step, op.CallDependency):
        yield step.into


def _said(ends_request: bool) -> str:
    return "dependencies, then the endpoint" if ends_request else "dependencies"


def _body(context: Context, steps: Sequence[op.Operation], nothing: str) -> Writer:
    """Write the body of the helper.

    If the helper stops early, it returns the results so far and the error, if there is one.
    Otherwise it returns None and the values.
    """
    out, journal = context.out, context.journal
    body = Writer(depth=1)
    context.out, context.journal, context.gives_up_with = body, [], nothing
    for index, step in enumerate(steps):
        if isinstance(step, op.CallDependency):
            is_last = index == len(steps) - 1
            _call(context, step, is_last)
            if is_last:
                body.call("return None, [", _kept(context, steps), "]")
            else:
                _stop_if_changed(context, steps[index + 1 :])
        elif isinstance(step, op.CallEndpoint):
            body.comment("endpoint")
            endpoint_in_thread(context, body, step, "None, ")
        elif isinstance(step, op.ValidateGroup):
            emit_reads.validate_group(context, step)
        elif isinstance(step, op.Provide):
            emit_reads.provide(context, step)
        elif isinstance(step, op.ReuseDependency):
            emit_reads.reuse_dependency(context, step)
    context.out, context.journal, context.gives_up_with = out, journal, None
    return body


def _call(context: Context, step: op.CallDependency, is_last: bool) -> None:
    """Write the call of a dependency. Only the last one may run in this thread's own context."""
    context.out.comment("dependency")
    target, call = context.slot(step.into), context.constant("call", step.call)
    arguments = arguments_of(context, step.arguments)
    if is_last:
        context.out.call(f"{target} = {call}(", arguments)
    else:
        copied = f"{context.tool('copy_context')}()"
        context.out.call(f"{target} = {copied}.run(", [call, *arguments])
    context.journal.append(target)


def _stop_if_changed(context: Context, rest: Sequence[op.Operation]) -> None:
    """Write the exit after a call, for the case that compiled code must not make the next call."""
    condition = f"{context.tool('caller_is_gone')}()"
    until_next = takewhile(lambda step: not isinstance(step, op.CallDependency), rest)
    if any(isinstance(step, op.CheckOverrides) for step in until_next):
        context.out.comment("the request may be cancelled, and the overrides changed")
        condition = f"{context.tool('changes')}.overrides != overrides_seen or {condition}"
    else:
        context.out.comment("the request may be cancelled")
    with context.out.block(f"if {condition}:"):
        context.hand_over()


def _inputs(context: Context, steps: Sequence[op.Operation]) -> list[str]:
    """Return the handler's names that the helper needs. Its body must be written first."""
    own = {context.slot(slot) for slot in _made(steps)}
    return [name for name in dict.fromkeys(_names(context, steps)) if name not in own]


def _made(steps: Sequence[op.Operation]) -> Iterator[op.Slot]:
    """Yield the values that the helper makes."""
    for step in steps:
        if isinstance(step, op.ValidateGroup):
            yield from (read.into for read in step.reads)
        elif isinstance(step, op.CallDependency | op.Provide) and _is_new(step):
            yield step.into


def _is_new(step: op.CallDependency | op.Provide) -> bool:
    """Return whether a step makes its value. Other provided objects exist already."""
    return isinstance(step, op.CallDependency) or step.what == "security scopes"


def _names(context: Context, steps: Sequence[op.Operation]) -> Iterator[str]:
    """Yield the names of the values that the steps use."""
    for step in steps:
        if isinstance(step, op.ValidateGroup):
            for read in step.reads:
                assert isinstance(read, op.ReadParameter)
                yield emit_reads.source_of(context, read)
        elif isinstance(step, op.ReuseDependency):
            yield from (context.slot(slot) for slot in step.first)
        elif isinstance(step, op.CheckOverrides):
            yield "overrides_seen"
        elif isinstance(step, op.CallDependency | op.CallEndpoint):
            yield from (context.slot(slot) for _, slot in step.arguments)
    if isinstance(steps[-1], op.CallEndpoint) and response_model(context) is not None:
        yield context.dialect.carrier

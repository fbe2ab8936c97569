"""Emitters for telemetry, which only observed routes have."""

from __future__ import annotations

from contextlib import ExitStack

from rapide.codegen.context import Context
from rapide.plan import instrument as op


def follow_request(context: Context, operation: op.FollowRequest) -> None:
    """Write the lookup of the telemetry that listens to this request."""
    out, path = context.out, context.names.literal(operation.path)
    out.comment("telemetry")
    request = ["request"] if "request" in context.state else []
    follow = context.tool("follow")
    out.call(f"telemetry = {follow}(", [*context.dialect.connection, path, *request])


def note_body(context: Context, operation: op.NoteBody) -> None:
    """Write the report of the received body."""
    body = context.state.get("body")
    if body is None:
        # The decoded value is not the body as it was sent.
        context.out.line(f"telemetry.body_read({context.tool('parsed_body')}(raw_body))")
        return
    if body == "form":
        context.out.line("telemetry.body_read(form)")
        return
    missing = context.tool("MISSING")
    context.out.line(f"telemetry.body_read(None if body is {missing} else body)")


def begin_span(context: Context, operation: op.BeginSpan) -> None:
    """Write the begin of a span. The generic path continues the span if it has to take over."""
    blocks = context.open[_key(operation.name)] = ExitStack()
    span = _span(context, operation.name, operation.function)
    blocks.enter_context(context.out.block(f"with {span} as open_span:"))
    context.state["open_span"] = "open_span"


def end_span(context: Context, operation: op.EndSpan) -> None:
    """Write the end of a span, and the report of the arguments."""
    members = [
        f"{context.names.literal(name)}: {context.slot(slot)}" for name, slot in operation.arguments
    ]
    context.out.call("arguments = {", members, "}")
    context.out.line("telemetry.solved(arguments)")
    context.open.pop(_key(operation.name)).close()
    context.state.pop("open_span")


def trace_next(context: Context, operation: op.TraceNext) -> None:
    """Write nothing yet: the emitter of the next operation opens the block in its place."""
    context.next_span = _span(context, operation.name, operation.function)


def _span(context: Context, name: str, function: str) -> str:
    return f'telemetry.span("{name}", {context.names.literal(function)})'


def _key(name: str) -> str:
    return f"span {name}"

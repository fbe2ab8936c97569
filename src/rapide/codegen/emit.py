"""Write the source of a plan's handler, with one emitter per operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from rapide.codegen import (
    emit_answer,
    emit_calls,
    emit_reads,
    emit_steps,
    emit_stream,
    emit_telemetry,
)
from rapide.codegen.context import Context
from rapide.codegen.dialect import Dialect
from rapide.codegen.writer import Writer
from rapide.plan import instrument
from rapide.plan import operations as op

#: The name of every generated handler.
HANDLER: Final = "handle_request"
#: The maximal length of a label in a docstring.
LONGEST_LABEL: Final = 84

EMITTERS: Final[dict[type[op.Operation], Callable[[Context, Any], None]]] = {
    op.OpenCleanup: emit_calls.open_cleanup,
    op.CloseCleanup: emit_calls.close_cleanup,
    op.ExposeRequest: emit_reads.expose_request,
    op.ShowParameters: emit_reads.show_parameters,
    op.PrepareResponse: emit_reads.prepare_response,
    op.PrepareBackground: emit_reads.prepare_background,
    op.ReadBody: emit_reads.read_body,
    op.ReadForm: emit_reads.read_form,
    op.ReadValues: emit_reads.read_values,
    op.ValidateGroup: emit_reads.validate_group,
    op.Provide: emit_reads.provide,
    op.ReadCredentials: emit_reads.read_credentials,
    op.ReuseDependency: emit_reads.reuse_dependency,
    op.CallDependency: emit_calls.call_dependency,
    op.EnterDependency: emit_calls.enter_dependency,
    op.CheckOverrides: emit_calls.check_overrides,
    op.RecallAnswer: emit_calls.recall_answer,
    op.CallEndpoint: emit_calls.call_endpoint,
    op.ThreadSteps: emit_steps.thread_steps,
    op.SerializeModel: emit_answer.serialize_model,
    op.SerializeJson: emit_answer.serialize_json,
    op.SerializeData: emit_answer.serialize_data,
    op.RenderContent: emit_answer.render_content,
    op.PrepareHead: emit_answer.prepare_head,
    op.SendContent: emit_answer.send_content,
    op.BuildResponse: emit_answer.build_response,
    op.SendResponse: emit_answer.send_response,
    op.StreamItems: emit_stream.stream_items,
    instrument.FollowRequest: emit_telemetry.follow_request,
    instrument.NoteBody: emit_telemetry.note_body,
    instrument.BeginSpan: emit_telemetry.begin_span,
    instrument.EndSpan: emit_telemetry.end_span,
    instrument.TraceNext: emit_telemetry.trace_next,
}


@dataclass(frozen=True, slots=True)
class Emitted:
    """The source of a handler, with the constants that it refers to.

    Attributes:
        ends: For each operation of the plan, the line behind the last one that it has written into
            the functions before the handler, and the line behind the last one in the handler.
    """

    source: str
    constants: dict[str, object]
    ends: tuple[tuple[int, int], ...]

    def operation_at(self, line: int) -> int | None:
        """Return the index of the operation that a line of the source is of; None if it is none."""
        in_handler = bool(self.ends) and line >= self.ends[-1][0]
        for index, ends in enumerate(self.ends):
            if line < ends[in_handler]:
                return index
        return None


def emit_handler(plan: op.Plan, dialect: Dialect, tools: dict[str, Any]) -> Emitted:
    """Write the handler of a plan. `tools` maps names to the runtime's helpers."""
    body = Writer(depth=1)
    context = Context(body, plan, dialect, tools)
    body.line(_docstring(f"{plan.label} -> {plan.endpoint}"))
    if plan.has(op.CheckOverrides):
        body.line(f"overrides_seen = {context.tool('changes')}.overrides")
    emit_calls.check_pure_calls(context)
    written = []
    for operation in plan.operations:
        _emitter_of(type(operation))(context, operation)
        written.append((len(context.helpers), body.length))
    parts = [helper.text() + "\n\n" for helper in context.helpers]
    head = f"async def {HANDLER}({dialect.parameters}):\n"
    source = "".join([*parts, head, body.text()])
    # Each helper is followed by two empty lines, and the handler begins with its head.
    heights = [0, *accumulate(helper.length + 2 for helper in context.helpers)]
    ends = tuple((1 + heights[number], 2 + heights[-1] + length) for number, length in written)
    return Emitted(source, context.names.constants, ends)


def _emitter_of(kind: type[op.Operation]) -> Callable[[Context, Any], None]:
    emitter = EMITTERS.get(kind)
    if emitter is None:
        # PERF: import. Few processes run jobs, and almost never does anybody measure.
        from rapide.codegen.emit_job import JOBS
        from rapide.codegen.emit_measure import MEASURING

        emitter = (JOBS | MEASURING)[kind]
    return emitter


def _docstring(label: str) -> str:
    """Return a label as a docstring: a literal on a single line, whatever the label contains."""
    if len(label) > LONGEST_LABEL:
        label = label[: LONGEST_LABEL - 1] + "…"
    if label.isprintable() and not {"\\", '"'} & set(label):
        return f'"""{label}"""'
    literal = ascii(label)
    return literal if len(literal) < LONGEST_LABEL + 6 else ascii(label[: LONGEST_LABEL // 10])

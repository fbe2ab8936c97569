"""Emitters for the answer: serializing a result and sending it."""

from __future__ import annotations

from rapide.codegen.context import Context
from rapide.codegen.emit_calls import validate_result
from rapide.codegen.names import quoted
from rapide.plan import operations as op


def serialize_model(context: Context, operation: op.SerializeModel) -> None:
    """The result as its model says."""
    out = context.out
    out.comment("serialize")
    with context.unless_response():
        if not operation.in_thread:
            validate_result(context, out, operation)
        options = [f"{name}={_option(context, name, value)}" for name, value in operation.options]
        if operation.to_bytes:
            dump = context.constant("dump", operation.serializer.to_json, "result")
            out.call(f"content = {dump}(", ["value", *options])
        else:
            dump = context.constant("dump", operation.serializer.to_python, "result")
            out.call(f"content = {dump}(", ["value", 'mode="json"', *options])


def serialize_json(context: Context, operation: op.SerializeJson) -> None:
    """Any result as JSON."""
    _encode(context, "encode_json")


def serialize_data(context: Context, operation: op.SerializeData) -> None:
    """Any result as data for the response class."""
    _encode(context, "jsonable_encoder")


def respond(context: Context, operation: op.Respond) -> None:
    """JSON bytes on their way."""
    context.out.comment("respond")
    if not context.late_answer:
        _send_bytes(context, operation)
        return
    _send_given_response(context)
    with context.out.block("else:"):
        _send_bytes(context, operation)


def respond_with(context: Context, operation: op.RespondWith) -> None:
    """A response object of the declared class on its way."""
    out = context.out
    out.comment("respond")
    if context.late_answer:
        _send_given_response(context)
        with out.block("else:"):
            _send_built(context, operation.response_class, operation.status, operation.media_type)
        return
    _send_built(context, operation.response_class, operation.status, operation.media_type)


def _encode(context: Context, encoder: str) -> None:
    context.out.comment("serialize")
    with context.unless_response():
        context.out.line(f"content = {context.tool(encoder)}(result)")


def _option(context: Context, name: str, value: object) -> str:
    if isinstance(value, bool) or value is None:
        return repr(value)
    return context.constant(name, value, "result")


def _send_given_response(context: Context) -> None:
    with context.out.block("if is_response:"):
        _send(context, f"result, {context.background}")


def _send(context: Context, response_and_background: str) -> None:
    context.out.call(
        f"await {context.tool('send_response')}(",
        [response_and_background, context.dialect.connection],
    )


def _send_built(context: Context, render: object, status: int | None, media: str | None) -> None:
    context.out.call(
        f"answer = {context.tool('build_response')}(",
        [
            context.constant("render", render),
            "content",
            repr(status),
            quoted(media),
            context.response,
            context.background,
        ],
    )
    _send(context, "answer, None")


def _send_bytes(context: Context, operation: op.Respond) -> None:
    out = context.out
    if context.response == "None":
        _write_sends(context, operation, [])
        return
    with out.block("if response.status_code:"):
        plain = context.tools["Response"]
        _send_built(context, plain, operation.status, operation.media_type)
    with out.block("else:"):
        _write_sends(context, operation, ["*response.headers.raw"])


def _write_sends(context: Context, operation: op.Respond, more: list[str]) -> None:
    out, dialect = context.out, context.dialect
    media = operation.media_type.encode("latin-1")
    out.line("headers_out = [")
    out.line('    (b"content-length", b"%d" % len(content)),')
    out.line(f'    (b"content-type", {quoted(media)}),')
    for item in more:
        out.line(f"    {item},")
    out.line("]")
    out.line(dialect.started)
    for line in dialect.send_head:
        out.line(line.format(status=operation.status, headers="headers_out"))
    for line in dialect.send_body:
        out.line(line)
    if context.background != "None":
        out.line("await background()")

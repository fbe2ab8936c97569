"""Emitters for the response: serializing a result and sending it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

from rapide.codegen.context import Context
from rapide.codegen.emit_calls import validate_in_thread, validate_result
from rapide.codegen.names import quoted
from rapide.plan import operations as op


def serialize_model(context: Context, operation: op.SerializeModel) -> None:
    """Write the serialization of a result by its model."""
    out = context.out
    out.comment("serialize")
    is_traced = context.next_span is not None
    with context.unless_response(), context.traced():
        encode = _encoder(context, operation.written)
        with ExitStack() as unless_written:
            if operation.written and operation.written.is_valid and not operation.in_thread:
                out.line(f"content = {encode}(result)")
                unless_written.enter_context(out.block("if content is None:"))
            if not operation.in_thread:
                validate_result(context, out, operation)
            elif is_traced:
                validate_in_thread(context, operation)
            _dump(context, operation, encode)


def _encoder(context: Context, written: op.WrittenType | None) -> str | None:
    """Return the name of the function that writes exact values of a type."""
    if written is None:
        return None
    encoder = context.tools["ModelEncoder"](written.nodes, **dict(written.options))
    return context.constant("encode", encoder.encode, "result")


def _dump(context: Context, operation: op.SerializeModel, encode: str | None) -> None:
    """Write the serialization of the valid value."""
    options = context.options(operation.options, "result")
    if not operation.to_bytes:
        dump = context.constant("dump", operation.serializer.to_python, "result")
        context.out.call(f"content = {dump}(", ["value", 'mode="json"', *options])
        return
    dump = context.constant("dump", operation.serializer.to_json, "result")
    first = "" if encode is None else f"{encode}(value) or "
    context.out.call(f"content = {first}{dump}(", ["value", *options])


def serialize_json(context: Context, operation: op.SerializeJson) -> None:
    """Write the serialization of any result as JSON."""
    _encode(context, "encode_json")


def serialize_data(context: Context, operation: op.SerializeData) -> None:
    """Write the conversion of any result to data for the response class."""
    _encode(context, "jsonable_encoder")


def render_content(context: Context, operation: op.RenderContent) -> None:
    """Write the rendering of the bytes that the response class would make."""
    render = context.tool("encode_plain_json" if operation.form == "json" else "encode_text")
    with context.unless_response():
        context.out.line(f"content = {render}(content)")


def prepare_head(context: Context, operation: op.PrepareHead) -> None:
    """Write the status and headers, before the exit of anything that could change them."""
    out = context.out
    if is_plain(context):
        return
    with context.unless_response():
        out.line("head = [")
        out.line('    (b"content-length", b"%d" % len(content)),')
        out.line(f'    (b"content-type", {quoted(operation.media_type.encode("latin-1"))}),')
        if context.response != "None":
            out.line("    *response.headers.raw,")
        out.line("]")
        if context.response == "None":
            return
        out.line(f"status = response.status_code or {operation.status}")
        with out.block(f"if status != {operation.status}:"):
            without_body = context.tool("without_body")
            out.line(f"content, head = {without_body}(status, content, head)")


def send_content(context: Context, operation: op.SendContent) -> None:
    """Write the statements that send head and content."""
    out, dialect = context.out, context.dialect
    status = str(operation.status) if context.response == "None" else "status"
    with _unless_given(context):
        if is_plain(context) and dialect.send_plain is not None:
            out.call(f"{dialect.send_plain}(", [*_prepared_lines(context, operation), "content"])
        else:
            for statement in dialect.send:
                out.line(statement.format(status=status))
        if context.background != "None":
            out.line("await background()")


def is_plain(context: Context) -> bool:
    """Return whether the head is known now, except the length, so that its lines are constants."""
    return context.dialect.send_plain is not None and context.response == "None"


def _prepared_lines(context: Context, operation: op.SendContent) -> list[str]:
    """Return the status line and the header line of the content type."""
    head = next(item for item in context.plan.operations if isinstance(item, op.PrepareHead))
    try:
        phrase = HTTPStatus(operation.status).phrase
    except ValueError:
        phrase = ""
    media_type = head.media_type.encode("latin-1")
    return [
        quoted(f"HTTP/1.1 {operation.status} {phrase}\r\n".encode()),
        quoted(b"content-type: %b\r\n" % media_type),
    ]


def build_response(context: Context, operation: op.BuildResponse) -> None:
    """Write the creation of a response object of the declared class."""
    with context.unless_response():
        context.out.call(
            f"answer = {context.tool('build_response')}(",
            [
                context.constant("render", operation.response_class),
                "content",
                repr(operation.status),
                quoted(operation.media_type),
                context.response,
                context.background,
            ],
        )


def send_response(context: Context, operation: op.SendResponse) -> None:
    """Write the statement that sends the response object."""
    with _unless_given(context):
        _send(context, "answer", "None")


def _encode(context: Context, encoder: str) -> None:
    context.out.comment("serialize")
    with context.unless_response(), context.traced():
        context.out.line(f"content = {context.tool(encoder)}(result)")


@contextmanager
def _unless_given(context: Context) -> Iterator[None]:
    """Send the endpoint's result if it is a response; write a block for the other case."""
    context.out.comment("respond")
    if not context.late_answer:
        yield
        return
    with context.out.block("if is_response:"):
        _send(context, "result", context.background)
    with context.out.block("else:"):
        yield


def _send(context: Context, response: str, background: str) -> None:
    context.send_object("await ", response, background)

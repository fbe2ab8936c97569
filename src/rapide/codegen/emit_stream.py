"""Emitters for streams: the items of a generator endpoint."""

from __future__ import annotations

from rapide.codegen.context import Context
from rapide.codegen.emit_calls import validate_answer
from rapide.codegen.writer import Writer
from rapide.plan import operations as op


def stream_items(context: Context, operation: op.StreamItems) -> None:
    """Write the creation of a response object that streams the items."""
    out = context.out
    out.comment("stream")
    if operation.form == "chunks":
        render = context.constant("render", operation.response_class)
        if operation.is_async:
            out.line(f"content = {context.tool('checked')}(items)")
        elif "iterate_in_lane" in context.tools:
            out.line(f"content = {context.tool('iterate_in_lane')}(items)")
        is_wrapped = operation.is_async or "iterate_in_lane" in context.tools
        content = "content" if is_wrapped else "items"
    else:
        render, content = _encoded(context, operation), "content"
    out.call(
        f"answer = {context.tool('build_stream')}(",
        [render, content, repr(operation.status), context.response, context.background],
    )


def _encoded(context: Context, operation: op.StreamItems) -> str:
    """Write how items become `content`, and return the name of the response class."""
    out, scope = context.out, context.dialect.scope
    encode, is_async = _encoder(context, operation), f"is_async={operation.is_async}"
    if operation.form == "json lines":
        lane = _in_lane(context, operation, "lane", "lane")
        out.call(f"content = {context.tool('Lines')}(", ["items", encode, scope, is_async, *lane])
        return context.tool("JsonLines")
    stack = "request_stack"
    events = context.tool("open_events")
    iterate = _in_lane(context, operation, "iterate", "iterate_in_lane")
    out.call(f"content = await {events}(", ["items", encode, scope, stack, is_async, *iterate])
    return context.tool("EventStream")


def _in_lane(context: Context, operation: op.StreamItems, argument: str, tool: str) -> list[str]:
    """Return the argument with which a blocking generator runs in the route's lane."""
    if operation.is_async or "iterate_in_lane" not in context.tools:
        return []
    return [f"{argument}={context.tool(tool)}"]


def _encoder(context: Context, operation: op.StreamItems) -> str:
    """Return the name of the function that encodes an item. Write it if the type is known."""
    if operation.validator is None:
        return context.tool("encode_untyped")
    validate = context.constant("validate", operation.validator, "item")
    dump = context.constant("dump", operation.serializer.to_json, "item")
    options = context.options(operation.options, "item")
    helper = Writer()
    with helper.define("def encode_item(", ["item", "scope"]):
        helper.line('"""An item of the stream as JSON."""')
        validation = f"{validate}(item, from_attributes=True)"
        validate_answer(context, helper, validation, "item", "scope")
        helper.call(f"return {dump}(", ["value", *options])
    context.helpers.append(helper)
    return "encode_item"

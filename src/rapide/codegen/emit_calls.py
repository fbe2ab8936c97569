"""Emitters for calls: dependencies, their exits, and the endpoint."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from inspect import CO_ASYNC_GENERATOR
from types import FunctionType
from typing import Final

from rapide._inspection import code_of
from rapide.codegen.context import Context
from rapide.codegen.names import keyword, quoted
from rapide.codegen.writer import Writer
from rapide.plan import operations as op
from rapide.plan.pure import pure_calls

#: The variable that says whether a scope came to its end, and the error if it did not, because a
#: dependency swallowed the exception.
_ENDS: Final[dict[op.Scope, tuple[str, str]]] = {
    "request": ("sent", "response_not_sent"),
    "function": ("is_ready", "response_missing"),
}


def open_cleanup(context: Context, operation: op.OpenCleanup) -> None:
    """Write the begin of a scope, in which dependencies with yield are entered."""
    out = context.out
    if operation.scope in _ENDS:
        out.line(f"{_ENDS[operation.scope][0]} = False")
    if operation.scope != "file" and context.has_exit_lists:
        _open_list(context, operation)
        return
    name = f"{operation.scope}_stack"
    blocks = context.open[operation.scope] = ExitStack()
    if operation.entered == "async generator" and "cleanup_scope" not in context.state:
        # It encloses the scopes that dependencies open, so that all exit in order.
        shield = context.tool("cleanup_shield")
        blocks.enter_context(out.block(f"with {shield}() as cleanup_scope:"))
        context.state["cleanup_scope"] = "cleanup_scope"
    if operation.entered == "form":
        # Errors are answered before it exits, because their handlers may look at the files.
        stack = f"{context.tool('FormStack')}({', '.join(context.dialect.connection)})"
    else:
        kind = "FileStack" if operation.scope == "file" else "ScopeStack"
        stack = f"{context.tool(kind)}()"
    blocks.enter_context(out.block(f"async with {stack} as {name}:"))
    context.state[name] = name


def _open_list(context: Context, operation: op.OpenCleanup) -> None:
    """Write the list of the exits of a scope, and the block that they belong to."""
    out, name = context.out, f"{operation.scope}_exits"
    first = ""
    if operation.entered == "async generator" and "cleanup_scope" not in context.state:
        shield, alone = f"{context.tool('open_shield')}()", context.dialect.runs_alone
        if alone is not None:
            shield = f"None if {alone} else {shield}"
        out.line(f"cleanup_scope = {shield}")
        context.state["cleanup_scope"] = first = "cleanup_scope"
    out.line(f"{name} = [{first}]")
    context.state[name] = name
    blocks = context.open[operation.scope] = ExitStack()
    blocks.enter_context(out.block("try:"))


def close_cleanup(context: Context, operation: op.CloseCleanup) -> None:
    """Write the end of a scope, where its dependencies exit."""
    out = context.out
    if operation.scope in _ENDS:
        out.line(f"{_ENDS[operation.scope][0]} = True")
    context.open.pop(operation.scope).close()
    exits = context.state.pop(f"{operation.scope}_exits", None)
    if exits is None:
        context.state.pop(f"{operation.scope}_stack")
    else:
        shield = context.state.get("cleanup_scope", "None")
        with out.block("except BaseException as error:"):
            leave_after = context.tool("leave_after")
            with out.block(f"if not await {leave_after}(error, {exits}, {shield}):"):
                out.line("raise")
        with out.block("else:"):
            _leave(context, operation.scope, exits, shield)
    if operation.scope in _ENDS:
        end, make = _ENDS[operation.scope]
        with out.block(f"if not {end}:"):
            out.line(f"raise {context.tool(make)}()")


def _leave(context: Context, scope: op.Scope, exits: str, shield: str) -> None:
    """Write the exits of a scope that came to its end."""
    out, leave = context.out, f"await {context.tool('leave')}({exits}, {shield})"
    generator = context.only_exits.get(scope)
    if generator is None:
        out.line(leave)
        return
    # PERF: dependencies. Most scopes have one exit, and need no call for it.
    with out.block(f"if {shield} is not None:"):
        out.line(leave)
    stopped = context.tool("STOPPED")
    with out.block(f"elif await anext({generator}, {stopped}) is not {stopped}:"):
        out.line(f"await {context.tool('did_not_stop')}({generator})")


def check_pure_calls(context: Context) -> None:
    """Write the check that functions which only build a value still have the code that says so."""
    checks = []
    for call in dict.fromkeys(operation.call for operation in pure_calls(context.plan)):
        code = code_of(call)
        name = context.constant("call", call)
        checks.append(f"{name}.__code__ is not {context.constant('code', code, call.__name__)}")
    if checks:
        context.out.comment("functions that only build a value, unless their code was replaced")
        with context.out.block(f"if {' or '.join(checks)}:"):
            context.hand_over()


def check_overrides(context: Context, operation: op.CheckOverrides) -> None:
    """Write the check that leaves compiled code if a dependency has changed the overrides."""
    changes = context.tool("changes")
    context.out.comment("a dependency may have changed the overrides")
    with context.out.block(f"if {changes}.overrides != overrides_seen:"):
        context.hand_over()


def call_dependency(context: Context, operation: op.CallDependency) -> None:
    """Write the call of a dependency that returns."""
    context.out.comment("dependency")
    call = context.constant("call", operation.call)
    target = context.slot(operation.into)
    arguments = arguments_of(context, operation.arguments)
    blocks = ExitStack()
    if operation.limit is not None:
        limit = context.constant("limit", operation.limit, operation.into.name)
        blocks.enter_context(context.out.block(f"async with {limit}.get_semaphore():"))
    with blocks:
        if operation.kind == "async":
            context.out.call(f"{target} = await {call}(", arguments)
        elif operation.is_pure:
            context.out.call(f"{target} = {call}(", arguments)
        else:
            run = context.run_in_thread
            context.out.call(f"{target} = await {run}(", [call, *arguments])
    context.journal.append(target)


def enter_dependency(context: Context, operation: op.EnterDependency) -> None:
    """Write the call of a dependency that yields."""
    out, exits = context.out, f"{operation.scope}_exits"
    out.comment(f"dependency with yield, left at the end of the {operation.scope}")
    target = context.slot(operation.into)
    if exits not in context.state:
        _write_manager(context, operation)
        out.line(f"{target} = await {operation.scope}_stack.enter_async_context(manager)")
    elif operation.limit is None and is_async_generator_function(operation.call):
        call = context.constant("call", operation.call)
        stopped = context.tool("STOPPED")
        generator = context.names.local("generator", operation.into.name)
        out.call(f"{generator} = {call}(", arguments_of(context, operation.arguments))
        out.line(f"{target} = await anext({generator}, {stopped})")
        with out.block(f"if {target} is {stopped}:"):
            out.line(f"raise {context.tool('did_not_yield')}()")
        out.line(f"{exits}.append({generator})")
        if _has_one_exit(context, operation.scope):
            context.only_exits[operation.scope] = generator
    else:
        _write_manager(context, operation)
        out.line(f"{target} = await manager.__aenter__()")
        out.line(f"{exits}.append(manager)")
    context.journal.append(target)


def _has_one_exit(context: Context, scope: op.Scope) -> bool:
    """Return whether only one dependency of a scope has an exit."""
    entered = (
        item
        for item in context.plan.operations
        if isinstance(item, op.EnterDependency) and item.scope == scope
    )
    return len(list(entered)) == 1


def _write_manager(context: Context, operation: op.EnterDependency) -> None:
    """Write the creation of a context manager for a dependency that yields."""
    out = context.out
    arguments = arguments_of(context, operation.arguments)
    if operation.kind == "async generator":
        call = context.constant("call", operation.call)
        out.call(f"generator = {call}(", arguments)
        manager = f"{context.tool('GeneratorManager')}(generator)"
        out.line(f"manager = {context.tool('shielded')}({manager}, cleanup_scope)")
    else:
        # The factory is made once. Each request calls it and gets its own manager.
        make = context.tools["sync_manager"](operation.call)
        name = getattr(operation.call, "__name__", "dependency")
        out.call(f"manager = {context.constant('enter', make, name)}(", arguments)
        in_lane = f", {context.run_in_thread}" if "run_in_lane" in context.tools else ""
        out.line(f"manager = {context.tool('InThreads')}(manager{in_lane})")
    if operation.limit is not None:
        limit = context.constant("limit", operation.limit, operation.into.name)
        out.line(f"manager = {context.tool('HeldSemaphore')}(manager, {limit}.get_semaphore())")


def is_async_generator_function(call: object) -> bool:
    """Return whether a callable is certain to return an async generator of Python's own."""
    return type(call) is FunctionType and bool(call.__code__.co_flags & CO_ASYNC_GENERATOR)


def recall_answer(context: Context, operation: op.RecallAnswer) -> None:
    """Write the search for a kept response. The call of the endpoint follows."""
    context.out.comment("kept response, if there is one")
    values = [f"{quoted(name)}: {context.slot(slot)}" for name, slot in operation.arguments]
    recall = context.tool("recall_answer")
    context.out.call(f"result = await {recall}({context.dialect.scope}, {{", values, "})")


def call_endpoint(context: Context, operation: op.CallEndpoint) -> None:
    """Write the call of the endpoint, which may return a response."""
    out = context.out
    out.comment("endpoint")
    if operation.kind in ("async generator", "generator"):
        call = context.constant("call", operation.call)
        out.call(f"items = {call}(", arguments_of(context, operation.arguments))
        return
    is_recalled = context.plan.has(op.RecallAnswer)
    with out.block("if result is None:") if is_recalled else nullcontext():
        _call_for_result(context, operation)
    has_answer = not context.plan.has(op.ReturnResult)
    if has_answer and (not operation.is_pure or context.late_answer):
        send_if_response(context)


def _call_for_result(context: Context, operation: op.CallEndpoint) -> None:
    """Write the call of an endpoint that returns its result."""
    out = context.out
    call = context.constant("call", operation.call)
    arguments = arguments_of(context, operation.arguments)
    if operation.kind == "async":
        with context.traced():
            out.call(f"result = await {call}(", arguments)
    elif operation.is_pure and context.next_span is None:
        out.call(f"result = {call}(", arguments)
    elif context.next_span is not None:
        _call_traced_in_thread(context, operation, call, arguments)
    else:
        _call_in_thread(context, operation)


def send_if_response(context: Context) -> None:
    """Write the statements that send the endpoint's result if it is a response."""
    out, response = context.out, context.tool("Response")
    if context.late_answer:
        out.line(f"is_response = isinstance(result, {response})")
        return
    with out.block(f"if isinstance(result, {response}):"):
        if "request" in context.open:
            context.send_object("await ", "result", context.background)
            out.line("sent = True")
            out.line("return")
        else:
            context.send_object("return await ", "result", context.background)


def _call_in_thread(context: Context, operation: op.CallEndpoint) -> None:
    """Write the call of a sync endpoint in a worker thread, where its result is validated too."""
    run = context.run_in_thread
    if response_model(context) is None:
        call = context.constant("call", operation.call)
        arguments = arguments_of(context, operation.arguments)
        context.out.call(f"result = await {run}(", [call, *arguments])
        return
    names = list(dict.fromkeys(context.slot(slot) for _, slot in operation.arguments))
    helper = Writer()
    carrier = context.dialect.carrier
    with helper.define("def run_endpoint(", [carrier, *names]):
        helper.line('"""In a worker thread: the endpoint, then the validation of its result."""')
        endpoint_in_thread(context, helper, operation)
    context.helpers.append(helper)
    context.out.call(f"result, value = await {run}(", ["run_endpoint", carrier, *names])


def response_model(context: Context) -> op.SerializeModel | None:
    """Return the operation that validates the result, if there is one."""
    found = (item for item in context.plan.operations if isinstance(item, op.SerializeModel))
    return next(found, None)


def endpoint_in_thread(
    context: Context, out: Writer, operation: op.CallEndpoint, first: str = ""
) -> None:
    """Write the end of a helper: the endpoint and the validation of its result.

    It returns `first`, the result, and the valid value if there is a response model.
    """
    call = context.constant("call", operation.call)
    arguments = arguments_of(context, operation.arguments)
    model = response_model(context)
    if model is None:
        out.call(f"result = {call}(", arguments)
        out.line(f"return {first}result")
        return
    # The validators of the result must not see the context variables that the endpoint sets.
    out.call(f"result = {context.tool('copy_context')}().run(", [call, *arguments])
    with out.block(f"if isinstance(result, {context.tool('Response')}):"):
        out.line(f"return {first}result, None")
    validate_result(context, out, model)
    out.line(f"return {first}result, value")


def _call_traced_in_thread(
    context: Context, operation: op.CallEndpoint, call: str, arguments: list[str]
) -> None:
    """Write the call of a sync endpoint in a worker thread, in a span without serialization."""
    names = list(dict.fromkeys(context.slot(slot) for _, slot in operation.arguments))
    helper = Writer()
    with helper.define("def run_endpoint(", ["telemetry", *names]):
        helper.line('"""In a worker thread: the endpoint, in its span."""')
        with context.traced(helper):
            helper.call(f"return {call}(", arguments)
    context.helpers.append(helper)
    run = context.run_in_thread
    context.out.call(f"result = await {run}(", ["run_endpoint", "telemetry", *names])


def validate_in_thread(context: Context, operation: op.SerializeModel) -> None:
    """Write the validation of `result` into `value`, in a worker thread of its own."""
    helper = Writer()
    carrier = context.dialect.carrier
    with helper.define("def validate_answer(", [carrier, "result"]):
        helper.line('"""In a worker thread: the validation of the endpoint\'s result."""')
        validate_result(context, helper, operation)
        helper.line("return value")
    context.helpers.append(helper)
    run = context.run_in_thread
    context.out.line(f"value = await {run}(validate_answer, {carrier}, result)")


def validate_result(context: Context, out: Writer, operation: op.SerializeModel) -> None:
    """Write the validation of `result` into `value`."""
    validate = context.constant("validate", operation.validator, "result")
    validate_answer(context, out, f"{validate}(result, from_attributes=True)", "result")


def validate_answer(
    context: Context, out: Writer, validation: str, content: str, scope: str | None = None
) -> None:
    """Write the validation of a part of the answer, named `content`, into `value`.

    The error is raised outside `except`, so that no other exception is its context.
    """
    out.line("invalid = None")
    with out.block("try:"):
        out.line(f"value = {validation}")
    with out.block(f"except {context.tool('ValidationError')} as error:"):
        out.line("invalid = error")
    with out.block("if invalid is not None:"):
        make, scope = context.tool("invalid_response"), scope or context.dialect.scope
        out.line(f"raise {make}(invalid, {content}, {scope})")


def arguments_of(context: Context, arguments: op.Arguments) -> list[str]:
    """Return the keyword arguments of a call."""
    return [keyword(name, context.slot(slot)) for name, slot in arguments]

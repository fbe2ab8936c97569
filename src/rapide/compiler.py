"""The stages of compiling a route: signature -> plan -> source -> function.

`compile_route` calls them in order. `tools_of_handlers` lists everything that generated code may
call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rapide._once import once
from rapide.background import BackgroundTasks
from rapide.changes import Changes, OverridesFingerprint, changes
from rapide.codegen.dialect import ASGI, HTTP11, Dialect
from rapide.codegen.emit import HANDLER, emit_handler
from rapide.codegen.load import load_function
from rapide.encoders import jsonable_encoder
from rapide.generic.form_models import form_reader
from rapide.generic.handover import (
    finish,
    invalid_response,
    read_model,
)
from rapide.plan.build import build_plan
from rapide.plan.facts import NotCompilableError as NotCompilableError
from rapide.plan.facts import RouteFacts
from rapide.plan.instrument import instrument
from rapide.plan.operations import (
    EnterDependency,
    Plan,
    PrepareBackground,
    RecallAnswer,
    StreamItems,
)
from rapide.plan.pure import needs_no_task
from rapide.runtime import (
    bodies,
    extraction,
    forms,
    instrumentation,
    query_string,
    requests,
    responses,
)
from rapide.runtime.cleanup import (
    STOPPED,
    GeneratorManager,
    HeldSemaphore,
    InThreads,
    cleanup_shield,
    did_not_stop,
    did_not_yield,
    leave,
    leave_after,
    open_shield,
    shielded,
)
from rapide.runtime.errors import response_missing, response_not_sent
from rapide.runtime.inline import ensure_task
from rapide.runtime.model_json import ModelEncoder
from rapide.runtime.serialization import encode_json, encode_plain_json, encode_text
from rapide.runtime.threads import Lane, caller_is_gone, run_in_thread
from rapide.schema import ValidationError
from rapide.signature.dependencies import NOT_OVERRIDDEN
from rapide.types import Overrides, UserCallable


@dataclass(slots=True, eq=False)
class CompiledRoute:
    """A route in its compiled form, for one set of dependency overrides."""

    plan: Plan
    source: str
    handler: Callable[[Scope, Receive, Send], Awaitable[None]]
    consulted: tuple[tuple[UserCallable, UserCallable], ...]
    changes: Changes | OverridesFingerprint
    is_instrumented: bool
    is_measured: bool
    tools: dict[str, Any]
    _direct: Callable[[object], Awaitable[None]] | None = None

    @property
    def direct(self) -> Callable[[object], Awaitable[None]]:
        """The handler for our own HTTP/1.1 transport, compiled when it is first asked for."""
        if self._direct is None:
            self._direct = load_handler(self.plan, HTTP11, self.tools)[1]
        return self._direct

    @property
    def direct_source(self) -> str:
        """Return the source of `direct`."""
        return emit_handler(self.plan, HTTP11, self.tools).source

    @property
    def needs_no_task(self) -> bool:
        """Whether an answer runs no code that could see the task of the request."""
        return needs_no_task(self.plan)

    @property
    def opens_nothing(self) -> bool:
        """Whether nothing that belongs to a task is open when the handler sends its answer."""
        return not self.plan.has(EnterDependency, StreamItems)

    @property
    def ends_with_answer(self) -> bool:
        """Whether moreover nothing follows the answer."""
        return self.opens_nothing and not self.plan.has(PrepareBackground)

    def fits(self, overrides: Overrides) -> bool:
        """Return whether these overrides say the same of every dependency that was looked up."""
        return say_the_same(self.consulted, overrides)


def compile_route(
    route: RouteFacts,
    overrides: Overrides,
    generic_handler: Callable[[Request], Awaitable[Response]],
    changes: Changes | OverridesFingerprint = changes,
    is_instrumented: bool = False,
    is_measured: bool = False,
) -> CompiledRoute:
    """Compile a route; `generic_handler` finishes what compiled code cannot.

    `changes` tells when the overrides change while a request runs; `is_instrumented` puts telemetry
    into the code, and `is_measured` the time of each step.

    Raises:
        NotCompilableError: The route needs the generic path.
    """
    built = build_plan(route, overrides)
    plan = built.plan
    if is_instrumented:
        name = instrumentation.function_name(route.dependant.call)
        plan = instrument(plan, route.path_format, name)
    snapshot = {
        call: override for call, override in built.consulted if override is not NOT_OVERRIDDEN
    }
    tools = {
        **tools_of_handlers(),
        **_lane_tools(route._rapide_lane),
        **(_stream_tools() if plan.has(StreamItems) else {}),
        **(_recall_tools() if plan.has(RecallAnswer) else {}),
        "changes": changes,
        "finish": partial(finish, route, generic_handler, snapshot),
        "invalid_response": partial(invalid_response, route.dependant),
    }
    if is_measured:
        # PERF: import. Almost never does anybody measure.
        from rapide.plan.measure import measure
        from rapide.runtime.measuring import begin_marks

        tools |= {"begin_marks": partial(begin_marks, plan), "clock": perf_counter}
        plan = measure(plan)
    source, handler = load_handler(plan, ASGI, tools)
    return CompiledRoute(
        plan,
        source,
        handler,
        built.consulted,
        changes,
        is_instrumented=is_instrumented,
        is_measured=is_measured,
        tools=tools,
    )


def say_the_same(
    consulted: tuple[tuple[UserCallable, UserCallable], ...], overrides: Overrides
) -> bool:
    """Return whether overrides say the same as those that a compiled form has looked up."""
    return not consulted or all(
        overrides.get(call, NOT_OVERRIDDEN) is override for call, override in consulted
    )


def load_handler(
    plan: Plan, dialect: Dialect, tools: dict[str, object]
) -> tuple[str, Callable[..., Awaitable[None]]]:
    """Write the handler of a plan; return its source, and the function."""
    emitted = emit_handler(plan, dialect, tools)
    return emitted.source, load_function(emitted.source, plan.label, HANDLER, emitted.constants)


@once
def tools_of_handlers() -> dict[str, object]:
    """Return the runtime's helpers under the names that generated code uses."""
    from rapide.security.oauth2 import SecurityScopes

    return {
        **_body_tools(),
        **_request_tools(),
        "ScopeStack": requests.ScopeStack,
        "FileStack": requests.FileStack,
        "FormStack": forms.FormStack,
        "BackgroundTasks": BackgroundTasks,
        "HeldSemaphore": HeldSemaphore,
        "Headers": Headers,
        "InThreads": InThreads,
        "MISSING": extraction.MISSING,
        "ModelEncoder": ModelEncoder,
        "QueryParams": QueryParams,
        "Response": Response,
        "STOPPED": STOPPED,
        "SecurityScopes": SecurityScopes,
        "UNPARSED": extraction.UNPARSED,
        "UNREAD": extraction.UNREAD,
        "ValidationError": ValidationError,
        "ValueMissing": extraction.ValueMissing,
        "GeneratorManager": GeneratorManager,
        "build_response": responses.build_response,
        "caller_is_gone": caller_is_gone,
        "cleanup_shield": cleanup_shield,
        "cookie_values": extraction.cookie_values,
        "copy_context": copy_context,
        "deepcopy": deepcopy,
        "did_not_stop": did_not_stop,
        "did_not_yield": did_not_yield,
        "ensure_task": ensure_task,
        "empty_response": responses.empty_response,
        "encode_json": encode_json,
        "encode_plain_json": encode_plain_json,
        "encode_text": encode_text,
        "leave": leave,
        "leave_after": leave_after,
        "first_present": extraction.first_present,
        "follow": instrumentation.follow,
        "header_lists": extraction.header_lists,
        "header_values": extraction.header_values,
        "jsonable_encoder": jsonable_encoder,
        "open_shield": open_shield,
        "query_lists": extraction.query_lists,
        "query_values": query_string.query_values,
        "read_model": read_model,
        "response_missing": response_missing,
        "response_not_sent": response_not_sent,
        "run_in_thread": run_in_thread,
        "send_response": responses.send_response,
        "shielded": shielded,
        "sync_manager": contextmanager,
        "without_body": responses.without_body,
    }


def _request_tools() -> dict[str, object]:
    """Return the helpers that make request objects."""
    return {
        "make_request": Request,
        "show_headers": requests.show_headers,
        "show_parameters": requests.show_parameters,
        "show_request": requests.show_request,
        "shown_query_lists": requests.shown_query_lists,
        "shown_query_values": requests.shown_query_values,
    }


def _body_tools() -> dict[str, object]:
    """Return the helpers that read bodies and forms."""
    return {
        "body_member": bodies.body_member,
        "decode_body": bodies.decode_body,
        "decode_body_as": bodies.decode_body_as,
        "decode_request_body": bodies.decode_request_body,
        "parse_json": bodies.parse_json,
        "parsed_body": bodies.parsed_body,
        "read_body": bodies.read_body,
        "refuse_body": bodies.refuse_body,
        "read_request_body": bodies.read_request_body,
        "valid_document": bodies.valid_document,
        "file_content": forms.file_content,
        "form_reader": form_reader,
        "form_lists": forms.form_lists,
        "form_values": forms.form_values,
    }


def _lane_tools(lane: Lane | None) -> dict[str, object]:
    """Return the helpers of a route whose functions run in a lane."""
    if lane is None:
        return {}
    tools: dict[str, object] = {"run_in_lane": lane.run_in_thread}
    if lane.is_named:
        tools |= {"iterate_in_lane": lane.iterate, "lane": lane}
    return tools


@once
def _recall_tools() -> dict[str, object]:
    """Return the helper that only the code of routes with kept answers uses."""
    # PERF: import time. Most applications keep no answers.
    from rapide.runtime.recalling import recall_answer

    return {"recall_answer": recall_answer}


@once
def _stream_tools() -> dict[str, object]:
    """Return the helpers that only the code of streams uses."""
    # PERF: import time. Most applications have no streams.
    from rapide.runtime import events, streaming

    return {
        "EventStream": events.EventStream,
        "JsonLines": streaming.JsonLines,
        "Lines": streaming.Lines,
        "build_stream": responses.build_stream,
        "checked": streaming.checked,
        "encode_untyped": streaming.encode_untyped,
        "open_events": events.open_events,
    }


@contextmanager
def forcing_generic() -> Iterator[None]:
    """Make every route take the generic path while the context is open.

    This is for tests that compare the two paths, not for serving.
    """
    before, changes.generic_only = changes.generic_only, True
    changes.bump()
    try:
        yield
    finally:
        changes.generic_only = before
        changes.bump()

"""Telemetry in a plan: the operations that it adds, and the pass that adds them.

Only routes that are observed are compiled with them; see `rapide.runtime.instrumentation`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rapide.plan.operations import (
    Arguments,
    CallEndpoint,
    ExposeRequest,
    OpenCleanup,
    Operation,
    Plan,
    PrepareBackground,
    PrepareResponse,
    ReadBody,
    ReadForm,
    SerializeData,
    SerializeJson,
    SerializeModel,
)


@dataclass(frozen=True, slots=True)
class FollowRequest(Operation):
    """Tell the telemetry which route serves the request; gives who listens to what follows."""

    path: str


@dataclass(frozen=True, slots=True)
class NoteBody(Operation):
    """Tell the telemetry what was read as the body."""


@dataclass(frozen=True, slots=True)
class BeginSpan(Operation):
    """Begin a span, up to the `EndSpan` of the same name."""

    name: str
    function: str


@dataclass(frozen=True, slots=True)
class EndSpan(Operation):
    """End a span, after telling the telemetry what the endpoint will be called with."""

    name: str
    arguments: Arguments = field(repr=False)


@dataclass(frozen=True, slots=True)
class TraceNext(Operation):
    """Let the next operation run in a span of its own."""

    name: str
    function: str


#: What comes before dependencies and parameters are dealt with.
_BEFORE_REQUEST = (OpenCleanup, ExposeRequest)
_BEFORE_SOLVING = (*_BEFORE_REQUEST, PrepareResponse, PrepareBackground, ReadBody, ReadForm)


def instrument(plan: Plan, path: str, function: str) -> Plan:
    """Add telemetry: `path` is the template of the route, `function` the name of its endpoint.

    What was joined into one step is taken apart again: spans begin and end in between.
    """
    done: list[Operation] = []
    is_followed = is_solving = False
    for operation in plan.every:
        if not is_followed and not isinstance(operation, _BEFORE_REQUEST):
            is_followed = True
            done.append(FollowRequest(path))
        if not is_solving and not isinstance(operation, _BEFORE_SOLVING):
            is_solving = True
            done.append(BeginSpan("dependencies", function))
        if isinstance(operation, CallEndpoint):
            done.append(EndSpan("dependencies", operation.arguments))
            if operation.kind in ("async", "sync"):
                done.append(TraceNext("endpoint", function))
        elif isinstance(operation, SerializeModel | SerializeJson | SerializeData):
            done.append(TraceNext("serialization", function))
        done.append(operation)
        if isinstance(operation, ReadBody | ReadForm):
            done.append(NoteBody())
    return replace(plan, operations=tuple(done))

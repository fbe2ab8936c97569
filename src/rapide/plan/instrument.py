"""The operations for telemetry, and the pass that adds them to a plan.

Only observed routes are compiled with them; see `rapide.runtime.instrumentation`.
"""

from __future__ import annotations

from dataclasses import field, replace

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
    frozen_data,
)


@frozen_data
class FollowRequest(Operation):
    """Report the route of the request to the telemetry, which returns the request's listener."""

    path: str


@frozen_data
class NoteBody(Operation):
    """Report the body to the telemetry."""


@frozen_data
class BeginSpan(Operation):
    """Begin a span, up to the `EndSpan` of the same name."""

    name: str
    function: str


@frozen_data
class EndSpan(Operation):
    """Report the endpoint's arguments to the telemetry, then end a span."""

    name: str
    arguments: Arguments = field(repr=False)


@frozen_data
class TraceNext(Operation):
    """Run the next operation in a span of its own."""

    name: str
    function: str


#: Operations that come before the dependencies and parameters.
_BEFORE_REQUEST = (OpenCleanup, ExposeRequest)
_BEFORE_SOLVING = (*_BEFORE_REQUEST, PrepareResponse, PrepareBackground, ReadBody, ReadForm)


def instrument(plan: Plan, path: str, function: str) -> Plan:
    """Add telemetry. `path` is the template of the route, `function` the name of its endpoint.

    Joined steps are separated again, because spans begin and end between them.
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
        if isinstance(operation, ReadBody):
            done.append(replace(operation, validate=None))
        else:
            done.append(operation)
        if isinstance(operation, ReadBody | ReadForm):
            done.append(NoteBody())
    return replace(plan, operations=tuple(done))

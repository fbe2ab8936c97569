"""An error as text, for terminals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rapide.development.report import Failure, Frame, Report, RequestFacts, RouteFacts
from rapide.development.values import shortened

#: The most characters of a value in a terminal.
LONGEST_VALUE: Final = 300

#: What a terminal obeys instead of showing it; a message may contain what a client has sent.
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def as_text(report: Report) -> str:
    """Return a report as text."""
    lines = [f"{report.title}: {report.headline}" if report.chain else report.title]
    if report.advice:
        lines += [report.advice]
    for number, failure in enumerate(report.chain):
        lines += ["", *_failure(failure, with_title=bool(number))]
    if report.route is not None:
        lines += ["", *_route(report.route)]
    if report.request is not None:
        lines += ["", *_request(report.request)]
    return _CONTROL.sub(_escaped, "\n".join(lines)) + "\n"


def _escaped(found: re.Match[str]) -> str:
    """Return a character that a terminal would obey as Python writes it."""
    return repr(found[0])[1:-1]


def _failure(failure: Failure, *, with_title: bool) -> Iterator[str]:
    first, *rest = failure.message.split("\n")
    if with_title:
        if failure.relation:
            yield failure.relation
        yield f"{failure.kind}: {first}" if first else failure.kind
    yield from rest
    yield from (line for note in failure.notes for line in note.split("\n"))
    own = [frame for frame in failure.frames if frame.is_own]
    for frame in reversed(own or failure.frames[-1:]):
        yield from _frame(frame)
    if own and len(own) < len(failure.frames):
        yield "  (the calls of packages are left out)"
    for number, members in enumerate(failure.members, 1):
        yield f"  Exception {number} of the group:"
        for member in members:
            yield from (f"    {line}" for line in _failure(member, with_title=True))


def _frame(frame: Frame) -> Iterator[str]:
    yield f"  {frame.file}:{frame.line}" + (f" in {frame.function}" if frame.function else "")
    for line in frame.lines:
        if abs(line.number - frame.line) <= 2:
            yield f"  {'>' if line.is_current else ' '} {line.number:>5}  {line.text}".rstrip()
    for name, value in frame.values.items():
        yield f"      {name} = {shortened(value, LONGEST_VALUE)}"


def _route(route: RouteFacts) -> Iterator[str]:
    label = f"{route.label} -> " if route.label else ""
    yield f"Route: {label}{route.endpoint} {route.place}".rstrip()
    yield f"Execution: {route.execution}"
    for number, step in enumerate(route.steps, 1):
        first, *rest = step.text.split("\n")
        mark = ">" if step.state == "failed" else " "
        yield f"  {mark} {number:>3}. {first}" + ("   <- failed here" if mark == ">" else "")
        yield from (f"         {line}" for line in rest)


def _request(request: RequestFacts) -> Iterator[str]:
    yield f"Request: {request.method} {request.url}"
    for name, value in request.path_params.items():
        yield f"  path {name} = {value}"
    yield from (f"  {name}: {value}" for name, value in request.headers)
    yield f"  body: {request.body}"

"""The page of an error."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from rapide.development.html import Markup, element, joined
from rapide.development.report import (
    Failure,
    Frame,
    Report,
    RequestFacts,
    RouteFacts,
    SourceLine,
)
from rapide.development.text_page import as_text


def as_html(report: Report, script: str = "", nonce: str = "") -> str:
    """Return a whole page.

    Args:
        report: What the page shows.
        script: JavaScript that the page runs.
        nonce: The nonce by which the policy of the page allows the script.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{report.headline[:120]} – {report.title}"),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(asset("page.css"))),
    )
    parts = [_header(report), *_chain(report.chain)]
    if report.route is not None:
        parts.append(_route(report.route))
    if report.request is not None:
        parts.append(_request(report.request))
    parts.append(
        _folded("The same as text", element("pre", as_text(report), class_="text"), class_="whole")
    )
    main = element("main", *parts)
    run = element("script", Markup(script), nonce=nonce) if script else Markup()
    return "<!doctype html>\n" + element("html", head, element("body", main, run), lang="en")


def asset(name: str) -> str:
    """Return a file of the package."""
    return files("rapide.development.assets").joinpath(name).read_text(encoding="utf-8")


def _header(report: Report) -> Markup:
    children = [element("p", report.title, class_="title")]
    if report.chain:
        first = report.chain[0]
        children.append(element("h1", first.kind))
        children += _message(first)
    if report.advice:
        children.append(element("p", report.advice, class_="advice"))
    return element("header", *children)


def _message(failure: Failure) -> list[Markup]:
    message = [element("pre", failure.message, class_="message")] if failure.message else []
    return message + [element("pre", note, class_="note") for note in failure.notes]


def _chain(chain: list[Failure]) -> list[Markup]:
    return [_failure(failure, is_first=not number) for number, failure in enumerate(chain)]


def _failure(failure: Failure, *, is_first: bool, is_member: bool = False) -> Markup:
    children = []
    if failure.relation:
        children.append(element("p", failure.relation, class_="relation"))
    if not is_first or is_member:
        children += [element("h2", failure.kind), *_message(failure)]
    own = [frame for frame in failure.frames if frame.is_own]
    children += [_frame(frame, with_values=True) for frame in reversed(own)]
    others = len(failure.frames) - len(own)
    if others:
        left_out = f", {failure.left_out:,} more are left out" if failure.left_out else ""
        label = f"All {len(failure.frames)} calls, the innermost last{left_out}"
        frames = [_frame(frame, with_values=False) for frame in failure.frames]
        children.append(_folded(label, *frames, is_open=not own))
    for number, members in enumerate(failure.members, 1):
        title = element("h3", f"Exception {number} of the group")
        inner = [
            _failure(member, is_first=not index, is_member=True)
            for index, member in enumerate(members)
        ]
        children.append(element("div", title, *inner, class_="member"))
    return element("section", *children, class_="failure")


def _frame(frame: Frame, *, with_values: bool) -> Markup:
    place = [element("span", f"{frame.file}:{frame.line}", class_="place")]
    if frame.function:
        place += [Markup(" in "), element("code", frame.function)]
    children = [element("p", *place), _code(frame.lines)]
    if with_values and frame.values:
        children.append(_table(frame.values.items(), "values"))
    return element("article", *children, class_="frame own" if frame.is_own else "frame")


def _code(lines: Iterable[SourceLine]) -> Markup:
    rows = [
        element(
            "span",
            element("span", f"{line.number:>5} ", class_="number"),
            _marked(line),
            "\n",
            class_="line current" if line.is_current else "line",
        )
        for line in lines
    ]
    return element("pre", *rows, class_="code") if rows else Markup()


def _marked(line: SourceLine) -> Markup:
    if line.marked is None:
        return joined(line.text)
    start, end = line.marked
    marked = element("mark", line.text[start:end] or " ")
    return joined(line.text[:start], marked, line.text[end:])


def _route(route: RouteFacts) -> Markup:
    facts = [("Route", route.label), ("Function", f"{route.endpoint}  {route.place}")]
    facts.append(("Execution", route.execution))
    children = [element("h2", "Route"), _table([fact for fact in facts if fact[1]], "facts")]
    if route.steps:
        children.append(element("h3", "Plan"))
        steps = [
            element("li", _step(step.text, step.state), class_=step.state) for step in route.steps
        ]
        children.append(element("ol", *steps, class_="plan"))
    if route.source:
        children.append(_folded("Generated source", _code(route.source)))
    return element("section", *children)


def _step(text: str, state: str) -> Markup:
    failed = element("strong", "failed here") if state == "failed" else Markup()
    return joined(element("code", text), failed)


def _request(request: RequestFacts) -> Markup:
    facts = [
        ("Method", request.method),
        ("Address", request.url),
        ("Client", request.client),
        ("Body", request.body),
    ]
    children = [element("h2", "Request"), _table(facts, "facts")]
    if request.path_params:
        children += [
            element("h3", "Path parameters"),
            _table(request.path_params.items(), "values"),
        ]
    if request.query:
        children += [element("h3", "Query"), _table(request.query, "values")]
    headers = _table(request.headers, "values")
    children.append(_folded(f"{len(request.headers)} header fields", headers))
    return element("section", *children)


def _table(rows: Iterable[tuple[str, str]], kind: str) -> Markup:
    written = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in rows
    ]
    return element("div", element("table", *written, class_=kind), class_="scroll")


def _folded(label: str, *children: Markup, is_open: bool = False, class_: str = "folded") -> Markup:
    return element("details", element("summary", label), *children, open=is_open, class_=class_)

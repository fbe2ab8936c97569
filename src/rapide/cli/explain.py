"""What `rapide explain` prints: how each route is executed, and why."""

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text
from starlette.applications import Starlette
from starlette.routing import compile_path

from rapide.cli.advice import advice
from rapide.cli.failures import said
from rapide.cli.listed import Listed, methods_of, walk
from rapide.cli.verdict import Verdict, advice_on_roads
from rapide.direct.eligibility import UNBUILT_STACK
from rapide.routing import RouteContext

_ROUTE = re.compile(r"(?:(?P<method>[A-Za-z]+)\s+)?(?P<path>/.*)")


#: How the arguments name a job, before its name.
JOB = "job "


class UnknownRoute(Exception):
    """No route has the given name; the message lists the closest ones."""


def split_arguments(words: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the application and the route that the arguments of the command name.

    The route may be one argument (`"GET /items"`) or two, and the application may be omitted.
    """
    for start in (0, 1):
        route = " ".join(words[start:])
        if route.startswith(JOB):
            return (words[0] if start else None), route
        match = _ROUTE.fullmatch(route)
        if match is not None and (start or match["method"] is not None):
            return (words[0] if start else None), route
    if len(words) > 1:
        return words[0], " ".join(words[1:])
    return (words[0] if words else None), None


def list_routes(app: object) -> None:
    """Print every route with its endpoint, and whether it is compiled."""
    console = Console(highlight=False)
    routes = _routes(app)
    rows = [(*item.label, _endpoint(item.route)) for item in routes]
    verdicts = [item.verdict for item in routes]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for verdict, row in zip(verdicts, rows, strict=True):
        method, path, endpoint = map(str.ljust, row, widths)
        line = Text(f"{method}  {path}  ").append(f"{endpoint}  ", style="dim")
        console.print(line.append_text(shown(verdict)), soft_wrap=True)
    if not routes:
        console.print("The application has no routes.")
    for name in jobs_of(app):
        console.print(f"{JOB}{name}", soft_wrap=True, markup=False)
    print_advice(console, verdicts)


def explain_route(app: object, wanted: str) -> None:
    """Print the plan and the generated source of each route that has this method and path."""
    console = Console(highlight=False)
    if wanted.startswith(JOB):
        _explain_job(console, app, wanted.removeprefix(JOB).strip())
        return
    verdicts = []
    for number, item in enumerate(_select(_routes(app), wanted)):
        if number:
            console.print()
        route, verdict = item.route, item.verdict
        title = Text(f"{' '.join(item.label)} -> {_endpoint(route)}", style="bold")
        console.print(title, soft_wrap=True)
        verdicts.append(verdict)
        console.print(shown(verdict), soft_wrap=True)
        for limits in getattr(route, "_rapide_all_limits", ()):
            console.print(f"limits: {limits}", soft_wrap=True, markup=False)
        for keeper in getattr(route, "_rapide_keepers", ()):
            text = f"{keeper.option}: {f'{keeper} '.lstrip()}({keeper.answers!r})"
            console.print(text, soft_wrap=True, markup=False)
        if getattr(item.app, "_rapide_document_errors", False):
            _print_errors(console, item)
        if verdict.is_compiled:
            compiled = route._rapide_runner.inspect()  # subclasses may use the name `plan`
            _print_compiled(console, compiled)
    print_advice(console, verdicts)


def jobs_of(app: object) -> dict[str, Any]:
    """Return the jobs of an application, by their names."""
    host = getattr(app, "__dict__", {}).get("_rapide_jobs")
    return {} if host is None else host.jobs


def _explain_job(console: Console, app: object, name: str) -> None:
    jobs = jobs_of(app)
    if name not in jobs:
        close = difflib.get_close_matches(name, jobs, n=3, cutoff=0.3) or [*jobs][:3]
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise UnknownRoute(f"The application has no job {name!r}{hint}")
    compiled = jobs[name].compiled()
    title, _, _ = str(compiled.plan).partition("\n")
    console.print(Text(title, style="bold"), soft_wrap=True)
    _print_compiled(console, compiled)


def _print_compiled(console: Console, compiled: Any) -> None:
    _, _, steps = str(compiled.plan).partition("\n")  # the title is already printed
    for heading, text in (("Plan", steps), ("Source", compiled.source)):
        console.print(Text(f"\n{heading}\n", style="bold"))
        _print_code(console, text, is_python=heading == "Source")


def shown(verdict: Verdict) -> Text:
    """Return a verdict in one line."""
    road = "by ASGI" if verdict.by_asgi else "direct"
    if verdict.by_asgi == (UNBUILT_STACK,):
        road = "direct or by ASGI"
    is_other = verdict.kind == "not compiled"
    style = "dim" if is_other else "yellow" if verdict.by_asgi else "green"
    reasons = [] if verdict.reason is None else [verdict.reason]
    reasons += [reason.sentence for reason in verdict.told_reasons]
    text = Text(f"{verdict.kind}, {road}", style=style)
    return text.append(f": {'; '.join(reasons)}", style="default") if reasons else text


def _print_errors(console: Console, item: Listed) -> None:
    """Print the errors that the document of a route has, and where each one comes from."""
    from rapide.openapi.errors import errors_of
    from rapide.openapi.routes import documented_routes

    for route in documented_routes([item.route]):
        lines = [
            f"error: {error.status or 'a status that the code does not say,'} from {error.origin}"
            for error in errors_of(item.app, route)
        ]
        for line in dict.fromkeys(lines):
            console.print(line, soft_wrap=True, markup=False)


def print_advice(console: Console, verdicts: Iterable[Verdict]) -> None:
    """Print what to do about routes that are not compiled or not direct."""
    for number, sentence in enumerate([*advice(), *advice_on_roads(verdicts)]):
        console.print(("" if number else "\n") + sentence, soft_wrap=True, markup=False)


def _print_code(console: Console, text: str, *, is_python: bool) -> None:
    """Print text unchanged, with colours only on a terminal, so that it can be piped to a file."""
    if is_python and console.is_terminal:
        from rich.syntax import Syntax

        code = Syntax(text, "python", background_color="default").highlight(text)
    else:
        code = Text(text)
    console.print(code, soft_wrap=True, end="" if text.endswith("\n") else "\n")


def _routes(app: object) -> list[Listed]:
    if not isinstance(app, Starlette):
        raise UnknownRoute(f"an application of type {type(app).__name__} has no routes to explain")
    try:
        return list(walk(app, app.routes, {id(app)}))
    except Exception as error:  # of the application: each request would meet it
        raise UnknownRoute(f"the routes cannot be read: {said(error)}") from error


def _select(routes: Sequence[Listed], wanted: str) -> list[Listed]:
    """Return the matching routes: those with this path, or else those that would serve it."""
    match = _ROUTE.fullmatch(wanted)
    if match is None:
        raise UnknownRoute(f'{wanted!r} is not a route: write "GET /items/{{item_id}}"')
    method, path = (match["method"] or "").upper(), match["path"]
    candidates = [item for item in routes if not method or method in methods_of(item.route)]
    found = [item for item in candidates if item.path == path] or [
        item for item in candidates if _answers(item, path)
    ]
    if found:
        return found
    labels = [f"{method} {item.path}" for item in routes for method in methods_of(item.route)]
    close = difflib.get_close_matches(f"{method or 'GET'} {path}", labels, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UnknownRoute(f"no route answers {wanted}{hint}")


def _answers(item: Listed, path: str) -> bool:
    try:
        return item.path is not None and bool(compile_path(item.path)[0].fullmatch(path))
    except (AssertionError, ValueError):  # a path that cannot be served
        return False


def _endpoint(route: RouteContext) -> str:
    endpoint = route.endpoint or getattr(route, "app", None)
    named: Any = endpoint if hasattr(endpoint, "__qualname__") else type(endpoint)
    return f"{named.__module__}.{named.__qualname__}"

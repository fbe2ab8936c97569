"""`rapide check`: find what would fail when an application starts, and how routes are executed."""

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.text import Text
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Mount

from rapide.cli.check_formats import as_annotations, as_json, as_text
from rapide.cli.checked import Findings, counted
from rapide.cli.discover import Target
from rapide.cli.explain import print_advice
from rapide.cli.failures import DiscoveryError, notes_of, place_of, said, shortened
from rapide.cli.listed import label
from rapide.cli.options import CheckFormat
from rapide.cli.undefined import UndefinedNameError, undefined_names
from rapide.cli.verdict import FASTAPIS_OWN, is_fastapis, verdict_of
from rapide.contracts.checker.checks import findings_of
from rapide.contracts.checker.subject import Subject
from rapide.contracts.findings import Finding
from rapide.routing import APIRoute, APIRouter, RouteContext, iter_route_contexts
from rapide.signature.errors import DeclarationError

#: The methods that add routes and read their declarations at once.
_DECLARING = ("add_api_route", "add_api_websocket_route")


def check_application(find: Callable[[], Target]) -> Findings:
    """Load an application and check each of its routes and documents, without starting it.

    Raises:
        DiscoveryError: There is no such application.
    """
    found = Findings()
    with _going_on(found.errors):
        try:
            found.loaded = find()
        except DiscoveryError as error:
            if not error.in_import:
                raise
            found.errors.append(error)
    if found.loaded is not None:
        with _keeping_everything():
            _check_routes(found.loaded.app, "", found)
            if not found.is_unreadable:
                found.mistakes = mistakes_in(found.loaded)
    found.errors = _distinct(found.errors)
    return found


@contextmanager
def _keeping_everything() -> Iterator[None]:
    """Collect no garbage: syntax trees are many objects, all of which are kept.

    PERF: looking at them again and again takes a third of the time of a large check. They are
    frozen at the end, or the first collection would look at all of them for nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()


def mistakes_in(target: Target) -> list[Finding]:
    """Return what the rules of the checker find in an application."""
    return findings_of(_subject(target))


def undefined_names_in(target: Target) -> list[DeclarationError]:
    """Return the names in annotations of an application that nobody defined."""
    return [
        error.in_route(item.label)
        for item in _subject(target).api_routes
        for error in undefined_names(item.route)
    ]


def _subject(target: Target) -> Subject:
    return Subject(target.app, target.module, target.folder)


def report(
    found: Findings,
    *,
    output: CheckFormat = CheckFormat.TEXT,
    all_compiled: bool = False,
    strict: bool = False,
    verbose: bool = False,
) -> bool:
    """Print what was found, and return whether the application is ready."""
    problems = found.problems(all_compiled=all_compiled, strict=strict)
    for error in found.errors if verbose else ():
        traceback.print_exception(error)
    if output is CheckFormat.JSON:
        print(as_json(found, problems))
    elif output is CheckFormat.GITHUB:
        print(
            *as_annotations(found, all_compiled=all_compiled), _verdict(found, problems), sep="\n"
        )
    else:
        _print(found, problems)
    return not problems


def _print(found: Findings, problems: list[str]) -> None:
    console = Console(highlight=False)

    def say(text: str, style: str = "") -> None:
        console.print(Text(text, style=style), soft_wrap=True)

    for error in found.errors:
        say(_described(error) + "\n")
    for finding in found.mistakes:
        say(as_text(finding) + "\n")
    if found.loaded is not None:
        _print_routes(found, say)
        print_advice(console, found.verdicts)
    say(_verdict(found, problems), "bold red" if problems else "bold green")


def _verdict(found: Findings, problems: list[str]) -> str:
    if problems:
        return f"Not ready: {', '.join(problems)}"
    warnings = len(found.mistakes)
    return f"Ready, with {counted(warnings, 'warning')}" if warnings else "Ready"


def _print_routes(found: Findings, say: Callable[[str], None]) -> None:
    """Print how many routes are executed in each way, and why."""
    total = found.compiled + found.on_generic_path
    others = f"; {found.others} others are Starlette's" if found.others else ""
    told = f"{found.compiled} of {counted(total, 'route')} compiled, {found.direct} direct"
    say(told + others)
    for reason, routes in found.generic.items():
        say(f"  {'not compiled' if reason == FASTAPIS_OWN.sentence else 'generic'}: {reason}")
        _print_list(routes, say)
    for reason, routes in found.by_asgi.items():
        say(f"  by ASGI: {reason}")
        _print_list(routes if len(routes) < total or total < 2 else ["all routes"], say)


def _print_list(routes: list[str], say: Callable[[str], None]) -> None:
    for route in routes:
        say(f"    {route}")


@contextmanager
def _going_on(errors: list[Exception]) -> Iterator[None]:
    """Note wrong declarations and continue, so that one run finds all of them."""

    def noting(declare: Callable[..., None]) -> Callable[..., None]:
        def add(self: APIRouter, *values: object, **options: object) -> None:
            try:
                declare(self, *values, **options)
            except DeclarationError as error:
                errors.append(error)

        return add

    own = {name: getattr(APIRouter, name) for name in _DECLARING}
    try:
        for name, declare in own.items():
            setattr(APIRouter, name, noting(declare))
        yield
    finally:
        for name, declare in own.items():
            setattr(APIRouter, name, declare)


def _check_routes(app: object, prefix: str, found: Findings, *, is_mounted: bool = False) -> None:
    if not isinstance(app, Starlette) or id(app) in found.seen:
        return
    found.seen.add(id(app))
    try:
        routes = list(iter_route_contexts(app.routes))
    except Exception as error:  # of the application: each request would meet it
        found.errors.append(error)
        found.is_unreadable = True
        return
    for route in routes:
        _check_route(app, route, prefix, found, is_mounted)
        original = route.original_route
        if isinstance(original, Mount | Host):
            below = prefix + getattr(original, "path", "")
            _check_routes(original.app, below, found, is_mounted=True)
    _check_document(app, prefix, found)


def _check_route(
    app: object, route: RouteContext, prefix: str, found: Findings, is_mounted: bool
) -> None:
    methods, path = label(route)
    where = f"{methods} {prefix}{path}"
    original: BaseRoute = route.original_route
    try:
        if isinstance(original, APIRoute):
            route._rapide_runner.inspect()  # raises if the route cannot be served
        found.errors += [error.in_route(where) for error in undefined_names(route)]
    except Exception as error:  # the declarations of an inclusion are read only now
        if isinstance(error, DeclarationError) and error.route is None:
            error.in_route(where)
        found.errors.append(error)
        return
    if isinstance(original, APIRoute) or is_fastapis(original):
        found.add(where, verdict_of(app, route, is_mounted=is_mounted))
    else:
        found.others += 1


class _DocumentError(Exception):
    """The OpenAPI document cannot be made."""


def _check_document(app: Any, prefix: str, found: Findings) -> None:
    if not getattr(app, "openapi_url", None):
        return
    try:
        app.openapi()
    except DeclarationError as error:
        found.errors.append(error)
    except Exception as error:
        if type(error).__name__.startswith("Pydantic") and _tells_undefined_names(found):
            return  # that is why
        problem = _DocumentError(f"GET {prefix}{app.openapi_url} would fail: {said(error)}")
        problem.__cause__ = error
        found.errors.append(problem)


def _tells_undefined_names(found: Findings) -> bool:
    return any(isinstance(error, UndefinedNameError) for error in found.errors)


def _described(error: Exception) -> str:
    if isinstance(error, DiscoveryError | _DocumentError):
        return str(error)
    if isinstance(error, DeclarationError) and error.place:
        return f"{type(error).__name__}: {error}".replace(error.place, shortened(error.place))
    lines = [f"{type(error).__name__}: {error}", f"raised at: {place_of(error)}", *notes_of(error)]
    return "\n  ".join(lines)


def _distinct(errors: list[Exception]) -> list[Exception]:
    """Drop repeated errors: each route of a wrong inclusion raises the same one."""
    told: dict[object, Exception] = {}
    for error in errors:
        if isinstance(error, DeclarationError):
            told.setdefault((error.problem, error.place, *error.chain), error)
        else:
            told[error] = error
    return list(told.values())

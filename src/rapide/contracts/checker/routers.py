"""Routers that are never included, and decorators that are not called."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from rapide.callgraph.trees import walk
from rapide.contracts.checker.rules import RULES, finding
from rapide.contracts.checker.sources import name_of, value_of
from rapide.contracts.checker.subject import Subject
from rapide.contracts.findings import Finding, Severity
from rapide.routing import APIRouter
from rapide.routing.included_router import IncludedRouter

_VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
#: The methods of applications and routers that return a decorator, and an argument to show.
_DECORATORS = {
    **dict.fromkeys(_VERBS, '"/{name}"'),
    **dict.fromkeys(("api_route", "route", "websocket", "websocket_route"), '"/{name}"'),
    "middleware": '"http"',
    "exception_handler": "AnException",
    "on_event": '"startup"',
}
_UNCALLED = re.compile(rf"^\s*@[\w.]+\.({'|'.join(_DECORATORS)})\s*(#.*)?$", re.MULTILINE)
_MAKERS = ("FastAPI", "APIRouter", "Starlette")


def uncalled_decorators(subject: Subject) -> Iterator[Finding]:
    """Find functions below `@app.get` and the like without a path, which are no routes then."""
    for module in subject.sources.modules:
        if not _UNCALLED.search(subject.sources.text(module)):
            continue
        tree = subject.sources.tree(module)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for item in node.decorator_list:
                    if isinstance(item, ast.Attribute) and _is_of_router(item, module, tree):
                        yield _uncalled(item, node.name, module)


def _uncalled(item: ast.Attribute, name: str, module: ModuleType) -> Finding:
    written = f"@{ast.unparse(item)}"
    argument = _DECORATORS[item.attr].format(name=name)
    return finding(
        "uncalled-decorator",
        f"{written} above {name} is not called, so {name} is not registered",
        f"write {written}({argument})",
        route=f"{item.attr.upper()} {name}" if item.attr in _VERBS else "",
        place=f"{module.__file__}:{item.lineno}",
    )


def _is_of_router(item: ast.Attribute, module: ModuleType, tree: ast.Module) -> bool:
    """Return whether a decorator is a method of an application or a router."""
    if item.attr not in _DECORATORS:
        return False
    owner = value_of(item.value, module)
    if owner is not None:
        return isinstance(owner, Starlette | APIRouter)
    if not isinstance(item.value, ast.Name):
        return False
    return item.value.id in _local_routers(tree)


def _local_routers(tree: ast.Module) -> set[str]:
    """Return the names that functions give to applications and routers."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            if name_of(node.value.func) in _MAKERS:
                found.update(map(name_of, node.targets))
        elif isinstance(node, ast.arg) and node.annotation is not None:
            found.update({node.arg} if name_of(node.annotation) in _MAKERS else ())
    return found


def unincluded_routers(subject: Subject) -> Iterator[Finding]:
    """Find routers with routes that no application serves, and that no code passes on."""
    made = list(_made_routers(subject))
    inside = {id(inner) for router, _, _ in made for inner in _inside(router)}
    served = _served(subject)
    known = served | inside | _used(subject)
    for router, name, place in made:
        number = len(_all_routes(router))
        is_known = id(router) in known or any(id(route) in served for route in router.routes)
        if number and not is_known and not _is_named(subject, name.rpartition(".")[0]):
            yield _unincluded(name, number, place)
    yield from _unimported(subject, {Path(place.rpartition(":")[0]).parent for _, _, place in made})


def _unincluded(name: str, number: int, place: str, severity: Severity | None = None) -> Finding:
    number_of = f"{number} route{'' if number == 1 else 's'}"
    return finding(
        "unincluded-router",
        f"the router {name} has {number_of}, but no application includes it",
        f"write app.include_router({name}), or remove it",
        place=place,
        severity=severity,
    )


def _made_routers(subject: Subject) -> Iterator[tuple[APIRouter, str, str]]:
    """Yield the routers that modules make, with their names and places."""
    for module in subject.modules:
        names = [name for name, value in vars(module).items() if isinstance(value, APIRouter)]
        for node in subject.sources.tree(module).body if names else ():
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if (name := name_of(target)) in names:
                    place = f"{module.__file__}:{node.lineno}"
                    yield vars(module)[name], f"{module.__name__}.{name}", place


def _all_routes(router: APIRouter) -> list[object]:
    """Return the routes of a router and of those that it includes."""
    return [
        route
        for route in _inside(router)
        if isinstance(route, BaseRoute) and not isinstance(route, IncludedRouter)
    ]


def _served(subject: Subject) -> set[int]:
    """Return the ids of the routers and the routes of all applications that the modules have."""
    values = (value for module in subject.modules for value in vars(module).values())
    applications = [*subject.applications, *(v for v in values if isinstance(v, Starlette))]
    found: set[int] = set()
    for app in applications:
        found.update(map(id, _inside(app)))
    return found


def _inside(owner: Any) -> Iterator[object]:
    """Yield the routers and routes below a router or an application."""
    pending = [owner]
    seen: set[int] = set()
    while pending:
        for route in getattr(pending.pop(), "routes", None) or ():
            if id(route) in seen:
                continue
            seen.add(id(route))
            yield route
            below = getattr(route, "original_router", None)
            if isinstance(route, Mount):
                below = getattr(route, "_base_app", route.app)
            if below is not None and id(below) not in seen:
                seen.add(id(below))
                yield below
                yield getattr(below, "router", None)
                pending.append(below)


def _used(subject: Subject) -> set[int]:
    """Return the ids of values that code reads otherwise than to declare routes.

    It may include a router under a condition, as `if settings.debug: app.include_router(router)`.
    """
    found = set()
    names = {
        name
        for module in subject.modules
        for name, value in vars(module).items()
        if isinstance(value, APIRouter)
    }
    for module in subject.sources.modules:
        text = subject.sources.text(module)
        if not any(name in text for name in names):
            continue
        tree = subject.sources.tree(module)
        nodes = [*walk(tree)]
        declaring = {
            id(node.value)
            for node in nodes
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Store)
        }
        for node in nodes:
            if (
                isinstance(node, ast.Name | ast.Attribute)
                and name_of(node) in names
                and id(node) not in declaring
            ):
                found.add(id(None if isinstance(node.ctx, ast.Store) else value_of(node, module)))
    return found - {id(None)}


def _is_named(subject: Subject, module: str) -> bool:
    """Return whether code has the name of a module as a text, to import its router later."""
    texts = (subject.sources.text(other) for other in subject.sources.modules)
    return any(f'"{module}"' in text or f"'{module}'" in text for text in texts)


def _unimported(subject: Subject, folders: set[Path]) -> Iterator[Finding]:
    """Find modules with a router, beside modules with routers, that nothing imports."""
    loaded = {module.__file__ for module in subject.modules}
    imported = subject.sources.imported_words()
    for folder in sorted(folders):
        for file in sorted(folder.glob("*.py")):
            if str(file) in loaded or file.name.startswith(("test_", "conftest", "__")):
                continue
            if file.stem not in imported:
                yield from _routers_of(file)


def _routers_of(file: Path) -> Iterator[Finding]:
    try:
        text = file.read_text()
        tree = ast.parse(text)
    except (OSError, SyntaxError, UnicodeDecodeError):
        return
    if "FastAPI(" in text:
        return  # it is another application
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            name = name_of(node.targets[0])
            number = len(re.findall(rf"^@{name}\.({'|'.join(_VERBS)})\(", text, re.MULTILINE))
            if name_of(node.value.func) == "APIRouter" and number:
                mild = RULES["unincluded-router"].milder  # it may be imported in a way of its own
                yield _unincluded(f"{file.stem}.{name}", number, f"{file}:{node.lineno}", mild)

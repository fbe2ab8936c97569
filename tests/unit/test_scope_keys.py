"""A scope's keys are written down once, in `rapide.scope_keys`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rapide
from rapide import scope_keys

PACKAGE = Path(rapide.__file__).parent

#: The keys of ASGI 3, for HTTP, WebSocket and lifespan. They are literals everywhere.
ASGI = {
    *("type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string"),
    *("root_path", "headers", "client", "server", "subprotocols", "state", "extensions"),
}

KEYS = {
    value for name, value in vars(scope_keys).items() if name.isupper() and isinstance(value, str)
}

#: Keys that are ordinary words as well: only their use in a scope tells them apart.
WORDS = {
    *("app", "router", "endpoint", "path_params", "route"),
    *("fastapi", "form_limits", "included_router", "effective_route_context"),
}
DISTINCT = re.compile(rf"\b({'|'.join(re.escape(key) for key in sorted(KEYS - WORDS))})\b")

#: Names of variables and attributes that hold a scope, or what a route adds to it.
SCOPE = re.compile(r"(\w+_)?scope|child")


def _is_scope(node: ast.expr) -> bool:
    match node:  # what `scope.get(FASTAPI, {})` gives is the scope of FastAPI
        case ast.Call(func=ast.Attribute(value=holder, attr="get" | "setdefault")):
            return _is_scope(holder)
        case ast.Subscript(value=holder):
            return _is_scope(holder)
    name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
    return SCOPE.fullmatch(name) is not None


def _looked_up(node: ast.AST) -> Iterator[ast.expr]:
    """The keys that an expression reads from a scope, writes to it or asks for."""
    match node:
        case ast.Subscript(value=ast.expr() as scope, slice=key) if _is_scope(scope):
            yield key
        case ast.Call(
            func=ast.Attribute(value=scope, attr="get" | "pop" | "setdefault"), args=[key, *_]
        ) if _is_scope(scope):
            yield key
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[scope]) if _is_scope(
            scope
        ):
            yield key


def _docstrings(tree: ast.AST) -> set[int]:
    """The texts that stand alone: they are read by people only."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def stray_literals(source: str) -> Iterator[str]:
    """The literals of a module that ought to be constants of `scope_keys`."""
    tree = ast.parse(source)
    prose = _docstrings(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant | ast.Subscript | ast.Call | ast.Compare):
            continue
        for key in _looked_up(node):
            if isinstance(key, ast.Constant) and key.value not in ASGI:
                yield f"line {key.lineno}: {key.value!r}"
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in prose
            and (found := DISTINCT.search(node.value))
        ):
            yield f"line {node.lineno}: {found[0]!r}"


def _modules() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def test_no_module_writes_a_key_of_the_scope_itself() -> None:
    found = [
        f"{name} {stray}"
        for name, source in _modules()
        if name != "scope_keys.py"
        for stray in stray_literals(source)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'scope["route"] = route',
        'request.scope.get("endpoint")',
        'fastapi_scope.setdefault("form_limits", {})',
        'if "app" not in self.scope: pass',
        'child["path_params"] = {}',
        'scope["surprise"] = 1',
        'scope.setdefault(FASTAPI, {})["effective_route_context"] = context',
        'scope.get(FASTAPI, {}).get("included_router")',
        "key = 'rapide.journal'",
        "line = f'{scope}[\"fastapi_inner_astack\"] = stack'",
    ],
)
def test_a_stray_literal_is_found(line: str) -> None:
    assert list(stray_literals(line))


@pytest.mark.parametrize(
    "line", ['scope["type"]', "scope[ROUTE]", '"""scope["fastapi_inner_astack"]"""', 'x["route"]']
)
def test_keys_of_asgi_and_constants_are_no_stray_literals(line: str) -> None:
    assert not list(stray_literals(line))


def test_every_key_has_one_name() -> None:
    names = [name for name in vars(scope_keys) if name.isupper()]
    assert len(names) == len(KEYS)


def test_every_key_is_used() -> None:
    text = "\n".join(source for name, source in _modules() if name != "scope_keys.py")
    unused = [
        name for name in vars(scope_keys) if name.isupper() and not re.search(rf"\b{name}\b", text)
    ]
    assert unused == []

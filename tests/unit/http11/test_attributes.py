"""Who writes the attributes of the wire's classes, and how its modules know each other."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "src/rapide"
WIRE = sorted((PACKAGE / "http11").rglob("*.py"))
#: The modules that have exchanges in their hands, and the text that generated code is made of.
USERS = [
    *WIRE,
    *sorted((PACKAGE / "direct").glob("*.py")),
    *sorted((PACKAGE / "middleware").glob("*.py")),
    PACKAGE / "runtime/admission.py",
]
#: Generated code keeps what it has read of the body.
WRITTEN_BY_GENERATED_CODE = {"kept_body"}
MOST = 12

#: A class and those that it is made of, from the base to the one that is used.
FAMILIES = [
    ("Exchange", "IncomingRequest", "Http11Exchange"),
    ("Connection", "RequestSink", "TimedConnection", "Http11Protocol"),
    ("RequestParser",),
    ("KnownRequests",),
    ("KnownLines",),
    ("FieldReader",),
    ("Flow",),
    ("Deadline",),
    ("ServerContext",),
    ("ResponseHead",),
    ("AccessLog",),
    ("Machinery",),
    ("WebSocketConnection",),
    ("Inbox",),
    ("Bounds",),
    ("KeepAlive",),
    ("Shutdown",),
    ("Trimmer",),
    ("UnreadWatch",),
    ("Denial",),
]


def trees(files: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    for file in files:
        yield file, ast.parse(file.read_text(encoding="utf-8"))


def classes() -> dict[str, ast.ClassDef]:
    return {
        node.name: node
        for _, tree in trees(WIRE)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


def targets(node: ast.AST) -> Iterator[ast.Attribute]:
    """The attributes that a statement writes."""
    if isinstance(node, ast.Assign):
        assigned: list[ast.expr] = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        assigned = [node.target]
    elif isinstance(node, ast.Delete):
        assigned = node.targets
    else:
        return
    for target in assigned:
        for part in ast.walk(target):
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store | ast.Del):
                yield part


def is_own(target: ast.Attribute) -> bool:
    return isinstance(target.value, ast.Name) and target.value.id == "self"


def attributes(definition: ast.ClassDef) -> set[str]:
    """The attributes of instances."""
    named = {
        node.target.id if isinstance(node, ast.AnnAssign) else node.targets[0].id  # type: ignore[union-attr]
        for node in definition.body
        if isinstance(node, ast.AnnAssign | ast.Assign)
    }
    return named | {
        target.attr for node in ast.walk(definition) for target in targets(node) if is_own(target)
    }


def written_by_others() -> dict[str, set[str]]:
    """Attributes that are written through anything but `self`, and where."""
    found: dict[str, set[str]] = defaultdict(set)
    for file, tree in trees(USERS):
        for node in ast.walk(tree):
            for target in targets(node):
                if not is_own(target):
                    found[target.attr].add(file.name)
    for name in WRITTEN_BY_GENERATED_CODE:
        found[name].add("generated code")
    return found


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family[-1])
def test_few_attributes_of_a_class_are_written_by_others(family: tuple[str, ...]) -> None:
    definitions = classes()
    own = set().union(*(attributes(definitions[name]) for name in family))
    others = written_by_others()
    written = {name: sorted(others[name]) for name in sorted(own & others.keys())}
    assert len(written) <= MOST, written
    # The states are changed by the methods that their tables name.
    states = {"state", "request_state", "response_state", "verdict", "place"}
    assert not states & written.keys(), written
    private = [name for name in written if name.startswith("_")]
    assert private == [], written


def test_every_class_of_the_wire_that_changes_is_counted() -> None:
    counted = {name for family in FAMILIES for name in family}
    changing = {
        name
        for name, definition in classes().items()
        if any(
            is_own(target)
            for method in definition.body
            if isinstance(method, ast.FunctionDef) and method.name != "__init__"
            for node in ast.walk(method)
            for target in targets(node)
        )
    }
    assert changing - counted == set()


def module(file: Path) -> str:
    """The name of a module within the room."""
    return ".".join(file.relative_to(PACKAGE / "http11").with_suffix("").parts)


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules of the room that a module imports, for types or at run time."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module == "rapide.http11":
                yield from (alias.name for alias in node.names)
            elif node.module == "rapide.http11.websocket":
                yield from (f"websocket.{alias.name}" for alias in node.names)
            elif node.module.startswith("rapide.http11."):
                yield node.module.removeprefix("rapide.http11.")


def test_no_module_of_the_wire_imports_another_in_a_circle_not_even_for_types() -> None:
    graph = {module(file): set(imported(tree)) for file, tree in trees(WIRE)}
    order: list[str] = []
    while len(order) < len(graph):
        free = [name for name in graph if name not in order and graph[name] <= {*order}]
        assert free, {name: graph[name] - {*order} for name in graph if name not in order}
        order += free
    assert order.index("contract") < order.index("exchange") < order.index("connection")

"""What the syntax tree of a function says by itself: its parameters, and what binds its names."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from rapide.callgraph.trees import children, walk

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_NewScope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


class How(Enum):
    """How a statement binds a name."""

    ASSIGNED = auto()
    ENTERED = auto()
    ANNOTATED = auto()
    DEFINED = auto()
    IMPORTED = auto()
    ITERATED = auto()
    """A loop over the expression gives it."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Binding:
    """A place that gives a name its value.

    Attributes:
        how: The kind of statement.
        node: The expression or the definition.
        name: The imported name.
    """

    how: How
    node: ast.AST | None = None
    name: str = ""


class Facts:
    """What a function's syntax tree says, found out once.

    Args:
        node: The tree.
    """

    def __init__(self, node: FunctionNode) -> None:
        self._node = node
        self.parameters = parameters_of(node)

    @cached_property
    def own_nodes(self) -> tuple[ast.AST, ...]:
        """The parts of the body, without the bodies of the definitions in it."""
        return tuple(own_nodes_of(_body(self._node)))

    @cached_property
    def is_generator(self) -> bool:
        """Whether it has a `yield`."""
        return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in self.own_nodes)

    @cached_property
    def returned(self) -> tuple[ast.expr, ...]:
        """The expressions that it returns."""
        if isinstance(self._node, ast.Lambda):
            return (self._node.body,)
        values = (node.value for node in self.own_nodes if isinstance(node, ast.Return))
        return tuple(value for value in values if value is not None)

    @cached_property
    def awaited(self) -> frozenset[str]:
        """The names that are awaited somewhere in it."""
        return frozenset(
            node.value.id
            for node in walk(self._node)
            if isinstance(node, ast.Await) and isinstance(node.value, ast.Name)
        )

    @cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        """What binds each local name, except for parameters."""
        found: dict[str, list[Binding]] = {}
        elsewhere: set[str] = set()
        for node in self.own_nodes:
            if isinstance(node, ast.Global | ast.Nonlocal):
                elsewhere.update(node.names)
            for name, binding in _bindings_of(node):
                found.setdefault(name, []).append(binding)
        for name in _changed_inside(self._node):
            found.setdefault(name, []).append(Binding(How.UNKNOWN))
        for name in elsewhere:
            found[name] = [Binding(How.UNKNOWN)]
        return found


def parameters_of(node: FunctionNode) -> list[str]:
    """Return the names of the parameters: positional ones, those by name, `*args`, `**kwargs`."""
    given = node.args
    rest = [item for item in (given.vararg, given.kwarg) if item is not None]
    return [item.arg for item in [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]]


def own_nodes_of(parts: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield parts of a function with what is in them, but not the bodies of definitions."""
    pending = deque(parts)
    while pending:
        part = pending.popleft()
        yield part
        if isinstance(part, _NewScope):
            pending.extend(getattr(part, "decorator_list", ()))
        else:
            pending.extend(children(part))


def _body(node: FunctionNode) -> list[ast.stmt] | list[ast.expr]:
    return [node.body] if isinstance(node, ast.Lambda) else node.body


def _changed_inside(node: FunctionNode) -> Iterator[str]:
    """Yield the names that functions inside this one assign."""
    for part in walk(node):
        if isinstance(part, ast.Nonlocal):
            yield from part.names


def _bindings_of(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    """Yield the names that a statement binds. Comprehensions count: their names hide others."""
    read = _READERS.get(type(node))
    if read is not None:
        yield from read(node)


def _assigned(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.Assign)
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, Binding(How.ASSIGNED, node.value)
        else:
            yield from _unknown(target)


def _annotated(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.AnnAssign)
    if isinstance(node.target, ast.Name):
        if node.value is not None:
            yield node.target.id, Binding(How.ASSIGNED, node.value)
        yield node.target.id, Binding(How.ANNOTATED, node.annotation)


def _named(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.NamedExpr)
    yield node.target.id, Binding(How.ASSIGNED, node.value)


def _entered(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.With | ast.AsyncWith)
    for item in node.items:
        if isinstance(item.optional_vars, ast.Name):
            yield item.optional_vars.id, Binding(How.ENTERED, item.context_expr)
        elif item.optional_vars is not None:
            yield from _unknown(item.optional_vars)


def _defined(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    is_plain = not isinstance(node, ast.ClassDef) and not node.decorator_list
    yield node.name, Binding(How.DEFINED if is_plain else How.UNKNOWN, node)


def _imported(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.Import)
    for item in node.names:
        name = item.name if item.asname else item.name.partition(".")[0]
        yield item.asname or name, Binding(How.IMPORTED, None, name)


def _imported_from(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.ImportFrom)
    base = node.module or ""
    if node.level:
        # In `__init__.py`, the module is the package itself: its name is looked up by the reader.
        base = f"{'.' * node.level}{base}"
    for item in node.names:
        yield item.asname or item.name, Binding(How.IMPORTED, node, f"{base}:{item.name}")


def _target(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    yield from _unknown(getattr(node, "target", node))


def _iterated(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.For | ast.comprehension)
    target, given = node.target, node.iter
    if isinstance(target, ast.Tuple) and len(target.elts) == 2 and _gives_pairs(given):
        yield from _unknown(target.elts[0])
        target = target.elts[1]
    if isinstance(target, ast.Name):
        yield target.id, Binding(How.ITERATED, given)
    else:
        yield from _unknown(target)


def _gives_pairs(node: ast.expr) -> bool:
    """Return whether an iterable has items of a collection as the second parts of pairs."""
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Attribute) and node.func.attr == "items")
        or (isinstance(node.func, ast.Name) and node.func.id == "enumerate")
    )


def _unknown(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    for part in walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
            yield part.id, Binding(How.UNKNOWN)


def _other(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
    if isinstance(name, str):
        yield name, Binding(How.UNKNOWN, node)


_READERS = {
    ast.Assign: _assigned,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _target,
    ast.NamedExpr: _named,
    ast.With: _entered,
    ast.AsyncWith: _entered,
    ast.FunctionDef: _defined,
    ast.AsyncFunctionDef: _defined,
    ast.ClassDef: _defined,
    ast.Import: _imported,
    ast.ImportFrom: _imported_from,
    ast.For: _iterated,
    ast.AsyncFor: _target,
    ast.comprehension: _iterated,
    ast.Delete: _unknown,
    ast.ExceptHandler: _other,
    ast.MatchAs: _other,
    ast.MatchStar: _other,
    ast.MatchMapping: _other,
}

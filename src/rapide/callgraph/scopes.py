"""Functions as they are read: what binds each name, and what is known about a value."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import FunctionType

from rapide.callgraph.source import FunctionNode, Source, node_of, parameters_of


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Exactly this object."""

    it: object

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Known):
            return NotImplemented
        mine, others = self.it, other.it
        if type(mine) is type(others) and isinstance(mine, str | int | float | bytes):
            return mine == others
        return mine is others

    def __hash__(self) -> int:
        mine = self.it
        return hash(mine) if isinstance(mine, str | int | float | bytes) else id(mine)


@dataclass(frozen=True, slots=True)
class Instance:
    """Some object of a class.

    Attributes:
        cls: The class.
        is_exact: Whether it is of no subclass, because the code makes it.
    """

    cls: type
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A method with its object, or with its class.

    Attributes:
        function: The function or the descriptor, as the class has it.
        owner: What it is bound to.
        name: The name by which it was found.
    """

    function: Known
    owner: Value
    name: str


@dataclass(frozen=True, slots=True)
class Nested:
    """A function that another function defines, or a lambda."""

    node: FunctionNode
    scope: Scope


@dataclass(frozen=True, slots=True)
class Unloaded:
    """A name in a module that is not imported yet."""

    name: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A coroutine whose result has this value."""

    result: Value | None


Value = Known | Instance | Bound | Nested | Unloaded | Pending


_NewScope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


class How(Enum):
    """How a statement binds a name."""

    ASSIGNED = auto()
    ENTERED = auto()
    ANNOTATED = auto()
    DEFINED = auto()
    IMPORTED = auto()
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


@dataclass(slots=True, eq=False)
class Scope:
    """A function that is read, with what is known about its parameters and outer names.

    Attributes:
        node: Its syntax tree.
        source: The file that has it.
        function: The function; None if it is nested in another one that does not run.
        outer: The function around it, if it is nested.
        arguments: The values of parameters, as far as they are known.
    """

    node: FunctionNode
    source: Source
    function: FunctionType | None
    outer: Scope | None = None
    arguments: Mapping[str, Value] = field(default_factory=dict)
    _bindings: dict[str, list[Binding]] | None = None

    def top(self) -> FunctionType:
        """Return the function that exists: this one, or the one around it."""
        scope: Scope = self
        while scope.function is None:
            assert scope.outer is not None
            scope = scope.outer
        return scope.function  # pyright: ignore[reportReturnType]  # a field, not a method

    @property
    def module(self) -> str:
        """The name of the module."""
        return self.top().__module__ or ""

    @property
    def names(self) -> Mapping[str, object]:
        """The global names of the module."""
        return self.top().__globals__

    @property
    def name(self) -> str:
        """The name of the function, with those of the classes and functions around it."""
        if self.function is not None:
            return self.function.__qualname__.replace(".<locals>", "")
        return f"{self.top().__qualname__}.{getattr(self.node, 'name', '<lambda>')}"

    @property
    def is_async(self) -> bool:
        """Whether its body runs in an event loop."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def is_generator(self) -> bool:
        """Whether it has a `yield`."""
        return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(self.node))

    @property
    def bindings(self) -> dict[str, list[Binding]]:
        """What binds each local name, except for parameters."""
        if self._bindings is None:
            found: dict[str, list[Binding]] = {}
            elsewhere: set[str] = set()
            for node in own_nodes(self.node):
                if isinstance(node, ast.Global | ast.Nonlocal):
                    elsewhere.update(node.names)
                for name, binding in _bindings_of(node, self.module):
                    found.setdefault(name, []).append(binding)
            for name in _changed_inside(self.node):
                found.setdefault(name, []).append(Binding(How.UNKNOWN))
            for name in elsewhere:
                found[name] = [Binding(How.UNKNOWN)]
            self._bindings = found
        return self._bindings

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters."""
        return parameters_of(self.node)

    def cell(self, name: str) -> Known | None:
        """Return the value of a name of a function around this one, which has returned."""
        function = self.function
        if function is None or name not in function.__code__.co_freevars:
            return None
        cell = (function.__closure__ or ())[function.__code__.co_freevars.index(name)]
        try:
            return Known(cell.cell_contents)
        except ValueError:
            return None


def scope_of(function: FunctionType, arguments: Mapping[str, Value] | None = None) -> Scope | None:
    """Return a function as its source says; None if that cannot be read."""
    found = node_of(function.__code__)
    return None if found is None else Scope(*found, function, None, arguments or {})


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a function's body, with the definitions in it but not their bodies."""
    body: list[ast.AST] | ast.AST = getattr(node, "body", [])
    pending = [*body] if isinstance(body, list) else [body]
    while pending:
        part = pending.pop(0)
        yield part
        if isinstance(part, _NewScope):
            pending.extend(getattr(part, "decorator_list", ()))
        else:
            pending.extend(ast.iter_child_nodes(part))


def _changed_inside(node: FunctionNode) -> Iterator[str]:
    """Yield the names that functions inside this one assign."""
    for part in ast.walk(node):
        if isinstance(part, ast.Nonlocal):
            yield from part.names


def _bindings_of(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    """Yield the names that a statement binds. Comprehensions count: their names hide others."""
    read = _READERS.get(type(node))
    if read is not None:
        yield from read(node, module)


def _assigned(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.Assign)
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, Binding(How.ASSIGNED, node.value)
        else:
            yield from _unknown(target, module)


def _annotated(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.AnnAssign)
    if isinstance(node.target, ast.Name):
        if node.value is not None:
            yield node.target.id, Binding(How.ASSIGNED, node.value)
        yield node.target.id, Binding(How.ANNOTATED, node.annotation)


def _named(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.NamedExpr)
    yield node.target.id, Binding(How.ASSIGNED, node.value)


def _entered(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.With | ast.AsyncWith)
    for item in node.items:
        if isinstance(item.optional_vars, ast.Name):
            yield item.optional_vars.id, Binding(How.ENTERED, item.context_expr)
        elif item.optional_vars is not None:
            yield from _unknown(item.optional_vars, module)


def _defined(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    is_plain = not isinstance(node, ast.ClassDef) and not node.decorator_list
    yield node.name, Binding(How.DEFINED if is_plain else How.UNKNOWN, node)


def _imported(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.Import)
    for item in node.names:
        name = item.name if item.asname else item.name.partition(".")[0]
        yield item.asname or name, Binding(How.IMPORTED, None, name)


def _imported_from(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    assert isinstance(node, ast.ImportFrom)
    base = node.module or ""
    if node.level:
        # In `__init__.py`, the module is the package itself: its name is looked up by the reader.
        base = f"{'.' * node.level}{base}"
    for item in node.names:
        yield item.asname or item.name, Binding(How.IMPORTED, node, f"{base}:{item.name}")


def _target(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    yield from _unknown(getattr(node, "target", node), module)


def _unknown(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
            yield part.id, Binding(How.UNKNOWN)


def _other(node: ast.AST, module: str) -> Iterator[tuple[str, Binding]]:
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
    ast.For: _target,
    ast.AsyncFor: _target,
    ast.comprehension: _target,
    ast.Delete: _unknown,
    ast.ExceptHandler: _other,
    ast.MatchAs: _other,
    ast.MatchStar: _other,
    ast.MatchMapping: _other,
}

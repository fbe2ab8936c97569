"""Functions as they are read: what binds each name, and what is known about a value."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType

from rapide.callgraph.bindings import Binding, Facts, FunctionNode
from rapide.callgraph.source import Source, node_of


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


@dataclass(frozen=True, slots=True)
class Partial:
    """What `functools.partial` gives in a function that is read.

    Attributes:
        callee: What it calls.
        made: The call of `partial`, with the arguments.
    """

    callee: Value
    made: Expression


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression in a function."""

    node: ast.expr
    scope: Scope


Value = Known | Instance | Bound | Nested | Unloaded | Pending | Partial


@dataclass(slots=True, eq=False)
class Scope:
    """A function that is read, with what is known about its parameters and outer names.

    Attributes:
        node: Its syntax tree.
        source: The file that has it.
        function: The function; None if it is nested in another one that does not run.
        outer: The function around it, if it is nested.
        arguments: The values of parameters, as far as they are known.
        given: The expressions that parameters are given, if they are in code.
    """

    node: FunctionNode
    source: Source
    function: FunctionType | None
    outer: Scope | None = None
    arguments: Mapping[str, Value] = field(default_factory=dict)
    given: Mapping[str, Expression] = field(default_factory=dict)
    #: What its names are, as far as it is found out.
    values: dict[str, Value | None] = field(default_factory=dict)

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
    def facts(self) -> Facts:
        """What its syntax tree says alone."""
        return self.source.facts_of(self.node)

    @property
    def is_generator(self) -> bool:
        """Whether it has a `yield`."""
        return self.facts.is_generator

    @property
    def bindings(self) -> Mapping[str, list[Binding]]:
        """What binds each local name, except for parameters."""
        return self.facts.bindings

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters."""
        return self.facts.parameters

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


def assigned_to(inner: Scope, name: str) -> list[Expression]:
    """Return the expressions that a method assigns to an attribute of its object, in order."""
    if not inner.parameters:
        return []
    found = []
    for node in inner.facts.own_nodes:
        targets: list[ast.expr] = [node.target] if isinstance(node, ast.AnnAssign) else []
        targets = node.targets if isinstance(node, ast.Assign) else targets
        for target in targets:
            value = getattr(node, "value", None)
            if (
                isinstance(target, ast.Attribute)
                and target.attr == name
                and isinstance(target.value, ast.Name)
                and target.value.id == inner.parameters[0]
                and isinstance(value, ast.expr)
            ):
                found.append(Expression(value, inner))
    return sorted(found, key=lambda item: item.node.lineno)

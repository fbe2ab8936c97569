"""The syntax trees of functions, found in the files that define them."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType

from rapide.callgraph.bindings import Facts, FunctionNode, parameters_of
from rapide.callgraph.trees import statements_of, walk

_Key = tuple[str, int]


@dataclass(slots=True, eq=False)
class Source:
    """A file with Python source.

    Attributes:
        file: The path of the file.
        lines: Its lines.
        tree: What it says, parsed.
        functions: Its functions by name and first line, where decorators count, without lambdas.
        rebound: The global names that functions assign, so that their values change.
    """

    file: str
    lines: list[str]
    tree: ast.Module
    functions: Mapping[_Key, list[FunctionNode]]
    rebound: frozenset[str]
    _facts: dict[FunctionNode, Facts] = field(default_factory=dict)
    _lambdas: dict[int, list[FunctionNode]] | None = None

    def named(self, name: str, line: int) -> list[FunctionNode]:
        """Return the functions that have a name and begin in a line."""
        if name == "<lambda>":
            return self._lambdas_by_line().get(line, [])
        return self.functions.get((name, line), [])

    def _lambdas_by_line(self) -> dict[int, list[FunctionNode]]:
        # PERF: they can be in any expression, and most files have none that is called.
        if self._lambdas is None:
            self._lambdas = {}
            for node in walk(self.tree):
                if isinstance(node, ast.Lambda):
                    self._lambdas.setdefault(node.lineno, []).append(node)
        return self._lambdas

    def facts_of(self, node: FunctionNode) -> Facts:
        """Return what the syntax tree of a function in this file says."""
        found = self._facts.get(node)
        if found is None:
            found = self._facts[node] = Facts(node)
        return found

    def line(self, number: int) -> str:
        """Return a line by its number, which counts from 1."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


_sources: dict[str, Source] = {}
_found: dict[tuple[str, CodeType], tuple[FunctionNode, Source] | None] = {}


def refresh() -> None:
    """Forget what was read of files that have changed since."""
    for file in [*_sources]:
        linecache.checkcache(file)
        if linecache.getlines(file) is not _sources[file].lines:
            del _sources[file]
    _found.clear()


def source_of(file: str) -> Source | None:
    """Return the parsed source of a file; None if there is none or it cannot be parsed."""
    known = _sources.get(file)
    if known is not None:
        return known
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    if not lines:
        return None
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return None
    functions: dict[_Key, list[FunctionNode]] = {}
    rebound: set[str] = set()
    for node in statements_of(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.setdefault(_key(node), []).append(node)
        elif isinstance(node, ast.Global):
            rebound.update(node.names)
    found = _sources[file] = Source(file, lines, tree, functions, frozenset(rebound))
    return found


def _key(node: ast.FunctionDef | ast.AsyncFunctionDef) -> _Key:
    return node.name, min([node.lineno, *(item.lineno for item in node.decorator_list)])


def node_of(code: CodeType) -> tuple[FunctionNode, Source] | None:
    """Return the syntax tree of a function's code; None if it is not certain which one it is."""
    key = code.co_filename, code  # codes are compared without their files
    if key not in _found:
        _found[key] = _look(code)
    return _found[key]


def _look(code: CodeType) -> tuple[FunctionNode, Source] | None:
    source = source_of(code.co_filename)
    if source is None:
        return None
    nodes = source.named(code.co_name, code.co_firstlineno)
    fitting = [node for node in nodes if parameters_of(node) == _parameters(code)]
    return (fitting[0], source) if len(fitting) == 1 else None


def _parameters(code: CodeType) -> list[str]:
    rest = bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    return [*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + rest]]

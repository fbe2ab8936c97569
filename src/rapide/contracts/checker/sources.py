"""The source code of an application's own modules."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from inspect import getattr_static
from types import ModuleType
from typing import Any

from rapide.callgraph.source import source_of

_IMPORT = re.compile(r"^[ \t]*(?:from|import)\b[^\n(]*(?:\([^)]*\))?", re.MULTILINE)
_WORD = re.compile(r"\w+")


class Sources:
    """The source code of modules, which is parsed when it is needed.

    Args:
        modules: The modules.
        first: The name of the module to look at before the others.
    """

    def __init__(self, modules: Iterable[ModuleType], first: str) -> None:
        self.modules = sorted(modules, key=lambda module: module.__name__ != first)
        self._texts: dict[str, str] = {}

    def text(self, module: ModuleType) -> str:
        """Return the source code of a module; empty if there is none."""
        name = module.__name__
        if name not in self._texts:
            try:
                self._texts[name] = inspect.getsource(module)
            except (OSError, TypeError):
                self._texts[name] = ""
        return self._texts[name]

    def tree(self, module: ModuleType) -> ast.Module:
        """Return the parsed source code of a module; empty if it cannot be parsed."""
        source = source_of(module.__file__) if module.__file__ else None
        return ast.Module([], []) if source is None else source.tree

    def imported_words(self) -> set[str]:
        """Return the words in all import statements, such as names of modules."""
        statements = (
            found for module in self.modules for found in _IMPORT.findall(self.text(module))
        )
        return {word for statement in statements for word in _WORD.findall(statement)}

    def calls(self, *names: str) -> Iterator[tuple[ModuleType, ast.Call]]:
        """Yield the calls of functions or methods that have one of these names."""
        for module in self.modules:
            text = self.text(module)
            if any(name in text for name in names):
                for node in ast.walk(self.tree(module)):
                    if isinstance(node, ast.Call) and name_of(node.func) in names:
                        yield module, node

    def call(self, *names: str, saying: str | None = None) -> str:
        """Return the `file:line` of the first such call; empty if there is none.

        Args:
            names: The names of the functions or methods.
            saying: A text that is one of the arguments.
        """
        for module, node in self.calls(*names):
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            if saying is None or saying in [value_of(item, module) for item in arguments]:
                return f"{module.__file__}:{node.lineno}"
        return ""

    def assignment(self, thing: object) -> str:
        """Return the `file:line` where a module assigns an object to a name; or empty."""
        for module in self.modules:
            names = {name for name, value in vars(module).items() if value is thing}
            if not names:
                continue
            for node in self.tree(module).body:
                if isinstance(node, ast.Assign | ast.AnnAssign):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    if names.intersection(map(name_of, targets)):
                        return f"{module.__file__}:{node.lineno}"
        return ""


def name_of(node: ast.expr) -> str:
    """Return the last name of an expression such as `name` or `object.name`; or empty."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def value_of(node: ast.expr, module: ModuleType) -> Any:
    """Return the value of a constant or a name of a module, also of `name.attribute`; or None."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return vars(module).get(node.id)
    if isinstance(node, ast.Attribute):
        return _attribute(value_of(node.value, module), node.attr)
    return None


def _attribute(owner: Any, name: str) -> Any:
    """Return an attribute without running code of the application, such as that of a property."""
    found = getattr_static(owner, name, None)
    return None if hasattr(type(found), "__get__") else found

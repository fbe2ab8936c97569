"""Write the stubs that show editors each option of functions that take `**options`.

Usage: scripts/write_stubs.py [--check]

The options are declared once, in a `TypedDict`. Type checkers understand `**options: Unpack[…]`,
but editors show neither its defaults nor its documentation. So a stub beside each of these modules
has real signatures, and docstrings with `Args`. With `--check`, nothing is written, and an
outdated stub is an error.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, ForwardRef, get_args

from typing_extensions import Doc

from rapide.server.options import declared

SOURCES = Path(__file__).parents[1] / "src"
MODULES = ("rapide.param_functions", "rapide.routing.constructed", "rapide.routing.verbs")
#: Modules whose functions take the options of the server.
SERVER_MODULES = ("rapide.server.programmatic", "rapide.testing")
#: Pyright shows the docstring of a constructor, also of a base, rather than that of the class. The
#: constructor of Starlette's class has one. So the base before it gets that of our class.
CONSTRUCTED = {"ApplicationVerbs": ("rapide.applications", "FastAPI")}


class Names:
    """What the names in the sources of a stub mean: imports, and aliases to write out."""

    def __init__(self, *modules: ModuleType) -> None:
        self.imports: dict[str, str] = {}
        self.aliases: dict[str, ast.expr] = {}
        self.fields: dict[str, dict[str, ast.expr]] = {}
        for module in modules:
            for node in ast.walk(ast.parse(inspect.getsource(module))):
                self._add(node, module)

    def _add(self, node: ast.AST, module: ModuleType) -> None:
        match node:
            case ast.ImportFrom(module=str(home), names=names):
                for alias in names:
                    name = alias.asname or alias.name
                    renamed = f" as {alias.asname}" if alias.asname else ""
                    self.imports[name] = f"from {home} import {alias.name}{renamed}"
            case ast.Import(names=[ast.alias(name=name, asname=None)]):
                self.imports[name] = f"import {name}"
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() as value):
                self.aliases[name] = value
            case ast.ClassDef(name=name):
                inherited = [base.id for base in node.bases if isinstance(base, ast.Name)]
                self.fields[name] = {
                    **{n: v for base in inherited for n, v in self.fields.get(base, {}).items()},
                    **{
                        item.target.id: item.annotation
                        for item in node.body
                        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
                    },
                }
        for name, value in vars(module).items():
            if isinstance(value, ForwardRef):
                home = value.__forward_module__
                self.imports[name] = f"from {home} import {value.__forward_arg__}"

    def type(self, annotation: ast.expr | None) -> str:
        """Return the text of a type, without documentation and aliases."""
        assert annotation is not None
        return ast.unparse(_Plain(self.aliases).visit(annotation))

    def imports_of(self, text: str) -> Iterator[str]:
        """Give the imports of the names in a text."""
        used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        yield from sorted(self.imports[name] for name in used & self.imports.keys())


class _Plain(ast.NodeTransformer):
    """Replace `Annotated[T, Doc(…)]` by `T`, an alias by its meaning, and a text by its content."""

    def __init__(self, aliases: dict[str, ast.expr]) -> None:
        self.aliases = aliases

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        match node:
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
                return self.visit(first)
            case ast.Subscript(value=ast.Name(id="Literal")):
                return node
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        alias = self.aliases.get(node.id)
        return node if alias is None else self.visit(alias)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        is_text = isinstance(node.value, str)
        return self.visit(ast.parse(node.value, mode="eval").body) if is_text else node


def default_text(value: Any) -> str:
    """Return the text of an option's default."""
    from rapide.datastructures import DefaultPlaceholder, _Unset

    if value is _Unset:
        return "_Unset"
    if isinstance(value, DefaultPlaceholder):
        return f"Default({default_text(value.value)})"
    return getattr(value, "__name__", repr(value))


def sentence(parameter: inspect.Parameter) -> str:
    """Return the documentation of a parameter."""
    (doc,) = (item for item in parameter.annotation.__metadata__ if isinstance(item, Doc))
    return doc.documentation


class Stub:
    """The text of one stub."""

    imports: tuple[str, ...] = ()

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.tree = ast.parse(inspect.getsource(module))
        taken = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        homes = {getattr(module, name).__module__ for name in taken if name.endswith("Options")}
        self.names = Names(*(import_module(home) for home in sorted(homes)), module)

    def write(self) -> str:
        """Return the text of the stub."""
        body = "\n".join(line for node in self.tree.body for line in self._statement(node))
        name = self.module.__name__.rpartition(".")[2]
        documentation = (ast.get_docstring(self.tree) or "").partition("\n")[0]
        head = [
            f"# Made from `{name}.py` by `scripts/write_stubs.py`: change that, not this.",
            f'"""{documentation}"""',
        ]
        return formatted("\n".join([*head, *self.names.imports_of(body), *self.imports, body]))

    def _statement(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                yield ast.unparse(node)
            case ast.FunctionDef():
                yield self._function(node, getattr(self.module, node.name))
            case ast.ClassDef(name=name):
                owner = getattr(self.module, name)
                methods = [item for item in node.body if isinstance(item, ast.FunctionDef)]
                parts = [f'"""{ast.get_docstring(node)}"""', *constructor(name)]
                parts += [self._function(item, getattr(owner, item.name)) for item in methods]
                yield f"class {name}:"
                yield from (f"    {line}" for part in parts for line in part.split("\n"))

    def _function(self, node: ast.FunctionDef, function: Any) -> str:
        own, options = node.args, node.args.kwarg
        documentation = ast.get_docstring(node) or ""
        for item in (*own.args, *own.kwonlyargs):
            if item.annotation is not None:
                item.annotation = ast.parse(self.names.type(item.annotation), mode="eval").body
        own.kwarg = None
        parameters = ast.unparse(own)
        if options is not None:
            shown = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
            declared = self.names.fields[ast.unparse(unpacked(options.annotation))]
            names = {item.arg for item in (*own.args, *own.kwonlyargs)}
            parameters += "" if own.kwonlyargs else ", *"
            for item in shown:
                if item.name not in names:
                    kind = self.names.type(declared[item.name])
                    parameters += f", {item.name}: {kind} = {default_text(item.default)}"
            texts = {item.name: sentence(item) for item in shown}
            lines = [f"    {name}: {texts[name]}" for name in in_findable_order(texts)]
            documentation = with_arguments(documentation, lines)
        head = f"def {node.name}({parameters}) -> {self.names.type(node.returns)}:"
        return f"{head}\n{quoted(documentation)}"


def constructor(name: str) -> Iterator[str]:
    """Give the constructor of a class that needs the docstring of another class."""
    if name in CONSTRUCTED:
        module, constructed = CONSTRUCTED[name]
        documentation = inspect.getdoc(getattr(import_module(module), constructed)) or ""
        yield f"def __init__(self) -> None:\n{quoted(documentation)}"


def unpacked(annotation: ast.expr | None) -> ast.expr:
    """Return `T` of `Unpack[T]`."""
    assert isinstance(annotation, ast.Subscript)
    return annotation.slice


def in_findable_order(names: Iterable[str]) -> list[str]:
    """Put each name before those that end with it.

    Pyright takes the first line that contains `lt: `, which is also in the line of `default: `.
    """
    ordered: list[str] = []
    for name in names:
        places = (place for place, other in enumerate(ordered) if other.endswith(name))
        ordered.insert(next(places, len(ordered)), name)
    return ordered


def with_arguments(documentation: str, lines: list[str]) -> str:
    """Add the section `Args` to a docstring, before `Raises`."""
    before, raises, after = documentation.partition("\n\nRaises:")
    return "\n".join([before, "", "Args:", *lines]) + raises + after


def quoted(documentation: str) -> str:
    """Return a docstring as the indented body of a function."""
    lines = documentation.split("\n")
    end = [""] if len(lines) > 1 else []
    text = "\n".join(f"    {line}".rstrip() for line in lines)
    return f'    """{text.lstrip()}' + ("\n    " if end else "") + '"""'


def formatted(source: str) -> str:
    """Return a stub in the style of the repository."""
    for command in (["check", "--select=I,F401", "--fix-only"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename=src/rapide/stub.pyi", "-"]
        source = subprocess.run(
            ruff, input=source, capture_output=True, text=True, check=True, cwd=SOURCES.parent
        ).stdout
    return source


class ServerStub(Stub):
    """The stub of a module whose functions take the options of the server."""

    imports = (
        "from collections.abc import Sequence",
        "from os import PathLike",
        "from typing import Literal",
    )

    def _statement(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.ImportFrom():
                yield ast.unparse(node)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=imports):
                yield from map(ast.unparse, imports)
            case ast.FunctionDef(name="__getattr__"):
                # Types come from the imports that are for type checkers only.
                return
            case ast.FunctionDef():
                yield self._function(node, getattr(self.module, node.name))
            case ast.ClassDef(name=name, bases=bases):
                owner = getattr(self.module, name)
                methods = [item for item in node.body if isinstance(item, ast.FunctionDef)]
                parts = [quoted(self._text_of_class(node, owner)).strip()]
                parts += [self._function(item, getattr(owner, item.name)) for item in methods]
                yield f"class {name}({', '.join(map(ast.unparse, bases))}):"
                yield from (f"    {line}" for part in parts for line in part.split("\n"))

    def _text_of_class(self, node: ast.ClassDef, owner: Any) -> str:
        """Return the docstring of a class with the parameters of its constructor, for jedi."""
        text = ast.get_docstring(node) or ""
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                _, title, arguments = self._text(item, owner.__init__).partition("Args:\n")
                text = f"{text}\n\n{title}{arguments}".rstrip()
        return text

    def _options(self, function: Any) -> list[inspect.Parameter]:
        """Return the options of the server that a function takes."""
        names = {option.name for option in declared()}
        return [each for each in inspect.signature(function).parameters.values()
                if each.name in names]  # fmt: skip

    def _text(self, node: ast.FunctionDef, function: Any) -> str:
        """Return the docstring of a function, with a line for each option that it takes."""
        options = {option.name: option for option in declared()}
        texts = {each.name: options[each.name].about.help for each in self._options(function)}
        lines = [f"    {name}: {texts[name]}" for name in in_findable_order(texts)]
        before, _, after = (ast.get_docstring(node) or "").partition("\n    **options: ")
        return "\n".join([before, *lines]) + after[after.index("\n") :]

    def _function(self, node: ast.FunctionDef, function: Any) -> str:
        if node.args.kwarg is None:
            head, _, _ = ast.unparse(node).partition("\n")
            return f"{head}\n{quoted(ast.get_docstring(node) or '')}"
        documentation = self._text(node, function)
        node.args.kwarg = None
        parameters = ", ".join(
            [
                *(ast.unparse(node.args), "*"),
                *(
                    f"{each.name}: {value_text(each.annotation)} = {option_text(each)}"
                    for each in self._options(function)
                ),
            ]
        )
        returned = "None" if node.returns is None else ast.unparse(node.returns)
        return f"def {node.name}({parameters}) -> {returned}:\n{quoted(documentation)}"


#: What functions take instead of the types of options.
TAKEN = {
    "Path": "str | PathLike[str]",
    "tuple[Path, ...]": "Sequence[str | PathLike[str]]",
    "tuple[str, ...]": "Sequence[str]",
}


def value_text(kind: Any) -> str:
    """Return the text of what a function takes for an option."""
    if isinstance(kind, UnionType):
        return " | ".join(map(value_text, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"Literal[{', '.join(repr(member.value) for member in kind)}]"
    text = "None" if kind is NoneType else getattr(kind, "__name__", "")
    return TAKEN.get(str(kind).replace("pathlib.", ""), TAKEN.get(text, text))


def option_text(parameter: inspect.Parameter) -> str:
    """Return the text of the default of an option."""
    default = parameter.default
    return repr(default.value if isinstance(default, Enum) else default)


def stubs() -> dict[Path, str]:
    """Return the text of each stub by its path."""
    kinds = [(Stub, name) for name in MODULES] + [(ServerStub, name) for name in SERVER_MODULES]
    return {
        SOURCES / f"{name.replace('.', '/')}.pyi": kind(import_module(name)).write()
        for kind, name in kinds
    }


def main() -> int:
    """Write the stubs, or check them."""
    outdated = [
        path
        for path, text in stubs().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in outdated:
        if "--check" in sys.argv:
            print(f"{path} is outdated: run scripts/write_stubs.py")
        else:
            path.write_text(stubs()[path], encoding="utf-8")
    return int("--check" in sys.argv and bool(outdated))


if __name__ == "__main__":
    sys.exit(main())

"""One Python file: which of its words name the old package, and the text with the new name there.

LibCST reads the file. Its nodes only give places: the text is changed at these places and nowhere
else, so every other byte stays. Each place that cannot be changed safely becomes a note.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import libcst as cst
from libcst.metadata import (
    Assignment,
    CodeRange,
    MetadataWrapper,
    PositionProvider,
    Scope,
    ScopeProvider,
)

from rapide.cli.migrate.plugins import imports_fastapi

#: Functions whose first argument is the name of a module.
_IMPORTERS = frozenset({"import_module", "__import__", "find_spec", "importorskip"})
_TYPE_COMMENT = re.compile(r"#\s*type:")
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Note:
    """A line that the user has to look at."""

    line: int
    text: str


@dataclass(slots=True)
class Rewritten:
    """The new text of a file, and what is left to do by hand."""

    text: str
    notes: list[Note] = field(default_factory=list)
    mixes_names: bool = False
    """Whether the file had imports of the new name already, which the way back changes too."""


class _LeftAlone(Exception):
    """The names of a file cannot be changed without a conflict."""

    def __init__(self, node: cst.CSTNode, text: str) -> None:
        super().__init__(text)
        self.node = node
        self.text = text


def rewrite(text: str, old: str, new: str, *, strings: bool = False) -> Rewritten:
    """Return a module's text with imports of `new` in the place of those of `old`.

    Args:
        text: The text of the module.
        old: The package whose name is replaced.
        new: The package whose name takes its place.
        strings: Whether strings such as `"fastapi.routing.run"` are changed too.

    Raises:
        libcst.ParserSyntaxError: The text is not Python.
    """
    if old not in text and "fastapi" not in text:
        return Rewritten(text)
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    positions: Mapping[cst.CSTNode, CodeRange] = wrapper.resolve(PositionProvider)
    found = _Found(old, new)
    wrapper.module.visit(found)
    scopes = {scope for scope in wrapper.resolve(ScopeProvider).values() if scope is not None}
    notes = [*found.notes]
    try:
        names = [*found.imported, *_bound_names(scopes, found)]
    except _LeftAlone as conflict:
        note = Note(positions[conflict.node].start.line, conflict.text)
        return Rewritten(text, [note])
    places = _Places(text, positions)
    # The names in strings that are types have no places; these strings are read below.
    edits = {places.start(node) for node in names if node in positions}
    for node in found.annotations:
        edits |= places.inside(node, old)
    for node in found.strings:
        if strings:
            edits |= places.inside(node, old)
        else:
            notes.append((node, f"names {old} in a string: {node.value} (--strings changes it)"))
    changed = places.replaced(edits, old, new)
    placed = sorted((Note(positions[node].start.line, said) for node, said in notes), key=_line)
    return Rewritten(changed, placed, found.has_new)


def _line(note: Note) -> int:
    return note.line


class _Found(cst.CSTVisitor):
    """The imports, annotations and strings of a module that name a package."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self.old = old
        self.new = new
        self.imported: list[cst.Name] = []
        self.plain_imports: set[cst.CSTNode] = set()
        self.annotations: list[cst.SimpleString | cst.Comment] = []
        self.strings: list[cst.SimpleString] = []
        self.notes: list[tuple[cst.CSTNode, str]] = []
        self.has_new = False
        self.declared: cst.CSTNode | None = None
        self._annotation_depth = 0
        self._dotted = re.compile(rf"[rRbBuU]*(['\"]+){old}(\.\w+)+\1")
        self._whole = re.compile(rf"[rRbBuU]*(['\"]+){old}\1")
        self._required = re.compile(rf"(['\"]){old}\s*(\[[\w, -]*\]|[<>=!~]=?\s*\d).*\1")
        self._named = re.compile(rf"(?<![\w.]){old}(?=\.\w)")

    def visit_Import(self, node: cst.Import) -> None:
        """Keep the first name of each module of the package."""
        for alias in node.names:
            self._read(node, alias.name)
            if alias.asname is None and _first(alias.name).value == self.old:
                self.plain_imports.add(node)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        """Keep the first name of the module, if that is the package."""
        if node.module is not None and not node.relative:
            self._read(node, node.module)
        if node.relative or node.module is None or _first(node.module).value != self.old:
            names = () if isinstance(node.names, cst.ImportStar) else node.names
            if any(alias.evaluated_name == self.old for alias in names):
                said = f"imports the name {self.old} from another module: is it {self.new} now?"
                self.notes.append((node, said))

    def _read(self, node: cst.CSTNode, module: cst.BaseExpression) -> None:
        first = _first(module)
        if first.value == self.old:
            self.imported.append(first)
            return
        self.has_new = self.has_new or first.value == self.new
        name = _dotted_name(module)
        if self.old == "fastapi" and imports_fastapi(name):
            said = f"{name} imports fastapi itself: run with --as-fastapi, or see docs/ecosystem.md"
            self.notes.append((node, said))

    def visit_NameItem(self, node: cst.NameItem) -> None:
        """Remember a `global` or `nonlocal` statement with the package's name."""
        if node.name.value == self.old:
            self.declared = node.name

    def visit_Annotation(self, node: cst.Annotation) -> None:
        """Remember that strings are types here."""
        self._annotation_depth += 1

    def leave_Annotation(self, original_node: cst.Annotation) -> None:
        """Forget it."""
        self._annotation_depth -= 1

    def visit_Call(self, node: cst.Call) -> None:
        """Keep the name of a module that a function imports: `import_module("fastapi")`."""
        function = node.func
        name = function.attr if isinstance(function, cst.Attribute) else function
        value = node.args[0].value if node.args else None
        is_importer = isinstance(name, cst.Name) and name.value in _IMPORTERS
        if (
            is_importer
            and isinstance(value, cst.SimpleString)
            and self._whole.fullmatch(value.value)
        ):
            self.strings.append(value)

    def visit_Comment(self, node: cst.Comment) -> None:
        """Keep comments that are types."""
        if _TYPE_COMMENT.match(node.value) and self._named.search(node.value):
            self.annotations.append(node)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        """Keep strings that are types, and those that tools import."""
        if self._annotation_depth and self._named.search(node.value):
            self.annotations.append(node)
        elif self._dotted.fullmatch(node.value):
            self.strings.append(node)
        elif required := self._required.fullmatch(node.value):
            extras = required[2] if required[2].startswith("[") else ""
            said = f"requires {self.old} in a string: {node.value}; instead: {self.new}{extras}"
            self.notes.append((node, said))


def _first(module: cst.BaseExpression) -> cst.Name:
    while isinstance(module, cst.Attribute):
        module = module.value
    assert isinstance(module, cst.Name)
    return module


def _dotted_name(module: cst.BaseExpression) -> str:
    if isinstance(module, cst.Attribute):
        return f"{_dotted_name(module.value)}.{module.attr.value}"
    return _first(module).value


def _bound_names(scopes: Collection[Scope], found: _Found) -> list[cst.Name]:
    """Return the uses of what `import fastapi` binds.

    Raises:
        _LeftAlone: The new name means something else already, or the old one does too.
    """
    if not found.plain_imports:
        return []
    if found.declared is not None:
        said = f"left alone: {found.old} is declared global or nonlocal here"
        raise _LeftAlone(found.declared, said)
    names: list[cst.Name] = []
    used: set[Scope] = set()
    for scope in scopes:
        bound = [one for one in scope.assignments if _is_first(one.name, found.old)]
        own = [one for one in bound if isinstance(one, Assignment)]
        if any(one.node in found.plain_imports for one in own):
            for one in own:
                names += _names_of(one, found)
                used |= {one.scope, *(use.scope for use in one.references)}
    _check_free(used, found)
    return names


def _is_first(dotted: str, name: str) -> bool:
    """Return whether a dotted name begins with a name."""
    return dotted.partition(".")[0] == name


def _names_of(bound: Assignment, found: _Found) -> list[cst.Name]:
    if isinstance(bound.node, cst.Name):
        own = [bound.node]
    elif bound.node in found.plain_imports:
        own = []
    else:
        raise _LeftAlone(bound.node, f"left alone: the name {found.old} is bound in two ways here")
    uses = [one.node for one in bound.references]
    return own + [_first(use) for use in uses if isinstance(use, cst.Name | cst.Attribute)]


def _check_free(used: Collection[Scope], found: _Found) -> None:
    """Raise an error if the new name means something else where the package is bound or used."""
    said = f"left alone: the name {found.new} means something else here; rename it first"
    around: set[Scope] = set()
    for inner in used:
        scope = inner
        while scope not in around:
            around.add(scope)
            scope = scope.parent
    for scope in around:
        for one in scope.assignments:
            if not isinstance(one, Assignment) or not _is_first(one.name, found.new):
                continue
            if not isinstance(one.node, cst.Import):
                raise _LeftAlone(one.node, said)


class _Places:
    """The places of nodes in a text, as numbers of characters."""

    def __init__(self, text: str, positions: Mapping[cst.CSTNode, CodeRange]) -> None:
        self.text = text
        self._positions = positions
        self._starts = [match.start() for match in _LINES.finditer(text)]

    def start(self, node: cst.CSTNode) -> int:
        """Return where a node begins."""
        place = self._positions[node].start
        return self._starts[place.line - 1] + place.column

    def inside(self, node: cst.SimpleString | cst.Comment, name: str) -> set[int]:
        """Return the places in a string where a name begins."""
        first = self.start(node)
        found = re.finditer(rf"(?<![\w.]){name}(?=\.\w|['\"]+$)", node.value)
        return {first + match.start() for match in found}

    def replaced(self, edits: set[int], old: str, new: str) -> str:
        """Return the text with the new name at these places."""
        made: list[str] = []
        last = 0
        for start in sorted(edits):
            assert self.text.startswith(old, start), (start, self.text[start : start + 20])
            made += [self.text[last:start], new]
            last = start + len(old)
        return "".join([*made, self.text[last:]])

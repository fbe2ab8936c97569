"""Documents that are spread over several files: references from one file to another.

The other files become parts of the document, so that every reference leads to a place in it. A file
is read once, whatever the number of references to it, and files may refer to each other.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rapide.contracts.diff.reading import Json, UnreadableDocument, mapping, read_file

#: Where the other files are in the document.
_FILES = "x-rapide-files"
#: Keywords whose values are data of the API, in which `$ref` has no meaning.
_DATA = frozenset({"example", "default", "enum", "const", "value"})
#: Keywords whose values are objects with names that the author has chosen.
_NAMES = frozenset(
    {
        *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
        *("paths", "webhooks", "callbacks", "responses", "headers", "content", "links"),
        *("schemas", "parameters", "requestBodies", "securitySchemes", "pathItems", "encoding"),
    }
)


def read_document(path: Path) -> object:
    """Read a document in JSON or YAML, with the files that it refers to.

    Raises:
        UnreadableDocument: There is no such file, it is neither, or a reference leads to an
            address of the network.
    """
    return _Files(path).whole()


class _Files:
    """The files of a document.

    Args:
        path: The file that the others are found from.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = path.resolve()
        self.keys: dict[Path, str] = {}
        self.parts: dict[str, object] = {}

    def whole(self) -> object:
        """Return the document with the other files as parts of it."""
        content = read_file(self.path)
        whole = _References(self, self.root, "#").moved(content)
        return {**whole, _FILES: self.parts} if isinstance(whole, dict) and self.parts else whole

    def place(self, file: Path, named: str) -> str:
        """Return the reference to a file; it is read if nothing referred to it before.

        Args:
            file: The file.
            named: The reference that leads to it, for errors.
        """
        if file == self.root:
            return "#"
        if file not in self.keys:
            key = self.keys[file] = Path(os.path.relpath(file, self.root.parent)).as_posix()
            try:
                content = read_file(file)
            except UnreadableDocument as error:
                raise UnreadableDocument(f"{self.path} refers to {named}: {error}") from error
            self.parts[key] = _References(self, file, _reference(key)).moved(content)
        return _reference(self.keys[file])


def _reference(key: str) -> str:
    written = key.replace("~", "~0").replace("/", "~1").replace("%", "%25")
    return f"#/{_FILES}/{written}"


class _References:
    """The references of one file, and where they lead in the whole document.

    Args:
        files: All files.
        file: This one.
        here: The reference to it.
    """

    def __init__(self, files: _Files, file: Path, here: str) -> None:
        self.files = files
        self.file = file
        self.here = here

    def moved(self, value: object, *, is_named: bool = False) -> object:
        """Return a value of the file with references to places in the whole document.

        Args:
            value: The value.
            is_named: Whether it is an object whose members have names that the author has chosen.
        """
        if isinstance(value, list):
            return [self.moved(one) for one in value]
        if not isinstance(value, Mapping):
            return value
        found = {key: self._member(key, inner, is_named) for key, inner in value.items()}
        if not is_named and isinstance(value.get("$ref"), str):
            found["$ref"] = self._target(str(value["$ref"]))
        return found

    def _member(self, key: str, value: object, is_named: bool) -> object:
        if is_named:
            return self.moved(value)
        if key in _DATA or (key == "examples" and isinstance(value, list)):
            return value
        if key == "discriminator":
            return self._discriminator(mapping(value))
        return self.moved(value, is_named=key in _NAMES)

    def _discriminator(self, value: Json) -> object:
        """Move a discriminator, whose mapping has names of schemas and references."""
        named = {
            name: self._target(target)
            if isinstance(target, str) and ("#" in target or "." in target)
            else target
            for name, target in mapping(value.get("mapping")).items()
        }
        return {**value, "mapping": named} if named else value

    def _target(self, reference: str) -> str:
        file, _, fragment = reference.partition("#")
        if not file:
            return f"{self.here}{fragment}"
        if urlsplit(file).scheme or file.startswith("//"):
            raise UnreadableDocument(
                f"{self.files.path} refers to {reference}, an address of the network: download it, "
                "and refer to the file"
            )
        other = (self.file.parent / unquote(file)).resolve()
        return f"{self.files.place(other, reference)}{fragment}"

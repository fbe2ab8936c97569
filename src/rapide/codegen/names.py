"""Unique names in generated code, each with a role prefix."""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import Final

_UNSAFE: Final = re.compile(r"[^0-9A-Za-z_]+")
#: The maximal length of the part of a name that comes from users.
LONGEST: Final = 28


class Names:
    """The local names and the constants that generated code refers to."""

    def __init__(self) -> None:
        self.constants: dict[str, object] = {}
        self._taken: set[str] = set()
        self._known: dict[tuple[str, int], str] = {}

    def local(self, role: str, hint: str) -> str:
        """Return a new local name such as `arg_item_id`."""
        stem = f"{role}_{_UNSAFE.sub('_', hint)[:LONGEST]}"
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._taken.add(name)
        return name

    def constant(self, role: str, hint: str, value: object) -> str:
        """Return the name of a constant. An object has one name per role."""
        key = (role, id(value))
        if key not in self._known:
            name = self.local(role, hint)
            self._known[key] = name
            self.constants[name] = value
        return self._known[key]

    def tool(self, name: str, value: object) -> str:
        """Make a runtime helper available under its own name."""
        self._taken.add(name)
        self.constants[name] = value
        return name

    def literal(self, value: object) -> str:
        """Return the text of a literal, or the name of a constant if the text is long."""
        text = quoted(value)
        if len(text) <= LONGEST and text.isascii():
            return text
        return self.constant("text", "literal", value)


def quoted(value: object) -> str:
    """Return the `repr` of a value, with double quotes if nothing else changes."""
    text = repr(value)
    if text.endswith("'") and '"' not in text:
        return text.replace("'", '"')
    return text


def keyword(name: str, value: str) -> str:
    """Return `name=value` as an argument of a call, for any name that a signature can have."""
    if name.isascii() and name.isidentifier() and not iskeyword(name):
        return f"{name}={value}"
    return f"**{{{name!a}: {value}}}"

"""Write Python with context managers for blocks, so that emitters look like their output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

WIDTH: Final = 99
INDENT: Final = "    "


class Writer:
    """A collection of lines of Python, each written at the current indentation."""

    def __init__(self, depth: int = 0) -> None:
        self._lines: list[str] = []
        self._depth = depth

    @property
    def length(self) -> int:
        """The number of lines so far."""
        return len(self._lines)

    def line(self, text: str = "") -> None:
        """Write one line."""
        self._lines.append(INDENT * self._depth + text if text else "")

    def comment(self, text: str) -> None:
        """Write a comment that is the headline of a stage."""
        self.line(f"# {text}")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write `head` and indent the lines that follow."""
        self.line(head)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def call(self, before: str, arguments: Iterable[str], after: str = ")") -> None:
        """Write `before` `arguments` `after` on one line or, if too long, one argument per line."""
        items = list(arguments)
        text = f"{before}{', '.join(items)}{after}"
        if len(text) + len(INDENT) * self._depth <= WIDTH or not items:
            self.line(text)
            return
        self.line(before)
        self._depth += 1
        for item in items:
            self.line(f"{item},")
        self._depth -= 1
        self.line(after)

    def include(self, other: Writer) -> None:
        """Append all lines of another writer without changing their indentation."""
        self._lines.extend(other._lines)

    @contextmanager
    def define(self, before: str, arguments: Iterable[str]) -> Iterator[None]:
        """Write the head of a function with any number of parameters, and indent its body."""
        self.call(before, arguments, "):")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def assign(self, targets: Iterable[str], value: str) -> None:
        """Write the assignment of one value to several names, on as many lines as needed."""
        room = WIDTH - len(INDENT) * self._depth - len(value)
        line = ""
        for target in targets:
            if len(line) + len(target) + 3 > room and line:
                self.line(line + value)
                line = ""
            line += f"{target} = "
        self.line(line + value)

    def choice(self, target: str, value: str, condition: str, other: str) -> None:
        """Write a conditional assignment, on four lines if it does not fit on one."""
        text = f"{target} = {value} if {condition} else {other}"
        if len(text) + len(INDENT) * self._depth <= WIDTH:
            self.line(text)
            return
        self.line(f"{target} = (")
        for part in (value, f"if {condition}", f"else {other}"):
            self.line(INDENT + part)
        self.line(")")

    def text(self) -> str:
        """Return the complete text."""
        return "\n".join(self._lines) + "\n"

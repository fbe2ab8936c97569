"""Emitters for the times of steps, which only routes that are measured have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rapide.codegen.context import Context
from rapide.plan import measure as op


def begin_marks(context: Context, operation: op.BeginMarks) -> None:
    """Write the begin of the list of times."""
    context.out.line(f"marks = {context.tool('begin_marks')}({context.dialect.carrier})")


def mark(context: Context, operation: op.Mark) -> None:
    """Write the note of a time."""
    context.out.line(f"marks.append({context.tool('clock')}())")


MEASURING: Final[dict[type, Callable[[Context, Any], None]]] = {
    op.BeginMarks: begin_marks,
    op.Mark: mark,
}

"""Emitters for jobs, which have arguments and a result, but no request and no response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rapide.codegen.context import Context
from rapide.plan import operations as op


def expose_connection(context: Context, operation: op.ExposeConnection) -> None:
    """Write the creation of the object that stands for the connection."""
    context.out.comment("the application and its state, for code that asks for them")
    context.out.line(f"connection = {context.tool('JobConnection')}(run)")


def run_background(context: Context, operation: op.RunBackground) -> None:
    """Write the run of the background tasks."""
    context.out.line("await background()")


def return_result(context: Context, operation: op.ReturnResult) -> None:
    """Write the return of the result."""
    context.out.line("return result")


#: The emitters of the operations that only jobs have.
JOBS: Final[dict[type[op.Operation], Callable[[Context, Any], None]]] = {
    op.ExposeConnection: expose_connection,
    op.RunBackground: run_background,
    op.ReturnResult: return_result,
}

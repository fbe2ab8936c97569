from __future__ import annotations

import pytest

from rapide.codegen.dialect import ASGI, HTTP11, Dialect
from rapide.codegen.emit import emit_handler
from rapide.routing import iter_route_contexts
from tests.golden import routes

#: The comment above the call of an endpoint, and the operations that write one.
ENDPOINT = "# endpoint"
CALLS = {"CallEndpoint", "ThreadSteps", "StreamItems"}


@pytest.mark.parametrize("dialect", [ASGI, HTTP11], ids=["asgi", "http11"])
def test_every_line_of_a_source_is_of_an_operation(dialect: Dialect) -> None:
    for context in iter_route_contexts(routes.app.routes):
        runner = getattr(context.original_route, "_rapide_runner", None)
        compiled = None if runner is None else runner.inspect()
        if compiled is None:
            continue
        emitted = emit_handler(compiled.plan, dialect, compiled.tools)
        lines = emitted.source.splitlines()
        owners = [emitted.operation_at(number) for number in range(1, len(lines) + 1)]
        assert None not in owners
        head = next(n for n, line in enumerate(lines) if line.startswith("async def handle_"))
        assert owners[head:] == sorted(owners[head:])
        assert emitted.operation_at(len(lines) + 1) is None
        kinds = [type(item).__name__ for item in compiled.plan.operations]
        endpoints = [owner for owner, line in zip(owners, lines, strict=True) if ENDPOINT in line]
        assert {kinds[owner] for owner in endpoints if owner is not None} <= CALLS

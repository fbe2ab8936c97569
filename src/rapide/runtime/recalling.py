"""Answers that are kept from an earlier request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Scope

from rapide.scope_keys import RECALL


async def recall_answer(scope: Scope, values: Mapping[str, object]) -> Response | None:
    """Return the kept answer to a request; None if the endpoint has to be called with the values.

    Raises:
        HTTPException: The request is refused.
    """
    call: Any = scope.get(RECALL)
    if call is None:
        return None
    response: Response | None = await call.recall(values)
    return response


def recalled_or(run: Callable[..., Awaitable[Any]], scope: Scope) -> Callable[..., Awaitable[Any]]:
    """Return a function that calls an endpoint if there is no kept answer to a request."""
    if RECALL not in scope:
        return run

    async def recall_or_run(*, values: dict[str, object], **options: Any) -> Any:
        response = await recall_answer(scope, values)
        return await run(values=values, **options) if response is None else response

    return recall_or_run

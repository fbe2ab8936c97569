"""WebSockets on the generic path: their exit stacks and their limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from rapide.runtime.errors import answer_error
from rapide.scope_keys import APP, FUNCTION_STACK, REQUEST_STACK


def websocket_session(func: Callable[[WebSocket], Awaitable[None]]) -> ASGIApp:
    """Return an ASGI application for a function that uses a WebSocket, with exit stacks."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        session = WebSocket(scope, receive=receive, send=send)
        limits = getattr(scope.get(APP), "_rapide_limits", None)
        try:
            if limits is not None and limits.rates:
                # PERF: import. Most applications have no limits.
                from rapide.runtime.rates import rates_of

                await rates_of(scope[APP]).gate.enter(session)
            async with AsyncExitStack() as request_stack:
                scope[REQUEST_STACK] = request_stack
                async with AsyncExitStack() as function_stack:
                    scope[FUNCTION_STACK] = function_stack
                    await func(session)
        except Exception as error:
            await answer_error(error, scope, receive, send, connection=session)

    return application

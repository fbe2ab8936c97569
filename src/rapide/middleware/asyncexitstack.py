"""An exit stack around every request."""

from contextlib import AsyncExitStack

from starlette.types import ASGIApp, Receive, Scope, Send

from rapide.scope_keys import FILE_STACK


class AsyncExitStackMiddleware:
    """Put an `AsyncExitStack` into the scope, and close it when the request is done.

    Args:
        app: The wrapped ASGI application.
        context_name: Key of the stack in the scope. Uploaded files are closed by the default one.
    """

    def __init__(self, app: ASGIApp, context_name: str = FILE_STACK) -> None:
        self.app = app
        self.context_name = context_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        async with AsyncExitStack() as stack:
            scope[self.context_name] = stack
            await self.app(scope, receive, send)

"""The telemetry of one application. This module does not load OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from rapide._once import cached_property
from rapide.telemetry.config import CompleteConfig, complete_config

if TYPE_CHECKING:
    from rapide.telemetry.server import ServerTelemetry


class ApplicationTelemetry:
    """The configuration of an application's telemetry, and what observes its connections.

    Args:
        said: What the application and the environment said when the application was made.
    """

    def __init__(self, said: Mapping[str, object]) -> None:
        self._said = said

    @cached_property
    def config(self) -> CompleteConfig:
        """The configuration with every key."""
        return complete_config(self._said)

    @cached_property
    def server(self) -> ServerTelemetry:
        """The outermost layer of the application. It loads OpenTelemetry."""
        from rapide.telemetry.server import ServerTelemetry

        return ServerTelemetry(self.config)

    async def serve(self, stack: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection by the layers of the application."""
        if scope["type"] != "lifespan":
            await self.server(stack, scope, receive, send)
        elif self.config["auto_configure"]:
            from rapide.telemetry.auto import serve_lifespan

            await serve_lifespan(self.config, stack, scope, receive, send)
        else:
            await stack(scope, receive, send)

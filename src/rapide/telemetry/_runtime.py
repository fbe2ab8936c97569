"""Exporters from the environment, under the name of FastAPI 0.165's module."""

from starlette.types import ASGIApp, Receive, Scope, Send

from rapide._imported_names import add_imported_names
from rapide.telemetry.auto import serve_lifespan
from rapide.telemetry.config import CompleteConfig

__all__ = ["lifespan"]


async def lifespan(
    *, config: CompleteConfig, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Serve a lifespan. Configure the export before the start, and flush it before the end."""
    await serve_lifespan(config, app, scope, receive, send)


add_imported_names(__name__)

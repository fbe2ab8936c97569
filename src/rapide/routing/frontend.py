"""Static frontends, served after all routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from rapide.routing.router import APIRouter


def add_frontend(
    router: APIRouter, path: str, directory: Any, fallback: Any, check_dir: Any
) -> None:
    """Serve a built frontend below `path` of a router."""
    raise NotImplementedError


async def serve_frontend(router: APIRouter, scope: Scope, receive: Receive, send: Send) -> bool:
    """Serve a request by the frontend with the longest prefix; whether there was one."""
    return False

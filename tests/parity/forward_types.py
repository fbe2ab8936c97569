"""Names that applications import only while type checking, and annotations left as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel

from .harness import parity

if TYPE_CHECKING:
    from starlette.requests import Request as OnlyForTypeCheckers


class Later(BaseModel):
    name: str
    inner: Inner | None = None


class Inner(BaseModel):
    n: int


def unresolvable(value: OnlyForTypeCheckers):
    return "never called"


def add_routes(fw, app):
    """Register endpoints whose annotations are strings."""

    @app.get("/scalar")
    def scalar(n: int, s: str | None = None) -> dict[str, int | str | None]:
        return {"n": n, "s": s}

    @app.post("/body")
    def body(later: Later) -> Later:
        return later

    async def returns_hidden(n: int) -> OnlyForTypeCheckers:
        return n

    app.get("/dependency")(endpoint_of(fw.Depends(returns_hidden)))


def endpoint_of(dependency):
    def endpoint(value=dependency):
        return value

    return endpoint


__all__ = ["Annotated", "add_routes", "parity"]

"""Rows of PostgreSQL by asyncpg: a pool that the lifespan opens, one query per request."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from pydantic import BaseModel

from benchmarks.apps import framework
from benchmarks.postgres import URL_VARIABLE

web = framework()


class Book(BaseModel):
    id: int
    title: str
    author: str
    year: int
    price: float
    in_print: bool


ONE = "SELECT id, title, author, year, price, in_print FROM books WHERE id = $1"
TWENTY = "SELECT id, title, author, year, price, in_print FROM books ORDER BY id LIMIT 20"
CONNECTIONS = 10


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    size = {"min_size": CONNECTIONS, "max_size": CONNECTIONS}
    async with asyncpg.create_pool(os.environ[URL_VARIABLE], **size) as pool:
        app.state.pool = pool
        yield


def create_app() -> Any:
    app = web.FastAPI(lifespan=lifespan)

    @app.get("/books/{book_id}")
    async def read_book(book_id: int, request: web.Request) -> Book:
        row = await request.app.state.pool.fetchrow(ONE, book_id)
        if row is None:
            raise web.HTTPException(status_code=404)
        return Book(**row)

    @app.get("/books")
    async def read_books(request: web.Request) -> list[Book]:
        return [Book(**row) for row in await request.app.state.pool.fetch(TWENTY)]

    @app.get("/untyped")
    async def read_untyped(request: web.Request):  # type: ignore[no-untyped-def]
        return [dict(row) for row in await request.app.state.pool.fetch(TWENTY)]

    return app

"""Cached answers and functions, their headers, keys, coders, and what is not cached."""

import time
from contextlib import asynccontextmanager
from datetime import date
from itertools import count

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi_cache import FastAPICache
from fastapi_cache.backends.inmemory import InMemoryBackend
from fastapi_cache.coder import PickleCoder
from fastapi_cache.decorator import cache
from pydantic import BaseModel

calls = count(1)
moment = time.time()
time.time = lambda: moment  # ages in headers are the same in every run


class Book(BaseModel):
    title: str
    published: date
    read: int


def by_title(func, namespace="", *, request=None, response=None, args=(), kwargs=None) -> str:
    return f"{namespace}:{func.__name__}:{request.query_params.get('title')}"


@asynccontextmanager
async def lifespan(app: FastAPI):
    FastAPICache.init(InMemoryBackend(), prefix="shop", expire=60)
    yield
    FastAPICache.reset()


app = FastAPI(lifespan=lifespan)
router = APIRouter(prefix="/shelves")


def get_reader(name: str = "nobody") -> str:
    return name


@app.get("/books/{title}")
@cache(expire=30)
async def read_book(title: str, copies: int = 1) -> Book:
    return Book(title=title, published=date(1871, 12, 1), read=next(calls))


@app.get("/sync")
@cache()
def read_in_thread(reader: str = Depends(get_reader)) -> dict[str, int | str]:
    return {"reader": reader, "read": next(calls)}


@app.get("/with-request")
@cache(namespace="asked")
async def with_request(request: Request, response: Response) -> dict[str, int | str]:
    response.headers["x-read"] = str(next(calls))
    return {"path": request.url.path}


@app.get("/keyed")
@cache(key_builder=by_title)
async def keyed(title: str, ignored: int = 0) -> int:
    return next(calls)


@app.get("/page", response_class=HTMLResponse)
@cache(coder=PickleCoder)
async def page() -> str:
    return f"<p>{next(calls)}</p>"


@app.post("/books")
@cache()
async def add(book: Book) -> int:
    return next(calls)


@router.get("/{name}")
@cache(namespace="shelves")
async def read_shelf(name: str) -> list[int]:
    return [next(calls), await count_books()]


@cache(namespace="functions")
async def count_books() -> int:
    return next(calls)


@app.delete("/shelves")
async def clear() -> int:
    return await FastAPICache.clear(namespace="shelves")


app.include_router(router)


def talk(client) -> None:
    client.document()
    for path in ("/books/emma", "/sync", "/sync?name=eliot", "/with-request", "/page"):
        tag = client.get(path).headers["etag"]
        client.get(path)
        client.get(path, headers={"if-none-match": tag})
        client.get(path, headers={"cache-control": "no-cache"})
        client.get(path, headers={"cache-control": "no-store"})
    client.get("/books/emma?copies=2")
    client.get("/books/emma?copies=x")
    client.get("/keyed?title=emma&ignored=1")
    client.get("/keyed?title=emma&ignored=2")
    for _ in range(2):
        client.post("/books", json={"title": "Emma", "published": "1815-12-23", "read": 1})
    for path in ("/shelves/a", "/shelves/b", "/shelves/a"):
        client.get(path)
    client.delete("/shelves")
    client.get("/shelves/a")

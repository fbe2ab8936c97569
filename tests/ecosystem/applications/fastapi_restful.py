"""Views that are classes, in two ways, with timing, repeated tasks and inferred models."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi_restful import Api, Resource, set_responses
from fastapi_restful.api_model import APIModel
from fastapi_restful.cbv import cbv
from fastapi_restful.inferring_router import InferringRouter
from fastapi_restful.openapi import simplify_operation_ids
from fastapi_restful.tasks import repeat_every
from fastapi_restful.timing import add_timing_middleware, record_timing

SCRUBS = {
    r"Wall: +[\d.]+ms": "Wall: T",
    r"CPU: +[\d.]+ms": "CPU: T",
    r"app\.(fastapi|rapide)\..+": "the framework's own endpoint",
}
timings: list[str] = []
ticks: list[int] = []
router = APIRouter(prefix="/books", tags=["books"])
inferring = InferringRouter()


class Book(APIModel):
    book_title: str
    page_count: int = 1


def get_reader(x_reader: Annotated[str | None, Header()] = None) -> str:
    if x_reader == "nobody":
        raise HTTPException(401)
    return x_reader or "stranger"


@cbv(router)
class BookViews:
    reader: str = Depends(get_reader)
    shelf: str = "fiction"

    def __init__(self, page: int = 1) -> None:
        self.page = page

    @router.get("/")
    def list_books(self) -> list[str]:
        return [self.reader, self.shelf, str(self.page)]

    @router.get("/{title}", response_model=Book)
    async def read_book(self, title: str, request: Request) -> Book:
        record_timing(request, note="before answering")
        return Book(book_title=f"{title} for {self.reader}")

    @router.post("/", status_code=201, response_model=Book)
    async def add(self, book: Book) -> Book:
        return book


@cbv(inferring)
class Inferred:
    reader: str = Depends(get_reader)

    @inferring.put("/inferred")
    def infer(self, book: Book) -> Book:
        return Book(book_title=book.book_title.upper())


class Shelf(Resource):
    def __init__(self, name: str = "shelf") -> None:
        self.name = name

    @set_responses(Book, 200, {404: {"description": "no such shelf"}})
    def get(self) -> Book:
        return Book(book_title=self.name)

    @set_responses(int)
    def delete(self) -> int:
        return 1


async def lifespan(app: FastAPI):
    @repeat_every(seconds=0.01, max_repetitions=3)
    async def tick() -> None:
        ticks.append(len(ticks))

    await tick()
    yield


app = FastAPI(lifespan=__import__("contextlib").asynccontextmanager(lifespan))
add_timing_middleware(app, record=timings.append, prefix="app", exclude="untimed")
app.include_router(router)
app.include_router(inferring, prefix="/v1")
Api(app).add_resource(Shelf("fiction"), "/shelves/fiction")


@app.get("/untimed")
async def untimed() -> None:
    await asyncio.sleep(0)


simplify_operation_ids(app)


def talk(client) -> None:
    client.document()
    for path in ("/books/", "/books/?page=3", "/books/?page=x&shelf=poetry", "/books/emma"):
        client.get(path)
        client.get(path, headers={"x-reader": "dorothea"})
        client.get(path, headers={"x-reader": "nobody"})
    client.post("/books/", json={"bookTitle": "Emma", "pageCount": 474})
    client.post("/books/", json={"book_title": "Emma"})
    client.post("/books/", json={"pageCount": "many"})
    client.request("PUT", "/v1/inferred", json={"bookTitle": "Emma"})
    client.get("/shelves/fiction")
    client.delete("/shelves/fiction")
    client.request("PUT", "/shelves/fiction")
    client.get("/untimed")
    client.note("timings", timings)
    client.note("ticks", ticks)

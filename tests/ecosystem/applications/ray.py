"""Ray Serve: the methods of a class as endpoints, and an application that is pickled for a replica.

`serve.ingress` does all of that when it decorates the class. What a replica does with the class is
done here without a cluster, which would take a minute to start.
"""

import asyncio
from types import SimpleNamespace

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel
from ray import serve


class Order(BaseModel):
    title: str
    copies: int = 1


def get_page(page: int = 1) -> int:
    return page


served = FastAPI(title="bookshop")
router = APIRouter(prefix="/orders", tags=["orders"])
served.include_router(router)


class Shelf:
    """Methods that another class inherits."""

    titles = ["Emma", "Middlemarch"]

    @served.get("/titles")
    def list_titles(self, page: int = Depends(get_page)) -> list[str]:
        return self.titles[page - 1 :]


@serve.ingress(served)
class Bookshop(Shelf):
    def __init__(self) -> None:
        self.orders: list[Order] = []

    @served.get("/books/{number}")
    async def read_book(self, number: int, request: Request) -> dict[str, str]:
        if number >= len(self.titles):
            raise HTTPException(404, f"no book {number}")
        return {"title": self.titles[number], "path": request.url.path}

    @router.post("", status_code=201)
    async def order(self, order: Order, response: Response) -> Order:
        self.orders.append(order)
        response.headers["x-orders"] = str(len(self.orders))
        return order

    @router.get("")
    def list_orders(self, reader: str = "") -> list[Order]:
        return self.orders if reader else []

    @served.get("/wrong")
    def wrong(self) -> None:
        raise RuntimeError("wrong")


class Replica:
    """An instance of the class, and the application that Ray has made for it."""

    def __init__(self) -> None:
        self.bookshop = Bookshop.__new__(Bookshop)

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await self.bookshop.__init__()
            serve.get_replica_context = lambda: SimpleNamespace(servable_object=self.bookshop)
        await self.bookshop._asgi_app(scope, receive, send)


app = Replica()


def talk(client) -> None:
    client.document()
    client.get("/titles")
    client.get("/titles?page=2")
    client.get("/titles?page=x")
    for number in ("0", "1", "7", "x"):
        client.get(f"/books/{number}")
    client.post("/orders", json={"title": "Emma"})
    client.post("/orders", json={"title": "Emma", "copies": 2})
    client.post("/orders", json={"copies": "many"})
    client.get("/orders")
    client.get("/orders?reader=dorothea")
    client.get("/wrong")
    client.get("/books/0?self=1")
    client.note("event loop", asyncio.get_event_loop_policy().__class__.__name__)

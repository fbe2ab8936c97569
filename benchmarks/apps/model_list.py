"""A list of 100 models, made once, serialized for each request."""

from typing import Any

from pydantic import BaseModel

from benchmarks.apps import framework

web = framework()


class Item(BaseModel):
    id: int
    name: str
    price: float
    in_stock: bool
    tags: list[str]


ITEMS = [
    Item(id=n, name=f"Item {n}", price=n * 1.25, in_stock=n % 3 == 0, tags=["new", f"row-{n % 7}"])
    for n in range(100)
]


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/items")
    async def read_items() -> list[Item]:
        return ITEMS

    return app

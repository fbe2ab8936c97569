"""A list of 100 models, made once, serialized for each request."""

from typing import Any

from pydantic import BaseModel

from benchmarks.apps import framework

web = framework()


class Item(BaseModel):
    id: int
    name: str
    price: float


ITEMS = [Item(id=n, name=f"Item {n}", price=n * 1.25) for n in range(100)]


class TaggedItem(Item):
    tags: list[str]


TAGGED_ITEMS = [
    TaggedItem(id=n, name=f"Item {n}", price=n * 1.25, tags=["new", f"row-{n % 7}"])
    for n in range(100)
]


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/items")
    async def read_items() -> list[Item]:
        return ITEMS

    @app.get("/tagged-items")
    async def read_tagged_items() -> list[TaggedItem]:
        return TAGGED_ITEMS

    return app

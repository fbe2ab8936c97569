"""The bodies of `models.py` and `model_list.py` as Structs of msgspec, which only Rapide serves."""

from typing import Any

from benchmarks.apps import framework
from benchmarks.peers.structs import ITEMS, Item, Order, Receipt, receipt_of

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.post("/orders")
    async def create_order(order: Order) -> Receipt:
        return receipt_of(order)

    @app.get("/items")
    async def read_items() -> list[Item]:
        return ITEMS

    return app

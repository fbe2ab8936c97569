"""Results without a model: dictionaries as a handler builds them, and no annotation."""

from typing import Any

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/order")
    async def read_order():  # type: ignore[no-untyped-def]  # as many applications write it
        return {
            "number": 1,
            "customer": "Ada Lovelace",
            "address": {"street": "12 St James's Square", "city": "London", "country": "GB"},
            "lines": [
                {"sku": "PAPER-A4", "quantity": 5, "price": 4.5},
                {"sku": "INK-BLACK", "quantity": 2, "price": 12.25},
            ],
            "total": 47.0,
            "note": None,
            "paid": True,
        }

    @app.get("/items")
    async def read_items():  # type: ignore[no-untyped-def]
        return [{"id": n, "name": f"Item {n}", "price": n * 1.25} for n in range(100)]

    return app

"""A JSON body into a model, and a model out."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from benchmarks.apps import framework

web = framework()


class Address(BaseModel):
    street: str
    city: str
    country: Annotated[str, Field(min_length=2, max_length=2)]


class Line(BaseModel):
    sku: str
    quantity: Annotated[int, Field(ge=1)]
    price: float


class Order(BaseModel):
    customer: str
    address: Address
    lines: list[Line]
    note: str | None = None


class Receipt(BaseModel):
    number: int
    customer: str
    address: Address
    lines: list[Line]
    total: float


def create_app() -> Any:
    app = web.FastAPI()

    @app.post("/orders")
    async def create_order(order: Order) -> Receipt:
        return Receipt(
            number=1,
            customer=order.customer,
            address=order.address,
            lines=order.lines,
            total=sum(line.quantity * line.price for line in order.lines),
        )

    return app

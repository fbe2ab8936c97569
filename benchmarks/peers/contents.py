"""What the peers' applications answer: the data and models of `benchmarks/apps`, once more.

Those files take a framework when they are imported; these models do without one. For frameworks
that come with msgspec the same limits stand in `structs.py`.
"""

import time
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

TEXT = "Hello, World!"
HELLO = {"message": "Hello World"}
ORIGIN = "https://example.com"
SERVED_BY = ("x-served-by", "benchmark")
USERS = {"secret-token": {"name": "ada", "active": True}}
ROUTERS = 100
RESOURCES = ("orders", "invoices", "payments", "refunds", "shipments")


class Parameters(BaseModel):
    """Path and query parameters, for frameworks that have no limits of their own."""

    user_id: int
    item_id: Annotated[int, Field(ge=1)]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    q: str | None = None
    detailed: bool = False


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


class Item(BaseModel):
    id: int
    name: str
    price: float


ITEMS = [Item(id=n, name=f"Item {n}", price=n * 1.25) for n in range(100)]


class RoutedItem(BaseModel):
    name: str
    price: float
    tags: list[str] = []


def receipt_of(order: Order) -> Receipt:
    return Receipt(
        number=1,
        customer=order.customer,
        address=order.address,
        lines=order.lines,
        total=sum(line.quantity * line.price for line in order.lines),
    )


def error_body(error: ValidationError) -> bytes:
    """The list of errors as JSON."""
    return b'{"errors":%b}' % error.json(include_url=False).encode()


def user_of(authorization: str | None) -> dict[str, Any] | None:
    """The user of a bearer token; None for a header that names none."""
    scheme, _, token = (authorization or "").partition(" ")
    return USERS.get(token) if scheme.lower() == "bearer" else None


def slow_item(item_id: int) -> dict[str, Any]:
    """What the sync endpoint does, in a thread; item 0 blocks it, as a slow file would."""
    if item_id == 0:
        time.sleep(0.5)
    return {"item_id": item_id, "name": "Hello World"}


def prefixes() -> Iterator[tuple[str, str]]:
    """The path, without its parameter, and the resource of 500 pairs of routes: PUT and GET."""
    for number in range(ROUTERS):
        for resource in RESOURCES:
            yield f"/region-{number:02}/{resource}", resource

"""The models of `contents.py` for msgspec, with the same limits."""

from typing import Annotated

from msgspec import Meta, Struct


class Address(Struct):
    street: str
    city: str
    country: Annotated[str, Meta(min_length=2, max_length=2)]


class Line(Struct):
    sku: str
    quantity: Annotated[int, Meta(ge=1)]
    price: float


class Order(Struct):
    customer: str
    address: Address
    lines: list[Line]
    note: str | None = None


class Receipt(Struct):
    number: int
    customer: str
    address: Address
    lines: list[Line]
    total: float


class Item(Struct):
    id: int
    name: str
    price: float


ITEMS = [Item(id=n, name=f"Item {n}", price=n * 1.25) for n in range(100)]


class RoutedItem(Struct):
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

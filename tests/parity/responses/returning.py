"""Endpoints that return a given value, and a model to return."""

from pydantic import BaseModel


class Item(BaseModel):
    name: str
    price: float = 10.5
    tags: list[str] = []
    description: str | None = None


def sync_returning(value):
    def endpoint():
        return value

    return endpoint


def async_returning(value):
    async def endpoint():
        return value

    return endpoint

"""django-bolt with Pydantic models in the handler, which validate as FastAPI's do."""

from typing import Any

from django_bolt import BoltAPI, Request
from django_bolt.responses import Response
from pydantic import TypeAdapter, ValidationError

from benchmarks.peers import contents
from benchmarks.peers.on_django_bolt import api
from benchmarks.peers.on_django_bolt import serve as serve

ITEM_LIST = TypeAdapter(list[contents.Item])


def models() -> BoltAPI:
    @api.post("/orders", status_code=200)
    async def create_order(request: Request) -> Any:
        try:
            order = contents.Order.model_validate_json(request.body)
        except ValidationError as error:
            return Response(contents.error_body(error), status_code=422)
        return Response(contents.receipt_of(order).model_dump_json().encode())

    return api


invalid = models


def model_list() -> BoltAPI:
    @api.get("/items")
    async def read_items() -> Any:
        return Response(ITEM_LIST.dump_json(contents.ITEMS))

    return api

"""How the document describes streams."""

from collections.abc import AsyncIterable, Iterable

from pydantic import BaseModel

from ..client import document
from ..harness import parity


class Item(BaseModel):
    name: str


@parity(document("/openapi.json"), compiled=False)
def test_streams_are_described_by_the_schema_of_an_item(fw):
    """`itemSchema` stands below `application/jsonl` or `text/event-stream`."""
    sse = fw.sse
    app = fw.FastAPI()

    @app.get("/lines")
    async def lines() -> AsyncIterable[Item]:
        yield Item(name="a")

    @app.get("/untyped")
    def untyped():
        yield 1

    @app.get("/events", response_class=sse.EventSourceResponse)
    async def events() -> AsyncIterable[Item]:
        yield Item(name="a")

    @app.get("/raw", response_class=sse.EventSourceResponse, status_code=201)
    def raw() -> Iterable[sse.ServerSentEvent]:
        yield sse.ServerSentEvent(data=1)

    @app.get("/numbers", response_class=sse.EventSourceResponse, responses={404: {"model": Item}})
    def numbers() -> Iterable[int]:
        yield 1

    return app

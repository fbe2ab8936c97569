"""Logfire's spans of requests: arguments, errors of validation, headers, own spans, endpoints."""

from typing import Annotated

import logfire
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, WebSocket
from logfire.testing import SeededRandomIdGenerator, TestExporter, TimeGenerator
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from pydantic import BaseModel

exporter = TestExporter()
logfire.configure(
    send_to_logfire=False,
    console=False,
    inspect_arguments=False,
    advanced=logfire.AdvancedOptions(
        id_generator=SeededRandomIdGenerator(), ns_timestamp_generator=TimeGenerator()
    ),
    additional_span_processors=[SimpleSpanProcessor(exporter)],
)


class Book(BaseModel):
    title: str
    pages: int = 1


app = FastAPI()
router = APIRouter(prefix="/authors/{name}")
mounted = FastAPI()


async def get_reader(x_reader: Annotated[str, Header()] = "nobody") -> str:
    logfire.info("reader {reader}", reader=x_reader)
    return x_reader


@app.get("/books/{number}")
async def read_book(number: int, reader: Annotated[str, Depends(get_reader)]) -> str:
    with logfire.span("look up {number}", number=number):
        return f"{number} {reader}"


@app.post("/books")
def add(book: Book, draft: bool = False) -> Book:
    return book


@app.get("/sync/{number}")
def in_thread(number: int) -> float:
    return 1 / number


@app.get("/refused")
async def refuse() -> None:
    raise HTTPException(403, "no")


@app.get("/silent")
async def silent() -> None: ...


@router.get("/books")
async def list_books(name: str, page: int = 1) -> list[str]:
    return [name] * page


@mounted.get("/{level}")
async def read_level(level: int) -> int:
    return level


@app.websocket("/socket/{number}")
async def talk_back(socket: WebSocket, number: int) -> None:
    await socket.accept()
    await socket.send_json(number)
    await socket.close()


def map_attributes(request: Request | WebSocket, attributes: dict) -> dict | None:
    if request.url.path == "/silent":
        return None
    return {**attributes, "path": request.url.path}


app.include_router(router, prefix="/v1")
app.mount("/mounted", mounted)
logfire.instrument_fastapi(
    app,
    capture_headers=True,
    request_attributes_mapper=map_attributes,
    record_send_receive=True,
    extra_spans=True,
    excluded_urls="openapi.json",  # Rapide sends it with an entity tag
)


def shown(span: dict) -> dict:
    """A span without line numbers, which belong to this file and to the framework's."""
    hidden = ("code.lineno", "logfire.json_schema", "exception.stacktrace", "code.filepath")
    attributes = span["attributes"]
    kept = {key: value for key, value in attributes.items() if key not in hidden}
    events = [
        [event["name"], event["attributes"].get("exception.type")]
        for event in span.get("events", ())
    ]
    return {"name": span["name"], "parent": span["parent"] is not None, **kept, "events": events}


def talk(client) -> None:
    client.document()
    for path in ("/books/1", "/books/x", "/sync/4", "/sync/0", "/refused", "/silent", "/nowhere"):
        client.get(path, headers={"x-reader": "dorothea"})
    client.post("/books?draft=1", json={"title": "Emma", "pages": 474})
    client.post("/books?draft=x", json={"pages": "many"})
    client.get("/v1/authors/eliot/books?page=2")
    client.get("/mounted/3")
    with client.http.websocket_connect("/socket/3") as socket:
        client.note("socket", socket.receive_json())
    for number, span in enumerate(exporter.exported_spans_as_dict(parse_json_attributes=True)):
        client.note(f"span {number}", shown(span))

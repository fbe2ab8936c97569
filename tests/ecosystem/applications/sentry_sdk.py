"""Errors, transactions and spans in Sentry's data: with bodies, forms, threads, routers, mounts."""

import logging
from typing import Annotated, Any

import sentry_sdk
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, File, Form, HTTPException, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sentry_sdk.integrations.fastapi import FastApiIntegration
from sentry_sdk.integrations.starlette import StarletteIntegration
from sentry_sdk.transport import Transport

SCRUBS = {
    r"\b[0-9a-f]{32}\b": "ID",
    r"\b[0-9a-f]{16}\b": "ID",
    r"^\d{10,}$": "THREAD",
    r"asyncio-portal-\w+": "THREAD",
}
events: list[dict[str, Any]] = []


class Memory(Transport):
    def capture_envelope(self, envelope) -> None:
        for item in envelope.items:
            if item.headers.get("type") in ("event", "transaction"):
                events.append(shown(item.payload.json))


def shown(event: dict[str, Any]) -> dict[str, Any]:
    """What an event says about the application; times and ids are left out."""
    kept = ("type", "level", "transaction", "transaction_info", "request", "tags", "logentry")
    contexts = event.get("contexts", {})
    trace = contexts.get("trace", {})
    return {
        **{key: event[key] for key in kept if key in event},
        "trace": {key: trace.get(key) for key in ("op", "origin", "status", "data")},
        "response": contexts.get("response"),
        "errors": [
            {
                "type": error["type"],
                "value": error["value"],
                "mechanism": error.get("mechanism"),
                "frames": [
                    frame["function"]
                    for frame in (error.get("stacktrace") or {}).get("frames", ())
                    if frame["module"] == __name__
                ],
            }
            for error in event.get("exception", {}).get("values", ())
        ],
        "spans": [
            [span.get("op"), span.get("description"), span.get("origin"), span.get("tags")]
            for span in event.get("spans", ())
        ],
        "breadcrumbs": [
            crumb.get("message") for crumb in (event.get("breadcrumbs") or {}).get("values", ())
        ],
    }


sentry_sdk.init(
    dsn="http://key@localhost/1",
    transport=Memory,
    traces_sample_rate=1.0,
    send_default_pii=True,
    max_request_body_size="always",
    integrations=[
        StarletteIntegration(
            transaction_style="url", failed_request_status_codes={403, *range(500, 600)}
        ),
        FastApiIntegration(
            transaction_style="url", failed_request_status_codes={403, *range(500, 600)}
        ),
    ],
)


class Book(BaseModel):
    title: str
    pages: int


app = FastAPI()
app.add_middleware(GZipMiddleware)
router = APIRouter(prefix="/authors/{name}")
mounted = FastAPI()
logger = logging.getLogger("shop")


def get_reader(request: Request) -> str:
    sentry_sdk.set_tag("reader", request.headers.get("x-reader", "none"))
    return request.headers.get("x-reader", "none")


@app.get("/books/{number}")
async def read_book(number: int, reader: Annotated[str, Depends(get_reader)]) -> str:
    with sentry_sdk.start_span(op="shop", name="look up"):
        return f"{number} {reader}"


@app.get("/sync/{number}")
def in_thread(number: int) -> float:
    with sentry_sdk.start_span(op="shop", name="divide"):
        return 1 / number


@app.post("/books")
async def add(book: Book) -> int:
    logger.warning("adding %s", book.title)
    raise ValueError(book.title)


@app.post("/forms")
async def read_form(title: Annotated[str, Form()], cover: Annotated[bytes, File()]) -> int:
    raise KeyError(title)


@app.post("/read-twice")
async def read_twice(request: Request) -> Any:
    sentry_sdk.capture_message("reading")
    return await request.json()


@app.get("/status/{status}")
def answer(status: int) -> None:
    raise HTTPException(status, "as asked")


@app.get("/tasks")
async def start_task(tasks: BackgroundTasks) -> None:
    tasks.add_task(lambda: sentry_sdk.capture_message("task"))


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts():
        yield b"a"
        yield b"b"

    return StreamingResponse(parts())


@router.get("/books")
async def list_books(name: str) -> list[str]:
    logger.error("no books of %s", name)
    return []


@mounted.get("/{level}")
async def read_level(level: int) -> float:
    return 1 / level


@app.middleware("http")
async def pass_on(request: Request, call_next):
    return await call_next(request)


@app.exception_handler(KeyError)
async def explain(request: Request, error: KeyError):
    from fastapi.responses import JSONResponse

    return JSONResponse({"missing": error.args}, 409)


app.include_router(router, prefix="/v1")
app.mount("/mounted", mounted)


def talk(client) -> None:
    client.document()
    for path in ("/books/1", "/books/x", "/sync/4", "/sync/0", "/tasks", "/stream", "/nowhere"):
        client.get(path, headers={"x-reader": "dorothea", "cookie": "shelf=3"})
    for status in (403, 404, 503):
        client.get(f"/status/{status}")
    client.post("/books?draft=1", json={"title": "Emma", "pages": 474})
    client.post("/books", json={"title": "Emma"})
    client.post("/forms", data={"title": "Emma"}, files={"cover": b"12345"})
    client.post("/read-twice", json=["a", {"password": "p"}])
    client.get("/v1/authors/eliot/books")
    client.get("/mounted/1")
    client.get("/mounted/0")
    sentry_sdk.flush()
    for number, event in enumerate(events):
        client.note(f"event {number}", event)

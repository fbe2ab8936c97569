"""An id for each request, in answers, in logs and in everything the request calls."""

import logging

from asgi_correlation_id import CorrelationIdFilter, CorrelationIdMiddleware, correlation_id
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse

SCRUBS = {r"[0-9a-f]{32}": "ID"}
lines: list[str] = []


class Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        lines.append(f"{record.correlation_id} {record.getMessage()}")


logger = logging.getLogger("shop")
logger.setLevel("INFO")
handler = Lines()
handler.addFilter(CorrelationIdFilter(uuid_length=8, default_value="none"))
logger.addHandler(handler)

app = FastAPI()
app.add_middleware(
    CorrelationIdMiddleware,
    header_name="X-Request-ID",
    generator=lambda: "generated",
    validator=lambda value: value.startswith("r-"),
    transformer=lambda value: value.upper(),
    update_request_header=True,
)
app.add_middleware(CORSMiddleware, allow_origins=["*"], expose_headers=["X-Request-ID"])


def get_id() -> str | None:
    logger.info("dependency")
    return correlation_id.get()


@app.exception_handler(HTTPException)
async def keep_id(request: Request, error: HTTPException):
    error.headers = {"x-failed": correlation_id.get() or ""}
    return await http_exception_handler(request, error)


@app.exception_handler(Exception)
async def unknown(request: Request, error: Exception):
    failed = HTTPException(500, "sorry", headers={"X-Request-ID": correlation_id.get() or ""})
    return await http_exception_handler(request, failed)


@app.get("/id")
async def show(request: Request, identifier: str = Depends(get_id)) -> list[str | None]:
    return [identifier, request.headers.get("x-request-id")]


@app.get("/sync")
def in_thread(tasks: BackgroundTasks, identifier: str = Depends(get_id)) -> str:
    logger.info("endpoint in a thread")
    tasks.add_task(logger.info, "afterwards")
    return identifier


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts():
        logger.info("streaming")
        yield correlation_id.get() or "none"

    return StreamingResponse(parts())


@app.get("/refused")
def refuse() -> None:
    raise HTTPException(403)


@app.get("/fails")
async def fail() -> None:
    logger.info("failing")
    raise ZeroDivisionError


def talk(client) -> None:
    client.document()
    for path in ("/id", "/sync", "/stream", "/refused", "/fails", "/nowhere"):
        client.get(path, headers={"origin": "http://example.org"})
        client.get(path, headers={"x-request-id": "r-given"})
        client.get(path, headers={"x-request-id": "refused"})
    client.note("lines", lines)

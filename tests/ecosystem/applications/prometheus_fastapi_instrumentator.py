"""Metrics by handler, method and status, for routers, mounts and what is excluded."""

from fastapi import APIRouter, FastAPI, HTTPException, Request, UploadFile
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry, Counter, disable_created_metrics
from prometheus_fastapi_instrumentator import Instrumentator, metrics
from prometheus_fastapi_instrumentator.metrics import Info

# which bucket a fraction of a second falls into is chance
SCRUBS = {
    r'(?m)^(\w+_seconds_bucket\{.*le="(?!\+Inf).*\}) \S+$': r"\1 N",
    r"(?m)^(\w+_seconds_sum(?:\{.*\})?) \S+$": r"\1 T",
    r"content-length: \d{4,}": "content-length: N",
}

disable_created_metrics()
registry = CollectorRegistry()
app = FastAPI(root_path="")
authors = APIRouter(prefix="/authors")
inner = APIRouter(prefix="/books")
mounted = FastAPI()
languages = Counter(
    "http_requested_languages_total", "Languages asked for", ["language"], registry=registry
)


def count_languages(info: Info) -> None:
    for language in info.request.headers.get("accept-language", "none").split(","):
        languages.labels(language).inc()


Instrumentator(
    should_group_status_codes=False,
    should_ignore_untemplated=False,
    should_instrument_requests_inprogress=True,
    excluded_handlers=["/healthy", "/metrics"],
    body_handlers=[r"/authors.*"],
    inprogress_name="requests_in_progress",
    inprogress_labels=True,
    registry=registry,
).add(metrics.default(registry=registry)).add(
    metrics.request_size(metric_namespace="shop", registry=registry, should_include_handler=True)
).add(metrics.response_size(metric_namespace="shop", registry=registry)).add(
    metrics.latency(metric_namespace="shop", registry=registry, buckets=(10.0,))
).add(metrics.requests(metric_namespace="shop", registry=registry)).add(count_languages).instrument(
    app
).expose(app, include_in_schema=True, should_gzip=True, tags=["operation"])


@authors.get("/{name}")
async def read_author(name: str) -> dict[str, str]:
    return {"name": name}


@inner.get("/{number}")
def read_book(name: str, number: int) -> dict[str, str | int]:
    if number > 3:
        raise HTTPException(404, "no such book")
    return {"name": name, "number": number}


@app.post("/covers")
async def store_cover(cover: UploadFile) -> int:
    return len(await cover.read())


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts():
        yield b"a" * 10
        yield b"b" * 10

    return StreamingResponse(parts())


@app.get("/fails")
async def fail(request: Request) -> None:
    raise ZeroDivisionError


@app.get("/healthy")
def healthy() -> bool:
    return True


@mounted.get("/deep/{level}")
def read_level(level: int) -> int:
    return level


authors.include_router(inner, prefix="/{name}")
app.include_router(authors)
app.mount("/mounted", mounted)


def talk(client) -> None:
    client.document()
    for path in ("/authors/eliot", "/authors/eliot/books/1", "/authors/eliot/books/x"):
        client.get(path, headers={"accept-language": "en,de"})
    for path in ("/authors/eliot/books/9", "/stream", "/fails", "/healthy", "/mounted/deep/3"):
        client.get(path)
    client.get("/authors/")
    client.get("/nowhere")
    client.post("/authors/eliot")
    client.post("/covers", files={"cover": b"x" * 5000})
    client.get("/metrics", headers={"accept-encoding": "identity"})
    client.get("/metrics?name[]=shop_http_requests_total", headers={"accept-encoding": "identity"})
    client.get("/metrics", headers={"accept-encoding": "gzip"})

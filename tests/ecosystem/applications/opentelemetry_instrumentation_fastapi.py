"""Spans and metrics of OpenTelemetry's instrumentation: routes, hooks, headers, errors, mounts."""

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from opentelemetry import trace
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
reader = InMemoryMetricReader()
meters = MeterProvider(metric_readers=[reader])
tracer = provider.get_tracer("shop")

app = FastAPI()
router = APIRouter(prefix="/authors/{name}")
mounted = FastAPI()


def note_request(span: trace.Span, scope: dict) -> None:
    span.set_attribute("shop.path", scope["path"])


def note_message(span: trace.Span, scope: dict, message: dict) -> None:
    span.set_attribute("shop.message", message["type"])


def get_reader(request: Request) -> str:
    with tracer.start_as_current_span("dependency"):
        return request.headers.get("x-reader", "none")


@app.get("/books/{number}")
async def read_book(number: int, reader: str = Depends(get_reader)) -> str:
    with tracer.start_as_current_span("endpoint"):
        return f"{number} {reader}"


@app.get("/sync/{number}")
def in_thread(number: int) -> float:
    trace.get_current_span().set_attribute("shop.thread", True)
    with tracer.start_as_current_span("thread"):
        return 1 / number


@app.get("/refused")
async def refuse() -> None:
    raise HTTPException(403)


@app.get("/handled")
async def handled() -> None:
    raise KeyError("handled")


@app.get("/healthy")
async def healthy() -> bool:
    return True


@app.get("/tasks")
async def start(tasks: BackgroundTasks) -> None:
    tasks.add_task(print, end="")


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts():
        yield b"a"
        yield b"b"

    return StreamingResponse(parts(), headers={"x-shelf": "fiction"})


@app.websocket("/socket/{number}")
async def talk_back(socket: WebSocket, number: int) -> None:
    await socket.accept()
    await socket.send_json(await socket.receive_json())
    await socket.close()


@router.get("/books/{number}")
async def read_of_author(name: str, number: int) -> str:
    return name


@mounted.get("/level/{level}")
async def read_level(level: int) -> float:
    return 1 / level


@app.exception_handler(KeyError)
async def explain(request: Request, error: KeyError) -> JSONResponse:
    trace.get_current_span().set_attribute("shop.handled", True)
    return JSONResponse({}, 409)


app.include_router(router, prefix="/v1")
app.mount("/mounted", mounted)
FastAPIInstrumentor.instrument_app(
    app,
    tracer_provider=provider,
    meter_provider=meters,
    excluded_urls="healthy",
    server_request_hook=note_request,
    client_request_hook=note_message,
    client_response_hook=note_message,
    http_capture_headers_server_request=["x-.*"],
    http_capture_headers_server_response=["x-.*"],
)


def shown(span) -> dict:
    """What a span says, without times and ids."""
    return {
        "name": span.name,
        "kind": span.kind.name,
        "scope": span.instrumentation_scope.name,
        "parent": span.parent is not None,
        "status": [span.status.status_code.name, span.status.description],
        "attributes": dict(sorted(span.attributes.items())),
        "events": [[event.name, event.attributes.get("exception.type")] for event in span.events],
    }


def metrics() -> list:
    found = []
    for resource in reader.get_metrics_data().resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    count = getattr(point, "count", None)
                    attributes = dict(sorted(point.attributes.items()))
                    total = point.sum if count and metric.unit == "By" else None
                    found.append([metric.name, metric.unit, attributes, count, total])
    return sorted(found, key=str)


def talk(client) -> None:
    client.document()
    paths = ("/books/1", "/books/x", "/sync/4", "/sync/0", "/refused", "/handled", "/healthy")
    for path in (*paths, "/tasks", "/stream", "/nowhere", "/v1/authors/eliot/books/3"):
        client.get(path, headers={"x-reader": "dorothea"})
    client.get("/mounted/level/1")
    client.get("/mounted/level/0")
    client.post("/books/1")
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.get("/books/2", headers={"traceparent": traceparent})
    with client.http.websocket_connect("/socket/3") as socket:
        socket.send_json({"page": 1})
        client.note("socket", socket.receive_json())
    for number, span in enumerate(exporter.get_finished_spans()):
        client.note(f"span {number}", shown(span))
    client.note("metrics", metrics())
    FastAPIInstrumentor.uninstrument_app(app)
    client.get("/books/1")
    client.note("spans at the end", len(exporter.get_finished_spans()))

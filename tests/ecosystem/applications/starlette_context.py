"""Values of a request that any function can reach."""

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.middleware import Middleware
from starlette_context import context, plugins, request_cycle_context
from starlette_context.middleware import RawContextMiddleware

SCRUBS = {r"[0-9a-f]{32}": "ID", r"Date\"?: ?\"[^\"]+": "DATE"}


class ReaderPlugin(plugins.Plugin):
    key = "x-reader"

    async def process_request(self, request):
        return (await super().process_request(request) or "stranger").title()

    async def enrich_response(self, arg) -> None:
        arg["headers"].append((b"x-read-by", context[self.key].encode()))


app = FastAPI(
    middleware=[
        Middleware(
            RawContextMiddleware,
            plugins=(
                plugins.RequestIdPlugin(),
                plugins.CorrelationIdPlugin(validate=False),
                plugins.UserAgentPlugin(),
                plugins.ForwardedForPlugin(),
                plugins.ApiKeyPlugin(),
                ReaderPlugin(),
            ),
        )
    ]
)
router = APIRouter(prefix="/deep")
cleaned: list[str] = []


def get_reader() -> str:
    return context["x-reader"]


async def get_and_clean(reader: str = Depends(get_reader)):
    context["loans"] = 3
    yield reader
    cleaned.append(f"{reader} {context.get('loans')}")


async def in_own_context():
    with request_cycle_context({"x-reader": "inner"}):
        yield context["x-reader"]


@app.get("/all")
async def show_all() -> dict:
    return dict(context.data)


@app.get("/sync")
def in_thread(reader: str = Depends(get_reader)) -> str:
    return f"{reader} {context['User-Agent']}"


@app.get("/cleaned")
async def with_cleaning(reader: str = Depends(get_and_clean)) -> int:
    return context["loans"]


@router.get("/inner")
async def inner(reader: str = Depends(in_own_context)) -> str:
    return reader


@app.middleware("http")
async def add_seen(request: Request, call_next):
    context["seen"] = request.url.path
    response = await call_next(request)
    response.headers["x-seen"] = context["seen"]
    return response


@app.exception_handler(ZeroDivisionError)
async def explain(request: Request, error: ZeroDivisionError):
    from fastapi.responses import JSONResponse

    return JSONResponse({"reader": context["x-reader"]}, 418)


@app.get("/fails")
def fail() -> None:
    raise ZeroDivisionError


app.include_router(router)


def talk(client) -> None:
    client.document()
    known = {
        "x-reader": "dorothea brooke",
        "x-request-id": "5f3e1a3b1c2d4e5f8a9b0c1d2e3f4a5b",
        "x-correlation-id": "any",
        "x-api-key": "k",
        "x-forwarded-for": "192.0.2.1",
    }
    for path in ("/all", "/sync", "/cleaned", "/deep/inner", "/fails", "/nowhere"):
        client.get(path)
        client.get(path, headers=known)
    client.get("/all", headers={"x-request-id": "no uuid"})
    client.note("cleaned", cleaned)

"""Limits: of a route, shared, by cost, for all routes, and routes without one."""

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.middleware import SlowAPIMiddleware
from slowapi.util import get_remote_address

SCRUBS = {
    r"x-ratelimit-reset: [\d.]+": "x-ratelimit-reset: T",
    r"retry-after: \d+": "retry-after: T",
}


def get_reader(request: Request) -> str:
    return request.headers.get("x-reader") or get_remote_address(request)


limiter = Limiter(key_func=get_reader, default_limits=["6/hour"], headers_enabled=True)
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
app.add_middleware(SlowAPIMiddleware)
router = APIRouter(prefix="/shelves")
shared = limiter.shared_limit("3/hour", scope="shelves")


def get_page(page: int = 1) -> int:
    return page


@app.get("/books")
@limiter.limit("2/hour")
async def list_books(
    request: Request, response: Response, page: int = Depends(get_page)
) -> dict[str, int]:
    return {"page": page}


@app.get("/covers")
@limiter.limit("2/hour")
def read_cover(request: Request) -> Response:
    return Response(b"cover", media_type="image/png")


@app.post("/orders", status_code=201)
@limiter.limit("5/hour", cost=lambda request: int(request.headers.get("x-cost", "1")))
async def order(request: Request, response: Response, titles: list[str]) -> list[str]:
    return titles


@router.get("/{name}")
@shared
async def read_shelf(request: Request, response: Response, name: str) -> str:
    return name


@router.get("/{name}/size")
@shared
def read_size(request: Request, response: Response, name: str) -> int:
    return len(name)


@app.get("/healthy")
@limiter.exempt
def healthy() -> bool:
    return True


@app.get("/plain")
async def plain() -> str:
    return "limited by default"


@app.get("/wrong")
@limiter.limit("2/hour")
async def wrong(request: Request) -> str:
    return "an endpoint without `response` cannot have the headers"


app.include_router(router)


def talk(client) -> None:
    client.document()
    for page in (1, 2, 3):
        client.get("/books", params={"page": page})
    client.get("/books", params={"page": "x"}, headers={"x-reader": "dorothea"})
    client.get("/books", headers={"x-reader": "dorothea"})
    for _ in range(3):
        client.get("/covers")
    client.post("/orders", json=["Emma"], headers={"x-cost": "3"})
    client.post("/orders", json="Emma")
    client.post("/orders", json=["Emma"], headers={"x-cost": "3"})
    for path in ("fiction", "fiction/size", "poetry", "poetry/size"):
        client.get(f"/shelves/{path}")
    for _ in range(7):
        client.get("/plain")
        client.get("/healthy")
    client.get("/wrong")
    client.get("/nowhere")
    client.post("/books")

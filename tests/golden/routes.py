"""Typical routes, whose generated source is kept beside this file."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Struct
from pydantic import BaseModel, Field

from rapide import (
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    Query,
    Request,
    Response,
    Security,
    UploadFile,
)
from rapide.responses import HTMLResponse, JSONResponse, StreamingResponse
from rapide.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from rapide.sse import EventSourceResponse

__name__ = "shop"  # Sources name it; it is the same however this file is imported.


class Item(BaseModel):
    name: str
    price: Decimal = Field(gt=0)
    tags: list[str] = []


class Part(Struct):
    name: str
    weight: float


class Search(BaseModel):
    text: str
    limit: int = 10
    tag: list[str] = []


class Session:
    def __init__(self, user: str) -> None:
        self.user = user


app = FastAPI()


@app.get("/health")
async def small_json() -> Any:
    return {"status": "ok"}


@app.get("/items/{item_id}")
async def path_and_query(item_id: int, q: str | None = None, limit: int = Query(10, le=100)) -> Any:
    return {"item_id": item_id, "q": q, "limit": limit}


@app.get("/sync/{name}")
def sync_endpoint(name: str, times: int = 1) -> list[str]:
    return [name] * times


@app.post("/items", status_code=201)
async def body_and_model(item: Item) -> Item:
    return item


@app.post("/parts", status_code=201)
async def struct_and_struct(part: Part) -> Part:
    return part


@app.put("/items/{item_id}", response_model=Item, response_model_exclude_unset=True)
async def several_bodies(
    item_id: int,
    item: Item,
    importance: Annotated[int, Body(ge=0)],
    note: Annotated[str | None, Body()] = None,
) -> Any:
    return item


@app.post("/covers", form_limits={"max_files": 3})
async def form_and_files(
    title: Annotated[str, Form(min_length=2)],
    cover: UploadFile,
    licence: Annotated[bytes, File()],
    tag: Annotated[list[str], Form()] = [],  # noqa: B006 - a default that must be copied
) -> Any:
    return {"title": title, "cover": cover.filename, "licence": len(licence), "tag": tag}


@app.post("/prices")
async def form_model(item: Annotated[Item, Form()], request: Request) -> Item:
    return item


@app.get("/session")
async def header_and_cookie(
    user_agent: Annotated[str | None, Header()] = None,
    x_token: Annotated[list[str], Header()] = [],  # noqa: B006 - a default that must be copied
    session: Annotated[str, Cookie(alias="session-id")] = "none",
) -> Any:
    return {"user_agent": user_agent, "x_token": x_token, "session": session}


@app.get("/search")
async def parameter_model(search: Annotated[Search, Query()]) -> Search:
    return search


@app.get("/page", response_class=HTMLResponse)
async def response_class(title: str = "Rapide") -> Any:
    return f"<h1>{title}</h1>"


@app.get("/explicit", response_class=JSONResponse)
async def explicit_json_response(item_id: int) -> Item:
    return Item(name=str(item_id), price=Decimal(1))


@app.post("/notify", status_code=202)
async def response_and_background(
    response: Response, background_tasks: BackgroundTasks, to: str
) -> dict[str, str]:
    response.headers["x-queued"] = "1"
    background_tasks.add_task(print, to)
    return {"to": to}


@app.get("/raw")
async def returned_response(request: Request) -> Response:
    return Response(request.url.path)


async def get_user(x_user: Annotated[str, Header()]) -> str:
    return x_user


async def get_session(user: Annotated[str, Depends(get_user)]) -> AsyncIterator[Session]:
    yield Session(user)


def get_lock(item_id: int) -> Iterator[int]:
    yield item_id


class Paging:
    def __init__(self, offset: int = 0, limit: int = 10) -> None:
        self.offset, self.limit = offset, limit


@app.get("/mine/{item_id}")
async def nested_dependencies(
    item_id: int,
    session: Annotated[Session, Depends(get_session)],
    user: Annotated[str, Depends(get_user)],
    lock: Annotated[int, Depends(get_lock, scope="function")],
    paging: Annotated[Paging, Depends()],
) -> Any:
    return {"item_id": item_id, "user": user, "limit": paging.limit}


def get_area(paging: Annotated[Paging, Depends()], zone: str = "eu") -> str:
    return f"{zone}:{paging.offset}"


@app.get("/areas/{number}")
def joined_steps(
    number: int, area: Annotated[str, Depends(get_area)], request: Request, size: float = 1.5
) -> list[str]:
    return [area] * number


@app.get("/areas")
async def joined_dependencies(area: Annotated[str, Depends(get_area)]) -> Any:
    return {"area": area}


async def check_scopes(
    scopes: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> str:
    return credentials.credentials


@app.delete(
    "/items/{item_id}", status_code=204, dependencies=[Security(check_scopes, scopes=["w"])]
)
async def security_and_no_content(item_id: int) -> None:
    return None


@app.get("/items-as-lines")
async def json_lines(
    session: Annotated[Session, Depends(get_session)], limit: int = 10
) -> AsyncIterable[Item]:
    for number in range(limit):
        yield Item(name=f"{session.user} {number}", price=Decimal(1))


@app.get("/changes", response_class=EventSourceResponse)
def events() -> Iterator[Any]:
    yield {"item_id": 1}


@app.get("/table", response_class=StreamingResponse)
async def chunks(response: Response) -> AsyncIterator[str]:
    yield "name,price\n"


def get_sources() -> dict[str, str]:
    """Return the generated source of every route, by the name of its endpoint."""
    sources = {route.name: route.source for route in app.routes if hasattr(route, "source")}
    app.dependency_overrides[get_user] = lambda: "you"
    try:
        route = next(route for route in app.routes if route.name == "nested_dependencies")
        sources["overridden_dependency"] = route.source
    finally:
        app.dependency_overrides.clear()
    return sources

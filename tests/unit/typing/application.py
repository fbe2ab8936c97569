"""An application as users write it; it has to type-check, and is not run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from pydantic import BaseModel

from rapide import (
    APIRouter,
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    Request,
    Response,
    Security,
    UploadFile,
    WebSocket,
)
from rapide.responses import JSONResponse
from rapide.security import OAuth2PasswordBearer, SecurityScopes
from rapide.testing import OpenAPISnapshot, contract_tests
from rapide.testing import openapi_snapshot as openapi_snapshot


class Item(BaseModel):
    name: str
    price: float = 0.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield


app = FastAPI(title="Typed", lifespan=lifespan, responses={404: {"model": Item}})
router = APIRouter(prefix="/items", tags=["items"])
scheme = OAuth2PasswordBearer(tokenUrl="token", scopes={"read": "read"})


async def get_user(scopes: SecurityScopes, token: Annotated[str, Depends(scheme)]) -> str:
    return token


@router.get("/{item_id}", response_model=Item | None, status_code=200)
async def read_item(
    item_id: Annotated[int, Path(ge=1)],
    user: Annotated[str, Security(get_user, scopes=["read"])],
    q: Annotated[str | None, Query(max_length=10, examples=["pen"])] = None,
    limit: int = Query(10, le=100),
    x_token: str | None = Header(None),
    session: str = Cookie(default=""),
) -> Item | None:
    if item_id > limit:
        raise HTTPException(404, detail={"missing": item_id}, headers={"X-Item": "none"})
    return Item(name=f"{q}{user}{x_token}{session}")


@router.post("/", dependencies=[Depends(get_user)])
def create_item(
    item: Item, tasks: BackgroundTasks, response: Response, note: Annotated[str, Body()]
) -> Item:
    tasks.add_task(print, note)
    response.headers["x-note"] = note
    return item


@app.post("/upload")
async def upload(file: UploadFile, title: Annotated[str, Form()], raw: bytes = File()) -> int:
    return len(await file.read()) + len(title) + len(raw)


@app.websocket("/ws")
async def talk(socket: WebSocket) -> None:
    await socket.accept()


@app.middleware("http")
async def pass_on(request: Request, call_next):  # type: ignore[no-untyped-def]
    return await call_next(request)


@app.exception_handler(ValueError)
async def on_value_error(request: Request, error: ValueError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=400)


app.include_router(router, prefix="/v1", tags=["v1"])
app.dependency_overrides[get_user] = lambda: "tester"
names: list[str] = [read_item.__name__, create_item.__name__]


test_contract = contract_tests(app, values={"item_id": 7}, seed=1)


def test_the_document(openapi_snapshot: OpenAPISnapshot) -> None:
    openapi_snapshot(app, "openapi.json", accept_safe=True)

"""An application with each kind of parameter, body, answer, stream and credentials, once."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, RootModel

from rapide import (
    APIRouter,
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
    UploadFile,
    WebSocket,
)
from rapide.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from rapide.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    HTTPDigest,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    OpenIdConnect,
)
from rapide.sse import EventSourceResponse, ServerSentEvent

app = FastAPI(title='The "whole" surface', version="1.0", openapi_tags=[{"name": "odd names"}])

T = TypeVar("T")


class Color(StrEnum):
    """What an eye sees."""

    RED = "red"
    NOT_RED = "not red"
    CLASS = "class"


class Level(IntEnum):
    LOW = -1
    HIGH = 7


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = Field("Rex", alias="petName", description='How it is "called".')


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Tree(BaseModel):
    """A tree; its branches are trees."""

    name: str
    branches: list["Tree"] = []


class Nested(RootModel[dict[str, "int | Nested"]]):
    pass


class Labels(RootModel[list[str]]):
    """Words."""


class Everything(BaseModel):
    """All types."""

    model_config = {"extra": "allow"}

    text: str = Field("text", alias="str")
    numbers: list[int] = Field([1, 2], alias="list")
    number: Annotated[int, Field(alias="json")] = 0
    class_: Annotated[str, Field(alias="class")]
    date: dt.date = dt.date(2020, 1, 2)
    datetime: "dt.datetime | None" = None
    time: dt.time = dt.time(1, 2)
    span: dt.timedelta = dt.timedelta(days=1)
    uuid: UUID = UUID(int=1)
    price: Decimal = Decimal("1.50")
    color: Color = Color.RED
    colors: set[Color] = {Color.CLASS, Color.RED, Color.NOT_RED}
    level: Level = Level.LOW
    pet: Pet
    maybe: Pet | None = None
    pair: tuple[int, str] = (1, "a")
    counts: dict[str, float] = {}
    fixed: Literal["a", 1, None] = "a"
    whatever: Any = None
    nested: Nested = Nested({})
    labels: Labels = Labels([])
    tree: Tree | None = None
    model_name: str = "x"
    _private: int = 0


class Box(BaseModel, Generic[T]):
    item: T


class Problem(BaseModel):
    reason: Literal["missing", "taken"]


class Filters(BaseModel):
    limit: int = 10
    words: list[str] = []


class Login(BaseModel):
    name: str
    codes: list[int] = []


router = APIRouter(tags=["values"])


@router.get("/params/{item_id}/{kind}/{rest:path}")
def read_params(
    item_id: int,
    kind: Color,
    rest: str,
    day: dt.date,
    query_id: Annotated[UUID | None, Query(alias="item_id")] = None,
    flag: bool = False,
    tags: Annotated[list[str] | None, Query(description='Some "words".\nOr none.')] = None,
    levels: Annotated[list[Level], Query()] = [Level.HIGH],  # noqa: B006
    from_: Annotated[str, Query(alias="from")] = "a/b",
    price: Decimal | None = None,
    x_token: Annotated[str | None, Header()] = None,
    x_numbers: Annotated[list[int] | None, Header()] = None,
    session: Annotated[str | None, Cookie()] = None,
) -> dict[str, Any]:
    """Give back what came.

    Quotes \\ and \"\"\" and */ do no harm.
    """
    return locals()


@router.get("/filtered")
def filtered(filters: Annotated[Filters, Query()]) -> Filters:
    return filters


@router.get(
    "/styles",
    openapi_extra={
        "parameters": [
            {
                "name": "ids",
                "in": "query",
                "explode": False,
                "schema": {"type": "array", "items": {"type": "integer"}},
            },
            {
                "name": "where",
                "in": "query",
                "style": "deepObject",
                "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        ]
    },
)
def styles(
    ids: Annotated[str, Query(include_in_schema=False)] = "",
    where: Annotated[str, Query(alias="where[a]", include_in_schema=False)] = "",
) -> list[str]:
    return [ids, where]


@router.post("/everything")
def post_everything(body: Everything) -> Everything:
    return body


@router.put("/everything/{body}")
def put_everything(body: str, item: Everything | None = None) -> Box[str | None]:
    return Box(item=item and f"{body} {item.class_}")


@router.post("/several")
def several(
    tree: Tree, pet: Annotated[Pet | None, Body()] = None, number: Annotated[int | None, Body()] = 5
) -> list[Any]:
    return [tree, pet, number]


@router.post("/list")
def post_list(items: list[Tree | Dog]) -> list[Tree | Dog]:
    return items


@router.post("/text")
def post_text(text: Annotated[str, Body(media_type="text/plain")]) -> str:
    return text


@router.post("/form")
def post_form(
    login: Annotated[Login, Form()],
) -> Login:
    return login


@router.post("/maybe-form")
def maybe_form(login: Annotated[Login | None, Form()] = None) -> str | None:
    return login and login.name


@router.post("/fields", status_code=201)
def post_fields(
    name: Annotated[str, Form()], flag: Annotated[bool | None, Form()] = None
) -> dict[str, bool | None]:
    return {name: flag}


@router.post("/upload")
async def upload(
    note: Annotated[str, Form()],
    file: UploadFile,
    more: Annotated[list[bytes] | None, File()] = None,
) -> list[str]:
    content = (await file.read()).decode()
    return [note, content, str(file.filename), *(item.decode() for item in more or [])]


answers = APIRouter(tags=["answers"])


@answers.get("/nothing", status_code=204)
def nothing() -> None:
    """Answer nothing."""


@answers.get("/none")
def none() -> None:
    return None


@answers.get("/plain", response_class=PlainTextResponse)
def plain() -> str:
    return "plain ä"


@answers.get("/page", response_class=HTMLResponse)
def page() -> str:
    return "<p>"


@answers.get("/bytes", response_class=Response)
def raw() -> Response:
    return Response(b"\x00\xff", media_type="image/png")


@answers.get("/moved", response_class=RedirectResponse)
def moved() -> str:
    return "/none"


@answers.get(
    "/either",
    responses={200: {"content": {"image/png": {}}}, 202: {"model": Tree}, 404: {"model": Problem}},
)
def either(how: Literal["json", "image", "later", "missing"]) -> Any:
    if how == "image":
        return Response(b"\x89PNG", media_type="image/png")
    if how == "later":
        return JSONResponse({"name": "later", "branches": []}, 202)
    if how == "missing":
        return JSONResponse({"reason": "missing"}, 404)
    return {"how": how}


@answers.get("/fails", responses={"4XX": {"model": Problem}, 418: {"description": "A teapot"}})
def fails(status: int) -> Tree:
    if status == 500:
        raise HTTPException(500, "broken")
    body = {"detail": "tea"} if status == 418 else {"reason": "taken"}
    return JSONResponse(body, status)  # type: ignore[return-value]


@answers.head("/plain")
def head_plain() -> None:
    """Answer the head only."""


streams = APIRouter(tags=["streams"])


@streams.get("/lines")
async def lines(count: int = 2) -> AsyncIterator[Tree]:
    for number in range(count):
        yield Tree(name=f"{number}\u2028ä")


@streams.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterator[Tree]:
    yield Tree(name="one")
    yield Tree(name="two")


@streams.get("/raw-events", response_class=EventSourceResponse)
async def raw_events() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(raw_data="a\nb", event="greeting", id="7", retry=10)
    yield ServerSentEvent(comment="nobody sees it")
    yield ServerSentEvent(raw_data="c")


@streams.get("/days", response_class=EventSourceResponse)
async def days() -> AsyncIterator[dt.date | str]:
    yield dt.date(2024, 2, 29)
    yield "one\nday"


@streams.websocket("/echo/{room}")
async def echo(websocket: WebSocket, room: int, word: list[str] = Query(default=[])) -> None:
    """Say what was said."""
    await websocket.accept()
    await websocket.send_json([room, word])
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()


secure = APIRouter(tags=["secure"])


@secure.post("/token")
def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
    return {"access_token": f"{form.username}:{form.password}", "token_type": "bearer"}


@secure.get("/by-token")
def by_token(token: Annotated[str, Depends(OAuth2PasswordBearer("token"))]) -> str:
    return token


@secure.get("/by-bearer")
def by_bearer(found: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    return found.credentials


@secure.get("/by-basic")
def by_basic(found: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> list[str]:
    return [found.username, found.password]


@secure.get("/by-digest")
def by_digest(found: Annotated[HTTPAuthorizationCredentials, Depends(HTTPDigest())]) -> str:
    return found.credentials


@secure.get("/by-openid")
def by_openid(found: Annotated[str, Depends(OpenIdConnect(openIdConnectUrl="/openid"))]) -> str:
    return found


@secure.get("/by-keys")
def by_keys(
    header: Annotated[str, Depends(APIKeyHeader(name="X-Key"))],
    query: Annotated[str, Depends(APIKeyQuery(name="key"))],
    cookie: Annotated[str, Depends(APIKeyCookie(name="key"))],
) -> list[str]:
    return [header, query, cookie]


odd = APIRouter(tags=["odd names"])


@odd.get("/list", operation_id="list")
def list_() -> list[int]:
    return [1]


@odd.get("/class", operation_id="class", deprecated=True)
def class_(
    self: int = 1, request: int = 2, def_: Annotated[int, Query(alias="def")] = 3
) -> list[int]:
    return [self, request, def_]


@odd.get("/twice", name="twice")
def twice() -> int:
    return 1


@odd.post("/twice-too", name="twice")
def twice_too() -> int:
    return 2


@odd.get("/1st", operation_id="1st")
def first(value: Annotated[int, Path()] = 1) -> int:
    return value


for one in (router, answers, streams, secure, odd):
    app.include_router(one)


@app.get("/values", operation_id="values")
def values() -> str:
    """Return text; the name is that of a tag, too."""
    return "values"

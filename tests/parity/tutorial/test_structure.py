"""Tutorial, second half: operations, errors, dependencies, security, larger applications."""

import base64
import hashlib
import hmac
import json
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

import pytest
from pydantic import BaseModel

from ..client import GET, POST, Req, document
from ..frontend_site import ROOT, built_site
from ..harness import parity, same_value


class Item(BaseModel):
    name: str
    price: float = 0


@parity(document("/openapi.json"), "/books /loans /old", POST("/books", {"name": "a"}))
def test_path_operation_configuration(fw):
    """chapter: path operation configuration (status, tags, summary, description, deprecation)"""
    from enum import Enum

    class Tags(Enum):
        books = "books"
        loans = "loans"

    app = fw.FastAPI()

    @app.post("/books", tags=[Tags.books], status_code=fw.status.HTTP_201_CREATED, summary="Add")
    async def add(item: Item) -> Item:
        """
        Add a book:

        - **name**: its title
        \f
        Not shown.
        """
        return item

    @app.get("/books", tags=["books", Tags.loans], description="All of *them*")
    def books():
        return []

    @app.get("/loans", tags=[Tags.loans], response_description="Who has what")
    def loans_of_everyone():
        """Everybody's loans."""
        return []

    @app.get("/old", deprecated=True)
    def old():
        return "old"

    return app


@parity(
    "/books/emma /books/none /dragons/1 /dragons/0 /missing /number/x /sum/1 /fail",
    POST("/books", {"price": "much"}),
)
def test_handling_errors(fw):
    """chapter: handling errors, with handlers of one's own and those of the framework"""

    class DragonError(Exception):
        def __init__(self, number):
            self.number = number

    app = fw.FastAPI()

    @app.exception_handler(DragonError)
    async def dragon(request: fw.Request, error: DragonError):
        return fw.responses.JSONResponse({"dragon": error.number}, status_code=418)

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def refused(request: fw.Request, error: fw.exceptions.RequestValidationError):
        if request.url.path.startswith("/number"):
            return fw.responses.PlainTextResponse(f"{len(error.errors())} wrong", status_code=400)
        return await fw.exception_handlers.request_validation_exception_handler(request, error)

    @app.exception_handler(fw.exceptions.StarletteHTTPException)
    async def http(request, error):
        fw.log.append(repr(error.detail))
        return await fw.exception_handlers.http_exception_handler(request, error)

    @app.get("/books/{name}")
    async def book(name: str):
        if name == "none":
            raise fw.HTTPException(404, {"missing": name}, headers={"x-error": "none"})
        return name

    @app.get("/dragons/{number}")
    def dragons(number: int):
        if number:
            raise DragonError(number)
        return "none"

    @app.get("/number/{number}")
    @app.get("/sum/{number}")
    def number(number: int, other: int):
        return number + other

    @app.post("/books")
    def add(item: Item):
        return item

    @app.get("/fail")
    def fail():
        raise fw.HTTPException(status_code=400)

    return app


@parity(
    "/books?q=a&skip=1 /users?limit=x /class?q=a /sub /twice /cached",
    GET("/sub", headers={"cookie": "last=emma"}),
    GET("/guarded"),
    GET("/guarded", headers={"x-token": "good", "x-key": "good"}),
    GET("/guarded", headers={"x-token": "bad", "x-key": "good"}),
    "/session /session?fail=1 /session?fail=2 /missing",
    trio=True,
)
def test_dependencies(fw):
    """chapters: dependencies, classes, sub-dependencies, in decorators, global, with yield"""
    log = fw.log

    async def everywhere(request: fw.Request):
        log.append(f"everywhere {request.url.path}")

    app = fw.FastAPI(dependencies=[fw.Depends(everywhere)])

    async def page(q: str | None = None, skip: int = 0, limit: int = 100):
        return {"q": q, "skip": skip, "limit": limit}

    Page = Annotated[dict, fw.Depends(page)]

    @app.get("/books")
    async def books(page: Page):
        return page

    @app.get("/users")
    def users(page: Page):
        return page

    class Search:
        def __init__(self, q: str | None = None, limit: int = 10):
            self.q, self.limit = q, limit

    @app.get("/class")
    async def by_class(search: Annotated[Search, fw.Depends()]):
        return [search.q, search.limit]

    def query(q: str | None = None):
        return q

    def query_or_cookie(
        q: Annotated[str | None, fw.Depends(query)], last: Annotated[str | None, fw.Cookie()] = None
    ):
        return q or last

    @app.get("/sub")
    async def sub(word: Annotated[str | None, fw.Depends(query_or_cookie)]):
        return {"word": word}

    def counted():
        log.append("counted")
        return len(log)

    @app.get("/twice")
    def twice(
        a: Annotated[int, fw.Depends(counted)],
        b: Annotated[int, fw.Depends(counted, use_cache=False)],
    ):
        return a == b

    @app.get("/cached")
    def cached(a: Annotated[int, fw.Depends(counted)], b: Annotated[int, fw.Depends(counted)]):
        return a == b

    async def check_token(x_token: Annotated[str, fw.Header()]):
        if x_token != "good":
            raise fw.HTTPException(400, "bad token")

    def check_key(x_key: Annotated[str, fw.Header()]):
        log.append(x_key)
        return x_key

    @app.get("/guarded", dependencies=[fw.Depends(check_token), fw.Depends(check_key)])
    def guarded():
        return "in"

    class BrokenError(Exception): ...

    async def session():
        log.append("open")
        try:
            yield "session"
        except BrokenError as error:
            log.append("broken")
            raise fw.HTTPException(400, str(error)) from None
        finally:
            log.append("close")

    @app.get("/session")
    async def use(session: Annotated[str, fw.Depends(session)], fail: int = 0):
        if fail == 1:
            raise BrokenError("nothing saved")
        if fail == 2:
            raise fw.HTTPException(409, "twice")
        return session

    return app


def sign(claims: dict, key: bytes = b"key of this test") -> str:
    """A JSON Web Token (RFC 7519) signed with HMAC SHA-256."""

    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = head + b"." + part(json.dumps(claims).encode())
    return (body + b"." + part(hmac.digest(key, body, "sha256"))).decode()


def read_token(token: str) -> dict | None:
    body, _, _ = token.rpartition(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(body.partition(".")[2] + "=="))
    except ValueError:
        return None
    fresh = claims.get("exp", 0) > time.time()
    return claims if fresh and hmac.compare_digest(sign(claims), token) else None


FOREVER = 4_000_000_000


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@parity(
    POST("/token", form={"username": "ada", "password": "engine", "scope": "read"}),
    POST("/token", form={"username": "ada", "password": "wrong"}),
    POST("/token", form={"username": "ada"}),
    "/me",
    GET("/me", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["read"]}))),
    GET("/me", headers=bearer(sign({"sub": "ada", "exp": 1, "scopes": ["read"]}))),
    GET("/me", headers=bearer(sign({"sub": "ada", "exp": FOREVER}, b"another key"))),
    GET("/me", headers=bearer("nonsense")),
    GET("/me", headers={"authorization": "Basic YTpi"}),
    GET("/loans", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["read"]}))),
    GET("/loans", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["loans"]}))),
    GET(
        "/loans", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["loans", "read"]}))
    ),
    "/status",
    document("/openapi.json"),
)
def test_oauth2_with_password_and_tokens(fw):
    """chapters: security, first steps to OAuth2 with JWT; advanced: OAuth2 scopes"""
    security = fw.security
    scheme = security.OAuth2PasswordBearer(
        tokenUrl="token", scopes={"read": "Read yourself", "loans": "Read loans"}
    )
    salt = b"a fixed salt"
    users = {"ada": hashlib.scrypt(b"engine", salt=salt, n=16, r=1, p=1)}
    app = fw.FastAPI()

    async def current_user(
        scopes: security.SecurityScopes, token: Annotated[str, fw.Depends(scheme)]
    ):
        challenge = f'Bearer scope="{scopes.scope_str}"' if scopes.scopes else "Bearer"
        claims = read_token(token)
        if claims is None or claims["sub"] not in users:
            raise fw.HTTPException(401, "unknown", headers={"WWW-Authenticate": challenge})
        if not set(scopes.scopes) <= set(claims.get("scopes", ())):
            raise fw.HTTPException(401, "not allowed", headers={"WWW-Authenticate": challenge})
        return claims["sub"]

    async def reader(user: Annotated[str, fw.Security(current_user, scopes=["read"])]):
        return user

    @app.post("/token")
    async def token(form: Annotated[security.OAuth2PasswordRequestForm, fw.Depends()]):
        digest = hashlib.scrypt(form.password.encode(), salt=salt, n=16, r=1, p=1)
        if not secrets.compare_digest(digest, users.get(form.username, b"")):
            raise fw.HTTPException(status_code=400, detail="wrong name or password")
        claims = {"sub": form.username, "exp": FOREVER, "scopes": form.scopes}
        return {"access_token": sign(claims), "token_type": "bearer"}

    @app.get("/me")
    async def me(user: Annotated[str, fw.Depends(reader)]):
        return user

    @app.get("/loans")
    async def loans(user: Annotated[str, fw.Security(reader, scopes=["loans"])]):
        return [user]

    @app.get("/status")
    async def status(user: Annotated[str, fw.Depends(current_user)]):
        return user

    return app


def basic(text):
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@parity(
    "/basic /key",
    GET("/basic", headers=basic("ada:engine")),
    GET("/basic", headers=basic("ada:wrong")),
    GET("/basic", headers=basic("no colon")),
    GET("/basic", headers={"authorization": "Basic ?"}),
    GET("/key", headers={"x-api-key": "k1"}),
    GET("/key", headers={"x-api-key": "k2"}),
    GET("/key?key=k1"),
    GET("/key", headers={"cookie": "key=k1"}),
)
def test_http_basic_and_api_keys(fw):
    """advanced: HTTP Basic Auth; API keys in header, query and cookie"""
    security = fw.security
    app = fw.FastAPI()

    def user(given: Annotated[security.HTTPBasicCredentials, fw.Depends(security.HTTPBasic())]):
        if not secrets.compare_digest(given.password.encode(), b"engine"):
            raise fw.HTTPException(401, headers={"WWW-Authenticate": "Basic"})
        return given.username

    @app.get("/basic")
    def protected(user: Annotated[str, fw.Depends(user)]):
        return user

    def key(
        in_header: Annotated[
            str | None, fw.Depends(security.APIKeyHeader(name="x-api-key", auto_error=False))
        ],
        in_query: Annotated[
            str | None, fw.Depends(security.APIKeyQuery(name="key", auto_error=False))
        ],
        in_cookie: Annotated[
            str | None, fw.Depends(security.APIKeyCookie(name="key", auto_error=False))
        ],
    ):
        given = in_header or in_query or in_cookie
        if given != "k1":
            raise fw.HTTPException(403, f"unknown key {given}")
        return given

    @app.get("/key")
    def keyed(key: Annotated[str, fw.Security(key)]):
        return key

    return app


@parity(
    GET("/", headers={"origin": "https://example.org"}),
    GET("/", headers={"origin": "https://example.com"}),
    Req(
        "OPTIONS",
        "/",
        headers={"origin": "https://example.org", "access-control-request-method": "PUT"},
    ),
    "/fail /missing",
)
def test_middleware_and_cors(fw):
    """chapters: middleware; CORS"""
    app = fw.FastAPI()
    app.add_middleware(
        fw.module("middleware.cors").CORSMiddleware,
        allow_origins=["https://example.org"],
        allow_methods=["GET", "PUT"],
        allow_credentials=True,
        expose_headers=["x-seen"],
    )

    @app.middleware("http")
    async def mark(request: fw.Request, call_next):
        response = await call_next(request)
        response.headers["x-seen"] = request.url.path
        return response

    @app.get("/")
    async def root():
        return {}

    @app.get("/fail")
    async def fail():
        raise fw.HTTPException(400)

    return app


@parity(
    POST("/books", {"title": "Emma", "year": 1815}),
    POST("/books", {"title": "Persuasion", "year": 1817}),
    POST("/books", {"title": "Emma", "year": 1815}),
    "/books /books?limit=1 /books?offset=1 /books/1 /books/9",
    "DELETE /books/1 DELETE /books/1 /books",
)
def test_an_sql_database(fw):
    """chapter: SQL databases, one session per request and one transaction per session"""
    from sqlalchemy import StaticPool, String, UniqueConstraint, create_engine, select
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase): ...

    class BookRow(Base):
        __tablename__ = "books"
        __table_args__ = (UniqueConstraint("title"),)
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(String(80))
        year: Mapped[int]

    class Book(BaseModel):
        title: str
        year: int

    class StoredBook(Book):
        id: int

    engine = create_engine(
        "sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool
    )

    @fw.concurrency.asynccontextmanager
    async def lifespan(app):
        Base.metadata.create_all(engine)
        yield
        engine.dispose()

    app = fw.FastAPI(lifespan=lifespan)

    def session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    Database = Annotated[Session, fw.Depends(session)]

    @app.post("/books", response_model=StoredBook, status_code=201)
    def add(book: Book, database: Database):
        row = BookRow(**book.model_dump())
        database.add(row)
        try:
            database.commit()
        except IntegrityError:
            raise fw.HTTPException(409, "known already") from None
        return row

    @app.get("/books")
    def books(
        database: Database, offset: int = 0, limit: Annotated[int, fw.Query(le=100)] = 100
    ) -> list[StoredBook]:
        return database.scalars(select(BookRow).offset(offset).limit(limit)).all()

    @app.get("/books/{number}", response_model=StoredBook)
    def book(number: int, database: Database):
        return database.get(BookRow, number) or not_found()

    @app.delete("/books/{number}", status_code=204)
    def remove(number: int, database: Database):
        database.delete(database.get(BookRow, number) or not_found())
        database.commit()

    def not_found():
        raise fw.HTTPException(404)

    return app


@parity(
    "/ /users /users?token=jessica /users/me?token=jessica /items?token=jessica",
    GET("/items?token=jessica", headers={"x-token": "secret"}),
    GET("/items/plumbus?token=jessica", headers={"x-token": "secret"}),
    GET("/admin?token=jessica", headers={"x-token": "secret"}),
    GET("/v2/items?token=jessica", headers={"x-token": "secret"}),
    document("/openapi.json"),
)
def test_bigger_applications(fw):
    """chapter: bigger applications, several files"""

    async def query_token(token: str):
        if token != "jessica":
            raise fw.HTTPException(400, "no such token")

    async def header_token(x_token: Annotated[str, fw.Header()]):
        if x_token != "secret":
            raise fw.HTTPException(400, "no such header")

    users = fw.APIRouter()

    @users.get("/users", tags=["users"])
    async def read_users():
        return ["jessica"]

    @users.get("/users/me", tags=["users"])
    async def me():
        return "jessica"

    items = fw.APIRouter(
        prefix="/items",
        tags=["items"],
        dependencies=[fw.Depends(header_token)],
        responses={404: {"description": "Not there"}},
    )

    @items.get("")
    async def read_items():
        return ["portal"]

    @items.get("/{name}", tags=["custom"], responses={403: {"description": "Not yours"}})
    async def read_item(name: str):
        raise fw.HTTPException(403 if name == "plumbus" else 404)

    admin = fw.APIRouter()

    @admin.get("")
    async def admin_page():
        return "admin"

    app = fw.FastAPI(dependencies=[fw.Depends(query_token)])
    app.include_router(users)
    app.include_router(items)
    app.include_router(items, prefix="/v2", include_in_schema=False)
    app.include_router(
        admin,
        prefix="/admin",
        tags=["admin"],
        dependencies=[fw.Depends(header_token)],
        responses={418: {"description": "A teapot"}},
    )

    @app.get("/")
    async def root():
        return "hello"

    return app


@parity(
    "/numbers /typed /broken",
    document("/openapi.json"),
    compiled=False,
    trio=True,
)
def test_streams_of_json_lines(fw):
    """chapter: stream JSON Lines"""
    app = fw.FastAPI()

    @app.get("/numbers")
    def numbers() -> Iterator[int]:
        yield from (1, 2, 3)

    @app.get("/typed")
    async def typed() -> AsyncIterator[Item]:
        for name in ("chair", "table"):
            yield Item(name=name, price=3)

    @app.get("/broken")
    async def broken() -> AsyncIterator[Item]:
        yield {"name": "chair"}
        yield {"price": 1}

    return app


@parity(
    "/items /typed /resume /raw",
    GET("/resume", headers={"last-event-id": "1"}),
    POST("/chat", {"name": "hi"}),
    document("/openapi.json"),
    compiled=False,
)
def test_server_sent_events(fw):
    """chapter: server-sent events"""
    app = fw.FastAPI()
    sse = fw.sse
    events = sse.EventSourceResponse

    @app.get("/items", response_class=events)
    async def items():
        yield {"name": "chair"}
        yield "text"

    @app.get("/typed", response_class=events)
    def typed() -> Iterator[Item]:
        yield Item(name="chair")

    @app.get("/resume", response_class=events)
    async def resume(last_event_id: Annotated[int, fw.Header()] = -1):
        for number in range(last_event_id + 1, 3):
            yield sse.ServerSentEvent(data=number, id=str(number), event="n", retry=500)

    @app.get("/raw", response_class=events)
    async def raw() -> AsyncIterator[sse.ServerSentEvent]:
        yield sse.ServerSentEvent(raw_data="a\nb", comment="as it is")
        yield sse.ServerSentEvent(data=None)

    @app.post("/chat", response_class=events)
    async def chat(item: Item):
        for letter in item.name:
            yield sse.ServerSentEvent(data=letter)

    return app


@parity(POST("/send/a@example.org"), POST("/send/a@example.org?q=x"))
def test_background_tasks(fw):
    """chapter: background tasks, added by the endpoint and by a dependency"""
    app = fw.FastAPI()

    def write(text: str, mark: str = ""):
        fw.log.append(text + mark)

    async def send(text: str):
        fw.log.append(text)

    def query(tasks: fw.BackgroundTasks, q: str | None = None):
        if q:
            tasks.add_task(write, f"query {q}", mark="!")
        return q

    @app.post("/send/{address}")
    async def notify(
        address: str, tasks: fw.BackgroundTasks, q: Annotated[str | None, fw.Depends(query)]
    ):
        tasks.add_task(send, f"mail to {address}")
        return {"q": q}

    return app


@parity(document("/api/v1/openapi.json"), "/openapi.json /docs /redoc /items")
def test_metadata_and_docs_urls(fw):
    """chapter: metadata and docs URLs"""
    app = fw.FastAPI(
        title="Library",
        summary="Books and who has them",
        description="**Loans** and *books*",
        version="2.1",
        terms_of_service="https://example.org/terms",
        contact={"name": "Desk", "url": "https://example.org", "email": "desk@example.org"},
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_tags=[
            {"name": "items", "description": "Things", "externalDocs": {"url": "https://e.org"}}
        ],
        openapi_url="/api/v1/openapi.json",
        openapi_external_docs={"url": "https://example.org/docs"},
        docs_url=None,
        redoc_url=None,
    )

    @app.get("/items", tags=["items"])
    async def items():
        return []

    return app


@pytest.mark.parametrize("mode", ["compiled", "generic"])
def test_static_files(mode):
    """chapter: static files"""

    @parity(
        "/static/app.js /static/missing /static/ /static HEAD /static/app.js POST /static/app.js",
        openapi=False,
    )
    def case(fw):
        app = fw.FastAPI()
        app.mount("/static", fw.staticfiles.StaticFiles(directory=ROOT / "spa"), name="static")
        return app

    with built_site():
        case(mode)


@same_value
def test_testing(fw):
    """chapter: testing, with overrides, lifespan, WebSockets and a broken endpoint"""
    app = fw.FastAPI()

    def settings():
        return "real"

    @app.get("/")
    async def root(value: Annotated[str, fw.Depends(settings)]):
        return {"value": value}

    @app.post("/items")
    def add(item: Item):
        return item

    @app.websocket("/ws")
    async def socket(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_json(await websocket.receive_json())
        await websocket.close()

    @app.get("/broken")
    def broken():
        raise RuntimeError("broken")

    results = []
    with fw.testclient.TestClient(app, raise_server_exceptions=False) as client:
        results += [client.get("/").json(), client.post("/items", json={}).json()]
        app.dependency_overrides[settings] = lambda: "for tests"
        results += [client.get("/").json(), client.post("/items", json={"name": "a"}).json()]
        app.dependency_overrides = {}
        results += [client.get("/").json(), client.get("/broken").status_code]
        with client.websocket_connect("/ws") as socket:
            socket.send_json({"a": 1})
            results.append(socket.receive_json())
    return results


@same_value
def test_debugging(fw):
    """chapter: debugging; the application is an ASGI callable that any server runs"""
    import inspect

    app = fw.FastAPI(debug=True)
    return [
        app.debug,
        inspect.iscoroutinefunction(app.__call__),
        list(inspect.signature(app).parameters),
    ]


@parity("/count /count")
def test_a_dependency_with_a_database_of_the_standard_library(fw):
    """chapter: dependencies with yield, sync, in worker threads"""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("create table visits (at integer)")
    app = fw.FastAPI()

    @contextmanager
    def transaction():
        with connection:
            yield connection.cursor()
        fw.log.append("committed")

    def cursor():
        with transaction() as cursor:
            yield cursor

    @app.get("/count")
    def count(cursor: Annotated[sqlite3.Cursor, fw.Depends(cursor, scope="function")]):
        cursor.execute("insert into visits values (1)")
        return cursor.execute("select count(*) from visits").fetchone()[0]

    return app

"""Tutorial: databases, several files, metadata, static files, testing and debugging."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import pytest
from pydantic import BaseModel

from ..client import GET, POST, document
from ..frontend_site import ROOT, built_site
from ..harness import parity, same_value


class Item(BaseModel):
    name: str
    price: float = 0


@parity(
    POST("/books", {"title": "Emma", "year": 1815}),
    POST("/books", {"title": "Persuasion", "year": 1817}),
    POST("/books", {"title": "Emma", "year": 1815}),
    "/books /books?limit=1 /books?offset=1 /books/1 /books/9",
    "DELETE /books/1 DELETE /books/1 /books",
)
def test_an_sql_database(fw):
    """There is one session for each request, and one transaction for each session."""
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
    """The application has several files."""

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


@parity(document("/api/v1/openapi.json"), "/openapi.json /docs /redoc /items")
def test_metadata_and_docs_urls(fw):
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
    """Tests use overrides, the lifespan, WebSockets and a broken endpoint."""
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
    """The application is an ASGI callable that any server runs."""
    import inspect

    app = fw.FastAPI(debug=True)
    return [
        app.debug,
        inspect.iscoroutinefunction(app.__call__),
        list(inspect.signature(app).parameters),
    ]


@parity("/count /count")
def test_a_dependency_with_a_database_of_the_standard_library(fw):
    """The dependency is sync, yields, and runs in worker threads."""
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

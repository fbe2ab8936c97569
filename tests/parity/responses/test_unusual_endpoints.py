"""Endpoints that do unusual things: odd exceptions, odd values, streams cut short, ORM rows."""

import dataclasses
from typing import Annotated, Any

import anyio
from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass

from ..client import GET, POST, Req
from ..harness import parity


@parity("/stop /stop-async /async-stop /sync-timeout /assert /recursion /notes", trio=True)
def test_unusual_exceptions_leave_the_application(fw):
    """`StopIteration`, `AssertionError` and exceptions with notes are among them."""
    app = fw.FastAPI()

    @app.get("/stop")
    def stop():
        raise StopIteration("sync")

    @app.get("/stop-async")
    async def stop_async():
        raise StopAsyncIteration("async")

    @app.get("/async-stop")
    async def async_stop():
        raise StopIteration("async")

    @app.get("/sync-timeout")
    def timeout():
        raise TimeoutError("too slow")

    @app.get("/assert")
    async def assertion():
        raise AssertionError

    @app.get("/recursion")
    async def recursion():
        return await recursion()

    @app.get("/notes")
    async def notes():
        error = ValueError("noted")
        error.add_note("a note")
        raise error

    return app


@parity("/value-error-validation /pydantic /request-error /response-error")
def test_validation_errors_raised_by_user_code_are_not_those_of_the_request(fw):
    """They are server errors."""

    class Model(BaseModel):
        a: int

    app = fw.FastAPI()

    @app.get("/pydantic")
    def pydantic():
        return Model(a="x")

    @app.get("/value-error-validation")
    async def in_dependency(m: Annotated[Any, fw.Depends(lambda: Model(a="x"))]):
        return m

    @app.get("/request-error")
    def request_error():
        raise fw.exceptions.RequestValidationError([])

    @app.get("/response-error")
    def response_error():
        raise fw.exceptions.ResponseValidationError([{"type": "x", "loc": (), "msg": "m"}])

    return app


@parity(
    # How many chunks pass before the disconnect is noticed is a matter of timing.
    Req("GET", "/endless", disconnect=True, body=False),
    Req("GET", "/iterator", disconnect=True),
    Req("GET", "/watching", disconnect=True),
    Req("GET", "/lines", disconnect=True),
    "/iterator /empty /raises-at-once",
)
def test_streams_may_be_long_empty_or_cut_short(fw):
    """Clients leave while a response is streamed."""
    app = fw.FastAPI()
    StreamingResponse = fw.responses.StreamingResponse

    @app.get("/endless")
    async def endless():
        async def chunks():
            try:
                while True:
                    yield b"x"
                    await anyio.sleep(0.01)
            finally:
                fw.log.append("stream closed")

        return StreamingResponse(chunks())

    @app.get("/iterator")
    def iterator():
        return StreamingResponse(iter(["a", "b"]), media_type="text/csv", headers={"x-a": "1"})

    @app.get("/watching")
    async def watching(request: fw.Request):
        return await request.is_disconnected()

    @app.get("/empty")
    def empty():
        return StreamingResponse(iter([]), status_code=206)

    @app.get("/raises-at-once")
    def raises():
        def chunks():
            raise ValueError("at once")
            yield

        return StreamingResponse(chunks())

    @app.get("/lines")
    async def lines():
        yield {"a": 1}

    return app


@parity("/one /many /relation /missing")
def test_rows_of_sqlalchemy_are_encoded_and_validated(fw):
    """Keys that begin with `_sa` are left out."""
    from sqlalchemy import ForeignKey, create_engine, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
    from sqlalchemy.pool import StaticPool

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "author"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        books: Mapped[list["Book"]] = relationship(lazy="selectin", order_by="Book.id")

    class Book(Base):
        __tablename__ = "book"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))

    class BookOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        title: str

    class AuthorOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        id: int
        books: list[BookOut]

    same_thread = {"check_same_thread": False}
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=same_thread)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Author(id=1, name="Mary Shelley", books=[Book(title="Frankenstein")]))
        session.commit()

    def get_session():
        with Session(engine) as session:
            fw.log.append("session open")
            yield session
        fw.log.append("session closed")

    app = fw.FastAPI()
    S = Annotated[Session, fw.Depends(get_session)]

    @app.get("/one", response_model=BookOut)
    async def one(s: S):
        return s.get(Book, 1)

    @app.get("/many", response_model=list[BookOut])
    def many(s: S):
        return s.scalars(select(Book)).all()

    @app.get("/relation")
    def relation(s: S) -> AuthorOut:
        return s.get(Author, 1)

    @app.get("/missing", response_model=BookOut)
    def missing(s: S):
        return s.get(Book, 99)

    return app


@pydantic_dataclass
class Checked:
    a: int
    b: list[int] = Field(default_factory=list)


@dataclasses.dataclass
class Nested:
    checked: Checked
    other: "Nested | None" = None


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    first_name: str
    home_address: str | None = None


@parity(
    POST("/dataclass", {"a": "1"}),
    POST("/dataclass", {"a": "x"}),
    POST("/nested", {"checked": {"a": 1}, "other": {"checked": {"a": 2}}}),
    POST("/nested", {"checked": {}, "other": 3}),
    POST("/camel", {"firstName": "Ada"}),
    POST("/camel", {"first_name": "Ada", "homeAddress": "x"}),
    POST("/created", {"x": 1}),
    POST("/frozen", {"n": 1}),
    "/camel-query?firstName=a&homeAddress=b /camel-query?first_name=a /camel-query",
    "/camel-dump",
)
def test_models_of_unusual_kinds_are_read_and_written(fw):
    """Dataclasses of Pydantic, generated aliases and created models are among them."""

    class Frozen(BaseModel):
        model_config = ConfigDict(frozen=True, revalidate_instances="always")
        n: int

    app = fw.FastAPI()
    Created = create_model("Created", x=(int, ...), y=(str, "y"))

    @app.post("/dataclass")
    def dataclass(v: Checked) -> Checked:
        return v

    @app.post("/nested")
    def nested(v: Nested) -> Nested:
        return v

    @app.post("/camel")
    def camel(v: Camel) -> Camel:
        return v

    @app.post("/created")
    def created(v: Created) -> Created:
        return v

    @app.post("/frozen")
    def frozen(v: Frozen) -> Frozen:
        return v

    @app.get("/camel-query")
    def camel_query(v: Annotated[Camel, fw.Query()]):
        return v

    @app.get("/camel-dump", response_model_by_alias=False)
    def camel_dump() -> Camel:
        return Camel(first_name="a")

    return app


@parity(
    "/item-list?x=1 /item-list /shadow?id=1&type=2&object=3",
    GET("/header-list", headers=[("accept-language", "de"), ("accept-language", "fr")]),
    "/nested-optional /nested-optional?v=3 /union-list?v=1 /union-list /tuple-default",
    "/none-default?v=",
    "/bool-flags?a&b= /bool-flags?a=1&b=no /underscore?_a=1 /enum-default",
)
def test_unusual_signatures_are_served(fw):
    import enum
    from typing import Optional, Union

    class E(enum.Enum):
        a = "a"

    app = fw.FastAPI()
    Query = fw.Query

    @app.get("/item-list")
    def item_list(x: Annotated[list[int] | int | None, Query()] = None):
        return {"x": x}

    @app.get("/shadow")
    def shadow(id: int, type: int, object: int):
        return [id, type, object]

    @app.get("/header-list")
    def header_list(accept_language: Annotated[list[str] | None, fw.Header()] = None):
        return accept_language

    @app.get("/nested-optional")
    def nested(v: Optional[Optional[int]] = None):  # noqa: UP045
        return v

    @app.get("/union-list")
    def union_list(v: Annotated[Union[list[int], None], Query()] = None):  # noqa: UP007
        return v

    @app.get("/tuple-default")
    def tuple_default(v: Annotated[tuple[int, ...], Query()] = (1, 2)):
        return v

    @app.get("/none-default")
    def none_default(v: str = None):  # noqa: RUF013
        return v

    @app.get("/bool-flags")
    def flags(a: bool = False, b: bool | None = None):
        return [a, b]

    @app.get("/underscore")
    def underscore(_a: int = 0):
        return _a

    @app.get("/enum-default")
    def enum_default(v: E = E.a):
        return v

    return app


@parity(
    "HEAD /both GET /both HEAD /only",
    Req("HEAD", "/stream"),
    "HEAD /missing",
    Req("HEAD", "/mapped?n=x"),
)
def test_head_requests_are_answered_as_the_route_says(fw):
    app = fw.FastAPI()

    @app.api_route("/both", methods=["GET", "HEAD"], operation_id=None, include_in_schema=False)
    async def both():
        return {"a": 1}

    @app.head("/only")
    def only(response: fw.Response):
        response.headers["x-only"] = "1"

    @app.head("/stream")
    def stream():
        return fw.responses.StreamingResponse(iter(["a"]))

    @app.head("/mapped")
    def mapped(n: int):
        return n

    return app


@parity("/204 /304 /205 /injected /raised /response", trio=True)
def test_statuses_without_body_empty_every_kind_of_answer(fw):
    """The content type is kept."""
    app = fw.FastAPI()

    @app.get("/204", status_code=204)
    def no_content(response: fw.Response):
        response.headers["x-a"] = "1"

    @app.get("/304", status_code=304, response_class=fw.responses.PlainTextResponse)
    def not_modified():
        return "text"

    @app.get("/205", status_code=205, response_class=fw.Response)
    async def reset():
        return "text"

    @app.get("/injected")
    async def injected(response: fw.Response) -> dict[str, int]:
        response.status_code = 304
        return {"a": 1}

    @app.get("/raised")
    def raised():
        raise fw.HTTPException(204, "detail")

    @app.get("/response")
    def response():
        return fw.Response("kept?", status_code=204)

    return app

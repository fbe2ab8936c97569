"""Pages of every kind over lists and SQLAlchemy, by response model and by dependency."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Query
from fastapi_pagination import LimitOffsetPage, Page, add_pagination, paginate, resolve_params
from fastapi_pagination import response as pagination_response
from fastapi_pagination.api import pagination_ctx
from fastapi_pagination.cursor import CursorPage
from fastapi_pagination.customization import (
    CustomizedPage,
    UseIncludeTotal,
    UseName,
    UseParamsFields,
)
from fastapi_pagination.ext.sqlalchemy import paginate as paginate_query
from fastapi_pagination.links import Page as LinksPage
from fastapi_pagination.utils import disable_installed_extensions_check
from pydantic import BaseModel
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

disable_installed_extensions_check()

TITLES = ["Adam Bede", "Daniel Deronda", "Emma", "Felix Holt", "Hamlet", "Middlemarch", "Romola"]


class Base(DeclarativeBase): ...


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class BookOut(BaseModel):
    model_config = {"from_attributes": True}
    id: int
    title: str


SmallPage = CustomizedPage[
    Page,
    UseName("SmallPage"),
    UseParamsFields(size=Query(2, ge=1, le=3)),
    UseIncludeTotal(False),
]

engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
Base.metadata.create_all(engine)
with Session(engine) as filling:
    filling.add_all(Book(title=title) for title in TITLES)
    filling.commit()


def get_session():
    with Session(engine) as session:
        yield session


app = FastAPI()
router = APIRouter(prefix="/queries")
Database = Annotated[Session, Depends(get_session)]


@app.get("/titles")
async def list_titles() -> Page[str]:
    return paginate(TITLES)


@app.get("/limited", response_model=LimitOffsetPage[str])
def limit_titles() -> Any:
    return paginate(TITLES)


@app.get("/small")
async def list_few() -> SmallPage[str]:
    return paginate(TITLES)


@app.get("/links")
async def list_links() -> LinksPage[str]:
    return paginate(TITLES)


@app.get("/transformed")
async def transform() -> Page[int]:
    return paginate(TITLES, transformer=lambda titles: [len(title) for title in titles])


@app.get("/context", dependencies=[Depends(pagination_ctx(Page[str]))])
async def by_context() -> Any:
    pagination_response().headers["x-size"] = str(resolve_params().size)
    return paginate(TITLES)


@app.post("/searches")
async def search(words: Annotated[list[str], Body()]) -> Page[str]:
    return paginate([title for title in TITLES if any(word in title for word in words)])


@router.get("/books")
def list_books(session: Database) -> Page[BookOut]:
    return paginate_query(session, select(Book).order_by(Book.title))


@router.get("/books/cursor")
def walk_books(session: Database) -> CursorPage[BookOut]:
    return paginate_query(session, select(Book).order_by(Book.id))


app.include_router(router)
add_pagination(app)


@app.get("/late")
async def declared_late() -> Page[str]:
    return paginate(TITLES)


def talk(client) -> None:
    client.document()
    for path in ("/titles", "/limited", "/small", "/links", "/transformed", "/context", "/late"):
        client.get(path)
        client.get(path, params={"page": 2, "size": 3, "limit": 2, "offset": 4})
        client.get(path, params={"page": 0, "size": "many", "limit": -1, "offset": "x"})
    client.post("/searches?size=1", json=["am", "Em"])
    client.post("/searches", json="am")
    client.get("/queries/books", params={"page": 2, "size": 4})
    cursor = None
    for _ in range(3):
        params = {"size": 3} | ({"cursor": cursor} if cursor else {})
        cursor = client.get("/queries/books/cursor", params=params).json()["next_page"]
    client.get("/queries/books/cursor", params={"cursor": "nonsense"})

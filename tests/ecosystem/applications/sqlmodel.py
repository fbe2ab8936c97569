"""Tables that are models: the usual routes over them, with relations, and without a session."""

from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, func, select


class AuthorBase(SQLModel):
    name: str = Field(index=True, min_length=2)
    born: date | None = None


class Author(AuthorBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    secret: str = "not shown"
    books: list["Book"] = Relationship(back_populates="author")


class BookBase(SQLModel):
    title: str
    pages: int = Field(gt=0, le=5000)
    author_id: int | None = Field(default=None, foreign_key="author.id")


class Book(BookBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    author: Author | None = Relationship(back_populates="books")


class BookOut(BookBase):
    id: int


class AuthorOut(AuthorBase):
    id: int


class AuthorWithBooks(AuthorOut):
    books: list[BookOut] = []


class BookWithAuthor(BookOut):
    author: AuthorOut | None = None


class BookChange(SQLModel):
    title: str | None = None
    pages: int | None = Field(default=None, gt=0)


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


def get_session():
    with Session(engine) as session:
        yield session


@asynccontextmanager
async def lifespan(app: FastAPI):
    SQLModel.metadata.create_all(engine)
    yield


Database = Annotated[Session, Depends(get_session)]
app = FastAPI(lifespan=lifespan)


@app.post("/authors", response_model=AuthorOut, status_code=201)
def add_author(author: AuthorBase, session: Database):
    stored = Author.model_validate(author)
    session.add(stored)
    session.commit()
    session.refresh(stored)
    return stored


@app.post("/books", response_model=BookOut)
async def add_book(book: BookBase, session: Database):
    stored = Book.model_validate(book)
    session.add(stored)
    session.commit()
    session.refresh(stored)
    return stored


@app.get("/books", response_model=list[BookWithAuthor])
def list_books(session: Database, offset: int = 0, limit: Annotated[int, Query(le=3)] = 3):
    return session.exec(select(Book).order_by(Book.id).offset(offset).limit(limit)).all()


@app.get("/authors/{number}", response_model=AuthorWithBooks)
def read_author(number: int, session: Database):
    author = session.get(Author, number)
    if author is None:
        raise HTTPException(404, "no such author")
    return author


@app.get("/authors/{number}/row")
def read_row(number: int, session: Database) -> Author:
    """A table as an answer; SQLAlchemy loads its columns in the order of a set."""
    loaded = session.get_one(Author, number)
    return Author(**{name: getattr(loaded, name) for name in ("id", "name", "born")})


@app.patch("/books/{number}", response_model=BookOut)
def change_book(number: int, change: BookChange, session: Database):
    book = session.get_one(Book, number)
    book.sqlmodel_update(change.model_dump(exclude_unset=True))
    session.add(book)
    session.commit()
    session.refresh(book)
    return book


@app.delete("/books/{number}", status_code=204)
def remove_book(number: int, session: Database) -> None:
    session.delete(session.get_one(Book, number))
    session.commit()


@app.get("/count")
async def count(session: Database) -> int:
    return session.exec(select(func.count()).select_from(Book)).one()


@app.put("/drafts")
async def check_draft(book: Book) -> Book:
    """A table as a body: SQLModel validates nothing in it."""
    return book


@app.get("/search")
async def search(filters: Annotated[BookChange, Query()]) -> BookChange:
    return filters


def talk(client) -> None:
    client.document()
    client.post("/authors", json={"name": "George Eliot", "born": "1819-11-22"})
    client.post("/authors", json={"name": "E", "born": "yesterday"})
    for title, pages in (("Romola", 600), ("Emma", 0), ("Adam Bede", 540), ("Felix Holt", 400)):
        client.post("/books", json={"title": title, "pages": pages, "author_id": 1})
    client.post("/books", json={"title": "Beowulf", "pages": 120})
    client.get("/books")
    client.get("/books?offset=3&limit=2")
    client.get("/books?limit=9")
    client.get("/authors/1")
    client.get("/authors/7")
    client.get("/authors/1/row")
    client.patch("/books/1", json={"pages": 583})
    client.patch("/books/1", json={"pages": -1})
    client.delete("/books/2")
    client.delete("/books/2")
    client.get("/count")
    client.request("PUT", "/drafts", json={"title": "A draft", "pages": 3})
    client.request("PUT", "/drafts", json={"pages": "many"})
    client.get("/search?title=Emma&pages=3")
    client.get("/search?pages=0")

"""Rows of PostgreSQL by SQLAlchemy: a session of its own for each request, by a dependency."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.apps import framework
from benchmarks.postgres import URL_VARIABLE

web = framework()


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author: Mapped[str]
    year: Mapped[int]
    price: Mapped[float]
    in_print: Mapped[bool]


class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    author: str
    year: int
    price: float
    in_print: bool


new_session = async_sessionmaker(expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, web.Depends(get_session)]


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    url = os.environ[URL_VARIABLE].replace("postgresql:", "postgresql+asyncpg:")
    engine = create_async_engine(url, pool_size=10)
    new_session.configure(bind=engine)
    yield
    await engine.dispose()


def create_app() -> Any:
    app = web.FastAPI(lifespan=lifespan)

    @app.get("/books/{book_id}", response_model=BookOut)
    async def read_book(book_id: int, session: Session) -> Any:
        book = await session.get(Book, book_id)
        if book is None:
            raise web.HTTPException(status_code=404)
        return book

    @app.get("/books", response_model=list[BookOut])
    async def read_books(session: Session) -> Any:
        return (await session.scalars(select(Book).order_by(Book.id).limit(20))).all()

    return app

"""What handlers ask for."""

from collections.abc import AsyncIterator
from typing import Annotated, TypeVar

from pydantic import BaseModel
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rapide import Depends, Path, Request
from rapide.requests import HTTPConnection

from .errors import NotFound
from .models import Book
from .schemas import Page, PageQuery
from .text import SLUG_PATTERN

RowT = TypeVar("RowT")
OutputT = TypeVar("OutputT", bound=BaseModel)


async def get_session(connection: HTTPConnection) -> AsyncIterator[AsyncSession]:
    """One session and one transaction per request or job: an error rolls it back."""
    async with connection.state.sessions.begin() as session:
        yield session


# Of scope "function", so that the commit comes before the answer: nobody is told of an order
# that a failing commit then takes back.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]

SlugPath = Annotated[str, Path(max_length=100, pattern=SLUG_PATTERN, examples=["middlemarch"])]


async def get_book(slug: SlugPath, session: Session) -> Book:
    """The book that the path names."""
    book = await session.scalar(select(Book).where(Book.slug == slug))
    if book is None:
        raise NotFound(f"There is no book {slug!r}.", book=slug)
    return book


BookOfPath = Annotated[Book, Depends(get_book)]


class Pager:
    """Turns a statement into the page of it that the request asks for."""

    def __init__(self, request: Request, session: Session) -> None:
        self.url = request.url
        self.session = session

    async def page(
        self, statement: Select[RowT], query: PageQuery, item: type[OutputT]
    ) -> Page[OutputT]:
        """Run the statement; give its rows as `item`."""
        matches = statement.order_by(None).subquery()
        total = await self.session.scalar(select(func.count()).select_from(matches)) or 0
        pages = -(-total // query.size)
        rows = await self.session.scalars(
            statement.offset((query.page - 1) * query.size).limit(query.size)
        )
        return Page(
            items=[item.model_validate(row) for row in rows],
            total=total,
            page=query.page,
            pages=pages,
            next=self._link(query.page + 1) if query.page < pages else None,
            previous=self._link(query.page - 1) if 1 < query.page <= pages + 1 else None,
        )

    def _link(self, number: int) -> str:
        return str(self.url.include_query_params(page=number))


PagerOfRequest = Annotated[Pager, Depends()]

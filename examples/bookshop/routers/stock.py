"""What is on the shelf: for the staff."""

from typing import Annotated

from sqlalchemy import ColumnElement, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rapide import APIRouter, Query, Security

from ..dependencies import BookOfPath, PagerOfRequest, Session
from ..errors import NotAllowed, NotAuthenticated, NotFound, problems
from ..models import Book
from ..schemas import Delivery, Page, StockCount, StockLevel, StockQuery
from ..security import get_caller
from ..stocklog import StockLog, StockLogOfRequest

router = APIRouter(
    prefix="/stock",
    tags=["stock"],
    dependencies=[Security(get_caller, scopes=["stock"])],
    responses=problems(NotAuthenticated, NotAllowed),
)


@router.get("")
async def list_stock(
    query: Annotated[StockQuery, Query()], pager: PagerOfRequest
) -> Page[StockLevel]:
    """List stock levels, the lowest first."""
    statement = select(Book).order_by(Book.stock, Book.title_key, Book.id)
    if query.at_most is not None:
        statement = statement.where(Book.stock <= query.at_most)
    return await pager.page(statement, query, StockLevel)


@router.get("/{slug}", responses=problems(NotFound))
async def read_stock(book: BookOfPath) -> StockLevel:
    """Show how many copies are left."""
    return StockLevel.model_validate(book)


@router.put("/{slug}", responses=problems(NotFound))
async def count_stock(
    book: BookOfPath, body: StockCount, session: Session, log: StockLogOfRequest
) -> StockLevel:
    """Correct the number after counting the shelf."""
    return await set_stock(session, log, book, literal(body.copies))


@router.post("/{slug}/deliveries", responses=problems(NotFound))
async def receive_delivery(
    book: BookOfPath, body: Delivery, session: Session, log: StockLogOfRequest
) -> StockLevel:
    """Add copies that have arrived."""
    return await set_stock(session, log, book, Book.stock + body.copies)


async def set_stock(
    session: AsyncSession, log: StockLog, book: Book, copies: ColumnElement[int]
) -> StockLevel:
    """Let the database do the sum: an order may change the number at the same moment."""
    await session.execute(update(Book).where(Book.id == book.id).values(stock=copies))
    await session.refresh(book)
    await log.write({book.slug: book.stock})
    return StockLevel.model_validate(book)

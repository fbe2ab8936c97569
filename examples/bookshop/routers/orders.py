"""Orders: placing one takes its copies off the shelf, cancelling it puts them back."""

import uuid
from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rapide import APIRouter, Depends, Query, Request, Response, status

from ..dependencies import PagerOfRequest, Session, require_staff
from ..errors import AlreadyCancelled, NotFound, OutOfStock, StaffOnly, problems
from ..models import Book, Order, OrderLine, OrderStatus
from ..schemas import OrderIn, OrderOut, OrderQuery, Page

router = APIRouter(prefix="/orders", tags=["orders"])


async def take_copies(session: AsyncSession, slug: str, quantity: int) -> Book:
    """Take copies of a book off the shelf.

    Check and change are one statement, so that of two orders for the last copy one finds none.
    """
    book: Book | None = await session.scalar(
        update(Book)
        .where(Book.slug == slug, Book.stock >= quantity)
        .values(stock=Book.stock - quantity)
        .returning(Book)
    )
    if book is not None:
        return book
    available = await session.scalar(select(Book.stock).where(Book.slug == slug))
    if available is None:
        raise NotFound(f"There is no book {slug!r}.", book=slug)
    left = f"Only {available} of {slug!r} left." if available else f"{slug!r} is sold out."
    raise OutOfStock(left, book=slug, requested=quantity, available=available)


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(NotFound, OutOfStock))
async def place_order(
    body: OrderIn, session: Session, request: Request, response: Response
) -> OrderOut:
    """Order books: all the lines, or nothing."""
    # Always in the same order of books, so that two orders never wait for each other.
    quantities = {line.book: line.quantity for line in body.lines}
    books = {
        slug: await take_copies(session, slug, quantities[slug]) for slug in sorted(quantities)
    }
    lines = [
        OrderLine(
            position=position, book=books[slug], quantity=quantity, unit_price=books[slug].price
        )
        for position, (slug, quantity) in enumerate(quantities.items(), start=1)
    ]
    order = Order(customer=body.customer, lines=lines)
    session.add(order)
    await session.flush()
    response.headers["Location"] = str(request.url_for("read_order", order_id=order.id))
    return OrderOut.model_validate(order)


@router.get("", dependencies=[Depends(require_staff)], responses=problems(StaffOnly))
async def list_orders(
    query: Annotated[OrderQuery, Query()], pager: PagerOfRequest
) -> Page[OrderOut]:
    """List orders, the newest first: for the staff."""
    statement = select(Order).order_by(Order.placed_at.desc(), Order.id)
    if query.status is not None:
        statement = statement.where(Order.status == query.status)
    return await pager.page(statement, query, OrderOut)


async def get_order(order_id: uuid.UUID, session: Session) -> Order:
    """The order that the path names."""
    order = await session.get(Order, order_id)
    if order is None:
        raise NotFound(f"There is no order {str(order_id)!r}.", order=str(order_id))
    return order


OrderOfPath = Annotated[Order, Depends(get_order)]


@router.get("/{order_id}", responses=problems(NotFound))
async def read_order(order: OrderOfPath) -> OrderOut:
    """Show an order."""
    return OrderOut.model_validate(order)


@router.post("/{order_id}/cancel", responses=problems(NotFound, AlreadyCancelled))
async def cancel_order(order: OrderOfPath, session: Session) -> OrderOut:
    """Cancel an order: its copies go back on the shelf."""
    # One statement again: of two requests to cancel, one finds the order still placed.
    cancelled = await session.scalar(
        update(Order)
        .where(Order.id == order.id, Order.status == OrderStatus.PLACED)
        .values(status=OrderStatus.CANCELLED, cancelled_at=datetime.now(UTC))
        .returning(Order.id)
    )
    if cancelled is None:
        raise AlreadyCancelled("This order has been cancelled before.", order=str(order.id))
    for line in sorted(order.lines, key=lambda line: line.book.slug):
        await session.execute(
            update(Book).where(Book.id == line.book_id).values(stock=Book.stock + line.quantity)
        )
    await session.refresh(order)
    return OrderOut.model_validate(order)

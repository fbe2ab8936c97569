"""Orders: placing one takes its copies off the shelf, cancelling it puts them back."""

import uuid
from typing import Annotated

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rapide import APIRouter, BackgroundTasks, Depends, Query, Request, Response, Security, status

from ..dependencies import PagerOfRequest, Session
from ..errors import (
    AlreadyCancelled,
    AlreadyShipped,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    OutOfStock,
    problems,
)
from ..models import Book, Order, OrderLine, OrderStatus, now
from ..schemas import OrderIn, OrderOut, OrderQuery, Page
from ..security import Caller, Customer, get_caller
from ..stocklog import StockLogOfRequest

router = APIRouter(
    prefix="/orders", tags=["orders"], responses=problems(NotAuthenticated, NotAllowed)
)


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


async def put_back(session: AsyncSession, line: OrderLine) -> int:
    """Put a line's copies back on the shelf; tell how many are there now."""
    return (
        await session.scalars(
            update(Book)
            .where(Book.id == line.book_id)
            .values(stock=Book.stock + line.quantity)
            .returning(Book.stock)
            .execution_options(synchronize_session=False)
        )
    ).one()


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(NotFound, OutOfStock))
async def place_order(
    body: OrderIn,
    caller: Customer,
    session: Session,
    log: StockLogOfRequest,
    request: Request,
    response: Response,
    background: BackgroundTasks,
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
    order = Order(customer=caller.email, lines=lines)
    session.add(order)
    await session.flush()
    await log.write({slug: book.stock for slug, book in books.items()})
    response.headers["Location"] = str(request.url_for("read_order", order_id=order.id))
    await request.state.backstage.confirm(order.id, session, background)
    return OrderOut.model_validate(order)


@router.get("")
async def list_orders(
    query: Annotated[OrderQuery, Query()], caller: Customer, pager: PagerOfRequest
) -> Page[OrderOut]:
    """List your orders, the newest first; the staff sees everybody's."""
    statement = select(Order).order_by(Order.placed_at.desc(), Order.id)
    if not caller.may("orders:all"):
        statement = statement.where(Order.customer == caller.email)
    if query.status is not None:
        statement = statement.where(Order.status == query.status)
    return await pager.page(statement, query, OrderOut)


async def find_order(session: AsyncSession, order_id: uuid.UUID, caller: Caller) -> Order:
    """An order that the caller may see; who may not learns nothing of it."""
    order = await session.get(Order, order_id)
    if order is None or not (caller.may("orders:all") or order.customer == caller.email):
        raise NotFound(f"There is no order {str(order_id)!r}.", order=str(order_id))
    return order


async def get_order(order_id: uuid.UUID, session: Session, caller: Customer) -> Order:
    """The order that the path names."""
    return await find_order(session, order_id, caller)


OrderOfPath = Annotated[Order, Depends(get_order)]


async def settle(session: AsyncSession, order: Order, **values: object) -> None:
    """Change an order that is still placed.

    One statement again: of two requests to cancel, one finds the order still placed.
    """
    settled = await session.scalar(
        update(Order)
        .where(Order.id == order.id, Order.status == OrderStatus.PLACED)
        .values(values)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    )
    await session.refresh(order)
    if settled is None:
        if order.status == OrderStatus.SHIPPED:
            raise AlreadyShipped("This order has been shipped.", order=str(order.id))
        raise AlreadyCancelled("This order has been cancelled before.", order=str(order.id))


@router.get("/{order_id}", responses=problems(NotFound))
async def read_order(order: OrderOfPath) -> OrderOut:
    """Show an order."""
    return OrderOut.model_validate(order)


@router.post("/{order_id}/cancel", responses=problems(NotFound, AlreadyCancelled, AlreadyShipped))
async def cancel_order(order: OrderOfPath, session: Session, log: StockLogOfRequest) -> OrderOut:
    """Cancel an order: its copies go back on the shelf."""
    await settle(session, order, status=OrderStatus.CANCELLED, cancelled_at=now())
    lines = sorted(order.lines, key=lambda line: line.book.slug)
    await log.write({line.book.slug: await put_back(session, line) for line in lines})
    return OrderOut.model_validate(order)


@router.post(
    "/{order_id}/ship",
    dependencies=[Security(get_caller, scopes=["orders:all"])],
    responses=problems(NotFound, AlreadyCancelled, AlreadyShipped),
)
async def ship_order(order: OrderOfPath, session: Session) -> OrderOut:
    """Say that an order has left the house: for the staff."""
    await settle(session, order, status=OrderStatus.SHIPPED)
    return OrderOut.model_validate(order)

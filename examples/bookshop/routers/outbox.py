"""Letters to customers, written after the answer has been sent."""

from typing import Annotated

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rapide import APIRouter, Query, Security

from ..dependencies import PagerOfRequest
from ..errors import NotAllowed, NotAuthenticated, problems
from ..models import OutboxMessage
from ..schemas import Letter, OrderOut, Page, PageQuery
from ..security import get_caller

router = APIRouter(prefix="/outbox", tags=["orders"])


async def write_confirmation(sessions: async_sessionmaker[AsyncSession], order: OrderOut) -> None:
    """Thank for an order: a background task, with a transaction of its own."""
    lines = [f"{line.quantity} × {line.book.title}: {line.total}" for line in order.lines]
    letter = OutboxMessage(
        recipient=order.customer,
        subject=f"Your order {order.id}",
        text="\n".join(["Thank you for your order.", "", *lines, "", f"Total: {order.total}", ""]),
    )
    async with sessions.begin() as session:
        session.add(letter)


@router.get(
    "",
    dependencies=[Security(get_caller, scopes=["orders:all"])],
    responses=problems(NotAuthenticated, NotAllowed),
)
async def list_letters(query: Annotated[PageQuery, Query()], pager: PagerOfRequest) -> Page[Letter]:
    """List the letters that wait to be sent, the newest first: for the staff."""
    return await pager.page(select(OutboxMessage).order_by(OutboxMessage.id.desc()), query, Letter)

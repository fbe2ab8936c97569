"""Letters to customers."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .dependencies import Session
from .models import Confirmation, Order, OutboxMessage


async def confirm_order(order_id: uuid.UUID, session: Session) -> None:
    """Thank for an order: once, however often it is asked for."""
    # The lock lets a second run wait for the end of the first.
    order = await session.get_one(Order, order_id, with_for_update=True)
    if await session.get(Confirmation, order_id) is not None:
        return
    lines = [f"{line.quantity} × {line.book.title}: {line.total}" for line in order.lines]
    letter = OutboxMessage(
        recipient=order.customer,
        subject=f"Your order {order.id}",
        text="\n".join(["Thank you for your order.", "", *lines, "", f"Total: {order.total}", ""]),
    )
    session.add_all([letter, Confirmation(order_id=order_id)])


async def confirm_alone(sessions: async_sessionmaker[AsyncSession], order_id: uuid.UUID) -> None:
    """Thank for an order, in a transaction of its own."""
    async with sessions.begin() as session:
        await confirm_order(order_id, session)

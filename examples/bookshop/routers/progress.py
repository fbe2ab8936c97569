"""An order's status over a WebSocket."""

import uuid
from collections.abc import AsyncIterator

import anyio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rapide import APIRouter, WebSocket

from ..models import Order, OrderStatus
from ..schemas import OrderProgress
from ..security import Customer
from ..sockets import connected
from .orders import find_order

POLL_SECONDS = 0.5

router = APIRouter(prefix="/orders")


async def statuses(
    sessions: async_sessionmaker[AsyncSession], order_id: uuid.UUID, status: OrderStatus
) -> AsyncIterator[OrderStatus]:
    """The status, and each later one, until nothing more can happen."""
    yield status
    while status == OrderStatus.PLACED:
        await anyio.sleep(POLL_SECONDS)
        async with sessions() as session:
            query = select(Order.status).where(Order.id == order_id)
            found = OrderStatus((await session.scalars(query)).one())
        if found != status:
            status = found
            yield status


@router.websocket("/{order_id}/status")
async def follow_order(websocket: WebSocket, order_id: uuid.UUID, caller: Customer) -> None:
    """Send an order's status, now and whenever it changes; then close.

    A session would live as long as the WebSocket, so there is none among the parameters.
    """
    sessions = websocket.state.sessions
    async with sessions() as session:
        order = await find_order(session, order_id, caller)
    async with connected(websocket):
        async for status in statuses(sessions, order.id, order.status):
            progress = OrderProgress(id=order.id, status=status)
            await websocket.send_text(progress.model_dump_json())
        await websocket.close()

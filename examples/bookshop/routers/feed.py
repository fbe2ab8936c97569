"""Changes of stock, as server-sent events and over a WebSocket."""

import math
from collections.abc import AsyncIterator
from typing import Annotated

from rapide import APIRouter, Header, Query, Request, WebSocket
from rapide.sse import EventSourceResponse, ServerSentEvent

from ..schemas import StockEvent, StockMessage
from ..sockets import connected
from ..stocklog import follow_log, last_number

STREAM_SECONDS = 30
RETRY_MILLISECONDS = 500

router = APIRouter(tags=["books"])

LastEventId = Annotated[
    int | None,
    Header(ge=0, lt=2**31, description="The last event that came; those after it are sent first"),
]

EventNumber = Annotated[int | None, Query(ge=0, lt=2**31)]


@router.get("/stock-changes", response_class=EventSourceResponse)
async def follow_stock(
    request: Request, last_event_id: LastEventId = None
) -> AsyncIterator[ServerSentEvent]:
    """Send an event whenever the number of copies of a book changes.

    A stream ends after half a minute, so that it never keeps the server from stopping; browsers
    connect again by themselves and miss nothing.
    """
    sessions = request.state.sessions
    after = await last_number(sessions) if last_event_id is None else last_event_id
    # Without data this is no event, but a client now knows where to resume.
    yield ServerSentEvent(id=str(after), retry=RETRY_MILLISECONDS)
    async with request.state.backstage.following() as wait:
        async for change in follow_log(sessions, wait, after, STREAM_SECONDS):
            yield ServerSentEvent(
                event="stock", id=str(change.id), data=StockEvent.model_validate(change)
            )


@router.websocket("/stock-changes")
async def watch_stock(websocket: WebSocket, after: EventNumber = None) -> None:
    """Send each change after that number, or from now on, until the client leaves."""
    sessions = websocket.state.sessions
    if after is None:
        after = await last_number(sessions)
    async with connected(websocket), websocket.state.backstage.following() as wait:
        async for change in follow_log(sessions, wait, after, math.inf):
            await websocket.send_text(StockMessage.model_validate(change).model_dump_json())

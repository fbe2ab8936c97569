"""The event stream of stock changes."""

from collections.abc import AsyncIterator
from typing import Annotated

from rapide import APIRouter, Header, Request
from rapide.sse import EventSourceResponse, ServerSentEvent

from ..schemas import StockEvent
from ..stocklog import follow_log, last_number

STREAM_SECONDS = 30
RETRY_MILLISECONDS = 500

router = APIRouter(tags=["books"])

LastEventId = Annotated[
    int | None,
    Header(ge=0, lt=2**31, description="The last event that came; those after it are sent first"),
]


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
    async for change in follow_log(sessions, after, STREAM_SECONDS):
        yield ServerSentEvent(
            event="stock", id=str(change.id), data=StockEvent.model_validate(change)
        )

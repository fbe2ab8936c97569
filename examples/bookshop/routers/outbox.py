"""The letters that wait to be sent."""

from typing import Annotated

from sqlalchemy import select

from rapide import APIRouter, Query, Security

from ..dependencies import PagerOfRequest
from ..errors import NotAllowed, NotAuthenticated, problems
from ..models import OutboxMessage
from ..schemas import Letter, Page, PageQuery
from ..security import get_caller

router = APIRouter(prefix="/outbox", tags=["orders"])


@router.get(
    "",
    dependencies=[Security(get_caller, scopes=["orders:all"])],
    responses=problems(NotAuthenticated, NotAllowed),
)
async def list_letters(query: Annotated[PageQuery, Query()], pager: PagerOfRequest) -> Page[Letter]:
    """List the letters that wait to be sent, the newest first: for the staff."""
    return await pager.page(select(OutboxMessage).order_by(OutboxMessage.id.desc()), query, Letter)

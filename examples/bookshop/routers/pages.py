"""The page for people."""

from pathlib import Path
from typing import Annotated

from sqlalchemy import func, or_, select

from rapide import APIRouter, Query, Request
from rapide.responses import HTMLResponse
from rapide.templating import Jinja2Templates

from ..dependencies import Session
from ..models import Author, Book, Cover
from ..schemas import CatalogueQuery
from ..text import fold

PAGE_SIZE = 24

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(Path(__file__).parents[1] / "templates")


@router.get("/catalogue", response_class=HTMLResponse)
async def show_catalogue(
    request: Request, query: Annotated[CatalogueQuery, Query()], session: Session
) -> HTMLResponse:
    """Show the books that have each word in the title or in an author's name."""
    statement = select(Book, Cover.file).outerjoin(Cover, Cover.book_id == Book.id)
    for word in fold(query.q).split():
        statement = statement.where(
            or_(
                Book.title_key.contains(word, autoescape=True),
                Book.authors.any(Author.name_key.contains(word, autoescape=True)),
            )
        )
    total = await session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    rows = await session.execute(
        statement.order_by(Book.title_key, Book.id)
        .offset((query.page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    return templates.TemplateResponse(
        request,
        "catalogue.html",
        {"books": rows.all(), "total": total, "query": query, "pages": -(-total // PAGE_SIZE)},
    )

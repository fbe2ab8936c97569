"""The catalogue as a file."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Annotated

from sqlalchemy import select

from rapide import APIRouter, Depends, Query, Request, Response
from rapide.responses import StreamingResponse

from ..models import Book
from ..schemas import BookFilter
from .books import conditions, ordering

router = APIRouter(tags=["books"])

COLUMNS = ("slug", "title", "authors", "year", "language", "subjects", "price", "stock")
BATCH = 100


class CSVResponse(StreamingResponse):
    """Comma-separated values (RFC 4180), line by line."""

    media_type = "text/csv"


def name_file(response: Response) -> None:
    """Let a browser save the answer."""
    response.headers["Content-Disposition"] = 'attachment; filename="books.csv"'


@router.get("/books.csv", response_class=CSVResponse, dependencies=[Depends(name_file)])
async def export_books(
    query: Annotated[BookFilter, Query()], request: Request
) -> AsyncIterator[str]:
    """Search the catalogue; get all that is found, however long, as a table."""
    statement = select(Book).where(*conditions(query)).order_by(*ordering(query.sort))
    yield as_line(COLUMNS)
    # A session of its own, open as long as lines are sent.
    async with request.state.sessions() as session:
        books = await session.stream_scalars(statement.execution_options(yield_per=BATCH))
        async for book in books:
            names = "; ".join(author.name for author in book.authors)
            subjects = "; ".join(book.subjects)
            about = (book.slug, book.title, names, book.year, book.language, subjects)
            yield as_line((*about, book.price, book.stock))


def as_line(cells: Iterable[object]) -> str:
    """Quote what must be quoted."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()

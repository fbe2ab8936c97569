"""Books: search, and what the staff does with them."""

from collections.abc import Iterator
from typing import Annotated, Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, select
from sqlalchemy.exc import IntegrityError

from rapide import (
    APIRouter,
    BackgroundTasks,
    Query,
    Request,
    Response,
    Security,
    status,
)

from ..dependencies import BookOfPath, PagerOfRequest, Session
from ..errors import Duplicate, InUse, NotAllowed, NotAuthenticated, NotFound, problems
from ..models import Author, Book, BookSubject, Cover
from ..schemas import BookFilter, BookIn, BookOut, BookPatch, BookQuery, Page
from ..security import get_caller
from ..stocklog import StockLogOfRequest
from ..text import fold

router = APIRouter(prefix="/books", tags=["books"])
staff = [Security(get_caller, scopes=["catalogue"])]

SORT_COLUMNS = {"title": Book.title_key, "year": Book.year, "price": Book.price}


def conditions(query: BookFilter) -> Iterator[ColumnElement[bool]]:
    """What the filters demand of a book."""
    if query.title is not None:
        yield Book.title_key.contains(fold(query.title), autoescape=True)
    if query.author is not None:
        yield Book.authors.any(Author.name_key.contains(fold(query.author), autoescape=True))
    for subject in query.subject:
        yield Book.subject_rows.any(BookSubject.name == subject)
    if query.language is not None:
        yield Book.language == query.language
    if query.in_stock is not None:
        yield Book.stock > 0 if query.in_stock else Book.stock == 0
    for column, low, high in (
        (Book.year, query.year_from, query.year_to),
        (Book.price, query.price_min, query.price_max),
    ):
        if low is not None:
            yield column >= low
        if high is not None:
            yield column <= high


def ordering(sort: str) -> tuple[ColumnExpressionArgument[Any], ...]:
    """The order asked for; equals are then in order of title."""
    column = SORT_COLUMNS[sort.removeprefix("-")]
    return (column.desc() if sort.startswith("-") else column.asc(), Book.title_key, Book.id)


@router.get("")
async def search_books(
    query: Annotated[BookQuery, Query()], pager: PagerOfRequest
) -> Page[BookOut]:
    """Search the catalogue."""
    statement = select(Book).where(*conditions(query)).order_by(*ordering(query.sort))
    return await pager.page(statement, query, BookOut)


@router.get("/{slug}", responses=problems(NotFound))
async def read_book(book: BookOfPath) -> BookOut:
    """Show one book."""
    return BookOut.model_validate(book)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    dependencies=staff,
    responses=problems(NotFound, Duplicate, NotAuthenticated, NotAllowed),
)
async def create_book(
    body: BookIn, session: Session, log: StockLogOfRequest, request: Request, response: Response
) -> BookOut:
    """Add a book by authors that are known already."""
    authors = list(await session.scalars(select(Author).where(Author.slug.in_(body.authors))))
    for slug in body.authors:
        if slug not in {author.slug for author in authors}:
            raise NotFound(f"There is no author {slug!r}.", author=slug)
    book = Book(
        **body.model_dump(exclude={"authors", "subjects"}),
        authors=sorted(authors, key=lambda author: author.name_key),
        subjects=sorted(set(body.subjects)),
    )
    session.add(book)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Duplicate(f"There is a book {body.slug!r} already.", book=body.slug) from error
    await session.refresh(book, ["subject_rows"])  # not loaded yet if there are none
    await log.write({book.slug: book.stock})
    response.headers["Location"] = str(request.url_for("read_book", slug=book.slug))
    return BookOut.model_validate(book)


@router.patch(
    "/{slug}", dependencies=staff, responses=problems(NotFound, NotAuthenticated, NotAllowed)
)
async def change_book(book: BookOfPath, body: BookPatch) -> BookOut:
    """Change what the body gives; the slug stays, so that links keep working."""
    changes = body.model_dump(exclude_none=True)
    if "subjects" in changes:
        changes["subjects"] = sorted(set(changes["subjects"]))
    for name, value in changes.items():
        setattr(book, name, value)
    return BookOut.model_validate(book)


@router.delete(
    "/{slug}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=staff,
    responses=problems(NotFound, InUse, NotAuthenticated, NotAllowed),
)
async def delete_book(
    book: BookOfPath, session: Session, request: Request, background: BackgroundTasks
) -> None:
    """Take a book out of the catalogue, unless somebody has ordered it."""
    slug = book.slug
    cover = await session.get(Cover, book.id)
    if cover is not None:
        background.add_task((request.state.settings.covers / cover.file).unlink, missing_ok=True)
    await session.delete(book)
    try:
        await session.flush()
    except IntegrityError as error:
        raise InUse(f"There are orders for {slug!r}.", book=slug) from error

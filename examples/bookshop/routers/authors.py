"""Authors."""

from typing import Annotated

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from rapide import APIRouter, Query, Request, Response, Security, status

from ..dependencies import PagerOfRequest, Session, SlugPath
from ..errors import Duplicate, NotAllowed, NotAuthenticated, NotFound, problems
from ..models import Author
from ..schemas import AuthorDetail, AuthorIn, AuthorOut, AuthorQuery, Page
from ..security import get_caller
from ..text import fold

router = APIRouter(prefix="/authors", tags=["authors"])


@router.get("")
async def list_authors(
    query: Annotated[AuthorQuery, Query()], pager: PagerOfRequest
) -> Page[AuthorOut]:
    """List authors by name."""
    statement = select(Author).order_by(Author.name_key, Author.id)
    if query.name is not None:
        statement = statement.where(Author.name_key.contains(fold(query.name), autoescape=True))
    if query.alive_in is not None:
        statement = statement.where(Author.born <= query.alive_in, query.alive_in <= Author.died)
    return await pager.page(statement, query, AuthorOut)


@router.get("/{slug}", responses=problems(NotFound))
async def read_author(slug: SlugPath, session: Session) -> AuthorDetail:
    """Show an author and the books."""
    author = await session.scalar(
        select(Author).where(Author.slug == slug).options(selectinload(Author.books))
    )
    if author is None:
        raise NotFound(f"There is no author {slug!r}.", author=slug)
    return AuthorDetail.model_validate(author)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    dependencies=[Security(get_caller, scopes=["catalogue"])],
    responses=problems(Duplicate, NotAuthenticated, NotAllowed),
)
async def create_author(
    body: AuthorIn, session: Session, request: Request, response: Response
) -> AuthorOut:
    """Add an author."""
    author = Author(**body.model_dump())
    session.add(author)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Duplicate(f"There is an author {body.slug!r} already.", author=body.slug) from error
    response.headers["Location"] = str(request.url_for("read_author", slug=author.slug))
    return AuthorOut.model_validate(author)

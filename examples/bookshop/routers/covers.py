"""Cover images: rows name them, files hold them."""

import shutil
import uuid
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from rapide import APIRouter, BackgroundTasks, Request, Response, Security, UploadFile, status
from rapide.concurrency import run_in_threadpool
from rapide.responses import FileResponse

from ..dependencies import BookOfPath, Session
from ..errors import NotAllowed, NotAnImage, NotAuthenticated, NotFound, TooLarge, problems
from ..models import Book, Cover
from ..security import get_caller

MAX_BYTES = 2 * 1024 * 1024
# How images begin; two bytes of a WebP's head are part of its length.
KINDS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}

router = APIRouter(prefix="/books/{slug}/cover", tags=["books"])
staff = [Security(get_caller, scopes=["catalogue"])]


def kind_of(head: bytes) -> str:
    """The media type that the first bytes prove; what a client says of a file proves nothing."""
    for media_type, start in KINDS.items():
        if head.startswith(start) and (start != b"RIFF" or head[8:12] == b"WEBP"):
            return media_type
    raise NotAnImage("A cover is a PNG, JPEG or WebP image.")


def store(source: BinaryIO, target: Path) -> None:
    """Write a new file, in a directory that may be new, too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(source, file)


async def find_cover(session: AsyncSession, book: Book) -> Cover:
    """The row of a book's cover."""
    cover = await session.get(Cover, book.id)
    if cover is None:
        raise NotFound(f"{book.slug!r} has no cover.", book=book.slug)
    return cover


@router.put(
    "",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=staff,
    # The form around the image is small; what is far too large is not even read.
    max_body_size=2 * MAX_BYTES,
    responses=problems(NotFound, TooLarge, NotAnImage, NotAuthenticated, NotAllowed),
)
async def put_cover(
    book: BookOfPath,
    image: UploadFile,
    session: Session,
    request: Request,
    background: BackgroundTasks,
) -> None:
    """Give a book a cover: PNG, JPEG or WebP, of at most 2 MiB."""
    if (image.size or 0) > MAX_BYTES:
        raise TooLarge("A cover has at most 2 MiB.", size=image.size or 0, limit=MAX_BYTES)
    media_type = kind_of(await image.read(12))
    await image.seek(0)
    covers = request.state.settings.covers
    file = f"{uuid.uuid4().hex}.{media_type.removeprefix('image/')}"
    await run_in_threadpool(store, image.file, covers / file)
    # One upload at a time for a book: SQLite has a single writer, PostgreSQL locks the row.
    await session.refresh(book, with_for_update=True)
    former = await session.scalar(
        delete(Cover).where(Cover.book_id == book.id).returning(Cover.file)
    )
    if former is not None:
        background.add_task((covers / former).unlink, missing_ok=True)
    session.add(Cover(book_id=book.id, file=file, media_type=media_type))


@router.get(
    "",
    response_class=FileResponse,
    responses=problems(NotFound) | {304: {"description": "The image is the one you have."}},
)
async def read_cover(book: BookOfPath, session: Session, request: Request) -> Response:
    """Show a book's cover, or the range of its bytes that is asked for."""
    cover = await find_cover(session, book)
    # A file never changes: its name is the best of tags.
    tag = f'"{Path(cover.file).stem}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    path = request.state.settings.covers / cover.file
    return FileResponse(path, headers=headers, media_type=cover.media_type)


@router.delete(
    "",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=staff,
    responses=problems(NotFound, NotAuthenticated, NotAllowed),
)
async def delete_cover(
    book: BookOfPath, session: Session, request: Request, background: BackgroundTasks
) -> None:
    """Take a book's cover away."""
    cover = await find_cover(session, book)
    await session.delete(cover)
    background.add_task((request.state.settings.covers / cover.file).unlink, missing_ok=True)

"""The first stock of the shop: works whose authors are long dead.

Titles, authors and years in `data/books.json` are facts; prices and stock levels are sample data
of this shop, made from the slug, so that every fresh shop is the same.
"""

import json
import zlib
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from .database import lock_for_setup
from .models import Author, Base, Book, Role, SigningKey, User
from .security import check_password, hash_password
from .settings import Settings

STAFF_EMAIL = "staff@example.org"
DATA = Path(__file__).parent / "data" / "books.json"


def sample_price(slug: str) -> Decimal:
    """A price between 3.99 and 18.99, in steps of half a unit."""
    return Decimal("3.99") + Decimal("0.50") * (zlib.crc32(slug.encode()) % 31)


def sample_stock(slug: str) -> int:
    """A number of copies between 0 and 12."""
    return (zlib.crc32(slug.encode()) >> 8) % 13


def first_books() -> list[Book]:
    """The books of the data file, with their authors."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    authors = {row["slug"]: Author(**row) for row in data["authors"]}
    return [
        Book(
            slug=row["slug"],
            title=row["title"],
            authors=[authors[slug] for slug in row["authors"]],
            year=row["year"],
            language=row["language"],
            subjects=sorted(row["subjects"]),
            gutenberg=row.get("gutenberg"),
            price=sample_price(row["slug"]),
            stock=sample_stock(row["slug"]),
        )
        for row in data["books"]
    ]


async def keep_staff(session: AsyncSession, password: SecretStr) -> None:
    """Let the staff's account have the password that the environment gives."""
    user = await session.scalar(select(User).where(User.email == STAFF_EMAIL))
    if user is None:
        user = User(email=STAFF_EMAIL, role=Role.STAFF, password_hash=await hash_password(password))
        session.add(user)
    elif not await check_password(password.get_secret_value(), user.password_hash):
        user.password_hash = await hash_password(password)


async def prepare_database(engine: AsyncEngine, settings: Settings) -> None:
    """Create the tables that are missing, fill an empty shop, and let the staff in."""
    async with engine.connect() as connection:
        await lock_for_setup(connection)
        await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(bind=connection) as session:
            if await session.scalar(select(Book.id).limit(1)) is None:
                session.add_all(first_books())
            if await session.get(SigningKey, 1) is None:
                session.add(SigningKey())
            if settings.staff_password is not None:
                await keep_staff(session, settings.staff_password)
            await session.flush()
        await connection.commit()

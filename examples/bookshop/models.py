"""The tables."""

import secrets
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table, Text, Uuid
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, validates

from .database import Money, SortKey, UtcDateTime
from .text import fold


class Base(DeclarativeBase):
    """Where the tables are registered."""


class OrderStatus(StrEnum):
    """What has become of an order."""

    PLACED = "placed"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"


class Role(StrEnum):
    """What somebody is to the shop."""

    CUSTOMER = "customer"
    STAFF = "staff"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class User(Base):
    """Somebody who can log in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(String(20), default=Role.CUSTOMER)


class SigningKey(Base):
    """What tokens are signed with, shared by every process: the only row."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    key: Mapped[str] = mapped_column(String(64), default=lambda: secrets.token_hex(32))


book_authors = Table(
    "book_authors",
    Base.metadata,
    Column("book_id", ForeignKey("books.id", ondelete="CASCADE"), primary_key=True),
    Column("author_id", ForeignKey("authors.id"), primary_key=True, index=True),
)


class Author(Base):
    """A writer; a year is null where it is not known."""

    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(SortKey, index=True)
    born: Mapped[int | None]
    died: Mapped[int | None]

    books: Mapped[list["Book"]] = relationship(
        secondary=book_authors,
        back_populates="authors",
        order_by="(Book.year, Book.title_key)",
        lazy="raise",
    )

    @validates("name")
    def _keep_name_key(self, _key: str, name: str) -> str:
        self.name_key = fold(name)
        return name


class BookSubject(Base):
    """One of a book's subjects."""

    __tablename__ = "book_subjects"

    book_id: Mapped[int] = mapped_column(
        ForeignKey("books.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(30), primary_key=True, index=True)


class Book(Base):
    """A title with its price and the number of copies on the shelf."""

    __tablename__ = "books"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    title_key: Mapped[str] = mapped_column(SortKey, index=True)
    year: Mapped[int] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(3), index=True)
    gutenberg: Mapped[int | None]
    price: Mapped[Decimal] = mapped_column(Money)
    stock: Mapped[int] = mapped_column(default=0)

    authors: Mapped[list[Author]] = relationship(
        secondary=book_authors,
        back_populates="books",
        order_by=Author.name_key,
        lazy="selectin",
        passive_deletes=True,
    )
    subject_rows: Mapped[list[BookSubject]] = relationship(
        cascade="all, delete-orphan",
        order_by=BookSubject.name,
        lazy="selectin",
        passive_deletes=True,
    )
    subjects: AssociationProxy[list[str]] = association_proxy(
        "subject_rows", "name", creator=lambda name: BookSubject(name=name)
    )

    @validates("title")
    def _keep_title_key(self, _key: str, title: str) -> str:
        self.title_key = fold(title)
        return title


class Cover(Base):
    """The image on the front of a book: the name of a file, new for each upload."""

    __tablename__ = "covers"

    book_id: Mapped[int] = mapped_column(
        ForeignKey("books.id", ondelete="CASCADE"), primary_key=True
    )
    file: Mapped[str] = mapped_column(String(40))
    media_type: Mapped[str] = mapped_column(String(20))


class StockChange(Base):
    """A line of the stock log: so many copies are left since that moment."""

    __tablename__ = "stock_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    book: Mapped[str] = mapped_column(String(100))
    stock: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class OutboxMessage(Base):
    """A letter that waits for the postman."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Confirmation(Base):
    """That the letter about an order was written."""

    __tablename__ = "confirmations"

    order_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )


class OrderLine(Base):
    """So many copies of one book, at the price of the day."""

    __tablename__ = "order_lines"

    order_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"), index=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Money)

    book: Mapped[Book] = relationship(lazy="joined", innerjoin=True)

    @property
    def total(self) -> Decimal:
        """The price of the whole line."""
        return self.unit_price * self.quantity


class Order(Base):
    """What a customer has ordered."""

    __tablename__ = "orders"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    customer: Mapped[str] = mapped_column(String(254), index=True)
    status: Mapped[OrderStatus] = mapped_column(String(20), default=OrderStatus.PLACED)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lines: Mapped[list[OrderLine]] = relationship(
        cascade="all, delete-orphan", order_by=OrderLine.position, lazy="selectin"
    )

    @property
    def total(self) -> Decimal:
        """The price of all lines."""
        return sum((line.total for line in self.lines), Decimal("0.00"))

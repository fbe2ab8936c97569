"""What goes in and out as JSON, and the filters of the lists."""

import uuid
from collections import Counter
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, EmailStr, Field, SecretStr, model_validator

from .models import OrderStatus, Role
from .text import SLUG_PATTERN, slugify

T = TypeVar("T")

Slug = Annotated[str, Field(min_length=1, max_length=100, pattern=SLUG_PATTERN)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", description="ISO 639 code")]
Price = Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=2, examples=["7.49"])]
Year = Annotated[int, Field(ge=1450, le=2100)]
LifeYear = Annotated[int, Field(ge=-3000, le=2100)]
Copies = Annotated[int, Field(ge=0, le=10_000)]


class Subject(StrEnum):
    """What a book is, or is about."""

    ADVENTURE = "adventure"
    AUTOBIOGRAPHY = "autobiography"
    BIOGRAPHY = "biography"
    CHILDREN = "children"
    COMEDY = "comedy"
    CRIME = "crime"
    DRAMA = "drama"
    ECONOMICS = "economics"
    ESSAYS = "essays"
    FANTASY = "fantasy"
    GOTHIC = "gothic"
    HISTORICAL = "historical"
    HISTORY = "history"
    HORROR = "horror"
    NATURE = "nature"
    NOVEL = "novel"
    PHILOSOPHY = "philosophy"
    POETRY = "poetry"
    POLITICS = "politics"
    PSYCHOLOGY = "psychology"
    RELIGION = "religion"
    ROMANCE = "romance"
    SATIRE = "satire"
    SCIENCE = "science"
    SCIENCE_FICTION = "science-fiction"
    SEA = "sea"
    SHORT_STORIES = "short-stories"
    SOCIETY = "society"
    TRAVEL = "travel"
    WAR = "war"


def _slug_or_made_from(slug: str, text: str) -> str:
    made = slug or slugify(text)[:100].strip("-")
    if not made:
        raise ValueError(f"no slug can be made from {text!r}: give one")
    return made


class Input(BaseModel):
    """A body that a client sends: a field that we do not know is an error."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """A body that is read from a database row."""

    model_config = ConfigDict(from_attributes=True)


# Lists


class PageQuery(Input):
    """Which part of a list is wanted."""

    page: Annotated[int, Field(ge=1, le=100_000)] = 1
    size: Annotated[int, Field(ge=1, le=100)] = 20


class Page(BaseModel, Generic[T]):
    """Part of a list, with the way to its neighbours."""

    items: list[T]
    total: Annotated[int, Field(description="Items on all pages together")]
    page: int
    pages: int
    next: Annotated[str | None, Field(description="URL of the next page")]
    previous: Annotated[str | None, Field(description="URL of the previous page")]


class BookFilter(Input):
    """Filters for books; all those given must hold."""

    title: Annotated[
        str | None,
        Field(description="Part of the title; case and accents do not matter", max_length=100),
    ] = None
    author: Annotated[
        str | None, Field(description="Part of an author's name, likewise", max_length=100)
    ] = None
    subject: Annotated[
        list[Subject], Field(description="Repeat it to ask for several at once")
    ] = []
    language: Language | None = None
    year_from: Year | None = None
    year_to: Year | None = None
    price_min: Price | None = None
    price_max: Price | None = None
    in_stock: bool | None = None
    sort: Literal["title", "-title", "year", "-year", "price", "-price"] = "title"

    @model_validator(mode="after")
    def _check_ranges(self) -> Self:
        for name, low, high in (
            ("year", self.year_from, self.year_to),
            ("price", self.price_min, self.price_max),
        ):
            if low is not None and high is not None and low > high:
                raise ValueError(f"the {name} range is empty: {low} is above {high}")
        return self


class BookQuery(BookFilter, PageQuery):
    """Which books are wanted, and which part of their list."""


class CatalogueQuery(Input):
    """What somebody typed into the page's search field."""

    q: Annotated[str, Field(max_length=100)] = ""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1


class AuthorQuery(PageQuery):
    """Filters for authors."""

    name: Annotated[str | None, Field(max_length=100)] = None
    alive_in: Annotated[LifeYear | None, Field(description="A year of the author's life")] = None


class StockQuery(PageQuery):
    """Filters for stock levels."""

    at_most: Copies | None = None


class OrderQuery(PageQuery):
    """Filters for orders."""

    status: OrderStatus | None = None


# Authors


class AuthorBrief(Output):
    """An author's name and address."""

    slug: Slug
    name: str


class AuthorOut(AuthorBrief):
    """An author; a year that is not known is null."""

    born: int | None
    died: int | None


class BookBrief(Output):
    """A book's title and address."""

    slug: Slug
    title: str


class BookOfAuthor(BookBrief):
    """A book on its author's page."""

    year: int


class AuthorDetail(AuthorOut):
    """An author and the books, in order of publication."""

    books: list[BookOfAuthor]


class AuthorIn(Input):
    """A new author."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Ada Lovelace"])]
    born: Annotated[LifeYear | None, Field(examples=[1815])] = None
    died: Annotated[LifeYear | None, Field(examples=[1852])] = None
    slug: Annotated[
        Slug, Field(description="Made from the name when absent", examples=["ada-lovelace"])
    ] = ""

    @model_validator(mode="after")
    def _check_life(self) -> Self:
        if self.born is not None and self.died is not None and self.born > self.died:
            raise ValueError("an author cannot die before being born")
        return self

    @model_validator(mode="after")
    def _check_slug(self) -> Self:
        self.slug = _slug_or_made_from(self.slug, self.name)
        return self


# Books


class BookOut(BookBrief):
    """A book as the shop sells it."""

    authors: list[AuthorBrief]
    year: Annotated[int, Field(description="Year of the first complete publication")]
    language: Annotated[Language, Field(description="Original language, ISO 639 code")]
    subjects: list[Subject]
    gutenberg: Annotated[int | None, Field(description="Number of a Project Gutenberg e-book")]
    price: Price
    stock: int


class BookIn(Input):
    """A new book."""

    title: Annotated[str, Field(min_length=1, max_length=300, examples=["A Vindication"])]
    authors: Annotated[list[Slug], Field(min_length=1, max_length=10)]
    year: Year
    language: Language
    subjects: Annotated[list[Subject], Field(max_length=10)] = []
    gutenberg: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    price: Price
    stock: Copies = 0
    slug: Annotated[Slug, Field(description="Made from the title when absent")] = ""

    @model_validator(mode="after")
    def _check_slug(self) -> Self:
        self.slug = _slug_or_made_from(self.slug, self.title)
        return self


class BookPatch(Input):
    """What is to change in a book; a field that is absent or null stays as it is."""

    title: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    year: Year | None = None
    language: Language | None = None
    subjects: Annotated[list[Subject] | None, Field(max_length=10)] = None
    price: Price | None = None


# Stock


class StockLevel(BookBrief):
    """How many copies of a book are on the shelf."""

    stock: int


class StockCount(Input):
    """The result of counting the shelf."""

    copies: Copies


class StockEvent(Output):
    """So many copies of a book are left."""

    book: Slug
    stock: int
    at: datetime


class StockMessage(StockEvent):
    """The same with its number, after which a client can resume."""

    id: int


class Delivery(Input):
    """Copies that have arrived."""

    copies: Annotated[int, Field(ge=1, le=10_000)]


# Accounts


class SignUp(Input):
    """A new customer."""

    email: Annotated[EmailStr, Field(max_length=254, examples=["reader@example.org"])]
    password: Annotated[
        SecretStr, Field(min_length=8, max_length=200, examples=["call me Ishmael"])
    ]


class Account(Output):
    """Somebody who can log in."""

    email: EmailStr
    role: Role


class Token(BaseModel):
    """What a log-in gives (RFC 6749 section 5.1)."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: Annotated[int, Field(description="Seconds")]
    scope: Annotated[str, Field(description="What the token is good for, parted by spaces")]


class LoginProblem(BaseModel):
    """Why there is no token (RFC 6749 section 5.2)."""

    error: Literal["invalid_grant", "invalid_scope"]
    error_description: str


# Orders


class OrderLineIn(Input):
    """So many copies of one book."""

    book: Annotated[Slug, Field(examples=["middlemarch"])]
    quantity: Annotated[int, Field(ge=1, le=20)] = 1


class OrderIn(Input):
    """An order to place."""

    lines: Annotated[list[OrderLineIn], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _check_books(self) -> Self:
        times = Counter(line.book for line in self.lines)
        if repeated := [book for book, count in times.items() if count > 1]:
            raise ValueError(f"a book may stand in one line only: {', '.join(repeated)}")
        return self


class OrderLineOut(Output):
    """A line of an order, at the price of the day it was placed."""

    book: BookBrief
    quantity: int
    unit_price: Decimal
    total: Decimal


class OrderOut(Output):
    """An order."""

    id: uuid.UUID
    customer: EmailStr
    status: OrderStatus
    placed_at: datetime
    cancelled_at: datetime | None
    lines: list[OrderLineOut]
    total: Decimal


class OrderProgress(Output):
    """How far an order has come."""

    id: uuid.UUID
    status: OrderStatus


class Letter(Output):
    """A message that waits to be sent."""

    id: int
    recipient: EmailStr
    subject: str
    text: str
    written_at: datetime


class Health(BaseModel):
    """Whether the shop can reach its database."""

    status: Literal["ok", "unavailable"]
    database: Annotated[str, Field(examples=["sqlite", "postgresql"])]

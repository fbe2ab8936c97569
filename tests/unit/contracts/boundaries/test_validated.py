"""What is said to be inside of a type is accepted by Pydantic, and what is outside is refused."""

import enum
import ipaddress
import re
import uuid
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Optional, Required, Union, get_args

import pydantic
import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, TypeAdapter, ValidationError
from pydantic_core.core_schema import CoreSchemaType
from typing_extensions import TypeAliasType, TypedDict

from rapide.contracts.boundaries.boundary import OMITTED
from rapide.contracts.boundaries.validated.kinds import KINDS, new_walk
from rapide.contracts.boundaries.validated.matching import match_of


class Point(NamedTuple):
    x: Annotated[int, Field(ge=1)]
    y: int = 1


class Options(TypedDict, total=False):
    a: Required[int]
    b: str


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


class Word(enum.StrEnum):
    ONE = "one"
    TWO = "two"


@dataclass
class Shelf:
    name: Annotated[str, Field(min_length=2)]
    books: int = 3


class Book(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    number: int = Field(alias="Number", gt=3)
    size: int = Field(1, validation_alias=pydantic.AliasChoices("s", pydantic.AliasPath("z", 0)))
    deep: int = Field(1, validation_alias=pydantic.AliasPath("a", "b"))
    bought: date = date(2020, 1, 1)
    similar: list["Book"] = []
    note: Annotated[str, Field(max_length=4)] | None = None


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    number: int
    name: str


class Cat(BaseModel):
    kind: Literal["cat"]
    purr: int = Field(ge=0)


class Dog(BaseModel):
    kind: Literal["dog"]
    bark: str = Field(max_length=3)


class Few(RootModel[list[Annotated[int, Field(le=2)]]]): ...


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


def within(*constraints: Any, **keywords: Any) -> Any:
    return Annotated[(constraints[0], Field(**keywords), *constraints[1:])]


TYPES: list[Any] = [
    *(
        int,
        str,
        float,
        bool,
        bytes,
        complex,
        Fraction,
        date,
        datetime,
        time,
        timedelta,
        uuid.UUID,
        Any,
        Path,
    ),
    within(int, ge=1, le=10),
    within(int, gt=0, lt=10, multiple_of=3),
    within(int, le=-5),
    within(float, gt=0, le=100),
    within(float, multiple_of=0.5, ge=1),
    pydantic.FiniteFloat,
    within(Decimal, max_digits=5, decimal_places=2, ge=0, le=100),
    within(Decimal, gt=Decimal("0.1")),
    *(pydantic.StrictInt, pydantic.StrictStr),
    within(str, min_length=2, max_length=5),
    within(str, pattern="^[a-z]{2,3}$"),
    within(str, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", min_length=3, max_length=10),
    within(str, pattern=r"^\d{3}-[A-Z]{2,}\s?$"),
    within(str, pattern=r"[^abc]"),
    within(str, pattern=r"^(a|b)(?P<c>[A-F0-9]{8})\.$"),
    pydantic.constr(strip_whitespace=True, min_length=2, to_upper=True),
    within(bytes, min_length=1, max_length=4),
    pydantic.Base64Bytes,
    within(date, ge=date(2020, 1, 1), lt=date(2021, 1, 1)),
    within(datetime, gt=datetime(2020, 1, 1), le=datetime(2021, 1, 1)),
    within(time, ge=time(9), lt=time(17)),
    within(timedelta, gt=timedelta(0), le=timedelta(hours=1)),
    *(pydantic.PastDate, pydantic.FutureDate, pydantic.PastDatetime, pydantic.FutureDatetime),
    *(pydantic.AwareDatetime, pydantic.NaiveDatetime),
    *(Literal["a", 1, None], Number, Word),
    *(pydantic.UUID1, pydantic.UUID4, pydantic.UUID7),
    *(ipaddress.IPv4Address, ipaddress.IPv6Network, pydantic.IPvAnyAddress),
    *(pydantic.AnyUrl, pydantic.HttpUrl, pydantic.PostgresDsn, pydantic.EmailStr),
    *(pydantic.NameEmail, pydantic.Json[int], pydantic.SecretStr, pydantic.ByteSize),
    *(re.Pattern, pydantic.ImportString),
    *(int | str, Optional[within(int, ge=3)], Pet, Union[Cat, Dog], list[Pet]),  # noqa: UP007,UP045
    within(list[int], min_length=1, max_length=3),
    within(set[int], min_length=2, max_length=3),
    *(
        frozenset[str],
        tuple[int, str],
        tuple[()],
        tuple[within(int, ge=1), ...],
        deque[int],
        Sequence[int],
    ),
    within(tuple[int, ...], min_length=2),
    within(dict[int, within(str, min_length=1)], min_length=1, max_length=2),
    *(dict[str, int], Mapping[str, list[int]], Counter[str]),
    *(Book, Strict, list[Book], dict[str, Book], Options, Shelf, Point, Few),
    within(int, pydantic.BeforeValidator(lambda value: value), ge=2),
    within(int, pydantic.WrapValidator(lambda value, handler: handler(value)), le=2),
    Annotated[str, pydantic.AfterValidator(str.upper)],
    Annotated[int, pydantic.AfterValidator(abs), Field(le=9)],
    within(str | int, max_length=3),
    TypeAliasType("Alias", within(int, ge=2)),  # type: ignore[misc]
    within(str, min_length=2, examples=["zz"]),
]


def verdict(adapter: TypeAdapter[Any], value: object) -> bool | None:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    except TypeError:  # a constraint that the value does not have
        return None
    return True


def name_of(type_: Any) -> str:
    """Return the name of a case, which is the same in each process."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(type_))


@pytest.mark.filterwarnings("ignore:__int__ returned non-int:DeprecationWarning")
@pytest.mark.parametrize("type_", TYPES, ids=name_of)
def test_the_boundaries_of_a_type_are_those_of_its_validator(type_: Any) -> None:
    adapter = TypeAdapter(type_)
    walk = new_walk()
    assert verdict(adapter, walk.example(adapter.core_schema))
    found = [*walk.boundaries(adapter.core_schema), *walk.boundaries(adapter.core_schema, True)]
    tested = [item for item in found if item.value is not OMITTED]
    verdicts = [verdict(adapter, item.value) for item in tested]
    wrong = [
        (item.label, item.value, item.is_inside)
        for item, said in zip(tested, verdicts, strict=True)
        if item.is_inside is not None and said is not None and item.is_inside is not said
    ]
    assert wrong == []
    assert True in verdicts
    assert False in verdicts or type_ is Any


def test_each_bound_has_values_on_both_sides() -> None:
    def labels(type_: Any) -> set[tuple[str, object, bool | None]]:
        found = new_walk().boundaries(TypeAdapter(type_).core_schema)
        return {(item.label, item.value, item.is_inside) for item in found if item.keyword}

    assert {
        ("at gt=0", 0, False),
        ("just inside gt=0", 5e-324, True),
        ("at le=1", 1.0, True),
        ("just outside le=1", 1.0000000000000002, False),
    } <= labels(within(float, gt=0, le=1))
    assert {
        ("at ge=2020-02-28", "2020-02-28", True),
        ("just outside ge=2020-02-28", "2020-02-27", False),
        ("at lt=2020-03-01", "2020-03-01", False),
        ("just inside lt=2020-03-01", "2020-02-29", True),
    } <= labels(within(date, ge=date(2020, 2, 28), lt=date(2020, 3, 1)))
    assert {
        ("just outside ge=0.1", 0.0, False),
        ("at ge=0.1", 0.1, True),
        ("just inside lt=0.3", 0.2, True),
    } <= labels(within(Decimal, ge=Decimal("0.1"), lt=Decimal("0.3"), decimal_places=1))
    assert {
        ("at max_length=2, with astral letters", "📚📚", True),
        ("just outside max_length=2", "aaa", False),
    } <= labels(within(str, max_length=2))


def test_what_lies_in_a_body_has_its_way_and_its_parts() -> None:
    found = [*new_walk().boundaries(TypeAdapter(list[Book]).core_schema)]
    ways = {(".".join(map(str, item.where)), item.label.rpartition(": ")[2]) for item in found}
    assert ("0.Number", "missing") in ways
    assert ("0.Number", "at gt=3") in ways
    assert ("0.a.b", "a fraction") in ways
    assert ("0.note", "just outside max_length=4") in ways
    assert ("0.similar.0.Number", "just inside gt=3") in ways
    assert ("0", "an extra member") in ways


@pytest.mark.parametrize(
    "pattern",
    ["^a+$", r"^\w{3}-\d+$", "[^a-z]{2}", "(x|y)z?", r"^\S\D\W$", "a{0,3}b", r"^[\s\d]$", "."],
)
def test_a_match_is_made_of_a_pattern(pattern: str) -> None:
    text = match_of(pattern)
    assert text is not None
    assert re.search(pattern, text)


def test_a_pattern_for_which_no_text_is_made_is_no_error() -> None:
    assert match_of("(") is None
    assert match_of(r"(a)\1") is None


def test_every_kind_of_schema_that_a_request_can_have_is_known() -> None:
    parts = {"model-field", "dataclass-field", "typed-dict-field", "named-tuple-field"}
    others = {"computed-field", "arguments-v3", "invalid", "missing-sentinel", "ellipsis"}
    assert set(get_args(CoreSchemaType)) - parts - others <= KINDS.keys()

"""The encoder of models in C: it writes the bytes of Pydantic, or leaves the value to Pydantic.

Without the extension, every value is left to Pydantic, and the tests hold, too.
"""

from __future__ import annotations

import gc
import sys
import weakref
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from functools import lru_cache
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID
from warnings import catch_warnings, simplefilter
from zoneinfo import ZoneInfo

import pytest
from annotated_types import Ge, MinLen
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import (
    UUID4,
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    SerializeAsAny,
    StringConstraints,
    TypeAdapter,
    WrapValidator,
    computed_field,
    field_serializer,
    model_serializer,
    model_validator,
)
from pydantic.dataclasses import dataclass

from rapide.runtime import model_json
from rapide.runtime.model_json import ModelEncoder
from rapide.schema.writing import describe, is_valid_by_class

from .test_plain_json import atoms, floats, integers, texts, unusual

assert model_json.__file__ is not None
IS_COMPILED = not model_json.__file__.endswith(".py")


class Color(StrEnum):
    RED = "red é"


class Level(IntEnum):
    HIGH = 3


class Shade(Enum):
    DARK = 1.5
    LIGHT = "light"
    PAIR = (1, "b")
    OTHER = frozenset({1})


class Part(BaseModel):
    x: int = 3
    label: str | None = Field(None, alias='the "label" é')
    hidden: bytes = Field(b"\xff", exclude=True)
    parts: list[Part] = []


class Whole(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid", populate_by_name=True)

    text: Annotated[str, StringConstraints(min_length=3, pattern="a")]
    number: Annotated[int, Ge(7)]
    real: float
    flag: bool
    nothing: None
    anything: Any
    day: date
    moment: datetime
    clock: time
    span: timedelta
    price: Decimal = Field(serialization_alias="Price")
    id: UUID
    color: Color
    level: Level
    shade: Shade
    choice: Literal["a", "é", 1]
    perhaps: int | None
    parts: list[Part]
    by_name: dict[str, Part]
    row: tuple[float, ...]
    data: dict[str, Any]
    checked: Annotated[int, AfterValidator(lambda value: value + 1)]
    before: Annotated[str, BeforeValidator(str)]
    around: Annotated[str | None, WrapValidator(lambda value, inner: inner(value))]
    same_color: Color = Color.RED


class OwnZone(tzinfo):
    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(0)


class OwnDict(dict[str, Any]): ...


#: Plain values whose numbers have no exponent. The others may be left to Pydantic.
simple = st.recursive(
    atoms.filter(lambda value: type(value) is not float or "e" not in repr(value)),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(texts, values, max_size=2),
    max_leaves=4,
)
zones = st.sampled_from(
    [None, UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(minutes=-90)), timezone.max]
)
parsed_moments = st.sampled_from(
    [
        TypeAdapter(datetime).validate_python(text)
        for text in ("2020-02-29T23:59:59.000001Z", "1999-12-31 00:00:00+05:30", "0001-01-01T00:00")
    ]
)
moments = st.datetimes(timezones=zones) | parsed_moments
exact_parts = st.deferred(lambda: made(Part, part_values))
part_values: dict[str, st.SearchStrategy[Any]] = {
    "x": integers,
    "label": st.none() | texts,
    "hidden": st.binary(max_size=3),
    "parts": st.lists(exact_parts, max_size=1),
}
whole_values: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "number": integers,
    "real": floats,
    "flag": st.booleans(),
    "nothing": st.none(),
    "anything": simple,
    "day": st.dates(),
    "moment": moments,
    "clock": st.times(),
    "span": st.timedeltas(),
    "price": st.decimals(),
    "id": st.uuids(),
    "color": st.sampled_from(Color),
    "level": st.sampled_from(Level),
    "shade": st.sampled_from([Shade.DARK, Shade.LIGHT, Shade.PAIR]),
    "choice": st.sampled_from(["a", "é", 1]),
    "perhaps": st.none() | integers,
    "parts": st.lists(exact_parts, max_size=2),
    "by_name": st.dictionaries(texts, exact_parts, max_size=2),
    "row": st.lists(floats, max_size=3).map(tuple),
    "data": st.dictionaries(texts, simple, max_size=2),
    "checked": integers,
    "before": texts,
    "around": st.none() | texts,
    "same_color": st.sampled_from(Color),
}


def made(model: type[BaseModel], values: dict[str, st.SearchStrategy[Any]]) -> Any:
    """Instances with these values, of which some count as unset."""
    unset = st.sets(st.sampled_from(list(values)))

    def make(given: dict[str, Any], unset: set[str]) -> BaseModel:
        made = model.model_construct()
        made.__dict__.clear()
        made.__dict__.update((name, given[name]) for name in values)
        made.__pydantic_fields_set__.clear()
        made.__pydantic_fields_set__.update(given.keys() - unset)
        return made

    return st.builds(make, st.fixed_dictionaries(values), unset)


class PartOfKind(Part):
    kind: int = 1


#: Values that fit few fields or none, so that Pydantic warns, raises or converts.
strange = st.one_of(
    atoms,
    unusual,
    exact_parts,
    *whole_values.values(),
    st.sampled_from(
        [Shade.OTHER, PartOfKind(), Part, datetime(2020, 1, 1, tzinfo=OwnZone()), OwnDict(a=1)]
    ),
    st.lists(exact_parts, max_size=2).map(tuple),
    st.lists(st.none(), max_size=1),
)


@st.composite
def strange_wholes(draw: st.DrawFn) -> Whole:
    """Instances in which one or two values are not what the fields declare."""
    whole: Whole = draw(made(Whole, whole_values))
    for name in draw(st.sets(st.sampled_from(list(whole_values)), min_size=1, max_size=2)):
        whole.__dict__[name] = draw(strange)
    if draw(st.booleans()):
        part: Part = draw(exact_parts)
        part.__dict__[draw(st.sampled_from(list(part_values)))] = draw(strange)
        whole.__dict__["parts"] = [part]
    return whole


options = st.fixed_dictionaries(
    {}, optional={name: st.just(True) for name in ("exclude_none", "exclude_unset")}
)


adapter = lru_cache(TypeAdapter)


@lru_cache
def encoder(type_: Any, *, by_alias: bool = True, **options: bool) -> Any:
    nodes = describe(adapter(type_).core_schema, by_alias=by_alias)
    assert nodes is not None
    return ModelEncoder(nodes, **options).encode


def of_pydantic(type_: Any, value: Any, **options: bool) -> Any:
    """What Pydantic's serializer makes of a value, if it does not complain."""
    with catch_warnings():
        simplefilter("error")
        try:
            return adapter(type_).serializer.to_json(value, **options)
        except Exception:
            return None


def assert_written(type_: Any, value: Any, **options: bool) -> None:
    expected = of_pydantic(type_, value, **options)
    assert expected is not None
    assert encoder(type_, **options)(value) == (expected if IS_COMPILED else None)


@settings(max_examples=40)
@given(made(Whole, whole_values), options, st.booleans())
def test_exact_values_become_the_bytes_of_pydantic(
    whole: Whole, options: dict[str, bool], by_alias: bool
) -> None:
    assert_written(Whole, whole, by_alias=by_alias, **options)


@settings(max_examples=60)
@given(strange_wholes(), options)
def test_any_other_value_becomes_the_same_bytes_or_is_left_to_pydantic(
    whole: Whole, options: dict[str, bool]
) -> None:
    with catch_warnings():
        simplefilter("error")
        written = encoder(Whole, **options)(whole)
    assert written in (None, of_pydantic(Whole, whole, by_alias=True, **options))


@given(floats)
@example(1e-4)
@example(9.9999e-5)
@example(1e-5)
@example(9.9999e-6)
@example(1e15)
@example(1e16)
@example(-1.5e300)
@example(5e-324)
def test_numbers_have_the_form_of_pydantic(number: float) -> None:
    assert_written(list[float], [number])
    # Any value that is plain may be left to Pydantic.
    assert encoder(Any)(number) in (None, of_pydantic(Any, number))


def test_instances_that_are_not_as_the_class_declares_are_left_to_pydantic() -> None:
    encode = encoder(Part)

    def changed(change: Any) -> Part:
        part = Part()
        change(part)
        return part

    def reorder(part: Part) -> None:
        part.__dict__["x"] = part.__dict__.pop("x")

    for part in (
        changed(lambda part: part.__dict__.update(more=1)),
        changed(lambda part: part.__dict__.pop("parts")),
        changed(lambda part: part.__dict__.clear()),
        changed(reorder),
        PartOfKind(),
        {"x": 1},
        None,
        Part,
    ):
        assert encode(part) is None
    assert encode(changed(lambda part: part.__dict__.update(x=True))) is None
    assert encode(object.__new__(Part)) is None
    assert encoder(datetime)(datetime(2020, 1, 1, tzinfo=OwnZone())) is None
    without_set = object.__new__(Part)
    without_set.__dict__.update(Part().__dict__)
    assert encoder(Part, exclude_unset=True)(without_set) is None


def test_a_class_that_is_changed_later_is_left_to_pydantic() -> None:
    class Changed(BaseModel):
        x: int = 1

    encode = encoder(Changed)
    assert encode(Changed()) == (b'{"x":1}' if IS_COMPILED else None)

    def get(self: Any, name: str) -> Any:
        return object.__getattribute__(self, name)

    Changed.__getattribute__ = get  # type: ignore[method-assign,assignment]
    assert encode(Changed()) is None


def test_a_model_that_is_too_deep_or_contains_itself_is_left_to_pydantic() -> None:
    deep = Part()
    for _ in range(200):
        deep = Part(parts=[deep])
    circle = Part()
    circle.parts.append(circle)
    plain: list[Any] = []
    for _ in range(300):
        plain = [plain]
    assert encoder(Part)(deep) is encoder(Part)(circle) is encoder(Any)(plain) is None


class WithComputed(BaseModel):
    x: int = 1

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return 2 * self.x


class WithFieldSerializer(BaseModel):
    x: int = 1

    @field_serializer("x")
    def show(self, value: int) -> str:
        return str(value)


class WithModelSerializer(BaseModel):
    x: int = 1

    @model_serializer
    def show(self) -> str:
        return str(self.x)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Seconds(BaseModel):
    model_config = ConfigDict(ser_json_timedelta="float")
    x: timedelta


class OwnAttributes(BaseModel):
    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name)


class Meta(type(BaseModel)):  # type: ignore[misc]
    pass


class OfMeta(BaseModel, metaclass=Meta): ...


class Flags(IntFlag):
    A = 1


class OwnValue(Enum):
    A = 1

    @property
    def value(self) -> Any:
        return "own"


class Apart(BaseModel):
    x: int = 1


class Point(NamedTuple):
    x: int


@dataclass
class Data:
    x: int = 1


def computed_if(value: Any) -> bool:
    return False


class LeftOutSometimes(BaseModel):
    x: int = Field(1, exclude_if=computed_if)


@pytest.mark.parametrize(
    "type_",
    [
        *(WithComputed, WithFieldSerializer, WithModelSerializer, Open, Seconds, OwnAttributes),
        *(OfMeta, RootModel[int], Flags, OwnValue, Point, Data, LeftOutSometimes, int | str),
        *(SerializeAsAny[Apart], Annotated[int, PlainSerializer(str)], bytes, set[int], complex),
        *(dict[int, int], tuple[int, str], Literal[b"a"], Literal[Shade.DARK], Literal[True]),
    ],
)
def test_types_of_which_classes_do_not_say_everything_are_left_to_pydantic(type_: Any) -> None:
    for nested in (type_, list[type_], dict[str, type_], type_ | None):
        assert describe(TypeAdapter(nested).core_schema, by_alias=True) is None


Content = TypeVar("Content")


class Page(BaseModel, Generic[Content]):
    items: list[Content]


def checked(value: Any) -> Any:
    return value


class Revalidated(BaseModel):
    model_config = ConfigDict(revalidate_instances="always")
    x: int = 1


class ValidatedAfter(BaseModel):
    x: int = 1

    @model_validator(mode="after")
    def check(self) -> ValidatedAfter:
        return self


class ValidatedBefore(BaseModel):
    x: int = 1
    _y: int = 2

    @model_validator(mode="before")
    @classmethod
    def check(cls, value: Any) -> Any:
        raise AssertionError("called")


VALID_BY_CLASS = (
    *(Part, Whole, Page[Part], Any, None, bool, int, float, str, date, datetime, UUID, Color),
    Shade,
    *(Literal["a", 1], list, dict, list[Part], list[Part | None], dict[str, list[Part]]),
    *(tuple[Part, ...], dict[str, Any], list[Color], ValidatedBefore),
)  # fmt: skip
TO_BE_VALIDATED = (
    *(Revalidated, ValidatedAfter, list[Revalidated], Annotated[int, Ge(3)], Decimal),
    *(Annotated[str, MinLen(1)], Annotated[list[Part], MinLen(1)], time, timedelta),
    *(Annotated[Part, AfterValidator(checked)], dict[Annotated[str, MinLen(1)], Part]),
    *(list[ValidatedAfter | None], Annotated[str, StringConstraints(to_upper=True)]),
    *(UUID4, Annotated[float, Field(allow_inf_nan=False)]),
)


@given(strange | st.lists(strange, max_size=2) | st.dictionaries(texts, strange, max_size=2))
def test_values_that_are_valid_by_class_are_their_own_result(value: Any) -> None:
    for type_ in VALID_BY_CLASS:
        assert is_valid_by_class(adapter(type_).core_schema)
        written = encoder(type_)(value)
        if written is not None:
            validated = adapter(type_).validator.validate_python(value, from_attributes=True)
            assert adapter(type_).serializer.to_json(validated, by_alias=True) == written


@pytest.mark.parametrize("type_", TO_BE_VALIDATED)
def test_types_that_require_something_of_values_or_have_validators_are_validated(
    type_: Any,
) -> None:
    assert not is_valid_by_class(TypeAdapter(type_).core_schema)


@pytest.mark.skipif(not IS_COMPILED, reason="there is no extension")
def test_a_description_that_makes_no_sense_is_refused() -> None:
    for nodes in (
        *((), (1,), ((),), (("odd",),), (("list",),), (("list", 1),), (("list", -1),)),
        *((("model", Part),), (("model", Part, ((1, b"", 0),)),), (("float",),), (("str", 1),)),
        *((("model", Part, (("x", b"", 0),)),), (("model", Part, (("x", b",", 5),)),), ((1,),)),
        *((("enum", 1, 0),), (("literal", {1}),), (("moment", datetime, str),)),
    ):
        with pytest.raises((ValueError, TypeError)):
            ModelEncoder(nodes)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        ModelEncoder([("str",)])  # type: ignore[arg-type]


def test_an_encoder_keeps_references_and_goes_with_its_classes() -> None:
    def use() -> weakref.ref[type[BaseModel]]:
        class Own(BaseModel):
            text: str = "a value of its own: é"
            moment: datetime = datetime(2020, 1, 1)
            more: dict[str, Any] = {"a": [1.5, None]}
            number: float = 1e300

        nodes = describe(TypeAdapter(list[Own]).core_schema, by_alias=True)
        assert nodes is not None
        encode = ModelEncoder(nodes).encode
        own = Own()
        values = list(own.__dict__.values())
        before = [sys.getrefcount(value) for value in values]
        for _ in range(100):
            encode([own, own])
            encode([own, 1])
        assert [sys.getrefcount(value) for value in values] == before
        Own.encode = encode  # type: ignore[attr-defined]
        return weakref.ref(Own)

    gone = use()
    gc.collect()
    assert gone() is None

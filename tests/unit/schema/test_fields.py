"""Fields validate and serialize as FastAPI's, with validators that are shared."""

# ruff: noqa: UP045 - both spellings are tested

import gc
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from importlib import import_module
from typing import Annotated, Any, ForwardRef, Literal, Optional
from uuid import UUID

import pytest
from annotated_types import Ge, Gt, Len, MaxLen, MinLen, MultipleOf
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    EmailStr,
    Field,
    Tag,
    computed_field,
    create_model,
)
from pydantic.fields import FieldInfo

from rapide.exceptions import FastAPIError, PydanticV1NotSupportedError
from rapide.schema import (
    ModelField,
    Undefined,
    adapters,
    copy_field_info,
    create_body_model,
    create_model_field,
    get_cached_model_fields,
    get_missing_field_error,
    serialize_sequence_value,
)

theirs = import_module("fastapi._compat")


class Colour(Enum):
    RED = "red"


class Item(BaseModel):
    model_config = ConfigDict(validate_by_name=True)
    name: str = Field(alias="Name")
    price: Decimal = Decimal(1)

    @computed_field
    def double(self) -> Decimal:
        return self.price * 2


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


@dataclass
class Point:
    x: int


class Opaque:
    pass


def positive(value: int) -> int:
    assert value > 0, "not positive"
    return value


def shown(annotation: Any) -> str:
    """The name of a test: without addresses, which differ from process to process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(annotation))


ANNOTATIONS = [
    int,
    str,
    float,
    bool,
    bytes,
    None,
    Any,
    date,
    datetime,
    Decimal,
    UUID,
    Colour,
    Literal["a", 1],
    EmailStr,
    int | None,
    Optional[str],
    int | str,
    str | int,
    list,
    list[int],
    list[int | None],
    set[str],
    tuple[int, ...],
    tuple[int, str],
    tuple[()],
    tuple,
    Sequence[int],
    deque[int],
    dict[str, int],
    dict[str, list[Item]],
    Item,
    Item | None,
    list[Item],
    Cat | Dog,
    Annotated[Cat | Dog, Field(discriminator="kind")],
    Annotated[
        Annotated[Cat, Tag("c")] | Annotated[Dog, Tag("d")],
        Discriminator(lambda value: "c" if "c" in str(value) else "d"),
    ],
    Point,
    Annotated[int, Gt(1)],
    Annotated[int, Gt(1), MultipleOf(5)],
    Annotated[float, Gt(1)],
    Annotated[float | None, Ge(1.5)],
    Annotated[str, MinLen(2), MaxLen(3)],
    Annotated[str | None, Field(pattern="^a")],
    Annotated[int, Field(strict=True)],
    Annotated[Decimal, Field(max_digits=2)],
    Annotated[list[Annotated[int, Ge(2)]], Len(1, 2)],
    Annotated[int, AfterValidator(positive)],
]
VALUES = [
    "1",
    "abc",
    "a",
    "red",
    "2020-01-01",
    "me@example.com",
    "12345678123456781234567812345678",
    b"x",
    1,
    2.5,
    10,
    None,
    True,
    [],
    [1, "2"],
    ["x", None],
    {"a": 1},
    {"Name": "n"},
    {"name": "n", "price": "2"},
    {"kind": "cat"},
    {"x": 1},
    Item(name="n"),
    Cat(),
    [Item(name="n")],
    Point(1),
    Opaque(),
]


def attempt(action: Any) -> Any:
    try:
        return action()
    except Exception as error:
        return type(error), str(error)


def both(annotation: Any, **attributes: Any) -> tuple[Any, Any]:
    def make(kind: Any) -> Any:
        info = FieldInfo.from_annotation(annotation)
        for name, value in attributes.items():
            setattr(info, name, value)
        return kind(field_info=info, name="it")

    return make(ModelField), make(theirs.ModelField)


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=shown)
def test_values_are_validated_as_by_fastapi(annotation: Any) -> None:
    ours, fastapis = both(annotation)

    for value in VALUES:
        mine = ours.validate(value, loc=("query", "it"))
        assert repr(mine) == repr(fastapis.validate(value, loc=("query", "it")))


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=shown)
def test_values_are_serialized_as_by_fastapi(annotation: Any) -> None:
    ours, fastapis = both(annotation)

    for value in VALUES:
        valid, errors = ours.validate(value)
        if errors:
            continue
        for options in ({}, {"exclude_unset": True}, {"by_alias": False, "exclude": {"double"}}):
            expected = attempt(lambda o=options, v=valid: fastapis.serialize(v, **o))
            assert attempt(lambda o=options, v=valid: ours.serialize(v, **o)) == expected
            expected = attempt(lambda o=options, v=valid: fastapis.serialize_json(v, **o))
            assert attempt(lambda o=options, v=valid: ours.serialize_json(v, **o)) == expected


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=shown)
def test_the_schema_says_what_fastapis_says(annotation: Any) -> None:
    extra = {"title": "T", "description": "D", "examples": [1], "default": 3}
    ours, fastapis = both(annotation, **extra)

    assert ours._type_adapter.json_schema() == fastapis._type_adapter.json_schema()


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=shown)
def test_a_field_takes_text_as_it_is_only_if_every_text_stays_the_same(annotation: Any) -> None:
    field, _ = both(annotation)
    texts = [value for value in VALUES if isinstance(value, str)] + ["", " ", "null", "é"]

    if field.is_identity_for_str:
        assert [field.validate(text) for text in texts] == [(text, []) for text in texts]


def test_plain_text_is_taken_as_it_is() -> None:
    def is_identity(annotation: Any, **options: Any) -> bool:
        return ModelField(
            FieldInfo.from_annotation(annotation), "it", **options
        ).is_identity_for_str

    assert is_identity(str)
    assert is_identity(str | None)
    assert is_identity(Any)
    assert not is_identity(Annotated[str, MinLen(0)])
    assert not is_identity(str | int)
    assert not is_identity(str, config=ConfigDict(str_strip_whitespace=True))


def types_of(annotation: Any, config: ConfigDict | None = None) -> Any:
    return ModelField(FieldInfo.from_annotation(annotation), "it", config=config).types


@pytest.mark.parametrize(
    "annotation",
    [int, str | None, UUID, list[int], Literal["a"], Annotated[int, Ge(1)], dict[str, date]],
    ids=shown,
)
def test_validating_builtin_types_runs_no_code_of_users(annotation: Any) -> None:
    assert types_of(annotation).is_builtin


@pytest.mark.parametrize(
    "annotation",
    [
        Any, Item, Colour, Literal[Colour.RED], list[Colour], int | Item,
        Annotated[int, AfterValidator(positive)], list[Annotated[int, AfterValidator(positive)]],
        Annotated[Cat | Dog, Field(discriminator="kind")],
    ],
    ids=shown,
)  # fmt: skip
def test_validating_other_types_may_run_code_of_users(annotation: Any) -> None:
    assert not types_of(annotation).is_builtin
    assert not types_of(int, ConfigDict(strict=True)).is_builtin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (int, int),
        (int | None, Optional[int]),
        (list[int], list[int]),
        (Annotated[int, Gt(1)], Annotated[int, Gt(1)]),
        (Annotated[str, Field(pattern="a")], Annotated[str, Field(pattern="a")]),
        (list[Item], list[Item]),
    ],
    ids=shown,
)
def test_equal_types_share_one_validator(one: Any, other: Any) -> None:
    first, second = types_of(one), types_of(other)

    assert first is second
    assert first.validator is second.validator


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (int | str, str | int),
        (Literal["a", "b"], Literal["b", "a"]),
        (Literal[1], Literal[True]),
        (Annotated[int, Gt(1)], Annotated[int, Ge(1)]),
        (tuple, tuple[()]),
        (list, list[int]),
        (Annotated[int, AfterValidator(lambda v: v)], Annotated[int, AfterValidator(positive)]),
    ],
    ids=shown,
)
def test_types_that_differ_at_all_share_nothing(one: Any, other: Any) -> None:
    first, second = types_of(one), types_of(other)

    assert first is not second


def test_bounds_of_different_types_are_told_apart() -> None:
    # Annotated[float, Gt(1)] and Annotated[float, Gt(1.0)] are one object already for typing.
    assert adapters.type_schema(float, [Gt(1)]) is not adapters.type_schema(float, [Gt(1.0)])


def test_configurations_are_told_apart() -> None:
    stripping = ConfigDict(str_strip_whitespace=True)

    assert types_of(str, stripping) is types_of(str, stripping)
    assert types_of(str, stripping) is not types_of(str)
    assert types_of(str, stripping).validator.validate_python(" a ") == "a"


def test_unhashable_metadata_is_not_shared() -> None:
    class Marker:
        __hash__ = None  # type: ignore[assignment]

    marker = Marker()

    assert types_of(Annotated[int, marker]) is not types_of(Annotated[int, marker])


def test_an_entry_goes_with_its_last_field() -> None:
    class Local(BaseModel):
        a: int

    gc.collect()
    field = create_model_field("it", list[Local])
    before = len(adapters._shared)
    del field
    gc.collect()

    assert len(adapters._shared) == before - 1


def test_nothing_is_built_for_an_obvious_type() -> None:
    class Fresh(BaseModel):
        a: int

    for annotation in (Fresh, list[Fresh], Fresh | None, dict[str, Fresh]):
        assert create_model_field("it", annotation).types._adapter is None


def test_a_complete_model_lends_its_own_validator() -> None:
    field = create_model_field("it", Item)

    assert field.validator is Item.__pydantic_validator__
    assert field.serializer is Item.__pydantic_serializer__
    assert field.types._adapter is None


def test_a_model_completed_later_validates() -> None:
    Late = create_model("Late", part=(ForwardRef("Part"), ...))
    field = create_model_field("it", Late)
    assert not field.types.is_settled

    Late.model_rebuild(_types_namespace={"Part": int})

    assert field.validate({"part": "1"}) == (Late(part=1), [])  # type: ignore[call-arg]


def test_an_unusable_type_fails_where_it_is_declared() -> None:
    with pytest.raises(FastAPIError, match="Invalid args for response field!"):
        create_model_field("it", Opaque)
    with pytest.raises(FastAPIError, match="response_model=None"):
        create_model_field("it", list[Opaque] | None)


def test_a_model_of_pydantic_v1_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    old = type("BaseModel", (), {})
    monkeypatch.setitem(
        __import__("sys").modules, "pydantic.v1", type("module", (), {"BaseModel": old})
    )

    with pytest.raises(PydanticV1NotSupportedError, match=r"pydantic\.v1"):
        create_model_field("it", type("Child", (old,), {}))


def test_a_default_beside_a_factory_is_refused() -> None:
    info = FieldInfo(annotation=int, default_factory=int)
    info.default = 3

    with pytest.raises(TypeError, match="default_factory"):
        ModelField(info, "it")


def test_defaults_are_given_made_or_missing() -> None:
    def default_of(info: Any) -> Any:
        return ModelField(info, "it").default

    assert default_of(FieldInfo(annotation=int)) is Undefined
    assert default_of(FieldInfo(annotation=int, default=1)) == 1
    assert default_of(FieldInfo(annotation=list, default_factory=list)) == []


def test_a_mutable_default_is_copied() -> None:
    field = ModelField(FieldInfo(annotation=list[int], default=[1]), "it")

    field.get_default().append(2)

    assert field.get_default() == [1]


def test_aliases_fall_back_as_in_fastapi() -> None:
    for options in ({}, {"alias": "a"}, {"validation_alias": "v", "serialization_alias": "s"}):
        info = Field(**options)
        info.annotation = int
        ours, fastapis = ModelField(info, "it"), theirs.ModelField(info, "it")
        assert (ours.alias, ours.validation_alias, ours.serialization_alias) == (
            fastapis.alias,
            fastapis.validation_alias,
            fastapis.serialization_alias,
        )


def test_fields_are_keys_by_identity() -> None:
    one, other = create_model_field("it", int), create_model_field("it", int)

    assert len({one: 1, other: 2}) == 2


def test_the_error_of_a_missing_value_is_fastapis() -> None:
    loc = ("body", "items", 0)

    assert list(get_missing_field_error(loc).items()) == list(
        theirs.get_missing_field_error(loc).items()
    )


@pytest.mark.parametrize(
    "annotation",
    [
        list[int],
        tuple[int, ...],
        set[int],
        frozenset[int],
        deque[int],
        Sequence[int],
        list,
        None | set[int],
    ],
    ids=shown,
)
def test_a_list_becomes_the_sequence_of_the_annotation(annotation: Any) -> None:
    ours, fastapis = both(annotation)

    mine = serialize_sequence_value(field=ours, value=[1, 2])
    assert mine == theirs.serialize_sequence_value(field=fastapis, value=[1, 2])
    assert type(mine) is type(theirs.serialize_sequence_value(field=fastapis, value=[1, 2]))


@pytest.mark.parametrize(
    "annotation",
    [int, Annotated[int, Gt(1)], Annotated[str, Field(title="T", max_length=2), MinLen(1)]],
    ids=shown,
)
def test_a_declaration_is_copied_with_its_annotation_merged(annotation: Any) -> None:
    info = FieldInfo(default=1, description="D")

    mine = copy_field_info(field_info=info, annotation=annotation)
    expected = theirs.copy_field_info(field_info=info, annotation=annotation)

    assert repr(mine) == repr(expected)
    assert mine._attributes_set == expected._attributes_set
    assert mine is not info


def test_a_body_model_has_the_fields_under_their_names() -> None:
    fields = [create_model_field("a", int), create_model_field("b", Item, default=None)]

    model = create_body_model(fields=fields, model_name="Body_x")

    assert model.__name__ == "Body_x"
    assert model.model_validate({"a": "1"}).model_dump() == {"a": 1, "b": None}


def test_the_fields_of_a_model_are_made_once_and_know_its_configuration() -> None:
    fields = get_cached_model_fields(Item)

    assert get_cached_model_fields(Item) is fields
    assert [(field.name, field.config) for field in fields] == [
        (field.name, field.config) for field in theirs.get_cached_model_fields(Item)
    ]

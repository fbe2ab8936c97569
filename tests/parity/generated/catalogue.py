"""The types that generated parameters have, and the values sent for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .description import Type

BOUNDS = ("gt=0", "ge=1", "lt=5", "le=5")
LENGTHS = ("min_length=1", "min_length=2", "max_length=3")
NUMBERS = (2, 0, 1, 4, 5, 6, -1)

INTEGER = Type("int", (2, *NUMBERS, 10**20), (*BOUNDS, "multiple_of=2", "strict=True"), ("3", "-7"))
STRING = Type(
    "str",
    ("ab", "a", "", "abcd", "é☃", "a b+c", "1"),
    (*LENGTHS, 'pattern="^a"', "strict=True"),
    ('"ab"', '""'),
)

SCALARS = (
    INTEGER,
    STRING,
    Type(
        "float",
        (2, 0.5, *NUMBERS, -2.5, 1e300),
        (*BOUNDS, "multiple_of=0.5", "allow_inf_nan=False", "strict=True"),
        ("1.5", "2"),
    ),
    Type("bool", (True, False, 1, 0, "on", "n"), ("strict=True",), ("True", "False")),
    Type("", ("text", "1", ""), (), ('"untyped"', "5", "None")),
    Type("Any", ("text", "1", ""), (), ('"any"',)),
    Type("bytes", ("ab", "é", ""), LENGTHS, ('b"ab"',)),
    Type("Color", ("red", "blue"), (), ("Color.red", '"blue"')),
    Type("Level", (1, 2, "2"), (), ("Level.low",)),
    Type('Literal["red", "green"]', ("red", "green"), (), ('"red"',)),
    Type("Literal[1, 2]", (1, 2), (), ("1",)),
    Type("date", ("2024-02-29", "1999-12-31"), ("gt=date(2020, 1, 1)",), ("date(2024, 1, 1)",)),
    Type(
        "datetime",
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.5+01:00", "2024-02-29 12:00", 1e9),
        (),
        ("datetime(2024, 1, 1)",),
    ),
    Type("time", ("12:30", "23:59:59.123456"), (), ("time(12)",)),
    Type("timedelta", ("P1DT2H", "01:30:00", 90, 1.5), (), ("timedelta(hours=1)",)),
    Type(
        "UUID", ("12345678-1234-5678-1234-567812345678", "{" + "1" * 32 + "}"), (), ("UUID(int=1)",)
    ),
    Type(
        "Decimal",
        ("2", "1.50", "0.1", "1e3", *NUMBERS),
        (*BOUNDS, "max_digits=3", "decimal_places=1", "multiple_of=2"),
        ('Decimal("1.5")',),
    ),
    Type("IPv4Address", ("127.0.0.1", "10.0.0.255"), (), ()),
    Type("Annotated[int, Field(gt=1)]", NUMBERS, ("lt=5",), ("3",)),
    Type("Bounded", NUMBERS, (), ("3",)),
    Type("Annotated[int, AfterValidator(refuse_odd)]", NUMBERS, ("lt=5",), ("3",)),
    Type("Annotated[str, BeforeValidator(str.strip)]", (" a ", "b"), LENGTHS, ('"ab"',)),
    Type("Annotated[str, StringConstraints(to_upper=True)]", ("ab",), LENGTHS, ('"ab"',)),
    Type("int | str", (1, "a", "1.5"), (), ('"a"', "1")),
    Type("Union[int, float, bool]", (1, 1.5, True), (), ("1",)),
)
OPTIONALS = tuple(
    replace(type_, annotation=form.format(type_.annotation), defaults=("None", *type_.defaults))
    for type_, form in [
        (INTEGER, "int | None"),
        (STRING, "Optional[str]"),
        (SCALARS[2], "Union[None, {}]"),
        *[(type_, "{} | None") for type_ in SCALARS[7:12]],
    ]
)
SEQUENCES = (
    Type("list[int]", ([1, 2], [3], [], [0, 5, 5]), LENGTHS, ("[]", "[1]")),
    Type("list[str]", (["a", "b"], ["a"], [], ["", "é"]), LENGTHS, ('["a"]', '["a", "b"]')),
    Type("list", (["a", "b"], ["a"]), LENGTHS, ("[]",)),
    Type("list[Color]", (["red", "blue"], ["red"]), (), ("[Color.red]",)),
    Type("list[Annotated[int, Field(ge=1)]]", ([1, 2], [0], [5]), LENGTHS, ("[1]",)),
    Type("set[int]", ([1, 2, 2], [3]), LENGTHS, ("{1}", "set()")),
    Type("frozenset[str]", (["a", "b"], ["a", "a"]), (), ("frozenset()",)),
    Type("tuple[int, ...]", ([1, 2], [3]), (), ("()", "(1, 2)")),
    Type("tuple[int, str]", ([1, "a"], [2, "b"]), (), ('(1, "a")',)),
    Type("Sequence[bool]", ([True], ["on", "off"]), (), ("()",)),
    Type("list[int] | None", ([1, 2], [3]), LENGTHS, ("None", "[1]")),
    Type("Optional[set[str]]", (["a", "b"],), (), ("None",)),
    Type("list[int] | int", ([1, 2], 1), (), ("1", "[1]")),
    Type("list[list[int]]", ([[1]],), (), ("[]",)),
)
ENCODED = (
    Type("Json[list[int]]", ("[1, 2]", "[]", "[1,"), (), ("[1]",)),
    Type("Json[dict[str, int]] | None", ('{"a": 1}', "{}"), (), ("None",)),
)
STRUCTURED = (
    Type("dict[str, int]", ({"a": 1}, {}, {"a": "1", "b": "x"}), LENGTHS, ("{}",)),
    Type("dict", ({"a": [1]}, {}), (), ("{}",)),
    Type("dict[str, list[int]] | None", ({"a": [1, 2]}, None), (), ("None",)),
    Type("list[dict[str, Any]]", ([{"a": None}], [{}]), (), ("[]",)),
)
FILES = (
    Type("UploadFile"),
    Type("bytes"),
    Type("UploadFile | None", defaults=("None",)),
    Type("list[UploadFile]", many=True),
    Type("list[bytes]", many=True),
)

PARAMETER_TYPES = SCALARS + OPTIONALS
LIST_TYPES = SEQUENCES + ENCODED
BODY_TYPES = SCALARS + OPTIONALS + SEQUENCES + STRUCTURED

ODD_TEXTS = (
    "", " ", "x", "0", "-1", "+1", " 1 ", "1.0", "1_000", "1e3", "007", "٣", "null", "true", "nan",
    "inf", "[1]", "1,2", "{}", "red ", "2024-13-01", "é", "\x00", "a\nb", "☃" * 20, '"quoted"',
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.0, 1.5, 10**30, 1e400, "", "x", " 1 ", "é☃", "\x00", [], [None], [1, "x"],
    {}, {"a": 1}, [[1]], [{}], {"": None},
)  # fmt: skip


def of_model(model: str, other: str = "") -> tuple[Type, ...]:
    """Return the types in which a model stands in a body, also beside another one."""
    union = Type(f"{model} | {other or model} | None", defaults=("None",), model=model)
    return (
        union,
        Type(model, model=model),
        Type(f"{model} | None", defaults=("None",), model=model),
        Type(f"list[{model}]", defaults=("[]",), model=model, many=True),
    )

"""Query parameters: scalars, sequences, defaults, constraints, aliases, encodings."""

import enum
from collections import deque
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Gt
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BeforeValidator,
    Field,
    Json,
    StringConstraints,
)
from pydantic.types import PositiveInt

from ..client import GET
from ..harness import parity


class Colour(enum.Enum):
    red = "r"
    green = "g"


@parity(
    """
    /?i=3&s=a&f=1.5&b=true / /?i=x&s=&f=x&b=x /?i=&s=a&f=&b= /?i=3&i=4&s=a&f=1&b=1
    /?i=3&s=a%20b+c&f=1&b=off /?I=3 /?i=%203%20&s=1&f=.5&b=0 /?i=3.0&s=1&f=1&b=1
    /?b=1&f=1&s=1&i=2 /?i&s&f&b /?i=3;s=a /?&&i=1&s=2&f=3&b=n& /?i=1e3&s=x&f=1e400&b=y
    """,
)
def test_required_scalars_are_converted_or_reported_in_order(fw):
    app = fw.FastAPI()

    @app.get("/")
    def read(i: int, s: str, f: float, b: bool):
        return {"i": i, "s": s, "f": str(f), "b": b}

    return app


@parity(
    """
    / /?a=1 /?a=x /?a= /?b=2 /?b= /?c=z /?c= /?d= /?d=x /?e=1&e=2 /?a=1&b=2&c=3&d=4&e=5 /typing
    /typing?q=1 /typing?q=None /typing?q=null
    """,
)
def test_optional_parameters_take_their_defaults(fw):
    from typing import Optional, Union

    app = fw.FastAPI()

    @app.get("/")
    def read(
        a: int | None = None,
        b: int = 7,
        c: str = "c",
        d: str | None = "d",
        e: Any = None,
    ):
        return {"a": a, "b": b, "c": c, "d": d, "e": e}

    @app.get("/typing")
    def read_typing(q: Optional[int] = None, r: Union[int, str, None] = None):  # noqa: UP007, UP045
        return {"q": q, "r": r}

    return app


@parity(
    """
    /uuid?v=0d1d3a3e-2f3b-4bb5-8b5b-1d7c9a9c7a10 /uuid?v=1 /date?v=2024-02-29 /date?v=1
    /datetime?v=2024-01-01T00:00:00 /datetime?v=x /delta?v=P1D /delta?v=3.5 /delta?v=x
    /decimal?v=1.10 /decimal?v=NaN /enum?v=r /enum?v=red /literal?v=a /literal?v=1 /literal?v=c
    /bytes?v=abc /bytes?v=%ff /positive?v=0 /positive?v=1 /json?v=%5B1%2C2%5D /json?v=%5B1
    /json?v=%7B%7D /any?v=3 /before?v=A /after?v=3 /after?v=4 /constraints?v=ab
    /constraints?v=%20abc%20 /gt?v=3 /gt?v=4 /field?v=3 /field?v=9 /none?v=1 /none
    """,
)
def test_pydantic_types_are_honoured_in_the_query(fw):
    """`Json` and constrained types are among them."""
    app = fw.FastAPI()

    def even(value: int) -> int:
        if value % 2:
            raise ValueError("not even")
        return value

    types = {
        "uuid": UUID,
        "date": date,
        "datetime": datetime,
        "delta": timedelta,
        "decimal": Decimal,
        "enum": Colour,
        "literal": Literal["a", "b"],
        "bytes": bytes,
        "positive": PositiveInt,
        "json": Annotated[Json[list[int]], fw.Query()],
        "any": Any,
        "before": Annotated[str, BeforeValidator(lambda v: v.lower())],
        "after": Annotated[int, AfterValidator(even)],
        "constraints": Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)],
        "gt": Annotated[int, Gt(3)],
        "field": Annotated[int, Field(lt=5, description="small")],
        "none": None | int,
    }
    for name, kind in types.items():

        def read(v):
            return {"v": repr(v)}

        read.__annotations__ = {"v": kind}
        app.get(f"/{name}", name=name)(read)

    return app


@parity(
    """
    /list /list?v=1 /list?v=1&v=2 /list?v=1&v=x&v=y /list?v= /list?v[]=1 /set?v=1&v=1&v=2 /set
    /tuple?v=1&v=a /tuple?v=1 /tuple?v=1&v=2&v=3 /tuple /variadic?v=1&v=2 /variadic
    /frozen?v=b&v=b /bare?v=1&v=a /bare /deque?v=1&v=2 /sequence?v=1 /default /default?v=z
    /optional /optional?v=1 /optional?v=x /enums?v=r&v=g /enums?v=r&v=x /nested?v=1&v=2
    /lengths?v=1 /lengths?v=1&v=2&v=3&v=4 /lengths?v=1&v=2 /union?v=1&v=2 /union?v=a
    /annlist?v=1&v=3 /annlist?v=4
    """,
)
def test_sequences_collect_repeated_keys(fw):
    """Lists, sets and tuples collect them."""
    from collections.abc import Sequence

    app = fw.FastAPI()
    Query = fw.Query
    types = {
        "list": (Annotated[list[int], Query()], ...),
        "set": (Annotated[set[int], Query()], ...),
        "tuple": (Annotated[tuple[int, str], Query()], ...),
        "variadic": (Annotated[tuple[int, ...], Query()], ...),
        "frozen": (Annotated[frozenset[str], Query()], ...),
        "bare": (Annotated[list, Query()], ...),
        "deque": (Annotated[deque[int], Query()], ...),
        "sequence": (Annotated[Sequence[str], Query()], ...),
        "default": (Annotated[list[str], Query()], ["x", "y"]),
        "optional": (Annotated[list[int] | None, Query()], None),
        "enums": (Annotated[list[Colour], Query()], ...),
        "lengths": (Annotated[list[int], Query(min_length=2, max_length=3)], ...),
        "union": (Annotated[list[int] | list[str], Query()], ...),
        "annlist": (Annotated[list[Annotated[int, Gt(2)]], Query()], ...),
    }
    for name, (kind, default) in types.items():

        def read(v=default):
            if isinstance(v, (set, frozenset)):
                v = sorted(v)
            return {"v": list(v) if v is not None else None, "type": type(v).__name__}

        read.__annotations__ = {"v": kind}
        read.__defaults__ = None if default is ... else (default,)
        app.get(f"/{name}", name=name)(read)

    return app


@parity(
    """
    /mutable /mutable /mutable?v=z /mutable /factory /factory /factory?v=1 /wrong /wrong?v=a
    /validated /validated?v=3 /nested /nested /depends /depends
    """,
)
def test_mutable_defaults_are_copied_for_each_request(fw):
    """Defaults are validated only if `validate_default` says so."""
    app = fw.FastAPI()
    counter = iter(range(100))

    @app.get("/mutable")
    def read_mutable(v: Annotated[list[str], fw.Query()] = ["a"]):  # noqa: B006
        v.append("more")
        return v

    @app.get("/factory")
    def read_factory(v: Annotated[int, fw.Query(default_factory=lambda: next(counter))]):
        return v

    @app.get("/wrong")
    def read_wrong(v: int = "not a number"):
        return {"v": v}

    @app.get("/validated")
    def read_validated(v: Annotated[int, fw.Query(validate_default=True)] = "4"):
        return {"v": v}

    @app.get("/nested")
    def read_nested(v: Annotated[list[list[str]], fw.Header()] = [["a"]]):  # noqa: B006
        v[0].append("b")
        return v

    def dep(v: Annotated[set[int], fw.Query()] = {1}):  # noqa: B006
        v.add(len(v) + 1)
        return v

    @app.get("/depends")
    def read_depends(v: Annotated[set, fw.Depends(dep)]):
        return sorted(v)

    return app


@parity(
    """
    /gt?v=3 /gt?v=4 /ge?v=2 /lt?v=3 /le?v=4 /multiple?v=4 /multiple?v=x /min?v=a /max?v=abcdef
    /pattern?v=ab /pattern?v=AB /digits?v=12345 /places?v=1.234 /finite?v=inf /finite?v=1
    /strict?v=1 /combined?v=1 /combined?v=50 /combined?v=200 /combined /compiled?v=12
    /compiled?v=x /regex?v=12 /regex?v=x /optional?v=a /optional /failfast?v=x&v=y /union?v=1
    """,
)
def test_constraints_on_query_parameters_are_enforced(fw):
    """The deprecated `regex` is among them."""
    import re

    app = fw.FastAPI()
    table = {
        "gt": (int, dict(gt=3)),
        "ge": (int, dict(ge=3)),
        "lt": (int, dict(lt=3)),
        "le": (float, dict(le=3.5)),
        "multiple": (int, dict(multiple_of=3)),
        "min": (str, dict(min_length=2)),
        "max": (str, dict(max_length=5)),
        "pattern": (str, dict(pattern="^[a-z]+$")),
        "digits": (Decimal, dict(max_digits=4)),
        "places": (Decimal, dict(decimal_places=2)),
        "finite": (float, dict(allow_inf_nan=False)),
        "strict": (int, dict(strict=True)),
        "combined": (int, dict(ge=2, le=100, title="T", description="D", deprecated=True)),
        "compiled": (str, dict(pattern=re.compile("^[0-9]+$"))),
        "regex": (str, dict(regex="^[0-9]+$")),
        "optional": (str | None, dict(min_length=3, default_factory=lambda: None)),
        "failfast": (list[int], dict(fail_fast=True)),
        "union": (int | str, dict(union_mode="left_to_right")),
    }
    for name, (kind, constraints) in table.items():

        def read(v):
            return {"v": v}

        read.__annotations__ = {"v": Annotated[kind, fw.Query(**constraints)]}
        app.get(f"/{name}", name=name)(read)

    return app


@parity(
    """
    /alias?item-query=1 /alias?q=1 /alias?item-query=x /validation?val=1 /validation?name=1
    /validation?v=1 /choices?a=1 /choices?b=2 /choices?a=1&b=2 /choices /choices?b=x
    /listchoices?b=1&b=2 /listchoices?a=1&b=2 /path?v=1 /path?deep=1 /serial?v=1 /both?one=1
    /both?two=1 /default?q-q=3 /default /keyword?class=1 /keyword?from=2 /hidden?secret=1
    /hidden /hidden?secret=x
    """,
)
def test_aliases_name_the_key_that_is_read_and_reported(fw):
    """`AliasChoices` and `validation_alias` are among them."""
    app = fw.FastAPI()
    Query = fw.Query

    @app.get("/alias")
    def alias(q: Annotated[int, Query(alias="item-query")]):
        return q

    @app.get("/validation")
    def validation(v: Annotated[int, Query(alias="name", validation_alias="val")]):
        return v

    @app.get("/choices")
    def choices(v: Annotated[int, Query(validation_alias=AliasChoices("a", "b"))]):
        return v

    @app.get("/listchoices")
    def listchoices(v: Annotated[list[int], Query(validation_alias=AliasChoices("a", "b"))]):
        return v

    @app.get("/path")
    def path(v: Annotated[int, Query(validation_alias=AliasChoices("v", AliasPath("deep", 0)))]):
        return v

    @app.get("/serial")
    def serial(v: Annotated[int, Query(serialization_alias="w")]):
        return v

    @app.get("/both")
    def both(v: Annotated[int, Query(alias="one", serialization_alias="two", alias_priority=1)]):
        return v

    @app.get("/default")
    def default(q: int = Query(5, alias="q-q")):
        return q

    @app.get("/keyword")
    def keyword(
        class_: Annotated[int | None, Query(alias="class")] = None,
        from_: Annotated[int | None, Query(alias="from")] = None,
    ):
        return [class_, from_]

    @app.get("/hidden")
    def hidden(secret: Annotated[int | None, Query(include_in_schema=False)] = None):
        return secret

    return app


@parity(
    "/?v=1 /old?v=1 /old?v=x /ellipsis /ellipsis?v=2",
)
def test_examples_and_descriptions_appear_in_the_document(fw):
    """The deprecated `example` is among them."""
    app = fw.FastAPI()

    @app.get("/")
    def read(
        v: Annotated[
            int,
            fw.Query(
                title="The value",
                description="A *number*",
                examples=[1, 2],
                openapi_examples={"one": {"summary": "One", "value": 1}},
                json_schema_extra={"x-unit": "m"},
                deprecated=True,
            ),
        ],
    ):
        return v

    @app.get("/old")
    def old(v: int = fw.Query(3, example=7)):
        return v

    @app.get("/ellipsis")
    def ellipsis(v: int = fw.Query(...)):
        return v

    return app


@parity(
    """
    /?v=%E4%B8%AD /?v=%ff%fe /?v=a%00b /?v=% /?v=%zz /?v=a=b=c /?v=a%26b /?v=a+b /?v=%2B /?=x
    /?v /?v= /?V=1 /?v=1#frag
    """,
    "/?v=" + "x" * 5000,
    "/?" + "w=1&" * 300 + "v=2",
    "/?v=a;v=b /?%76=encoded-key",
    GET("/?v=é"),
    "/?v=%F0%9F%98%80 /?v=%ED%A0%80 /?v=1&v= /??v=1 /?v=1?w=2",
    GET("/", scope={"query_string": b"v=\xff\xfe"}),
    GET("/", scope={"query_string": "v=€".encode()}),
)
def test_unusual_query_strings_are_decoded_alike(fw):
    """They have escapes, invalid UTF-8, empty values, semicolons, repeated keys, great length."""
    app = fw.FastAPI()

    @app.get("/")
    def read(v: str | None = None):
        return {
            "v": None if v is None else v.encode("utf-8", "surrogatepass").hex(),
            "ascii": ascii(v),
        }

    return app


@parity(
    """
    /?skip=1&limit=2 /?skip=x /?skip=1&limit=2&tag=a&tag=b /?limit=101 /annotated?skip=1
    /annotated /annotated?limit=0&skip=-1
    """,
)
def test_annotated_and_default_styles_mean_the_same(fw):
    app = fw.FastAPI()
    Query = fw.Query

    @app.get("/")
    def default_style(
        skip: int = 0, limit: int = Query(default=10, le=100), tag: list[str] = Query(default=[])
    ):
        return {"skip": skip, "limit": limit, "tag": tag}

    Limit = Annotated[int, Query(ge=1, description="How many")]

    @app.get("/annotated")
    def annotated(skip: Annotated[int, Query(ge=0)] = 0, limit: Limit = 10):
        return {"skip": skip, "limit": limit}

    return app


@parity(
    """
    /?a=1&b=2&c=3 /?a=x&b=x&c=x /kwonly?a=1 /kwonly /extra?args=1&kwargs=2 /extra
    /positional?a=1&b=2 /positional
    """,
)
def test_every_kind_of_python_parameter_is_served(fw):
    """Keyword-only parameters, `*args` and `**kwargs` are among them."""
    app = fw.FastAPI()

    @app.get("/")
    def read(a: int, *, b: int, c: int = 0):
        return [a, b, c]

    @app.get("/kwonly")
    def kwonly(*, a: int):
        return a

    @app.get("/extra")
    def extra(args: int = 0, **kwargs: int):
        return [args, kwargs]

    return app

"""Path parameters: convertors, conversion by annotation, constraints, decoding."""

import enum
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Literal

from ..client import GET
from ..harness import parity


class Model(str, enum.Enum):  # noqa: UP042
    alexnet = "alexnet"
    resnet = "resnet"


class Level(enum.IntEnum):
    low = 1
    high = 2


@parity(
    """
    /str/abc /str/a%20b /str/%E2%82%AC /str/a+b /str/%ff /str/a%2Fb /str/ /str /int/3 /int/-3
    /int/%203 /int/3.0 /int/3.5 /int/x /int/1_000 /int/0x10 /int/99999999999999999999999
    /int/%D9%A3 /int/+3 /int/007 /float/1.5 /float/1e3 /float/nan /float/inf /float/x /float/1,5
    /bool/true /bool/1 /bool/on /bool/YES /bool/f /bool/2 /bool/%20true
    """,
)
def test_scalars_in_the_path_are_converted_by_annotation(fw):
    """Annotations are `str`, `int`, `float` and `bool`."""
    app = fw.FastAPI()

    @app.get("/str/{value}")
    def read_str(value: str):
        return {"value": value}

    @app.get("/int/{value}")
    def read_int(value: int):
        return {"value": value}

    @app.get("/float/{value}")
    def read_float(value: float):
        return {"value": str(value)}

    @app.get("/bool/{value}")
    def read_bool(value: bool):
        return {"value": value}

    return app


@parity(
    """
    /uuid/0d1d3a3e-2f3b-4bb5-8b5b-1d7c9a9c7a10 /uuid/0d1d3a3e2f3b4bb58b5b1d7c9a9c7a10 /uuid/x
    /date/2024-02-29 /date/2023-02-29 /date/1700000000 /date/x /datetime/2024-02-29T10:00:00Z
    /datetime/2024-02-29T10:00:00%2B02:00 /datetime/2024-02-29 /datetime/1 /time/10:00 /time/10
    /delta/P1DT2H /delta/60 /delta/x /decimal/1.10 /decimal/x /model/alexnet /model/Alexnet
    /level/1 /level/3 /literal/a /literal/b /path/a.txt /bytes/abc
    """,
)
def test_richer_types_in_the_path_are_converted_by_annotation(fw):
    """Annotations are UUIDs, dates, enumerations and literals."""
    app = fw.FastAPI()
    types = {
        "uuid": uuid.UUID,
        "date": date,
        "datetime": datetime,
        "time": time,
        "delta": timedelta,
        "decimal": Decimal,
        "model": Model,
        "level": Level,
        "literal": Literal["a", 1],
        "path": PurePosixPath,
        "bytes": bytes,
    }
    for name, kind in types.items():

        def read(value):
            return {"value": repr(value)}

        read.__annotations__ = {"value": kind}
        read.__name__ = f"read_{name}"
        app.get(f"/{name}/{{value}}")(read)

    return app


@parity(
    """
    /int/3 /int/x /int/-1 /float/1.5 /float/x /float/3
    /uuid/0d1d3a3e-2f3b-4bb5-8b5b-1d7c9a9c7a10 /uuid/0D1D3A3E-2F3B-4BB5-8B5B-1D7C9A9C7A10
    /uuid/x /files/a/b/c.txt /files//etc/passwd /files/ /files /files/a%2Fb /around/a/b/c/end
    /around/end /str/a /str/a/b /int/99999999999999999999 /untyped/3 /mismatch/3
    """,
)
def test_starlette_convertors_choose_what_a_path_matches(fw):
    app = fw.FastAPI()

    @app.get("/int/{value:int}")
    def read_int(value: int):
        return {"value": value}

    @app.get("/float/{value:float}")
    def read_float(value: float):
        return {"value": value}

    @app.get("/uuid/{value:uuid}")
    def read_uuid(value: uuid.UUID):
        return {"value": value}

    @app.get("/files/{value:path}")
    def read_file(value: str):
        return {"value": value}

    @app.get("/around/{value:path}/end")
    def read_around(value: str):
        return {"value": value}

    @app.get("/str/{value:str}")
    def read_str(value: str):
        return {"value": value}

    @app.get("/untyped/{value:int}")
    def read_untyped(value):
        return {"value": repr(value)}

    @app.get("/mismatch/{value:int}")
    def read_mismatch(value: str):
        return {"value": value}

    return app


@parity(
    "/days/2024-02-29 /days/2024-2-29 /days/2024-13-01 /days/2024-02-29/ /days/x",
)
def test_a_convertor_registered_by_the_user_is_honoured(fw):
    from starlette.convertors import Convertor, register_url_convertor

    class DayConvertor(Convertor):
        regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

        def convert(self, value):
            return value.replace("-", "/")

        def to_string(self, value):
            return value

    register_url_convertor("parityday", DayConvertor())
    app = fw.FastAPI()

    @app.get("/days/{day:parityday}")
    def read_day(day: str):
        return {"day": day}

    return app


@parity(
    """
    /gt/3 /gt/4 /ge/2 /ge/3 /lt/3 /lt/2 /le/4 /le/3 /multiple/9 /multiple/10 /between/0
    /between/5 /between/11 /name/ab /name/abc /name/abcdef /pattern/a1 /pattern/1a /digits/12.34
    /digits/123.45 /digits/1.234 /finite/nan /finite/1 /strict/3 /strictstr/3
    """,
)
def test_constraints_on_path_parameters_are_enforced(fw):
    app = fw.FastAPI()
    table = {
        "gt": (int, dict(gt=3)),
        "ge": (int, dict(ge=3)),
        "lt": (int, dict(lt=3)),
        "le": (float, dict(le=3)),
        "multiple": (int, dict(multiple_of=3)),
        "between": (int, dict(ge=1, le=10, title="Rank", description="From one to ten")),
        "name": (str, dict(min_length=3, max_length=5)),
        "pattern": (str, dict(pattern="^[a-z][0-9]$")),
        "digits": (Decimal, dict(max_digits=4, decimal_places=2)),
        "finite": (float, dict(allow_inf_nan=False)),
        "strict": (int, dict(strict=True)),
        "strictstr": (str, dict(strict=True)),
    }
    for name, (kind, constraints) in table.items():

        def read(value):
            return {"value": value}

        read.__annotations__ = {"value": Annotated[kind, fw.Path(**constraints)]}
        app.get(f"/{name}/{{value}}", name=name)(read)

    return app


@parity(
    "/users/rick/items/3 /users/rick/items/x /users//items/3 /pair/1-2 /pair/1-x /v1.0/a",
)
def test_several_parameters_share_a_path(fw):
    """Some share one segment."""
    app = fw.FastAPI()

    @app.get("/users/{user_id}/items/{item_id}")
    def read_both(item_id: int, user_id: str):
        return {"user": user_id, "item": item_id}

    @app.get("/pair/{left}-{right}")
    def read_pair(left: int, right: int):
        return {"left": left, "right": right}

    @app.get("/v{version}/{name}")
    def read_version(version: float, name: str):
        return {"version": version, "name": name}

    return app


@parity(
    "/items/3 /items/x /alias/3 /alias/x /default-style/3 /unused/a /request-name/1",
)
def test_path_parameters_may_be_aliased_unused_or_written_in_default_style(fw):
    app = fw.FastAPI()

    @app.get("/items/{item-id}")
    def read_dashed(item_id: Annotated[int, fw.Path(alias="item-id")]):
        return {"item_id": item_id}

    @app.get("/alias/{item_id}")
    def read_alias(other: int = fw.Path(alias="item_id", examples=[1, 2])):
        return {"other": other}

    @app.get("/default-style/{item_id}")
    def read_default(item_id: int = fw.Path(gt=2)):
        return {"item_id": item_id}

    @app.get("/unused/{anything}")
    def read_unused():
        return "unused"

    @app.get("/request-name/{request}")
    def read_request_name(request: int):
        return {"request": request}

    return app


@parity(
    GET("/it's/3"),
    GET("/quote%22/3"),
    GET("/a.b/3"),
    GET("/axb/3"),
    GET("/(x)/3"),
    GET("/caf%C3%A9/3"),
    GET("/%7Bx%7D/3"),
    GET("/back%5Cslash/3"),
)
def test_paths_with_special_characters_match_literally(fw):
    app = fw.FastAPI()
    for index, path in enumerate(["/it's", '/quote"', "/a.b", "/(x)", "/café", "/back\\slash"]):

        def read(value: int):
            return {"value": value}

        app.get(path + "/{value}", name=f"read_{index}")(read)

    return app


@parity(
    "/none /none/3 /none/x /union/3 /union/x /union/1.5 /any/3 /list/3",
)
def test_unions_and_any_are_allowed_in_paths(fw):
    from typing import Any

    app = fw.FastAPI()

    @app.get("/none")
    @app.get("/none/{value}")
    def read_optional(value: int | None = None):
        return {"value": value}

    @app.get("/union/{value}")
    def read_union(value: int | float | str):
        return {"value": value, "type": type(value).__name__}

    @app.get("/any/{value}")
    def read_any(value: Any):
        return {"value": value}

    return app

"""Endpoints with unusual signatures."""

from typing import Annotated

from ..client import GET
from ..harness import parity


@parity(
    "/item-list?x=1 /item-list /shadow?id=1&type=2&object=3",
    GET("/header-list", headers=[("accept-language", "de"), ("accept-language", "fr")]),
    "/nested-optional /nested-optional?v=3 /union-list?v=1 /union-list /tuple-default",
    "/none-default?v=",
    "/bool-flags?a&b= /bool-flags?a=1&b=no /underscore?_a=1 /enum-default",
)
def test_unusual_signatures_are_served(fw):
    import enum
    from typing import Optional, Union

    class E(enum.Enum):
        a = "a"

    app = fw.FastAPI()
    Query = fw.Query

    @app.get("/item-list")
    def item_list(x: Annotated[list[int] | int | None, Query()] = None):
        return {"x": x}

    @app.get("/shadow")
    def shadow(id: int, type: int, object: int):
        return [id, type, object]

    @app.get("/header-list")
    def header_list(accept_language: Annotated[list[str] | None, fw.Header()] = None):
        return accept_language

    @app.get("/nested-optional")
    def nested(v: Optional[Optional[int]] = None):  # noqa: UP045
        return v

    @app.get("/union-list")
    def union_list(v: Annotated[Union[list[int], None], Query()] = None):  # noqa: UP007
        return v

    @app.get("/tuple-default")
    def tuple_default(v: Annotated[tuple[int, ...], Query()] = (1, 2)):
        return v

    @app.get("/none-default")
    def none_default(v: str = None):  # noqa: RUF013
        return v

    @app.get("/bool-flags")
    def flags(a: bool = False, b: bool | None = None):
        return [a, b]

    @app.get("/underscore")
    def underscore(_a: int = 0):
        return _a

    @app.get("/enum-default")
    def enum_default(v: E = E.a):
        return v

    return app

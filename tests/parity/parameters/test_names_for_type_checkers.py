"""Names that only type checkers import are found if FastAPI's own module happens to have them."""

# ruff: noqa: UP007 - what the names are is the point
from __future__ import annotations

from typing import TYPE_CHECKING

from ..client import POST
from ..harness import parity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from typing import Annotated, Any, Literal, Union
    from uuid import UUID

    from pydantic import Field
    from pydantic_core import Url


@parity(
    *("/union?x=1", "/literal?x=1", "/literal?x=2", "/any?x=1", "/sequence?x=1", "/url?x=1"),
    *("/annotated?x=0", "/annotated?x=1"),
    *(POST("/body", json={"a": 1}), POST("/body", json=1)),
)
def test_names_of_fastapis_module_are_found(fw):
    app = fw.FastAPI()

    @app.get("/union")
    def union(x: Union[int, str]):
        return repr(x)

    @app.get("/literal")
    def literal(x: Literal["1"]):
        return x

    @app.get("/any")
    def any_value(x: Any):
        return x

    @app.get("/sequence")
    def sequence(x: Sequence[int]):
        return x

    @app.get("/url")
    def url(x: Url):
        return str(x)

    @app.get("/annotated")
    def annotated(x: Annotated[int, Field(gt=0)]):
        return x

    @app.post("/body")
    def body(x: Union[dict[str, Any], int]):
        return repr(x)

    return app


@parity("/refused /decimal?x=1 /uuid?x=1 /date?x=1 /nothing /nothing?x=1", compiled=False)
def test_no_other_names_are_found(fw):
    """Old versions of Pydantic refuse the names at the declaration, newer ones at a request."""
    app = fw.FastAPI()
    refused = []

    def declare(path, endpoint):
        try:
            app.get(path, include_in_schema=False)(endpoint)
        except NameError as error:
            refused.append(f"{path}: {error}")

    def decimal(x: Decimal):
        return repr(x)

    def uuid(x: UUID):
        return repr(x)

    def date(x: datetime):
        return repr(x)

    def nothing(x: Nowhere = None):  # noqa: F821
        return repr(x)

    declare("/decimal", decimal)
    declare("/uuid", uuid)
    declare("/date", date)
    declare("/nothing", nothing)

    @app.get("/refused")
    def names_refused():
        return refused

    return app

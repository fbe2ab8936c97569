"""Defaults of parameters: what requests share, and how often anything is made or copied."""

from typing import Annotated, Any

from pydantic import BaseModel
from pydantic_core import core_schema

from ..client import POST
from ..harness import parity


class Model(BaseModel):
    values: list[int] = []


class Counting:
    """It knows of its copies."""

    copies = 0

    def __deepcopy__(self, memo):
        Counting.copies += 1
        return Counting()

    @classmethod
    def __get_pydantic_core_schema__(cls, source, handler):
        return core_schema.any_schema()


def counted(place):
    copies, Counting.copies = Counting.copies, 0
    return [place, copies]


@parity(
    *[POST(path) for path in ("/query", "/body", "/form", "/header", "/validated") for _ in "12"],
    openapi=False,
)
def test_no_request_shares_what_a_factory_gives_with_another(fw):
    app = fw.FastAPI()
    shared, default = [1], [2]

    def factory():
        fw.log.append("made")
        return shared

    def note(*values):
        fw.log.append([[value is shared or value is default, list(value)] for value in values])
        for value in values:
            value.append(0)

    @app.post("/query")
    def query(
        a: Annotated[list[int], fw.Query(default_factory=factory)],
        b: Annotated[list[int], fw.Query()] = default,
    ):
        note(a, b)

    @app.post("/body")
    async def body(
        a: Annotated[list[int], fw.Body(default_factory=factory)],
        b: Annotated[Model, fw.Body()] = Model(values=default),
    ):
        note(a, b.values)

    @app.post("/form")
    def form(
        a: Annotated[list[int], fw.Form(default_factory=factory)],
        b: Annotated[list[int], fw.Form()] = default,
    ):
        note(a, b)

    @app.post("/header")
    def header(a: Annotated[list[int], fw.Header(default_factory=factory)]):
        note(a)

    @app.post("/validated")
    def validated(
        a: Annotated[list[int], fw.Query(default_factory=factory, validate_default=True)],
    ):
        note(a)

    return app


@parity(*[POST(path) for path in ("/query", "/body", "/validated") for _ in "12"], openapi=False)
def test_a_default_is_copied_as_often(fw):
    app = fw.FastAPI()
    default = Counting()

    @app.post("/query")
    def query(value: Annotated[Any, fw.Query()] = default):
        fw.log.append([*counted("query"), value is default])

    @app.post("/body")
    def body(value: Annotated[Any, fw.Body()] = default, other: Annotated[Any, fw.Body()] = None):
        fw.log.append([*counted("body"), value is default, other])

    @app.post("/validated")
    def validated(value: Annotated[Any, fw.Query(validate_default=True)] = default):
        fw.log.append([*counted("validated"), value is default])

    Counting.copies = 0
    return app

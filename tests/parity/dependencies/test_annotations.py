"""The ways to write the annotations of endpoints and dependencies."""

from typing import Annotated, NewType

from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType

from .. import forward_types
from ..client import POST
from ..harness import parity

UserId = NewType("UserId", int)


@parity(
    "/scalar?n=1 /scalar?n=x&s=1",
    POST("/body", {"name": "a", "inner": {"n": 1}}),
    POST("/body", {"name": "a", "inner": {}}),
    "/dependency?n=4 /dependency",
)
def test_annotations_written_as_text_are_resolved(fw):
    """Forward references and names for type checkers are among them."""
    app = fw.FastAPI()
    forward_types.add_routes(fw, app)
    return app


@parity(
    "/?n=1&m=2&u=3&s=4 /?n=0&m=x&u=x /nested?v=1&v=2 /dep?n=3",
    POST("/body", {"n": 1}),
    POST("/body", {}),
)
def test_aliases_of_types_are_unwrapped(fw):
    """Aliases of PEP 695 are among them."""

    class Model(BaseModel):
        n: int

    Number = TypeAliasType("Number", Annotated[int, fw.Query(gt=0)])
    Nested = TypeAliasType("Nested", Annotated[list[int], fw.Query()])
    Plain = TypeAliasType("Plain", int)

    def dep(n: Number):
        return n

    Dep = TypeAliasType("Dep", Annotated[int, fw.Depends(dep)])
    BodyModel = TypeAliasType("BodyModel", Model)
    app = fw.FastAPI()

    @app.get("/")
    def read(n: Number, m: Plain, u: UserId, s: "str"):
        return [n, m, u, s]

    @app.get("/nested")
    def nested(v: Nested):
        return v

    @app.get("/dep")
    def read_dep(d: Dep):
        return d

    @app.post("/body")
    def body(b: BodyModel) -> BodyModel:
        return b

    return app


@parity(
    "/?n=3 /?n=1 /overridden?n=12 /overridden?n=5 /two?q=1 /doc?n=1",
)
def test_several_annotations_combine(fw):
    """The last marker of FastAPI counts, also of a nested `Annotated`."""
    from typing_extensions import Doc

    app = fw.FastAPI()
    Positive = Annotated[int, Field(gt=0)]

    @app.get("/")
    def read(n: Annotated[Positive, fw.Query(description="outer", ge=2)]):
        return n

    Base = Annotated[int, fw.Query(gt=1)]

    @app.get("/overridden")
    def overridden(n: Annotated[Base, fw.Query(gt=10)]):
        return n

    @app.get("/two")
    def two(q: Annotated[str | None, "a note", fw.Query(max_length=3), 42] = None):
        return q

    @app.get("/doc")
    def doc(n: Annotated[int, Doc("documented")]):
        return n

    return app


@parity(
    "/maybe /needed",
    POST("/body"),
    compiled=False,
    openapi=False,
)
def test_names_that_are_not_defined_only_matter_where_there_is_a_value(fw):
    """Imports for type checkers alone work."""
    app = fw.FastAPI()

    @app.get("/maybe")
    def maybe(unknown: "Nothing" = None):  # noqa: F821
        return str(unknown)

    @app.get("/needed")
    def needed(unknown: "Nothing"):  # noqa: F821
        return str(unknown)

    @app.post("/body")
    def body(unknown: Annotated["Nothing", fw.Body()]):  # noqa: F821
        return str(unknown)

    return app

"""Defaults of body parameters, alone and embedded with others."""

from typing import Annotated

from pydantic import BaseModel

from ..client import POST, raw
from ..harness import parity


class A(BaseModel):
    a: int = 1


class B(BaseModel):
    b: int


@parity(
    POST("/one-optional-embed", {}),
    POST("/one-optional-embed", {"a": {"a": 2}}),
    POST("/one-optional-embed"),
    POST("/scalar-default", {}),
    POST("/scalar-default"),
    POST("/scalar-default", {"x": 2}),
    POST("/single-scalar-embed", {"x": 1}),
    POST("/single-scalar-embed", 1),
    POST("/model-and-list", {"a": {}, "l": [1]}),
    POST("/model-and-list", {"a": {}, "l": 1}),
    POST("/model-and-list", {"l": "x"}),
    POST("/all-default", {}),
    POST("/all-default"),
    POST("/all-default", {"a": {"a": "x"}, "b": {"b": "y"}}),
    POST("/union-none", None),
    POST("/union-none"),
    POST("/union-none", {"b": 1}),
    POST("/factory", {}),
    POST("/factory"),
    POST("/nullable", {"x": None}),
    POST("/nullable", {}),
    POST("/required-nullable", None),
    POST("/required-nullable"),
    POST("/required-nullable", {"a": 5}),
    raw("/required-nullable", ""),
    POST("/extra", {"x": 1, "y": 2, "z": 3}),
    raw("/model-and-list", "null"),
    raw("/all-default", "[]"),
    raw("/all-default", "0"),
    raw("/all-default", '""'),
    raw("/all-default", "false"),
)
def test_defaults_and_embedding_combine(fw):
    """Bodies are embedded, optional with a default, or several."""
    app = fw.FastAPI()
    Body = fw.Body

    @app.post("/one-optional-embed")
    def one(a: Annotated[A | None, Body(embed=True)] = None):
        return {"a": a}

    @app.post("/scalar-default")
    def scalar(x: Annotated[int, Body(embed=True)] = 5):
        return x

    @app.post("/single-scalar-embed")
    def single(x: Annotated[int, Body(embed=True)]):
        return x

    @app.post("/model-and-list")
    def model_and_list(a: A, l: list[int]):  # noqa: E741
        return [a, l]

    @app.post("/all-default")
    def all_default(a: A = A(a=9), b: B | None = None, x: Annotated[int, Body()] = 3):
        return [a, b, x]

    @app.post("/union-none")
    def union(v: A | B | None = None):
        return [type(v).__name__, v]

    @app.post("/factory")
    def factory(
        a: Annotated[A, Body(default_factory=lambda: A(a=7))],
        x: Annotated[list, Body(default_factory=list)],
    ):
        x.append(1)
        return [a, x]

    @app.post("/nullable")
    def nullable(x: Annotated[int | None, Body(embed=True)]):
        return x

    @app.post("/required-nullable")
    def required(a: Annotated[A | None, Body()]):
        return {"a": a}

    @app.post("/extra")
    def extra(x: Annotated[int, Body()], y: Annotated[int, Body()]):
        return [x, y]

    return app

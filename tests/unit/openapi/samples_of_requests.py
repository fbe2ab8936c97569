"""Applications with every kind of parameter, body and form."""

import datetime
import decimal
import uuid
from typing import Annotated, Any, Literal

from pydantic import Json

from .sample_models import (
    Aliased,
    Cat,
    Circle,
    Dog,
    Filters,
    Item,
    Login,
    Names,
    Node,
    Pet,
    Point,
    Rank,
    Row,
    Size,
    Trace,
    sample,
)


@sample
def parameters_of_every_place(fw):
    app = fw.FastAPI()

    @app.get("/items/{item_id}/{size}")
    def read(
        item_id: Annotated[int, fw.Path(ge=1, title="The id")],
        size: Size,
        rank: Rank = Rank.low,
        q: Annotated[str | None, fw.Query(min_length=2, pattern="^a", description="Text")] = None,
        many: Annotated[list[int], fw.Query(max_length=5)] = [],  # noqa: B006
        literal: Literal["a", "b"] = "a",
        hidden: Annotated[str, fw.Query(include_in_schema=False)] = "h",
        old: Annotated[str, fw.Query(deprecated=True, alias="old-name")] = "o",
        user_agent: Annotated[str | None, fw.Header()] = None,
        x_token: Annotated[list[str] | None, fw.Header(convert_underscores=False)] = None,
        session: Annotated[str | None, fw.Cookie(examples=["abc"])] = None,
        when: datetime.datetime | None = None,
        wait: datetime.timedelta | None = None,
        uid: uuid.UUID | None = None,
        amount: Annotated[decimal.Decimal, fw.Query(max_digits=5, decimal_places=2)] = 1,
        ratio: Annotated[float, fw.Query(allow_inf_nan=False, multiple_of=0.5)] = 0.5,
        data: Annotated[Json | None, fw.Query()] = None,
        payload: Annotated[Json[list[int]] | None, fw.Query()] = None,
        blob: bytes = b"x",
        flag: bool | None = None,
        extra: Annotated[str, fw.Query(json_schema_extra={"x-note": "n", "nothing": None})] = "e",
        aliased: Annotated[str, fw.Query(validation_alias="viaAlias")] = "v",
    ):
        """Read one.

        Long **text**.
        """

    @app.get("/files/{path:path}", summary="Own summary", description="Own text")
    def file_by_path(path: str):
        """Ignored."""

    @app.get("/untyped/{a}")
    def untyped(a, b, c=3, d=None):
        pass

    return app


@sample
def examples_of_parameters_and_bodies(fw):
    app = fw.FastAPI()
    named = {
        "normal": {"summary": "S", "description": "D", "value": {"name": "a", "price": 1}},
        "far": {"externalValue": "https://www.rfc-editor.org/rfc/rfc9110.txt"},
        "odd": {"value": None, "x-own": 1},
    }

    @app.post("/named/{key}")
    def post_named(
        item: Annotated[Item, fw.Body(openapi_examples=named)],
        key: Annotated[str, fw.Path(openapi_examples={"one": {"value": "1"}})],
        q: Annotated[str, fw.Query(openapi_examples={"two": {"value": "2"}})] = "",
        h: Annotated[str, fw.Header(examples=["x", "y"])] = "",
    ):
        pass

    @app.post("/listed")
    def post_listed(item: Annotated[Item, fw.Body(examples=[{"name": "b", "price": 2}])]):
        pass

    return app


@sample
def bodies_of_every_shape(fw):
    app = fw.FastAPI()

    @app.post("/one", status_code=201)
    def one(item: Item):
        pass

    @app.put("/two")
    def two(item: Item, owner: Login, level: Annotated[int, fw.Body(gt=0)] = 1):
        pass

    @app.patch("/embedded")
    def embedded(item: Annotated[Item, fw.Body(embed=True, title="T", description="D")]):
        pass

    @app.post("/optional")
    def optional(item: Item | None = None):
        pass

    @app.post("/media")
    def media(item: Annotated[Item, fw.Body(media_type="application/vnd.api+json")]):
        pass

    @app.post("/list")
    def many(items: list[Item]):
        pass

    @app.post("/dict")
    def mapping(items: dict[str, Item | int]):
        pass

    @app.post("/union")
    def union(pet: Pet, other: Annotated[Cat | Dog | None, fw.Body()] = None):
        pass

    @app.post("/root")
    def root(names: Names):
        pass

    @app.post("/any")
    def anything(payload: Annotated[Any, fw.Body()]):
        pass

    @app.post("/bytes")
    def raw(payload: Annotated[bytes, fw.Body()]):
        pass

    @app.post("/classes")
    def classes(point: Point, circle: Circle, row: Row):
        pass

    @app.post("/recursive")
    def recursive(node: Node):
        pass

    @app.post("/aliased")
    def aliased(aliased: Aliased) -> Aliased:
        pass

    @app.get("/get")
    def get_with_body(item: Item):
        pass

    @app.head("/head")
    def head_with_body(item: Item):
        pass

    @app.delete("/delete")
    def delete_with_body(item: Item):
        pass

    @app.options("/options")
    def options_with_body(item: Item):
        pass

    @app.trace("/trace")
    def trace():
        pass

    return app


@sample
def forms_and_files(fw):
    app = fw.FastAPI()

    @app.post("/login")
    def login(user: Annotated[str, fw.Form()], password: Annotated[str, fw.Form(min_length=3)]):
        pass

    @app.post("/model")
    def model(login: Annotated[Login, fw.Form()]):
        pass

    @app.post("/model-media")
    def media(login: Annotated[Login, fw.Form(media_type="multipart/form-data")]):
        pass

    @app.post("/file")
    def file(file: Annotated[bytes, fw.File(description="Bytes")]):
        pass

    @app.post("/upload")
    def upload(file: fw.UploadFile, note: Annotated[str | None, fw.Form()] = None):
        pass

    @app.post("/uploads")
    def uploads(files: list[fw.UploadFile], blobs: Annotated[list[bytes], fw.File()]):
        pass

    @app.post("/maybe")
    def maybe(file: fw.UploadFile | None = None, other: Annotated[bytes | None, fw.File()] = None):
        pass

    return app


@sample
def parameter_models(fw):
    app = fw.FastAPI()

    @app.get("/query")
    def query(filters: Annotated[Filters, fw.Query()]):
        pass

    @app.get("/optional")
    def optional(
        filters: Annotated[Filters | None, fw.Query()] = None,
        trace: Annotated[Trace | None, fw.Header()] = None,
    ):
        pass

    @app.get("/headers")
    def headers(trace: Annotated[Trace, fw.Header()]):
        pass

    @app.get("/literal-headers")
    def literal(trace: Annotated[Trace, fw.Header(convert_underscores=False)]):
        pass

    @app.get("/cookies")
    def cookies(trace: Annotated[Trace, fw.Cookie()]):
        pass

    @app.get("/aliases")
    def aliases(aliased: Annotated[Aliased, fw.Query()]):
        pass

    @app.get("/hidden")
    def hidden(filters: Annotated[Filters, fw.Query(include_in_schema=False)]):
        pass

    return app

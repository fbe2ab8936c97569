"""Response models: what they leave out, how they serialize, and answers that do not fit."""

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    computed_field,
    field_serializer,
    model_serializer,
)

from ..harness import parity
from .returning import Item, sync_returning


class UserOut(BaseModel):
    username: str


class UserIn(UserOut):
    password: str


class Slots:
    __slots__ = ("a",)


@parity(
    """
    /filter /list /dict-in /unset /defaults /none /include /include-list /exclude /nested
    /by-alias /no-alias /off /off-model /overrides-annotation /explicit-class
    /explicit-class-nan /both /list-exclude /union-filter /subclass-list /optional-unset
    /exclude-all /dict-exclude-none
    """,
)
def test_response_model_and_its_options_filter_the_answer(fw):
    """Options include, exclude, leave out unset or default values, and choose aliases."""
    app = fw.FastAPI()

    class Aliased(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        first_name: str = Field(alias="firstName")
        age: int | None = None

    class Deep(BaseModel):
        item: Item
        items: list[Item] = []

    user = UserIn(username="u", password="secret")
    item = Item(name="Foo", description=None)

    def add(path, value, **options):
        app.get(path, name=path, **options)(sync_returning(value))

    add("/filter", user, response_model=UserOut)
    add("/list", [user, user], response_model=list[UserOut])
    add("/dict-in", {"username": "u", "password": "secret"}, response_model=UserOut)
    add("/unset", item, response_model=Item, response_model_exclude_unset=True)
    add(
        "/defaults",
        Item(name="a", price=10.5, tags=["x"]),
        response_model=Item,
        response_model_exclude_defaults=True,
    )
    add("/none", item, response_model=Item, response_model_exclude_none=True)
    add("/include", item, response_model=Item, response_model_include={"name"})
    add("/include-list", item, response_model=Item, response_model_include=["name", "price"])
    add("/exclude", item, response_model=Item, response_model_exclude={"tags"})
    add(
        "/nested",
        Deep(item=item, items=[item]),
        response_model=Deep,
        response_model_exclude={"item": {"price"}, "items": {0: {"name"}}},
    )
    add("/by-alias", Aliased(first_name="a"), response_model=Aliased)
    add("/no-alias", Aliased(first_name="a"), response_model=Aliased, response_model_by_alias=False)
    add("/off", {"a": Decimal("1.5")}, response_model=None)
    add(
        "/list-exclude",
        [item],
        response_model=list[Item],
        response_model_exclude={"__all__": {"tags"}},
    )
    add("/union-filter", user, response_model=UserOut | Item)
    add(
        "/explicit-class",
        {"name": "é"},
        response_model=Item,
        response_class=fw.responses.JSONResponse,
    )
    add(
        "/explicit-class-nan",
        {"name": "n", "price": math.nan},
        response_model=Item,
        response_class=fw.responses.JSONResponse,
    )
    add(
        "/both",
        item,
        response_model=Item,
        response_model_include={"name", "price"},
        response_model_exclude={"price"},
    )
    add(
        "/exclude-all",
        Item(name="a"),
        response_model=Item,
        response_model_exclude={"name", "price", "tags", "description"},
    )
    add(
        "/dict-exclude-none",
        {"a": None, "b": 1},
        response_model=dict[str, int | None],
        response_model_exclude_none=True,
    )

    @app.get("/off-model", response_model=None)
    def off_model() -> UserOut:
        return user

    @app.get("/overrides-annotation", response_model=UserOut)
    def overrides() -> Any:
        return user

    @app.get("/subclass-list")
    def subclass_list() -> list[UserOut]:
        return [user]

    @app.get("/optional-unset", response_model_exclude_unset=True)
    def optional_unset() -> Item | None:
        return Item(name="only")

    return app


@parity(
    "/annotated-filter /serializer /computed /wrap /extra /no-model-computed /forward",
)
def test_serializers_of_models_are_honoured(fw):
    """Computed fields and extra keys are among them."""
    app = fw.FastAPI()

    class Computed(BaseModel):
        a: int
        _secret: int = 3

        @computed_field
        @property
        def double(self) -> int:
            return self.a * 2

    class Serializing(BaseModel):
        when: datetime

        @field_serializer("when")
        def as_year(self, value: datetime) -> int:
            return value.year

    class Wrapping(BaseModel):
        a: int

        @model_serializer(mode="wrap")
        def wrap(self, handler):
            return {"wrapped": handler(self)}

    class Extra(BaseModel):
        model_config = {"extra": "allow"}
        a: int = 1

    class Node(BaseModel):
        children: list["Node"] = []

    @app.get("/annotated-filter")
    def annotated() -> UserOut:
        return UserIn(username="u", password="p")

    @app.get("/computed")
    def computed() -> Computed:
        return Computed(a=2)

    @app.get("/no-model-computed")
    def no_model():
        return Computed(a=2)

    @app.get("/serializer")
    def serializer() -> Serializing:
        return Serializing(when=datetime(2024, 1, 1))

    @app.get("/wrap")
    def wrap() -> Wrapping:
        return {"a": 1}

    @app.get("/extra")
    def extra() -> Extra:
        return Extra(b=2)

    @app.get("/forward")
    def forward() -> Node:
        return Node(children=[Node()])

    return app


class Base(BaseModel):
    id: int
    name: str


@parity(
    "/one /many /typed /missing /nested",
)
def test_objects_with_attributes_are_read_as_models(fw):
    class Row:
        def __init__(self, id, name):
            self.id, self.name, self.password = id, name, "hidden"

    class FromRow(Base):
        model_config = ConfigDict(from_attributes=True)

    class Parent(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        child: FromRow

    app = fw.FastAPI()

    @app.get("/one", response_model=FromRow)
    def one():
        return Row(1, "a")

    @app.get("/many", response_model=list[Base])
    def many():
        return [Row(1, "a"), Row(2, "b")]

    @app.get("/typed")
    def typed() -> FromRow:
        return Row(3, "c")

    @app.get("/missing", response_model=FromRow)
    def missing():
        return object()

    @app.get("/nested", response_model=Parent)
    def nested():
        row = Row(1, "p")
        row.child = Row(2, "c")
        return row

    return app


@parity(
    "/int /model /list /missing /none /async /explicit /unserializable",
    trio=True,
)
def test_an_invalid_answer_is_a_server_error(fw):
    """The `ResponseValidationError` is a plain 500."""
    app = fw.FastAPI()

    @app.get("/int")
    def read_int() -> int:
        return "x"

    @app.get("/model", response_model=Item)
    def model():
        return {"price": "x"}

    @app.get("/list")
    def many() -> list[Item]:
        return [{"name": "a"}, {}]

    @app.get("/missing", response_model=Item)
    def missing():
        return {}

    @app.get("/none")
    def none() -> Item:
        return None

    @app.get("/async")
    async def read_async() -> int:
        return None

    @app.get("/explicit", response_class=fw.responses.JSONResponse)
    async def explicit() -> int:
        return "x"

    @app.get("/unserializable")
    async def unserializable() -> Any:
        return Slots()

    return app

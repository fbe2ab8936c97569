"""Types that msgspec handles: their errors, documents, encoders, and mistakes in declarations."""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict, deque
from collections.abc import Generator, Iterable
from types import ModuleType
from typing import Annotated, Any, NamedTuple

import attrs
import msgspec
import pytest
from msgspec import UNSET, Meta, Struct, UnsetType
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from rapide import Body, FastAPI, Form, Query, UploadFile
from rapide._same_class import is_list_of
from rapide.encoders import jsonable_encoder
from rapide.schema import ModelField
from rapide.signature.errors import DeclarationError
from rapide.structs import InModel
from rapide.testclient import TestClient


class Node(Struct, rename={"left": "a.b[0]"}):
    value: int
    left: Node | None = None
    named: dict[str, Node] = {}
    numbered: dict[int, int] = {}
    several: Annotated[dict[str, int], Meta(min_length=2)] | None = None


class Options(Struct, omit_defaults=True):
    name: str
    size: int = 1
    note: str | UnsetType = UNSET


class Pair(Struct, array_like=True, frozen=True):
    left: int
    right: Options


class Upload(Struct):
    file: UploadFile
    number: int = 1


class Untagged(Struct):
    x: int


class Price(Struct):
    value: float


class Unknown:
    pass


class Unusual(Struct):
    unknown: Unknown


class Parent(BaseModel):
    node: Annotated[Untagged, InModel]


@attrs.define
class Slotted:
    x: int


LATER = """
from msgspec import Struct
from rapide import FastAPI

app = FastAPI()

class First(Struct):
    second: "Second | None" = None

@app.post("/")
async def endpoint(first: First) -> First:
    return first
"""
DEEP = {"value": 1, "named": {str(n): {"value": n} for n in range(1000)} | {"a.b": {"value": "x"}}}


@pytest.mark.parametrize(
    ("data", "loc", "type_"),
    [
        ({"value": "x"}, ("value",), "int_type"),
        ({"value": 1, "a.b[0]": {"value": None}}, ("a.b[0]", "value"), "int_type"),
        ({"value": 1, "named": {"x": {"value": 1}, "y": 3}}, ("named", "y"), "dict_type"),
        (DEEP, ("named", "a.b", "value"), "int_type"),
        ({"value": 1, "numbered": {"1": 1, "x": 2}}, ("numbered", "x", "[key]"), "int_type"),
        ({"value": 1, "numbered": {"1": 1, "2": "x"}}, ("numbered", "2"), "int_type"),
        ({"value": 1, "several": {"a": 1, "b": "x"}}, ("several", "[...]"), "int_type"),
        ({"value": 1, "several": {"a": 1}}, ("several",), "too_short"),
    ],
)
def test_an_error_is_where_its_path_leads_in_the_data(
    data: Any, loc: tuple[Any, ...], type_: str
) -> None:
    document = msgspec.json.encode(data)
    field = ModelField(Body(annotation=Node), "node")
    for _, errors in (
        field.validate(data, loc=("body",)),
        field.validate_document(document, data, loc=("body",)),
    ):
        assert [(error["loc"], error["type"]) for error in errors] == [(("body", *loc), type_)]


def test_documents_that_only_the_standard_library_parses_are_accepted() -> None:
    app = FastAPI()

    @app.post("/")
    async def endpoint(price: Annotated[Price, Body()]) -> str:
        return str(price.value)

    client = TestClient(app)
    headers = {"content-type": "application/json"}
    for content in (b'{"value": NaN}', '{"value": 1.5}'.encode("utf-16")):
        assert client.post("/", content=content, headers=headers).json() in ("nan", "1.5")


def test_names_in_the_document_are_unique_beside_those_of_models() -> None:
    def made() -> tuple[type[Struct], type[BaseModel]]:
        class ItemModel(BaseModel):
            x: int

        ItemModel.__name__ = ItemModel.__qualname__ = "Item"
        return msgspec.defstruct("Item", [("x", int)], module="shop"), ItemModel

    struct, model = made()
    model.__module__ = "other"
    app = FastAPI()
    app.post("/a", response_model=struct)(lambda: None)
    app.post("/b", response_model=model)(lambda: None)
    app.post("/c", response_model=Node)(lambda: None)
    document = app.openapi()
    schemas = document["components"]["schemas"]
    answers = [
        path["post"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        for path in document["paths"].values()
    ]
    names = [ref.removeprefix("#/components/schemas/") for ref in answers]
    assert len({*names}) == 3
    assert {*names} <= {*schemas}
    assert schemas["Node"]["properties"]["a.b[0]"]["anyOf"][0] == {
        "$ref": "#/components/schemas/Node"
    }


def test_a_struct_may_use_names_that_are_defined_later(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("later")
    monkeypatch.setitem(sys.modules, "later", module)
    exec(LATER, vars(module))
    app: FastAPI = module.__dict__["app"]
    route: Any = app.routes[-1]
    assert route.source is None
    assert route.fallback_reason == "the type of first has the undefined name Second"
    exec("class Second(Struct):\n    x: int", vars(module))
    assert TestClient(app).post("/", json={"second": {"x": 1}}).json() == {"second": {"x": 1}}
    assert {"First", "Second"} <= {*app.openapi()["components"]["schemas"]}


def test_a_default_is_in_the_document_as_it_would_be_sent() -> None:
    app = FastAPI()

    @app.post("/")
    async def endpoint(
        options: Options = Options("a"), name: Annotated[str, Body()] = ""
    ) -> None: ...

    body = app.openapi()["components"]["schemas"]["Body_endpoint__post"]["properties"]
    assert body["options"]["default"] == {"name": "a"}


def test_a_file_is_a_field_of_a_struct() -> None:
    app = FastAPI()

    @app.post("/")
    async def endpoint(form: Annotated[Upload, Form()]) -> list[Any]:
        return [(await form.file.read()).decode(), form.number]

    sent = {"files": {"file": b"text"}, "data": {"number": "3"}}
    assert TestClient(app).post("/", **sent).json() == ["text", 3]


def test_an_object_that_nothing_can_serialize_is_the_same_error_beside_structs() -> None:
    app = FastAPI()

    @app.get("/")
    async def endpoint() -> dict[str, Any]:
        return {"struct": Untagged(1), "unknown": Unknown()}

    with pytest.raises(PydanticSerializationError) as caught:
        TestClient(app).get("/")
    assert str(caught.value) == f"Unable to serialize unknown type: {Untagged!r}"


def test_encoded_structs_have_no_more_than_msgspec_would_send() -> None:
    pair = Pair(1, Options("a"))
    assert jsonable_encoder({"pairs": [pair]}) == {"pairs": [[1, {"name": "a"}]]}
    assert jsonable_encoder(Node(1), exclude_none=True, exclude={"named"}) == {
        "value": 1,
        "numbered": {},
    }
    assert jsonable_encoder(Node(1), by_alias=False, include={"left"}) == {"left": None}
    assert jsonable_encoder(Slotted(1)) == {"x": 1}


def test_a_struct_is_a_field_of_a_model() -> None:
    parent = Parent(node=Untagged(1))
    assert Parent.model_validate_json('{"node": {"x": 1}}') == parent
    assert parent.model_dump() == {"node": Untagged(1)}
    assert parent.model_dump_json() == '{"node":{"x":1}}'
    assert Parent.model_json_schema()["$defs"]["Untagged"]["required"] == ["x"]
    with pytest.raises(ValidationError, match=r"node\.x"):
        Parent.model_validate({"node": {}})


def untagged(p: Untagged | Options) -> None: ...
def several(p: Annotated[list[Untagged], Query()]) -> None: ...
def constrained(p: Annotated[Untagged, Body(gt=3)]) -> None: ...
def unknown(p: Unusual) -> None: ...
def discriminated(p: Annotated[Untagged | None, Body(discriminator="x")]) -> None: ...
def in_path(id: Untagged) -> None: ...
def answered() -> Untagged | Options: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        (untagged, "all Struct types must be tagged"),
        (several, "must be one Struct, whose fields are the values"),
        (constrained, "Can only set `gt` on a numeric type"),
        (unknown, "neither msgspec nor Pydantic supports the type"),
        (discriminated, "distinguishes by their own tags"),
        (in_path, "Path params must be of one of the supported types"),
        (answered, "all Struct types must be tagged"),
    ],
)
def test_a_declaration_that_cannot_be_served_is_an_error_with_its_place(
    endpoint: Any, problem: str
) -> None:
    with pytest.raises(DeclarationError) as caught:
        FastAPI().post("/{id}")(endpoint)
    told = str(caught.value)
    assert problem in told
    assert "instead: " in told
    assert "route: POST /{id}" in told
    assert f"{__file__}:{endpoint.__code__.co_firstlineno}" in told


def test_attrs_classes_need_msgspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rapide.schema.elsewhere.find_spec", lambda name: None)
    with pytest.raises(DeclarationError) as caught:
        FastAPI().post("/", response_model=dict[str, Slotted])(lambda: None)
    assert "attrs classes, which msgspec decodes and encodes" in str(caught.value)
    assert 'instead: pip install "rapide[msgspec]"' in str(caught.value)


def test_constraints_around_other_types_are_ignored_as_in_fastapi() -> None:
    app = FastAPI()

    @app.get("/")
    async def endpoint(n: Annotated[int, Meta(gt=5), Query()]) -> int:
        return n

    assert TestClient(app).get("/?n=1").json() == 1


def test_a_list_of_one_class_has_no_objects_of_others() -> None:
    class Items(list[Any]): ...

    nodes = [Node(1), Node(2)]
    assert is_list_of(nodes, Node)
    assert is_list_of([], Node)
    for other in ([*nodes, Untagged(1)], (*nodes,), Items(nodes), [Node], None):
        assert not is_list_of(other, Node)


def test_msgspec_is_imported_only_for_those_who_use_it() -> None:
    program = """
import sys
from rapide import FastAPI
from rapide.exceptions import FastAPIError
from rapide.testclient import TestClient

class Unknown: ...

app = FastAPI()
@app.post("/")
def endpoint(numbers: list[int]) -> dict[str, int]: return {}
assert TestClient(app).post("/", json=[1]).json() == {}
app.openapi()
try:
    app.get("/x", response_model=Unknown)(lambda: None)
except FastAPIError: pass
else: raise AssertionError
assert "msgspec" not in sys.modules
"""
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
    )


class Person(Struct):
    name: str = "p"


class Employee(Person):
    secret: str = "s"


class Customer(BaseModel):
    name: str = "c"


class Couple(NamedTuple):
    one: Person


class Team(BaseModel):
    leader: Annotated[Person, InModel]


@pytest.mark.parametrize(
    ("declared", "result", "sent"),
    [
        (Person | Customer, Employee(), {"name": "p"}),
        (Couple, Couple(Employee()), [{"name": "p"}]),
        (Team, Team.model_construct(leader=Employee()), {"leader": {"name": "p"}}),
        (dict[str, Person], {"a": Employee()}, {"a": {"name": "p"}}),
    ],
)
def test_fields_of_a_subclass_are_not_sent(declared: Any, result: Any, sent: Any) -> None:
    app = FastAPI()
    app.get("/", response_model=declared)(lambda: result)
    assert TestClient(app).get("/").json() == sent


@pytest.mark.parametrize("declared", [Person, list[Person], dict, Any])
def test_half_of_a_surrogate_that_comes_back_is_the_clients_error(declared: Any) -> None:
    app = FastAPI()

    @app.post("/", response_model=declared)
    async def give_back(body: dict[str, Any]) -> Any:
        person = Person(body["name"])
        return [person] if declared == list[Person] else body if declared is dict else person

    content = b'{"name": "\\ud800"}'
    answer = TestClient(app).post(
        "/", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("declared", "data"),
    [
        (Iterable[Price], [{"value": 1.5}]),
        (Generator[Price, None, None], [{"value": 1.5}]),
        (list[Iterable[Price]], [[{"value": 1.5}]]),
        (deque[Price], [{"value": 1.5}]),
        (OrderedDict[str, Price], {"a": {"value": 1.5}}),
    ],
    ids=str,
)
def test_containers_that_only_pydantic_knows_may_have_structs(declared: Any, data: Any) -> None:
    app = FastAPI()

    async def send_back(body: Any = Body()) -> Any:
        return body

    send_back.__annotations__ = {"body": declared, "return": declared}
    app.post("/")(send_back)

    @app.get("/", response_model=declared)
    async def read() -> Any:
        return data

    client = TestClient(app)
    assert client.post("/", json=data).json() == client.get("/").json() == data
    assert "Price" in app.openapi()["components"]["schemas"]


class Queue(Struct):
    waiting: deque[Price]


@pytest.mark.parametrize("declared", [Queue, list[Queue], dict[str, tuple[Queue, int]]], ids=str)
def test_a_container_that_msgspec_does_not_know_is_refused_in_a_struct(declared: Any) -> None:
    with pytest.raises(DeclarationError, match=r"msgspec does not support the type .*deque"):

        @FastAPI().get("/", response_model=declared)
        async def read() -> None: ...

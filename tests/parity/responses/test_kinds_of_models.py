"""Models that are not plain classes of Pydantic."""

import dataclasses
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass

from ..client import POST
from ..harness import parity


@pydantic_dataclass
class Checked:
    a: int
    b: list[int] = Field(default_factory=list)


@dataclasses.dataclass
class Nested:
    checked: Checked
    other: "Nested | None" = None


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    first_name: str
    home_address: str | None = None


@parity(
    POST("/dataclass", {"a": "1"}),
    POST("/dataclass", {"a": "x"}),
    POST("/nested", {"checked": {"a": 1}, "other": {"checked": {"a": 2}}}),
    POST("/nested", {"checked": {}, "other": 3}),
    POST("/camel", {"firstName": "Ada"}),
    POST("/camel", {"first_name": "Ada", "homeAddress": "x"}),
    POST("/created", {"x": 1}),
    POST("/frozen", {"n": 1}),
    "/camel-query?firstName=a&homeAddress=b /camel-query?first_name=a /camel-query",
    "/camel-dump",
)
def test_models_of_unusual_kinds_are_read_and_written(fw):
    """Dataclasses of Pydantic, generated aliases and created models are among them."""

    class Frozen(BaseModel):
        model_config = ConfigDict(frozen=True, revalidate_instances="always")
        n: int

    app = fw.FastAPI()
    Created = create_model("Created", x=(int, ...), y=(str, "y"))

    @app.post("/dataclass")
    def dataclass(v: Checked) -> Checked:
        return v

    @app.post("/nested")
    def nested(v: Nested) -> Nested:
        return v

    @app.post("/camel")
    def camel(v: Camel) -> Camel:
        return v

    @app.post("/created")
    def created(v: Created) -> Created:
        return v

    @app.post("/frozen")
    def frozen(v: Frozen) -> Frozen:
        return v

    @app.get("/camel-query")
    def camel_query(v: Annotated[Camel, fw.Query()]):
        return v

    @app.get("/camel-dump", response_model_by_alias=False)
    def camel_dump() -> Camel:
        return Camel(first_name="a")

    return app

"""Models that a form is read into."""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from ..client import POST
from ..harness import parity


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")
    names: list[str] = Field(validation_alias=AliasChoices("names", "legacy-names"))
    text: str = Field(validation_alias=AliasChoices("text", "legacy-text", "old-text"))


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    names: list[str] = Field([], validation_alias=AliasChoices("names", "legacy"))


class Single(BaseModel):
    text: str = Field("", alias="legacy")


class Crossing(BaseModel):
    model_config = ConfigDict(extra="allow")
    first: str = Field("", validation_alias=AliasChoices("a", "shared"))
    second: list[str] = Field([], validation_alias=AliasChoices("b", "shared"))


class ByName(BaseModel):
    model_config = ConfigDict(extra="allow", validate_by_name=True)
    own: str = Field("", alias="other")


@parity(
    POST("/", form={"names": ["one"], "text": "hello", "legacy-names": "x", "legacy-text": "y"}),
    POST("/", form={"names": ["one"], "text": "hello", "legacy-text": ["", "y"]}),
    POST("/", form={"names": ["one"], "text": "", "legacy-text": "", "old-text": ["y", "z"]}),
    POST("/", form={"legacy-names": ["a", "b"], "old-text": "y"}),
    POST("/", form={"legacy-names": ["", "b"], "names": [], "text": "t", "other": ["1", "2"]}),
    POST("/", form={"names": "one"}),
    POST(
        "/",
        files=[
            ("names", None, None, b"one"),
            ("text", None, None, b"hello"),
            ("legacy-text", "a.txt", None, b""),
            ("old-text", "", None, b""),
        ],
    ),
)
def test_names_that_a_field_did_not_need_are_extra_values(fw):
    app = fw.FastAPI()

    @app.post("/")
    async def read(data: Annotated[Extra, fw.Form()]) -> Any:
        return [data.names, data.text, sorted(data.model_extra), repr(data.model_extra)[:60]]

    return app


@parity(
    POST("/", form={"legacy": ["first", "last"]}),
    POST("/", form={"names": "first", "legacy": "last"}),
    POST("/", form={"names": "first"}),
    POST("/", form={"legacy": ""}),
    POST("/strict", form={"names": "first", "legacy": "last"}),
    POST("/strict", form={"legacy": ["first", "last"]}),
)
def test_each_of_several_models_reads_a_shared_name_in_its_own_shape(fw):
    app = fw.FastAPI()

    @app.post("/")
    async def read(
        many: Annotated[Strict, fw.Form()],
        one: Annotated[Single, fw.Form()],
        legacy: Annotated[str, fw.Form()] = "none",
    ) -> Any:
        return [many, one, legacy]

    @app.post("/strict")
    def read_strict(many: Annotated[Strict, fw.Form()]) -> Any:
        return many

    return app


@parity(
    POST("/", form={"shared": ["1", "2"]}),
    POST("/", form={"a": "x", "shared": ["1", "2"]}),
    POST("/", form={"b": "x", "shared": ["1", "2"]}),
    POST("/", form={"a": "x", "b": "y", "shared": ["1", "2"]}),
    POST("/", form={"a": "", "b": "y", "shared": ""}),
    POST("/name", form={"own": "1", "other": "2"}),
    POST("/name", form={"own": ["1", "2"]}),
    POST("/name", form={"other": "", "own": ["", "2"]}),
)
def test_fields_of_one_model_share_a_name(fw):
    app = fw.FastAPI()

    @app.post("/")
    def read(data: Annotated[Crossing, fw.Form()]) -> Any:
        return [data.first, data.second, data.model_extra]

    @app.post("/name")
    def read_by_name(data: Annotated[ByName, fw.Form()]) -> Any:
        return [data.own, data.model_extra]

    return app

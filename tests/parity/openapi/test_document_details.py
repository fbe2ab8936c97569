"""Details of the document: its dialect, errors, files, bodies of GET, duplicates."""

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, Field, computed_field

from ..harness import parity, same_value


class Item(BaseModel):
    name: str
    size: int = 1


class Computed(Item):
    @computed_field
    @property
    def label(self) -> str:
        return self.name.upper()


class Renamed(BaseModel):
    name: str = Field(validation_alias="given", serialization_alias="shown")


def described(fw, **options):
    app = fw.FastAPI(**options)

    @app.post("/items/{n}")
    def create(n: int, item: Item, sub: Computed) -> Computed: ...

    @app.get("/items")
    def search(item: Item) -> Item: ...

    @app.head("/items")
    def peek(items: list[int]): ...

    @app.put("/items")
    def rename(item: Renamed) -> Renamed: ...

    @app.post("/files")
    def files(
        one: fw.UploadFile,
        raw: Annotated[bytes, fw.File()],
        many: list[fw.UploadFile],
        none: fw.UploadFile | None = None,
    ): ...

    return app


@same_value
def test_a_document_is_of_3_1_and_its_errors_have_input_and_ctx(fw):
    """It has no `jsonSchemaDialect`."""
    document = described(fw).openapi()
    schema = document["components"]["schemas"]["ValidationError"]
    return [
        document["openapi"],
        "jsonSchemaDialect" in document,
        sorted(document),
        list(schema["properties"]),
        schema,
    ]


@same_value
def test_files_are_described_by_their_media_type(fw):
    """The type is `application/octet-stream`, and there is no format."""
    schemas = described(fw).openapi()["components"]["schemas"]
    return schemas["Body_files_files_post"]["properties"]


@same_value
def test_bodies_of_get_and_head_are_documented(fw):
    operations = described(fw).openapi()["paths"]["/items"]
    return {method: operations[method].get("requestBody") for method in ("get", "head")}


@same_value
def test_kept_together_only_computed_fields_have_a_schema_of_their_own(fw):
    """`separate_input_output_schemas` is false."""
    return [
        sorted(described(fw, **options).openapi()["components"]["schemas"])
        for options in ({}, {"separate_input_output_schemas": False})
    ]


@parity("/same POST /same")
def test_of_two_operations_at_one_place_the_first_answers_and_the_last_is_shown(fw):
    app = fw.FastAPI()
    router = fw.APIRouter()
    app.get("/same", name="first", summary="first")(lambda: "first")
    router.get("/same", name="second", summary="second")(lambda: "second")
    router.post("/same", name="post")(lambda: "post")
    app.include_router(router)
    return app


@same_value
def test_keys_of_responses_are_statuses_and_their_ranges(fw):
    """Any other key is a `ValueError` when the document is made."""

    def outcome(key, response):
        app = fw.FastAPI()
        try:
            app.get("/", responses={key: response})(lambda: None)
        except Exception as error:
            return ["declaration", str(error).partition("\n")[0]]
        try:
            operation = app.openapi()["paths"]["/"]["get"]
        except Exception as error:
            return ["document", type(error).__name__, str(error)]
        return list(operation["responses"].items())

    described = {"description": "known"}
    keys = ["hello", "404", 404, "4xx", "default", "Default", "9XX", "4.5", " 404 ", True, 299, ""]
    return [
        [repr(key), outcome(key, response)]
        for key in (*keys, HTTPStatus.NOT_FOUND, "١٢٣", -1)
        for response in (described, {}, {"model": Item})
    ]

"""What validation errors contain."""

from typing import Annotated

import pytest
from pydantic import BaseModel

from ..client import POST
from ..harness import parity, same_value


class Item(BaseModel):
    name: str


@same_value
def test_validation_errors_say_where_the_endpoint_is(fw):
    """FastAPI 0.124: exceptions carry the function, the path, the file and the line."""
    app = fw.FastAPI()
    seen = []

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def refused(request, error):
        seen.append([error, str(error)])
        return fw.responses.JSONResponse({})

    @app.get("/items/{number}")
    def item(number: int) -> Item:
        return number

    client = fw.testclient.TestClient(app)
    client.get("/items/x")
    with pytest.raises(fw.exceptions.ResponseValidationError) as invalid:
        client.get("/items/1")
    seen.append([invalid.value, str(invalid.value)])
    return [
        [
            error.endpoint_function,
            error.endpoint_path,
            error.endpoint_file == __file__,
            error.endpoint_line == item.__code__.co_firstlineno,
            sorted(error.endpoint_ctx),
            text,
            error.errors(),
        ]
        for error, text in seen
    ]


@parity("/query?number=x", POST("/body", {"name": 1}), "/list?b=1&b=x")
def test_errors_have_no_links_and_say_which_item(fw):
    """There is no key `url`, and `loc` has the index of a list's item."""
    app = fw.FastAPI()

    @app.get("/query")
    def query(number: int): ...

    @app.post("/body")
    def body(item: Item): ...

    @app.get("/list")
    def numbers(b: Annotated[list[int], fw.Query()]): ...

    return app


def replace_errors(fw, app):
    cls = fw.exceptions.RequestValidationError
    cls.errors = lambda error: [error.body, "translated"]


def replace_constructor(fw, app):
    cls = fw.exceptions.RequestValidationError
    del cls.errors
    own = fw.keep.own = cls.__init__

    def make(error, errors, **options):
        fw.log.append("made")
        own(error, errors, **options)

    cls.__init__ = make


def put_back(fw, app):
    fw.exceptions.RequestValidationError.__init__ = fw.keep.own


INVALID = [POST("/", {"name": 1}), POST("/?page=x", {})]


@parity(*INVALID, replace_errors, *INVALID, replace_constructor, *INVALID, put_back, *INVALID)
def test_replaced_methods_of_validation_errors_are_called(fw):
    app = fw.FastAPI()

    @app.post("/")
    async def read(item: Item, page: int = 0):
        return item

    return app

"""Messages about routes, parameters and dependencies."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest

from ..harness import Framework
from .messages import NotAType, Row, begins, declare, get

# Routes and routers


@begins("A path prefix must start with '/'")
def a_prefix_without_a_slash(fw: Framework, *_: Any) -> None:
    fw.APIRouter(prefix="x")


@begins("A path prefix must not end with '/', as the routes will start with '/'")
def a_prefix_that_ends_with_a_slash(fw: Framework, *_: Any) -> None:
    fw.FastAPI().include_router(fw.APIRouter(), prefix="/x/")


@begins(
    "Cannot include the same APIRouter instance into itself. "
    "Did you mean to include a different router?"
)
def a_router_in_itself(fw: Framework, *_: Any) -> None:
    router = fw.APIRouter()
    router.include_router(router)


@begins(
    "Cannot include an APIRouter instance that already includes this router. "
    "Did you mean to include a different router?"
)
def routers_in_one_another(fw: Framework, *_: Any) -> None:
    one, two = fw.APIRouter(), fw.APIRouter()
    one.include_router(two, prefix="/two")
    two.include_router(one, prefix="/one")


@begins("Prefix and path cannot be both empty (path operation: read)")
def neither_prefix_nor_path(fw: Framework, *_: Any) -> None:
    router = fw.APIRouter()

    @router.get("")
    def read() -> None: ...

    fw.FastAPI().include_router(router)


@begins("An endpoint must be a callable")
def an_endpoint_that_is_a_number(fw: Framework, *_: Any) -> None:
    fw.FastAPI().get("/")(5)


@begins("Status code 204 must not have a response body")
def an_answer_where_none_may_be(fw: Framework, *_: Any) -> None:
    fw.FastAPI().get("/", status_code=204, response_model=int)(lambda: None)


@begins("Status code 304 must not have a response body")
def a_further_answer_where_none_may_be(fw: Framework, *_: Any) -> None:
    fw.FastAPI().get("/", responses={304: {"model": Row}})(lambda: None)


@begins("An additional response must be a dict")
def a_further_answer_that_is_a_text(fw: Framework, *_: Any) -> None:
    fw.FastAPI().get("/", responses={400: "text"})(lambda: None)


@begins("Invalid args for response field! Hint: check that <class '")
def an_answer_of_an_unknown_class(fw: Framework, *_: Any) -> None:
    fw.FastAPI().get("/", response_model=NotAType)(lambda: None)


@begins(
    "Invalid args for response field! Hint: check that starlette.responses.Response | None "
    "is a valid Pydantic field type"
)
def an_answer_that_may_be_a_response(fw: Framework, *_: Any) -> None:
    def endpoint() -> Any: ...

    endpoint.__annotations__ = {"return": fw.Response | None}
    with pytest.raises(fw.exceptions.FastAPIError, match="parameter response_model=None") as raised:
        fw.FastAPI().get("/")(endpoint)
    raise type(raised.value)(*raised.value.args)


@begins("Response not awaited. There's a high chance that the application code is raising an excep")
def an_exception_that_a_dependency_swallows(fw: Framework, *_: Any) -> None:
    app = fw.FastAPI()

    def swallow() -> Any:
        with contextlib.suppress(ValueError):
            yield

    @app.get("/", dependencies=[fw.Depends(swallow)])
    def fail() -> None:
        raise ValueError

    get(fw, app)


# Parameters


@begins("Path parameters cannot have a default value")
def a_default_of_path(fw: Framework, *_: Any) -> None:
    fw.Path(5)


@begins("Path parameters cannot have default values")
def a_default_of_an_annotated_path(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[int, fw.Path()], "/{value}", default=5)


@begins("`example` has been deprecated, please use `examples` instead")
def the_example_of_a_query(fw: Framework, *_: Any) -> None:
    fw.Query(example=1)


@begins("`regex` has been deprecated, please use `pattern` instead")
def the_regex_of_a_query(fw: Framework, *_: Any) -> None:
    fw.Query(regex="a")


@begins("`example` has been deprecated, please use `examples` instead")
def the_example_of_a_body(fw: Framework, *_: Any) -> None:
    fw.Body(example=1)


@begins("`regex` has been deprecated, please use `pattern` instead")
def the_regex_of_a_form(fw: Framework, *_: Any) -> None:
    fw.Form(regex="a")


@begins(
    "`Query` default value cannot be set in `Annotated` for 'value'. Set the default value with"
)
def a_default_inside_annotated(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[int, fw.Query(5)])


@begins("Cannot specify `Depends` in `Annotated` and default value together for 'value'")
def depends_twice(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[int, fw.Depends(int)], default=fw.Depends(int))


@begins(
    "Cannot specify a FastAPI annotation in `Annotated` and `Depends` as a default value together "
    "for 'value'"
)
def depends_beside_a_query(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[int, fw.Query()], default=fw.Depends(int))


@begins("Cannot specify FastAPI annotations in `Annotated` and default value together for 'value'")
def a_query_twice(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[int, fw.Query()], default=fw.Query(5))


@begins("Cannot specify FastAPI annotation for type <class 'starlette.requests.Request'>")
def a_request_as_a_query(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[fw.Request, fw.Query()])


@begins("Cannot use `Query` for path param 'value'")
def a_query_in_the_path(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[int, fw.Query()], "/{value}")


@begins("Path params must be of one of the supported types")
def a_list_in_the_path(fw: Framework, *_: Any) -> None:
    declare(fw, list[int], "/{value}")


@begins("Query parameter 'value' must be one of the supported types")
def a_dictionary_as_a_query(fw: Framework, *_: Any) -> None:
    declare(fw, Annotated[dict[str, int], fw.Query()])


@begins("non-body parameters must be in path, query, header or cookie: value")
def a_field_of_pydantic_as_a_parameter(fw: Framework, *_: Any) -> None:
    from pydantic import Field

    declare(fw, int, default=Field(5))


@begins("Invalid args for response field! Hint: check that <class '")
def a_parameter_of_an_unknown_class(fw: Framework, *_: Any) -> None:
    declare(fw, NotAType)


@begins("pydantic.v1 models are no longer supported by FastAPI. Please update the response model <")
def a_parameter_of_pydantic_v1(fw: Framework, *_: Any) -> None:
    declare(fw, model_of_v1())


@begins("pydantic.v1 models are no longer supported by FastAPI. Please update the response model <")
def an_answer_of_pydantic_v1(fw: Framework, *_: Any) -> None:
    fw.FastAPI().get("/", response_model=model_of_v1())(lambda: None)


@begins("pydantic.v1 models are no longer supported by FastAPI. Please update the model Old(")
def a_value_of_pydantic_v1_to_encode(fw: Framework, *_: Any) -> None:
    fw.module("encoders").jsonable_encoder(model_of_v1()())


def model_of_v1() -> Any:
    from pydantic import v1

    class Old(v1.BaseModel):
        number: int = 1

    return Old


@begins('Form data requires "python-multipart" to be installed. \n')
def a_form_without_a_parser(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setitem(sys.modules, "python_multipart", None)
    patch.setitem(sys.modules, "multipart", None)
    declare(fw, Annotated[str, fw.Form()])


@begins(
    'Form data requires "python-multipart" to be installed. It seems you installed "multipart" '
    "instead. \n"
)
def a_form_with_the_other_parser(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setitem(sys.modules, "python_multipart", None)
    patch.setitem(sys.modules, "multipart", type(sys)("multipart"))
    patch.setattr(sys.modules["multipart"], "__version__", "1.0", raising=False)
    declare(fw, Annotated[str, fw.Form()])


# Dependencies


@begins("A parameter-less dependency must have a callable dependency")
def a_dependency_without_a_callable(fw: Framework, *_: Any) -> None:
    fw.FastAPI().get("/", dependencies=[fw.Depends()])(lambda: None)


@begins("5 is not a callable object")
def a_dependency_that_is_a_number(fw: Framework, *_: Any) -> None:
    declare(fw, int, default=fw.Depends(5))


@begins(
    'The dependency "outer" has a scope of "request", it cannot depend on dependencies with scope '
    '"function"'
)
def a_scope_within_a_longer_one(fw: Framework, *_: Any) -> None:
    def inner() -> Any:
        yield

    def outer(value: Annotated[None, fw.Depends(inner, scope="function")]) -> Any:
        yield value

    outer.__annotations__ = {"value": Annotated[None, fw.Depends(inner, scope="function")]}
    declare(fw, Annotated[None, fw.Depends(outer, scope="request")])


@begins("max_concurrency must be a positive integer or None")
def a_dependency_that_nobody_may_enter(fw: Framework, *_: Any) -> None:
    fw.Depends(int, max_concurrency=0)

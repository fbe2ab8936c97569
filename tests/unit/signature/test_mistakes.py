"""What Rapide says of mistakes that are often made; they are refused as FastAPI refuses them."""

import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import fastapi
import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

import rapide
from rapide.signature.errors import DeclarationError

Api = Any


class Opaque:
    """A class that Pydantic knows nothing of."""


class Book(BaseModel):
    """A model."""

    title: str


def get_session() -> Iterator[int]:
    yield 1


def depends_on_what_was_returned(api: Api) -> None:
    def endpoint(session: Any = api.Depends(get_session())) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def depends_on_an_object(api: Api) -> None:
    def endpoint(book: Annotated[Any, api.Depends(Book(title="Emma"))]) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def function_among_dependencies(api: Api) -> None:
    def endpoint() -> None: ...

    api.FastAPI().get("/books", dependencies=[get_session])(endpoint)


def function_among_dependencies_of_the_application(api: Api) -> None:
    def endpoint() -> None: ...

    api.FastAPI(dependencies=[get_session], docs_url=None).get("/books")(endpoint)


def one_dependency_without_a_list(api: Api) -> None:
    def endpoint() -> None: ...

    api.FastAPI().get("/books", dependencies=api.Depends(get_session))(endpoint)


def one_dependency_of_a_websocket_without_a_list(api: Api) -> None:
    def endpoint(websocket: WebSocket) -> None: ...

    api.FastAPI().websocket("/books", dependencies=api.Depends(get_session))(endpoint)


def one_dependency_of_a_router_without_a_list(api: Api) -> None:
    api.APIRouter(dependencies=api.Depends(get_session))


def one_dependency_of_an_inclusion_without_a_list(api: Api) -> None:
    api.FastAPI().include_router(
        api.APIRouter(), prefix="/books", dependencies=api.Depends(get_session)
    )


def opaque_return_type(api: Api) -> None:
    def endpoint() -> Opaque: ...

    api.FastAPI().get("/books")(endpoint)


def opaque_response_model(api: Api) -> None:
    def endpoint() -> None: ...

    api.FastAPI().get("/books", response_model=Opaque)(endpoint)


def object_as_response_model(api: Api) -> None:
    def endpoint() -> None: ...

    api.FastAPI().get("/books", response_model=Book(title="Emma"))(endpoint)


def response_or_data(api: Api) -> None:
    def endpoint() -> Response | dict[str, str]: ...

    api.FastAPI().get("/books")(endpoint)


def opaque_additional_response(api: Api) -> None:
    def endpoint() -> None: ...

    api.FastAPI().get("/books", responses={404: {"model": Opaque}})(endpoint)


def body_with_204(api: Api) -> None:
    def endpoint() -> Book: ...

    api.FastAPI().get("/books", status_code=204)(endpoint)


def additional_body_with_304(api: Api) -> None:
    def endpoint() -> None: ...

    api.FastAPI().get("/books", responses={304: {"model": Book}})(endpoint)


def opaque_parameter(api: Api) -> None:
    def endpoint(session: Opaque) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def optional_request(api: Api) -> None:
    def endpoint(request: Request | None = None) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def dictionary_in_the_query(api: Api) -> None:
    def endpoint(filters: Annotated[dict[str, str], api.Query()]) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def models_in_the_query(api: Api) -> None:
    def endpoint(books: Annotated[list[Book], api.Query()]) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def query_in_the_path(api: Api) -> None:
    def endpoint(slug: Annotated[str, api.Query()]) -> None: ...

    api.FastAPI().get("/{slug}")(endpoint)


def default_in_annotated(api: Api) -> None:
    def endpoint(limit: Annotated[int, api.Query(10)]) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def declared_twice(api: Api) -> None:
    def endpoint(limit: Annotated[int, api.Query()] = api.Query(10)) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def declared_request(api: Api) -> None:
    def endpoint(request: Annotated[Request, api.Query()]) -> None: ...

    api.FastAPI().get("/books")(endpoint)


def no_path(api: Api) -> None:
    def endpoint() -> None: ...

    router = api.APIRouter()
    router.get("")(endpoint)
    api.FastAPI().include_router(router)


PLACE = ["route: GET /", "defined at: {file}:", "reached by: endpoint"]
RESPONSE_MODEL = ["instead: a type that Pydantic supports, or response_model=None", *PLACE]
LIST = "instead: dependencies=[Depends(get_session)]"
QUERY = ["instead: a scalar, a list of scalars, one model, or Body()", *PLACE]

MISTAKES: dict[Callable[[Api], None], list[str]] = {
    depends_on_what_was_returned: ["instead: Depends(get_session), without calling it", *PLACE],
    depends_on_an_object: ["instead: Depends(a_function)", "parameter: book", *PLACE],
    function_among_dependencies: ["instead: dependencies=[Depends(get_session)]", *PLACE],
    function_among_dependencies_of_the_application: ["dependencies=[Depends(get_session)]", *PLACE],
    one_dependency_without_a_list: [LIST, "route: /books", *PLACE[1:]],
    one_dependency_of_a_websocket_without_a_list: [LIST, "route: WS /books", *PLACE[1:]],
    one_dependency_of_a_router_without_a_list: [LIST],
    one_dependency_of_an_inclusion_without_a_list: [LIST],
    opaque_return_type: RESPONSE_MODEL,
    opaque_response_model: RESPONSE_MODEL,
    object_as_response_model: RESPONSE_MODEL,
    response_or_data: RESPONSE_MODEL,
    opaque_additional_response: RESPONSE_MODEL,
    body_with_204: ["Status code 204", "instead: response_model=None, no return type", *PLACE],
    additional_body_with_304: ["Status code 304", *PLACE],
    opaque_parameter: ["instead: a type that Pydantic supports, or Depends(…)", *PLACE],
    optional_request: ["instead: request: Request, which is always there", *PLACE],
    dictionary_in_the_query: QUERY,
    models_in_the_query: QUERY,
    query_in_the_path: ["instead: slug: Annotated[…, Path()], or another name", *PLACE],
    default_in_annotated: ["instead: limit: Annotated[…, Query()] = 10", *PLACE],
    declared_twice: ["instead: keep the one in `Annotated`", *PLACE],
    no_path: ['instead: include_router(…, prefix="/…"), or the path "/"', *PLACE[1:]],
    declared_request: ["instead: request: Request", *PLACE],
}


WITHOUT_A_LIST = [mistake for mistake in MISTAKES if "without_a_list" in mistake.__name__]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_is_told_with_its_place_and_the_way_out(mistake: Callable[[Api], None]) -> None:
    with pytest.raises(DeclarationError) as ours:
        mistake(rapide)
    for expected in MISTAKES[mistake]:
        assert expected.format(file=__file__) in str(ours.value)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_is_an_error_of_the_class_that_fastapi_raises(
    mistake: Callable[[Api], None],
) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        mistake(fastapi)
    with pytest.raises(Exception) as ours:  # noqa: PT011
        mistake(rapide)
    assert theirs.type.__name__ in [base.__name__ for base in ours.type.__mro__]


@pytest.mark.parametrize("mistake", WITHOUT_A_LIST, ids=lambda mistake: mistake.__name__)
def test_one_dependency_without_a_list_begins_with_the_words_of_python(
    mistake: Callable[[Api], None],
) -> None:
    with pytest.raises(TypeError) as theirs:
        mistake(fastapi)
    with pytest.raises(TypeError) as ours:
        mistake(rapide)
    assert str(ours.value).startswith(f"{theirs.value}: `dependencies` takes a list\n")


def test_another_value_that_is_not_a_list_is_the_error_of_python() -> None:
    with pytest.raises(TypeError, match=r"^'int' object is not iterable$"):
        rapide.APIRouter(dependencies=5)  # type: ignore[arg-type]


def test_a_function_among_dependencies_is_called_by_its_name() -> None:
    with pytest.raises(DeclarationError, match="but got the function get_session\n"):
        function_among_dependencies(rapide)


def module_with_a_router() -> types.ModuleType:
    module = types.ModuleType("routers.books")
    module.router = rapide.APIRouter()  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize(
    ("thing", "instead"),
    [
        (rapide.FastAPI(), 'instead: app.mount("/path", …)'),
        (module_with_a_router(), "instead: routers.books.router"),
        ([rapide.APIRouter()], "instead: an APIRouter"),
    ],
)
def test_only_routers_can_be_included(thing: Any, instead: str) -> None:
    with pytest.raises(AttributeError, match="takes an APIRouter of Rapide") as caught:
        rapide.FastAPI().include_router(thing)
    assert instead in str(caught.value)


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("respons_model", ". Did you mean 'response_model'?"),
        ("status", ". Did you mean 'status_code'?"),
        ("zzz", ""),
    ],
)
def test_a_misspelt_option_is_told_with_the_one_that_was_meant(option: str, hint: str) -> None:
    with pytest.raises(TypeError) as caught:
        rapide.FastAPI().get("/", **{option: None})
    assert str(caught.value).endswith(f"got an unexpected keyword argument {option!r}{hint}")

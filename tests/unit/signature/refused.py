"""Endpoints that both packages must refuse; as in `declarations`."""

from typing import Annotated, Any

from pydantic import Field
from starlette.datastructures import UploadFile as StarletteUploadFile
from starlette.requests import Request

from .declared_models import Item


def path_default_in_annotated(api: Any) -> Any:
    def endpoint(item_id: Annotated[int, api.Path()] = 3): ...

    return "/{item_id}", endpoint


def default_in_annotated(api: Any) -> Any:
    def endpoint(q: Annotated[int, api.Query(3)]): ...

    return "/", endpoint


def query_twice(api: Any) -> Any:
    def endpoint(q: Annotated[int, api.Query()] = api.Query(3)): ...

    return "/", endpoint


def depends_twice(api: Any) -> Any:
    def dep(): ...

    def endpoint(q: Annotated[int, api.Depends(dep)] = api.Depends(dep)): ...

    return "/", endpoint


def query_and_depends(api: Any) -> Any:
    def dep(): ...

    def endpoint(q: Annotated[int, api.Query()] = api.Depends(dep)): ...

    return "/", endpoint


def path_and_depends(api: Any) -> Any:
    def dep(): ...

    def endpoint(q: Annotated[int, api.Path()] = api.Depends(dep)): ...

    return "/{q}", endpoint


def query_for_a_path_name(api: Any) -> Any:
    def endpoint(item_id: int = api.Query(3)): ...

    return "/{item_id}", endpoint


def declared_request(api: Any) -> Any:
    def endpoint(request: Annotated[Request, api.Query()]): ...

    return "/", endpoint


def complex_path(api: Any) -> Any:
    def endpoint(item_id: Item): ...

    return "/{item_id}", endpoint


def list_in_path(api: Any) -> Any:
    def endpoint(item_id: list[int]): ...

    return "/{item_id}", endpoint


def dict_in_query(api: Any) -> Any:
    def endpoint(q: Annotated[dict[str, int], api.Query()]): ...

    return "/", endpoint


def models_in_query_list(api: Any) -> Any:
    def endpoint(q: list[Item] = api.Query()): ...

    return "/", endpoint


def pydantic_field_as_default(api: Any) -> Any:
    def endpoint(q: int = Field(gt=3)): ...

    return "/", endpoint


def unusable_type(api: Any) -> Any:
    class Plain:
        pass

    def endpoint(q: Plain): ...

    return "/", endpoint


def unusable_type_in_a_dependency(api: Any) -> Any:
    class Plain:
        pass

    def dep(q: Annotated[Plain, api.Query()]): ...

    def endpoint(d: Any = api.Depends(dep)): ...

    return "/", endpoint


def request_generator_on_function_scope(api: Any) -> Any:
    def inner():
        yield

    def outer(i: Any = api.Depends(inner, scope="function")):
        yield

    def endpoint(o: Any = api.Depends(outer)): ...

    return "/", endpoint


def default_and_factory(api: Any) -> Any:
    def endpoint(q: Annotated[int, api.Query(default_factory=int)] = 3): ...

    return "/", endpoint


def fractional_bound_of_an_integer(api: Any) -> Any:
    def endpoint(q: Annotated[int, api.Query(gt=1.5)]): ...

    return "/", endpoint


def broken_pattern(api: Any) -> Any:
    def endpoint(q: Annotated[str, api.Query(pattern="(")]): ...

    return "/", endpoint


def not_callable(api: Any) -> Any:
    def endpoint(q: Any = api.Depends(5)): ...

    return "/", endpoint


def starlette_upload_file(api: Any) -> Any:
    def endpoint(q: StarletteUploadFile): ...

    return "/", endpoint


REFUSED = [
    value
    for value in list(globals().values())
    if getattr(value, "__annotations__", None) == {"api": Any, "return": Any}
]

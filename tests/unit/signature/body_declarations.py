"""Endpoints with bodies, forms and files; as in `declarations`."""

# ruff: noqa: B006 - these styles are what is tested

from typing import Annotated, Any

from pydantic import Tag

from .declared_models import ByName, Cat, Dog, Item, Movie, Numbers, Pair, Point, Strict


def bodies_by_type(api: Any) -> Any:
    def endpoint(
        a: Item,
        b: list[Item],
        c: dict[str, int],
        d: Point,
        e: Movie,
        f: Pair,
        g: Numbers,
        h: list[int],
        i: Item | None = None,
    ): ...

    return "/", endpoint


def one_body(api: Any) -> Any:
    def endpoint(item: Item): ...

    return "/", endpoint


def one_optional_body(api: Any) -> Any:
    def endpoint(item: Item | None = None): ...

    return "/", endpoint


def body_media_type(api: Any) -> Any:
    def endpoint(
        item: Annotated[Item, api.Body(media_type="application/x+json", examples=[{"a": 1}])],
    ): ...

    return "/", endpoint


def two_bodies(api: Any) -> Any:
    def endpoint(item: Item, other: Strict | None = None, importance: int = api.Body(1, gt=0)): ...

    return "/", endpoint


def two_bodies_of_one_media_type(api: Any) -> Any:
    def endpoint(
        a: Annotated[int, api.Body(media_type="text/x")],
        b: Annotated[int, api.Body(media_type="text/x")],
    ): ...

    return "/", endpoint


def same_body_name_in_dependency(api: Any) -> Any:
    def dep(item: Item): ...

    def endpoint(item: Item, d: Any = api.Depends(dep)): ...

    return "/", endpoint


def discriminated_body(api: Any) -> Any:
    def endpoint(pet: Annotated[Cat | Dog, api.Body(discriminator="kind")]): ...

    return "/", endpoint


def form_fields(api: Any) -> Any:
    def endpoint(a: Annotated[str, api.Form()], b: Annotated[list[int], api.Form()] = []): ...

    return "/", endpoint


def one_form_field(api: Any) -> Any:
    def endpoint(a: Annotated[str, api.Form()]): ...

    return "/", endpoint


def form_model(api: Any) -> Any:
    def endpoint(form: Annotated[ByName, api.Form()]): ...

    return "/", endpoint


def optional_form_model(api: Any) -> Any:
    def endpoint(form: Annotated[ByName | None, api.Form()] = None): ...

    return "/", endpoint


def required_nullable_form_model(api: Any) -> Any:
    def endpoint(form: Annotated[Strict | None, api.Form()]): ...

    return "/", endpoint


def form_model_and_field(api: Any) -> Any:
    def endpoint(
        form: Annotated[ByName, api.Form()],
        age: Annotated[int, api.Form()],
        file: Annotated[bytes, api.File()],
    ): ...

    return "/", endpoint


def two_optional_form_models(api: Any) -> Any:
    def endpoint(
        one: Annotated[Item | None, api.Form()] = None,
        two: Annotated[ByName | None, api.Form()] = None,
    ): ...

    return "/", endpoint


def form_union(api: Any) -> Any:
    def endpoint(pet: Annotated[Cat | Dog, api.Form(discriminator="kind")]): ...

    return "/", endpoint


def form_union_with_tags(api: Any) -> Any:
    def endpoint(
        pet: Annotated[
            Annotated[Item, Tag("i")] | Annotated[Strict, Tag("s")] | None, api.Form()
        ] = None,
    ): ...

    return "/", endpoint


def multipart_form(api: Any) -> Any:
    def endpoint(
        a: Annotated[str, api.Form(media_type="multipart/form-data")], b: Annotated[int, api.Form()]
    ): ...

    return "/", endpoint


def files(api: Any) -> Any:
    def endpoint(
        a: api.UploadFile,
        b: list[api.UploadFile],
        c: Annotated[bytes, api.File()],
        d: Annotated[list[bytes], api.File()],
        e: api.UploadFile | None = None,
        f: bytes | None = api.File(None),
    ): ...

    return "/", endpoint

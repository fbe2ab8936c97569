"""Attributes of routes, dependants and fields that are changed after the declaration.

What FastAPI's handler has taken from a route when the route was declared or included stays as it
was; what it looks at for each request is that of now. Each change is made to routes of the
application and of an included router, and to what the latter become under the inclusion: before
the router is included, before the first request, and after it. Two of these moments are taken for
each attribute in turn; the long mode takes all of them:

    RAPIDE_LONG=1 python -m pytest tests/parity/routing/test_changed_attributes.py
"""

import os
import re
from typing import Annotated

import pytest
from pydantic import BaseModel, Field
from pydantic_core import PydanticUndefined
from starlette.convertors import Convertor

from ..client import Change, Req
from ..harness import Case, check, chosen_modes


class Book(BaseModel):
    number: int
    title: str | None = Field(None, alias="name")


class Shelf(BaseModel):
    number: str
    place: str = "left"


def build_application(fw):
    """One endpoint, declared on the application and on a router."""
    app, router = fw.FastAPI(), fw.APIRouter(prefix="/books")

    def paging(limit: Annotated[int, fw.Query(ge=1)] = 10, *, page: int = fw.Query(1)):
        return limit, page

    async def reader(x_reader: Annotated[str, fw.Header()] = "nobody"):
        fw.log.append("reader")
        return x_reader

    def read_book(
        number: int,
        paging: Annotated[tuple, fw.Depends(paging)],
        reader: Annotated[str, fw.Depends(reader)],
        q: str | None = None,
        session: Annotated[str, fw.Cookie()] = "none",
    ) -> Book:
        """Read a book."""
        fw.log.append([number, paging, reader, q, session])
        return Book(number=number)

    def add_book(book: Shelf, request: fw.Request):
        return [book.number, request.scope["endpoint"].__name__]

    def order(name: Annotated[str, fw.Form()], copies: Annotated[int, fw.Form()] = 1):
        return [name, copies]

    for owner, prefix in (app, "/books"), (router, ""):
        owner.get(prefix + "/{number}")(read_book)
        owner.post(prefix)(add_book)
        owner.post(prefix + "/order", form_limits={"max_fields": 3})(order)
    fw.keep.router = router
    return app


REQUESTS = [
    Req("GET", "/books/2?limit=3&page=4&q=x", headers={"x-reader": "Emma", "cookie": "session=s"}),
    Req("GET", "/books/x?limit=0"),
    Req("GET", "/BOOKS/1"),
    Req("PUT", "/books/1"),
    Req("POST", "/books", json={"number": "1"}),
    Req("POST", "/books", content=b'{"number": "2"}'),
    Req("POST", "/books/order", form=[("name", "n"), ("copies", "2"), ("a", "1"), ("b", "1")]),
    Req("POST", "/books/order", form={}),
    Req("GET", "/shelves/1"),
]


def requests_below(prefix):
    return [Req(**vars(request) | {"target": prefix + request.target}) for request in REQUESTS]


def other_endpoint(fw):
    def read_another(number: int, more: int = 7):
        return {"number": number, "name": f"another {more}"}

    return read_another


def guard(fw):
    def refuse(x_reader: Annotated[str, fw.Header()] = "nobody"):
        fw.log.append("guard")
        if x_reader != "Emma":
            raise fw.HTTPException(401)

    utils = fw.module("dependencies.utils")
    return utils.get_parameterless_sub_dependant(depends=fw.Depends(refuse), path="/")


def another_dependant(fw):
    utils = fw.module("dependencies.utils")
    return utils.get_dependant(path="/books/{number}", call=other_endpoint(fw))


def another_field(fw):
    """A field of the name `extra`, which no callable has."""
    utils = fw.module("dependencies.utils")

    def needs(extra: Annotated[int, fw.Query()]): ...

    return utils.get_dependant(path="/", call=needs).query_params[0]


def response_field(fw):
    utils = fw.module("utils")
    return utils.create_model_field(name="Other", type_=Shelf, mode="serialization")


def wrapper(fw, route):
    inner = route.app

    async def outer(scope, receive, send):
        fw.log.append("outer")
        await inner(scope, receive, send)

    return outer


class Doubling(Convertor):
    regex = "[^/]+"

    def convert(self, value):
        return value + value

    def to_string(self, value):
        return str(value)


def set_to(name, make):
    def change(fw, route):
        setattr(route, name, make(fw))

    return change


def rewrap(fw, route):
    route.app = wrapper(fw, route)


def rebuild(fw, route):
    if hasattr(route, "get_route_handler"):
        route.app = fw.routing.request_response(route.get_route_handler())


def replace_call(fw, route):
    call = route.dependant.call

    def counting(**values):
        fw.log.append("counting")
        return call(**values)

    route.dependant.call = counting


def dependency(route):
    return route.dependant.dependencies[0]


def in_lists(change):
    """Make a change of the lists and fields of a dependant."""
    return lambda fw, route: change(fw, route.dependant)


#: Attributes that are assigned to the route that reads.
ASSIGNED = {
    "path": lambda fw: "/shelves/{number}",
    "path_format": lambda fw: "/shelves/{number}",
    "path_regex": lambda fw: re.compile("^(?i:/v1|)(?i:/books)/(?P<number>[^/]+)$"),
    "name": lambda fw: "another",
    "endpoint": other_endpoint,
    "methods": lambda fw: {"GET", "PUT"},
    "include_in_schema": lambda fw: False,
    "generate_unique_id_function": lambda fw: lambda route: f"own-{route.name}",
    "status_code": lambda fw: 203,
    "response_class": lambda fw: fw.responses.PlainTextResponse,
    "response_model": lambda fw: Shelf,
    "response_field": response_field,
    "response_model_include": lambda fw: {"number"},
    "response_model_exclude": lambda fw: {"number"},
    "response_model_by_alias": lambda fw: False,
    "response_model_exclude_unset": lambda fw: True,
    "response_model_exclude_defaults": lambda fw: True,
    "response_model_exclude_none": lambda fw: True,
    "responses": lambda fw: {404: {"description": "None", "model": Shelf}},
    "response_fields": lambda fw: {},
    "dependencies": lambda fw: [fw.Depends(lambda: fw.log.append("declared"))],
    "dependency_overrides_provider": lambda fw: None,
    "dependant": another_dependant,
    "is_json_stream": lambda fw: True,
    "is_sse_stream": lambda fw: True,
    "stream_item_type": lambda fw: Shelf,
    "stream_item_field": response_field,
    "strict_content_type": lambda fw: False,
    "max_body_size": lambda fw: 1,
    "form_limits": lambda fw: {"max_fields": 1},
    "body_field": lambda fw: None,
    "_embed_body_fields": lambda fw: True,
    "something_else": lambda fw: 1,
}

#: Attributes that only the document shows.
SHOWN = {
    "unique_id": "another",
    "operation_id": None,
    "summary": "Another",
    "description": "Another.",
    "response_description": "Another",
    "deprecated": True,
    "tags": ["another"],
    "openapi_extra": {"x-another": 1},
    "callbacks": [],
}


def show_other_things(fw, route):
    for name, value in SHOWN.items():
        setattr(route, name, value)


#: Changes of what attributes hold.
MUTATED = {
    "methods.add": lambda fw, route: route.methods.add("PUT"),
    "methods |=": lambda fw, route: route.methods.__ior__({"PUT"}),
    "param_convertors": lambda fw, route: route.param_convertors.update(number=Doubling()),
    "tags.append": lambda fw, route: route.tags.append("another"),
    "responses[404]": lambda fw, route: route.responses.update({404: {"description": "None"}}),
    "dependencies.append": lambda fw, route: route.dependencies.append(
        fw.Depends(lambda: fw.log.append("declared"))
    ),
    "app wrapped": rewrap,
    "app wrapped twice": lambda fw, route: (rewrap(fw, route), rewrap(fw, route)),
    "app rebuilt": rebuild,
    "app put back": lambda fw, route: setattr(route, "app", route.app),
    "dependant.call": replace_call,
    "dependant.path": lambda fw, route: setattr(route.dependant, "path", "/elsewhere"),
    "dependant.dependencies.insert": in_lists(
        lambda fw, dependant: dependant.dependencies.insert(0, guard(fw))
    ),
    "dependant.dependencies.append": in_lists(
        lambda fw, dependant: dependant.dependencies.append(guard(fw))
    ),
    "dependant.dependencies +=": in_lists(
        lambda fw, dependant: dependant.dependencies.__iadd__([guard(fw)])
    ),
    "dependant.dependencies[:0]": in_lists(
        lambda fw, dependant: dependant.dependencies.__setitem__(slice(0, 0), [guard(fw)])
    ),
    "dependant.dependencies = []": in_lists(
        lambda fw, dependant: setattr(dependant, "dependencies", [])
    ),
    "dependant.dependencies of a dependency": lambda fw, route: (
        dependency(route).dependencies.append(guard(fw)) if route.dependant.dependencies else None
    ),
    "dependencies.pop": in_lists(
        lambda fw, dependant: dependant.dependencies[1:] and dependant.dependencies.pop()
    ),
    "dependencies.reverse": in_lists(lambda fw, dependant: dependant.dependencies.reverse()),
    "query_params.append": in_lists(
        lambda fw, dependant: dependant.query_params.append(another_field(fw))
    ),
    "query_params.clear": in_lists(lambda fw, dependant: dependant.query_params.clear()),
    "cookie_params = header_params": in_lists(
        lambda fw, dependant: setattr(dependant, "cookie_params", dependant.header_params)
    ),
    "path_params.clear": in_lists(lambda fw, dependant: dependant.path_params.clear()),
    "body_params.clear": in_lists(lambda fw, dependant: dependant.body_params.clear()),
    "request_param_name": in_lists(
        lambda fw, dependant: setattr(dependant, "request_param_name", None)
    ),
    "response_param_name": in_lists(
        lambda fw, dependant: setattr(dependant, "response_param_name", "response")
    ),
}


def of_dependency(name, value):
    """Set an attribute of the dependency `paging`."""

    def change(fw, route):
        if route.dependant.dependencies:
            setattr(dependency(route), name, value(fw))

    return change


def of_fields(name, value):
    """Set an attribute of the declaration of every parameter."""

    def change(fw, route):
        dependant = route.dependant
        for owner in (dependant, *dependant.dependencies):
            for fields in (owner.query_params, owner.header_params, owner.cookie_params):
                for field in fields:
                    setattr(field.field_info, name, value(field))

    return change


def in_order(*changes):
    return lambda fw, route: [change(fw, route) for change in changes]


MUTATED |= {
    "dependency.call": of_dependency("call", lambda fw: lambda limit, page: "replaced"),
    "dependency.name": of_dependency("name", lambda fw: "renamed"),
    "dependency.name = None": of_dependency("name", lambda fw: None),
    "dependency.use_cache": of_dependency("use_cache", lambda fw: False),
    "dependency.scope": of_dependency("scope", lambda fw: "function"),
    "dependency.path": of_dependency("path", lambda fw: "/{limit}"),
    "dependency.own_oauth_scopes": of_dependency("own_oauth_scopes", lambda fw: ["read"]),
    "field_info.default": of_fields("default", lambda field: 5),
    "field_info.default_factory": in_order(
        of_fields("default", lambda field: PydanticUndefined),
        of_fields("default_factory", lambda field: lambda: 6),
    ),
    "field_info.alias": of_fields("alias", lambda field: f"{field.name}-too"),
    "field_info.validation_alias": of_fields("validation_alias", lambda field: f"{field.name}x"),
    "field_info.include_in_schema": of_fields("include_in_schema", lambda field: False),
    "field_info.description": of_fields("description", lambda field: "Described."),
    "field_info.annotation": of_fields("annotation", lambda field: list[int]),
    "field.name": in_lists(
        lambda fw, dependant: [
            setattr(field, "name", "renamed") for field in dependant.query_params
        ]
    ),
}

CHANGES = {f"{name} =": set_to(name, make) for name, make in ASSIGNED.items()} | MUTATED
CHANGES |= {
    "document": show_other_things,
    "__doc__": lambda fw, route: setattr(route.endpoint, "__doc__", "Another."),
}

DECLARED = ("before the inclusion", "before the first request", "after the first request")
INCLUDED = ("as included, before the first request", "as included, after the first request")


def changed_routes(fw, app, moment):
    """The routes that are changed."""
    if moment in DECLARED:
        return [
            route
            for route in (*app.routes, *fw.keep.router.routes)
            if isinstance(route, fw.routing.APIRoute)
        ]
    contexts = fw.routing.iter_route_contexts(app.routes)
    return [context._route_context for context in contexts if context._route_context]


def case_of(name, moment):
    def change(fw, app):
        for route in changed_routes(fw, app, moment):
            CHANGES[name](fw, route)

    def build(fw):
        app = build_application(fw)
        if moment == DECLARED[0]:
            change(fw, app)
        app.include_router(fw.keep.router, prefix="/v1")
        if moment.endswith("before the first request"):
            change(fw, app)
        return app

    steps = [*requests_below(""), *requests_below("/v1")]
    if moment in INCLUDED:
        steps = requests_below("/v1")
    if moment.endswith("after the first request"):
        steps = [*steps, Change(change), *steps]
    return Case(build, steps, compiled=False)


def changes():
    """The names of changes, each with its moments."""
    moments = [*DECLARED, *INCLUDED]
    for number, name in enumerate(CHANGES):
        for turn, moment in enumerate(moments):
            if os.environ.get("RAPIDE_LONG") or (turn - 2 * number) % len(moments) < 2:
                yield name, moment


@pytest.mark.parametrize("paths", [chosen_modes("compiled", "generic", "direct")], ids="+".join)
@pytest.mark.parametrize(("name", "moment"), [*changes()])
def test_a_change_counts_where_it_counts_in_fastapi(name, moment, paths):
    """A change of routes, dependants or fields, at one moment."""
    case = case_of(name, moment)
    for mode in paths:
        check(case, mode)

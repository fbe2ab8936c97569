"""Whatever users call their parameters, functions, aliases and paths, the answers are FastAPI's.

Generated code must neither clash with such a name nor paste it.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Iterable
from inspect import Parameter, Signature
from typing import Annotated, Any
from urllib.parse import quote

import pytest
from pydantic import BaseModel, Field

from ..client import GET, POST
from ..harness import Framework, parity

HOSTILE_TEXTS = (
    "it's",
    '"quoted"',
    "'''",
    '"""',
    "back\\slash\\",
    "new\nline",
    "tab\tand\rreturn",
    "*/ # comment",
    "{brace}",
    "{{braces}}",
    "%s %(name)s",
    "ünï☃😀",
    "a;import os",
    "\u2028separator",
    "\x00nul",
    "class",
    "__import__('os')",
)
PARTS_OF_A_REQUEST = (
    "request",
    "response",
    "scope",
    "receive",
    "send",
    "self",
    "cls",
    "body",
    "app",
)
LOCALS_OF_A_HANDLER = (
    "handler", "endpoint", "errors", "values", "query", "headers", "cookies", "path_params",
    "stack", "exit_stack", "content", "status_code", "background_tasks", "result", "value", "error",
    "token", "arg_a", "dep_a", "validate_a", "route", "state", "params", "call", "args", "kwargs",
)  # fmt: skip
BUILTINS = tuple(
    name for name in dir(builtins) if not keyword.iskeyword(name) and not name.startswith("_")
)


def with_parameters(
    call: Callable[..., Any], parameters: Iterable[Parameter]
) -> Callable[..., Any]:
    """Give a function that takes anything the signature that a framework reads."""
    call.__signature__ = Signature(list(parameters))  # type: ignore[attr-defined]
    return call


def named(name: str, annotation: Any, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def echo(parameters: Iterable[Parameter], sync: bool = False) -> Callable[..., Any]:
    """Make an endpoint that answers with all it received."""

    async def echo_async(**received: Any) -> Any:
        return received

    def echo_sync(**received: Any) -> Any:
        return received

    return with_parameters(echo_sync if sync else echo_async, parameters)


def query(**pairs: Any) -> str:
    return "?" + "&".join(f"{quote(name)}={quote(str(value))}" for name, value in pairs.items())


def numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(names)}


ORDINARY_NAMES = (*PARTS_OF_A_REQUEST, *LOCALS_OF_A_HANDLER)


@parity(GET("/" + query(**numbered(ORDINARY_NAMES))), GET("/"), GET("/" + query(scope="x", send=1)))
def test_query_parameters_may_be_called_like_the_locals_of_a_handler(fw: Framework) -> Any:
    app = fw.FastAPI()
    app.get("/")(echo(named(name, int) for name in ORDINARY_NAMES))
    return app


@parity(GET("/" + query(**numbered(BUILTINS))), GET("/"))
def test_query_parameters_may_shadow_every_builtin(fw: Framework) -> Any:
    app = fw.FastAPI()
    app.get("/")(echo((named(name, int) for name in BUILTINS), sync=True))
    return app


@parity(
    GET("/" + "/".join(map(str, range(len(ORDINARY_NAMES))))),
    GET("/" + "/".join("x" for _ in ORDINARY_NAMES)),
)
def test_path_parameters_may_be_called_like_the_locals_of_a_handler(fw: Framework) -> Any:
    app = fw.FastAPI()
    path = "".join(f"/{{{name}}}" for name in ORDINARY_NAMES)
    app.get(path)(echo(named(name, int) for name in ORDINARY_NAMES))
    return app


@parity(GET("/", headers=[(n.replace("_", "-"), "1") for n in ORDINARY_NAMES]), GET("/"))
def test_headers_may_be_called_like_the_locals_of_a_handler(fw: Framework) -> Any:
    app = fw.FastAPI()
    app.get("/")(echo(named(name, int, fw.Header()) for name in ORDINARY_NAMES))
    return app


@parity(
    GET("/", headers={"cookie": "; ".join(f"{n}=1" for n in ORDINARY_NAMES)}),
    GET("/", headers={"cookie": "; ".join(f"{n}=x" for n in ORDINARY_NAMES)}),
)
def test_cookies_may_be_called_like_the_locals_of_a_handler(fw: Framework) -> Any:
    app = fw.FastAPI()
    app.get("/")(echo(named(name, int, fw.Cookie()) for name in ORDINARY_NAMES))
    return app


@parity(POST("/", numbered(ORDINARY_NAMES)), POST("/", {}), POST("/", []))
def test_body_fields_may_be_called_like_the_locals_of_a_handler(fw: Framework) -> Any:
    app = fw.FastAPI()
    app.post("/")(echo(named(name, int, fw.Body()) for name in ORDINARY_NAMES))
    return app


@parity(GET("/"), GET("/" + query(a=1)))
def test_injected_objects_may_have_each_others_names(fw: Framework) -> Any:
    app = fw.FastAPI()

    async def swapped(request: Any, response: Any, receive: Any, a: int) -> Any:
        request.headers["x-path"] = response.url.path
        request.status_code = 202
        receive.add_task(fw.log.append, "task")
        return {"a": a}

    injected = {"request": fw.Response, "response": fw.Request, "receive": fw.BackgroundTasks}
    parameters = [named(name, annotation) for name, annotation in injected.items()]
    app.get("/")(with_parameters(swapped, [*parameters, named("a", int, 0)]))
    return app


@parity(
    GET("/?" + "&".join(f"{quote(name)}={i}" for i, name in enumerate(HOSTILE_TEXTS))),
    GET("/?" + "&".join(f"{quote(name)}=x" for name in HOSTILE_TEXTS)),
    GET("/"),
)
def test_query_aliases_may_be_any_text(fw: Framework) -> Any:
    app = fw.FastAPI()
    texts = enumerate(HOSTILE_TEXTS)
    app.get("/")(echo(named(f"a{i}", int, fw.Query(alias=text)) for i, text in texts))
    return app


@parity(
    POST("/", numbered(HOSTILE_TEXTS)), POST("/", dict.fromkeys(HOSTILE_TEXTS, "x")), POST("/", {})
)
def test_body_aliases_may_be_any_text(fw: Framework) -> Any:
    app = fw.FastAPI()
    texts = enumerate(HOSTILE_TEXTS)
    app.post("/")(echo(named(f"a{i}", int, fw.Body(alias=text)) for i, text in texts))
    return app


@parity(
    GET(
        "/", headers=[(b"it's", b"1"), (b'"quoted"', b"2"), (b"new\nline", b"3"), (b"class", b"4")]
    ),
    GET("/"),
)
def test_header_aliases_may_be_any_latin_text(fw: Framework) -> Any:
    app = fw.FastAPI()
    texts = [(i, text) for i, text in enumerate(HOSTILE_TEXTS) if text.isascii()]
    app.get("/")(echo(named(f"a{i}", int, fw.Header(-1, alias=text)) for i, text in texts))
    return app


@parity(
    GET("/", headers={"cookie": 'it\'s=1; "quoted"=2; class=3; {brace}=4; a%s=5'}),
    GET("/"),
)
def test_cookie_aliases_may_be_any_text(fw: Framework) -> Any:
    app = fw.FastAPI()
    texts = enumerate(HOSTILE_TEXTS)
    app.get("/")(echo(named(f"a{i}", int, fw.Cookie(-1, alias=text)) for i, text in texts))
    return app


PATHS = (
    "/it's",
    '/"q"',
    "/'''",
    "/back\\slash",
    "/new\nline",
    "/ünï☃",
    "/*/ #",
    "/%s",
    "/a b",
    "/$^.",
)


@parity(*(GET(quote(path) + "/1") for path in PATHS), GET("/it's/x"), GET("/nowhere"))
def test_paths_may_hold_quotes_and_anything_else(fw: Framework) -> Any:
    app = fw.FastAPI()
    for path in PATHS:
        app.get(path + "/{number}")(echo([named("number", int)]))
    return app


@parity(GET("/%7Bp%C3%A4th%7D"), GET("/%7Bp%C3%A4th%7D?p%C3%A4th=%C3%A4"), GET("/1"))
def test_braces_around_what_is_no_parameter_name_are_literal(fw: Framework) -> Any:
    app = fw.FastAPI()
    app.get("/{päth}")(echo([named("päth", str)]))
    return app


FUNCTION_NAMES = (
    "x\n    import os",
    "it's",
    '"""',
    "\\",
    "class",
    "1",
    "handler",
    "a b",
    "ünï",
    "",
)


@parity(*(GET(f"/{i}?a=1") for i in range(len(FUNCTION_NAMES))), GET("/0?a=x"))
def test_functions_may_have_any_name_and_docstring(fw: Framework) -> Any:
    app = fw.FastAPI()
    for index, name in enumerate(FUNCTION_NAMES):
        endpoint = echo([named("a", int)], sync=bool(index % 2))
        endpoint.__name__ = endpoint.__qualname__ = endpoint.__module__ = name
        endpoint.__doc__ = f'"""{name}"""\n\'\'\' \\ \x0c # */'
        app.get(f"/{index}", name=name)(endpoint)
    return app


@parity(GET("/?a=1"), GET("/?a=x"), GET("/"))
def test_dependencies_may_have_any_name(fw: Framework) -> Any:
    """Equal names and names of generated locals are kept apart."""
    app = fw.FastAPI()

    def dependency(index: int, name: str) -> Callable[..., Any]:
        async def plain(**received: Any) -> Any:
            return [index, received]

        async def generator(**received: Any) -> Any:
            yield [index, received]
            fw.log.append(index)

        call = with_parameters((plain, generator)[index % 2], [named("a", int)])
        call.__name__ = call.__qualname__ = name
        return call

    names = [*FUNCTION_NAMES, *ORDINARY_NAMES, "same", "same", "same"]
    calls = [dependency(index, name) for index, name in enumerate(names)]
    parameters = [named(f"d{i}", Any, fw.Depends(call)) for i, call in enumerate(calls)]
    app.get("/")(echo(parameters))
    return app


@parity(GET("/?a=1"), GET("/"))
def test_parameters_that_are_dependencies_may_be_called_like_locals(fw: Framework) -> Any:
    app = fw.FastAPI()

    async def dependency(a: int) -> Any:
        return a

    names = (*ORDINARY_NAMES, *BUILTINS)
    app.get("/")(echo(named(name, Any, fw.Depends(dependency)) for name in names))
    return app


MANY = [f"p{i}" for i in range(300)]


@parity(
    GET("/" + query(**numbered(MANY))),
    GET("/" + query(**dict.fromkeys(MANY, "x"))),
    GET("/"),
    POST("/", numbered(MANY)),
    POST("/", {"p7": "x"}),
)
def test_an_endpoint_may_have_three_hundred_parameters(fw: Framework) -> Any:
    app = fw.FastAPI()
    app.get("/")(echo(named(name, int) for name in MANY))
    app.post("/")(echo(named(name, int, fw.Body()) for name in MANY))
    return app


@parity(GET("/?a=1"), GET("/?a=x"))
def test_an_endpoint_may_stand_on_a_hundred_dependencies_in_a_chain(fw: Framework) -> Any:
    app = fw.FastAPI()

    async def first(a: int) -> int:
        return a

    last: Callable[..., Any] = first
    for _ in range(100):

        async def following(value: Any) -> Any:
            return value + 1

        last = with_parameters(following, [named("value", Any, fw.Depends(last))])
    app.get("/")(echo([named("total", Any, fw.Depends(last))]))
    return app


@parity(POST("/", {"class": 1, "it's": 2}), POST("/", {"class": "x"}), POST("/", {}))
def test_fields_of_a_model_may_have_any_alias(fw: Framework) -> Any:
    app = fw.FastAPI()

    class Model(BaseModel):
        class_: Annotated[int, Field(alias="class")]
        its: Annotated[int, Field(alias="it's")]

    endpoint = echo([named("request", Model)])
    app.post("/", response_model=dict[str, Model], name='"')(endpoint)
    return app


@pytest.mark.parametrize("name", ["request", "self", "Exception"])
def test_the_parameters_of_a_function_keep_their_names(name: str) -> None:
    """`echo` hands over what a framework reads, so that the tests above mean what they say."""
    assert list(echo([named(name, int)]).__signature__.parameters) == [name]  # type: ignore[attr-defined]

"""Mistakes in declarations are refused when they are made, with an exception of the same kind."""

import warnings
from typing import Annotated

import pytest
from pydantic import BaseModel

from ..harness import ORACLE, SUBJECT, Framework


class Model(BaseModel):
    a: int


class NotAType:
    def __init__(self, x):
        self.x = x


def route(fw, endpoint, path="/", method="get", **options):
    getattr(fw.FastAPI(), method)(path, **options)(endpoint)


def annotated(annotation, default=...):
    def endpoint(value=default):
        return value

    if default is ...:
        endpoint.__defaults__ = None
    endpoint.__annotations__ = {"value": annotation}
    return endpoint


TABLE = {
    "a path parameter with a default": lambda fw: fw.Path(5),
    "a path parameter whose annotation says it is a query": lambda fw: route(
        fw, annotated(Annotated[int, fw.Query()]), "/{value}"
    ),
    "a Path that is not in the path": lambda fw: route(
        fw, annotated(Annotated[int, fw.Path()]), "/x"
    ),
    "a path parameter of a model type": lambda fw: route(fw, annotated(Model), "/{value}"),
    "a path parameter that is a list": lambda fw: route(fw, annotated(list[int]), "/{value}"),
    "a path parameter that is a dict": lambda fw: route(fw, annotated(dict[str, int]), "/{value}"),
    "a path parameter that is a tuple": lambda fw: route(
        fw, annotated(tuple[int, int]), "/{value}"
    ),
    "a path parameter that is a set": lambda fw: route(fw, annotated(set[int]), "/{value}"),
    "a query parameter that is a list of models": lambda fw: route(
        fw, annotated(Annotated[list[Model], fw.Query()])
    ),
    "a query parameter that is a dict": lambda fw: route(
        fw, annotated(Annotated[dict[str, int], fw.Query()])
    ),
    "a query parameter that is a list of dicts": lambda fw: route(
        fw, annotated(Annotated[list[dict], fw.Query()])
    ),
    "a query parameter that is a list of lists": lambda fw: route(
        fw, annotated(Annotated[list[list[int]], fw.Query()])
    ),
    "a query parameter that is a union with a model": lambda fw: route(
        fw, annotated(Annotated[Model | int, fw.Query()])
    ),
    "a header parameter that is a dict": lambda fw: route(
        fw, annotated(Annotated[dict, fw.Header()])
    ),
    "a cookie parameter that is a dict": lambda fw: route(
        fw, annotated(Annotated[dict, fw.Cookie()])
    ),
    "a parameter of a class that Pydantic does not know": lambda fw: route(fw, annotated(NotAType)),
    "an optional parameter of an unknown class": lambda fw: route(fw, annotated(NotAType | None)),
    "a body of a class that Pydantic does not know": lambda fw: route(
        fw, annotated(Annotated[NotAType, fw.Body()])
    ),
    "an unknown class as response model": lambda fw: route(
        fw, lambda: None, response_model=NotAType
    ),
    "an unknown class as return annotation": lambda fw: route(fw, returning(NotAType)),
    "a union of responses as return annotation": lambda fw: route(
        fw, returning(fw.Response | dict)
    ),
    "an optional response as return annotation": lambda fw: route(
        fw, returning(fw.responses.JSONResponse | None)
    ),
    "a default in Annotated": lambda fw: route(fw, annotated(Annotated[int, fw.Query(5)])),
    "a default in Annotated Body": lambda fw: route(
        fw, annotated(Annotated[int, fw.Body(default=5)])
    ),
    "Annotated with Query and a Query default": lambda fw: route(
        fw, annotated(Annotated[int, fw.Query()], fw.Query(5))
    ),
    "Annotated with Depends and a Depends default": lambda fw: route(
        fw, annotated(Annotated[int, fw.Depends(int)], fw.Depends(int))
    ),
    "Annotated with Query and a Depends default": lambda fw: route(
        fw, annotated(Annotated[int, fw.Query()], fw.Depends(int))
    ),
    "Annotated with Depends and a Query default": lambda fw: route(
        fw, annotated(Annotated[int, fw.Depends(int)], fw.Query(5))
    ),
    "Annotated Depends with a plain default": lambda fw: route(
        fw, annotated(Annotated[int, fw.Depends(int)], 5)
    ),
    "Depends that is not callable": lambda fw: route(fw, annotated(int, fw.Depends(5))),
    "Depends without a dependency or annotation": lambda fw: route(fw, unannotated(fw.Depends())),
    "an unknown scope": lambda fw: fw.Depends(int, scope="session"),
    "a request-scoped generator that needs a function-scoped dependency": lambda fw: scopes(fw),
    "max_concurrency of zero": lambda fw: fw.Depends(int, max_concurrency=0),
    "max_concurrency that is a bool": lambda fw: fw.Depends(int, max_concurrency=True),
    "max_concurrency that is a float": lambda fw: fw.Depends(int, max_concurrency=1.5),
    "a Request annotation with Query": lambda fw: route(
        fw, annotated(Annotated[fw.Request, fw.Query()])
    ),
    "a Request annotation with Depends": lambda fw: route(
        fw, annotated(Annotated[fw.Request, fw.Depends(int)])
    ),
    "a BackgroundTasks annotation with a Body default": lambda fw: route(
        fw, annotated(fw.BackgroundTasks, fw.Body())
    ),
    "default and default_factory": lambda fw: fw.Query(5, default_factory=list),
    "an unknown keyword of Query": lambda fw: fw.Query(unknown=1),
    "an unknown keyword of a decorator": lambda fw: fw.FastAPI().get("/", unknown=1),
    "an unknown keyword of FastAPI": lambda fw: fw.FastAPI(unknown=1),
    "an unknown keyword of APIRouter": lambda fw: fw.APIRouter(unknown=1),
    "openapi_prefix": lambda fw: fw.FastAPI(openapi_prefix="/x"),
    "a path without a slash": lambda fw: route(fw, lambda: None, "x"),
    "a prefix without a slash": lambda fw: fw.APIRouter(prefix="x"),
    "a prefix that ends with a slash": lambda fw: fw.APIRouter(prefix="/x/"),
    "an included prefix without a slash": lambda fw: fw.FastAPI().include_router(
        fw.APIRouter(), prefix="x"
    ),
    "an included prefix that ends with a slash": lambda fw: fw.FastAPI().include_router(
        fw.APIRouter(), prefix="/x/"
    ),
    "an empty prefix and an empty path": lambda fw: include_empty(fw),
    "a router included in itself": lambda fw: include_itself(fw),
    "routers that include one another": lambda fw: include_cycle(fw),
    "a path parameter twice in a path": lambda fw: route(fw, lambda a: a, "/{a}/{a}"),
    "an unknown convertor": lambda fw: route(fw, lambda a: a, "/{a:nope}"),
    "a response model with a status without body": lambda fw: route(
        fw, lambda: None, status_code=204, response_model=int
    ),
    "a return annotation with a status without body": lambda fw: route(
        fw, returning(int), status_code=204
    ),
    "None as return annotation with a status without body": lambda fw: route(
        fw, returning(None), status_code=204
    ),
    "an extra response with a model and a status without body": lambda fw: route(
        fw, lambda: None, responses={204: {"model": Model}}
    ),
    "a response that is not a dict": lambda fw: route(fw, lambda: None, responses={400: "text"}),
    "an extra response with an unknown model": lambda fw: route(
        fw, lambda: None, responses={400: {"model": NotAType}}
    ),
    "a body and a form": lambda fw: route(fw, body_and_form(fw), method="post"),
    "a file and a body": lambda fw: route(fw, file_and_body(fw), method="post"),
    "form_limits with an unknown key": lambda fw: fw.FastAPI(form_limits={"max_nothing": 1}),
    "form_limits of a wrong type": lambda fw: fw.FastAPI(form_limits={"max_fields": "x"}),
    "a negative max_body_size": lambda fw: fw.FastAPI(max_body_size=-1),
    "a max_body_size that is a bool": lambda fw: fw.FastAPI(max_body_size=True),
    "a route with a negative max_body_size": lambda fw: route(fw, lambda: None, max_body_size=-5),
    "an empty title": lambda fw: fw.FastAPI(title=""),
    "an empty version": lambda fw: fw.FastAPI(version=""),
    "Security without a dependency": lambda fw: route(fw, unannotated(fw.Security())),
    "a dependencies argument that is not a list of Depends": lambda fw: route(
        fw, lambda: None, dependencies=[int]
    ),
    "dependencies with a class without callable": lambda fw: route(
        fw, lambda: None, dependencies=[fw.Depends()]
    ),
    "a websocket route with an unknown class": lambda fw: fw.FastAPI().websocket("/ws")(
        annotated(NotAType)
    ),
    "a duplicate alias": lambda fw: route(fw, duplicate_alias(fw)),
    "Header as body model with convert_underscores and alias": lambda fw: fw.Header(
        alias="a_b", convert_underscores=True
    ),
    "an SSE event with a line break": lambda fw: fw.sse.ServerSentEvent(data=1, event="a\nb"),
    "an SSE event with data and raw_data": lambda fw: fw.sse.ServerSentEvent(data=1, raw_data="x"),
    "an SSE id with NUL": lambda fw: fw.sse.ServerSentEvent(id="a\0"),
    "an SSE retry below zero": lambda fw: fw.sse.ServerSentEvent(retry=-1),
    "a frontend without a directory": lambda fw: fw.FastAPI().frontend(
        "/", directory="/no/such/directory"
    ),
    "an unknown fallback of a frontend": lambda fw: fw.FastAPI().frontend(
        "/", directory="/", fallback="nope.html"
    ),
    "middleware of an unknown kind": lambda fw: fw.FastAPI().middleware("websocket"),
    "an event of an unknown kind": lambda fw: fw.FastAPI().router.add_event_handler(
        "nope", lambda: None
    ),
    "no methods": lambda fw: fw.FastAPI().api_route("/", methods=[])(lambda: None),
    "route options given by position": lambda fw: fw.FastAPI().get("/", None),
    "a dict as response_model": lambda fw: route(fw, lambda: None, response_model={"a": 1}),
    "a Depends as response_model": lambda fw: route(
        fw, lambda: None, response_model=fw.Depends(int)
    ),
    "a generator dependency that is fine": lambda fw: route(
        fw, annotated(int, fw.Depends(lambda: (yield 1)))
    ),
    "an endpoint that is not callable": lambda fw: route(fw, 5),
    "a Query with an annotation string that fails": lambda fw: route(fw, annotated("no such name")),
    "a discriminator that is missing": lambda fw: route(
        fw, annotated(Annotated[Model | NotAModel, fw.Body(discriminator="kind")])
    ),
    "an upload file as query": lambda fw: route(
        fw, annotated(Annotated[fw.UploadFile, fw.Query()])
    ),
    "a mutable class as query default": lambda fw: route(fw, annotated(int, {"a": 1})),
    "a body with a default in Path": lambda fw: fw.Path(default=None),
    "HTTPException with an unknown status": lambda fw: fw.HTTPException(1000),
    "HTTPException without a status": lambda fw: fw.HTTPException(),
    "WebSocketException without a code": lambda fw: fw.WebSocketException(),
    "an API key without a name": lambda fw: fw.security.APIKeyHeader(),
    "OAuth2PasswordBearer without a URL": lambda fw: fw.security.OAuth2PasswordBearer(),
    "a parameter of APIRouter given by position": lambda fw: fw.APIRouter("/x"),
    "a Pydantic v1 model": lambda fw: v1_model(fw),
}


class NotAModel(BaseModel):
    b: int


def returning(annotation):
    def endpoint():
        return None

    endpoint.__annotations__ = {"return": annotation}
    return endpoint


def unannotated(default):
    def endpoint(value=default):
        return value

    return endpoint


def scopes(fw):
    def inner():
        yield 1

    def outer(value=fw.Depends(inner, scope="function")):
        yield value

    route(fw, unannotated(fw.Depends(outer, scope="request")))


def include_empty(fw):
    router = fw.APIRouter()
    router.get("")(lambda: None)
    app = fw.FastAPI()
    app.include_router(router)
    app.openapi()


def include_itself(fw):
    router = fw.APIRouter()
    router.include_router(router)


def include_cycle(fw):
    one, two = fw.APIRouter(prefix="/one"), fw.APIRouter(prefix="/two")
    one.include_router(two)
    two.include_router(one)


def body_and_form(fw):
    def endpoint(a=fw.Body(), b=fw.Form()):
        return [a, b]

    return endpoint


def file_and_body(fw):
    def endpoint(model: Model, b=fw.File()):
        return [model, b]

    return endpoint


def duplicate_alias(fw):
    def endpoint(a: int = fw.Query(alias="x"), b: int = fw.Query(alias="x")):
        return [a, b]

    return endpoint


def v1_model(fw):
    from pydantic import v1

    class Old(v1.BaseModel):
        a: int

    route(fw, annotated(Old), method="post")


#: The ancestors that callers may catch; a framework may add subclasses of its own.
PUBLIC = {
    "AssertionError",
    "ValueError",
    "TypeError",
    "RuntimeError",
    "NameError",
    "SyntaxError",
    "KeyError",
    "AttributeError",
    "UserWarning",
    "FastAPIError",
    "DependencyScopeError",
    "PydanticV1NotSupportedError",
    "ValidationError",
    "PydanticUserError",
    "PydanticSchemaGenerationError",
}


def kinds_of_failure(root, declare):
    """Return the public ancestors of what the declaration raises; none when it is accepted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            declare(Framework(root))
        except Exception as error:
            return {kind.__name__ for kind in type(error).__mro__} & PUBLIC or {
                type(error).__name__
            }
    return set()


@pytest.mark.parametrize("mistake", TABLE)
def test_a_mistake_is_refused_with_the_same_kind_of_exception(mistake):
    """Compare the classes of the exceptions that are Python's or public."""
    expected = kinds_of_failure(ORACLE, TABLE[mistake])
    actual = kinds_of_failure(SUBJECT, TABLE[mistake])
    assert bool(actual) == bool(expected), (
        f"{ORACLE}: {expected or 'accepted'}; subject: {actual or 'accepted'}"
    )
    if expected != {"AttributeError"}:  # the oracle stumbled: any refusal is as good
        assert expected <= actual, f"callers who catch {expected} would miss {actual}"

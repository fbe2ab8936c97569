"""What programs match in errors, warnings and log records: the kind, and the first words.

Test suites and filters of warnings look for FastAPI's words, often from the beginning of a message
on. So each message begins as FastAPI's does, and goes on in words of its own. The table makes every
one of them on both frameworks; a second test finds in FastAPI's source what the table leaves out.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest
from pydantic import BaseModel

from ..harness import ORACLE, SUBJECT, Framework


class Said(NamedTuple):
    """A message: its classes, or the level of a log record, by name; its text; its file."""

    kinds: list[str]
    text: str
    file: str = ""


class Row(NamedTuple):
    """How to provoke a message, and the words that it begins with."""

    provoke: Callable[[Framework, pytest.MonkeyPatch, Path], Any]
    phrase: str


TABLE: dict[str, Row] = {}


def begins(phrase: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put a function that provokes a message into the table."""

    def decorate(provoke: Callable[..., Any]) -> Callable[..., Any]:
        TABLE[provoke.__name__] = Row(provoke, phrase)
        return provoke

    return decorate


class Heard(logging.Handler):
    """Everything said while a row runs."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Said] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(Said([record.levelname], record.getMessage()))


@contextlib.contextmanager
def listening() -> Iterator[list[Said]]:
    """Collect exceptions, warnings and records of the logger inside the block."""
    heard = Heard()
    logger = logging.getLogger("fastapi")
    logger.addHandler(heard)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield heard.said
            except Exception as error:
                heard.said.insert(0, Said(kinds_of(type(error)), str(error)))
    finally:
        logger.removeHandler(heard)
    heard.said += [Said(kinds_of(w.category), str(w.message), w.filename) for w in caught]


def kinds_of(kind: type[BaseException]) -> list[str]:
    return [base.__name__ for base in kind.__mro__ if base.__name__ not in ("object", "Exception")]


def get(fw: Framework, app: Any, path: str = "/", **options: Any) -> Any:
    return fw.module("testclient").TestClient(app).get(path, **options)


def declare(fw: Framework, annotation: Any, path: str = "/", *, default: Any = ...) -> None:
    def endpoint(value: Any = default) -> Any: ...

    if default is ...:
        endpoint.__defaults__ = None
    endpoint.__annotations__ = {"value": annotation}
    fw.FastAPI().get(path)(endpoint)


class NotAType:
    """A class that Pydantic knows nothing of."""

    __slots__ = ()


# Applications


@begins("A title must be provided for OpenAPI")
def an_empty_title(fw: Framework, *_: Any) -> None:
    fw.FastAPI(title="")


@begins("A version must be provided for OpenAPI")
def an_empty_version(fw: Framework, *_: Any) -> None:
    fw.FastAPI(version="")


@begins("The `root_path` parameter is deprecated. ")
def a_root_path_in_the_application(fw: Framework, *_: Any) -> None:
    fw.FastAPI(root_path="/api")


@begins("\n        on_event is deprecated, use lifespan event handlers instead.\n")
def on_event_of_an_application(fw: Framework, *_: Any) -> None:
    fw.FastAPI().on_event("startup")


@begins("\n        on_event is deprecated, use lifespan event handlers instead.\n")
def on_event_of_a_router(fw: Framework, *_: Any) -> None:
    fw.APIRouter().on_event("startup")


@begins("max_body_size must be a non-negative integer or None")
def a_negative_limit_of_bodies(fw: Framework, *_: Any) -> None:
    fw.FastAPI(max_body_size=-1)


@begins("1 validation error for _FormLimits\nmax_nothing\n  Extra inputs are not permitted")
def an_unknown_limit_of_forms(fw: Framework, *_: Any) -> None:
    fw.FastAPI(form_limits={"max_nothing": 1})


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


# Values


@begins("1 validation error for Files\nfiles\n  Value error, Expected UploadFile, received: <class")
def a_file_that_is_a_text(fw: Framework, *_: Any) -> None:
    class Files(BaseModel):
        files: fw.UploadFile

    Files.__annotations__ = {"files": fw.UploadFile}
    Files.model_rebuild(force=True, _types_namespace={"fw": fw})
    Files(files="text")


@begins(
    "1 validation error for ServerSentEvent\nevent\n  Value error, SSE 'event' must be a single "
)
def an_event_of_two_lines(fw: Framework, *_: Any) -> None:
    fw.module("sse").ServerSentEvent(event="a\nb")


@begins(
    "1 validation error for ServerSentEvent\nid\n  Value error, SSE 'id' must not contain null c"
)
def an_event_with_a_nul(fw: Framework, *_: Any) -> None:
    fw.module("sse").ServerSentEvent(id="\0")


@begins(
    "1 validation error for ServerSentEvent\n  Value error, Cannot set both 'data' and 'raw_data' "
    "on the same ServerSentEvent"
)
def an_event_with_data_twice(fw: Framework, *_: Any) -> None:
    fw.module("sse").ServerSentEvent(data=1, raw_data="1")


@begins("UJSONResponse is deprecated, FastAPI now serializes data directly to JSON bytes")
def a_response_by_ujson(fw: Framework, *_: Any) -> None:
    response_without_encoder(fw, "UJSONResponse")


@begins("ORJSONResponse is deprecated, FastAPI now serializes data directly to JSON bytes")
def a_response_by_orjson(fw: Framework, *_: Any) -> None:
    response_without_encoder(fw, "ORJSONResponse")


def response_without_encoder(fw: Framework, name: str) -> None:
    with contextlib.suppress(AssertionError):
        getattr(fw.module("responses"), name)({})


@begins("orjson must be installed to use ORJSONResponse")
def orjson_that_is_missing(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setitem(sys.modules, "orjson", None)
    patch.setattr(fw.module("responses"), "orjson", None, raising=False)
    fw.module("responses").ORJSONResponse({})


@begins("ujson must be installed to use UJSONResponse")
def ujson_that_is_missing(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setitem(sys.modules, "ujson", None)
    patch.setattr(fw.module("responses"), "ujson", None, raising=False)
    fw.module("responses").UJSONResponse({})


# The document


@begins("Duplicate Operation ID same for function <lambda> at ")
def two_operations_with_one_id(fw: Framework, *_: Any) -> None:
    app = fw.FastAPI()
    app.get("/a", operation_id="same")(lambda: None)
    app.get("/b", operation_id="same")(lambda: None)
    app.openapi()


@begins("fastapi.openapi.utils.generate_operation_id() was deprecated, ")
def an_operation_id_by_route(fw: Framework, *_: Any) -> None:
    app = fw.FastAPI(openapi_url=None)
    app.get("/")(lambda: None)
    fw.module("openapi.utils").generate_operation_id(route=app.routes[0], method="GET")


@begins("fastapi.utils.generate_operation_id_for_path() was deprecated, it is not used internally")
def an_operation_id_by_path(fw: Framework, *_: Any) -> None:
    fw.module("utils").generate_operation_id_for_path(name="a", path="/", method="GET")


@begins('To use the fastapi command, please install "fastapi[standard]"')
def a_command_line_that_is_not_installed(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(fw.module("cli"), "cli_main", None)
    fw.module("cli").main()


@begins("Methods must be a list")
def an_operation_without_methods(fw: Framework, *_: Any) -> None:
    app = fw.FastAPI()
    app.get("/")(lambda: None)
    app.routes[-1].methods = None
    fw.module("openapi.utils").get_openapi_path(
        route=app.routes[-1], operation_ids=set(), model_name_map={}, field_mapping={}
    )


@begins("A response class is needed to generate OpenAPI")
def an_operation_without_a_response_class(fw: Framework, *_: Any) -> None:
    app = fw.FastAPI()
    app.get("/", response_class=None)(lambda: None)
    app.openapi()


# Frontends


@begins("A frontend path cannot be empty")
def a_frontend_nowhere(fw: Framework, _: Any, folder: Path) -> None:
    fw.FastAPI().frontend("", directory=folder)


@begins("A frontend path must start with '/'")
def a_frontend_without_a_slash(fw: Framework, _: Any, folder: Path) -> None:
    fw.FastAPI().frontend("x", directory=folder)


@begins("fallback must be 'auto', 'index.html', '404.html', or None")
def a_frontend_with_an_unknown_fallback(fw: Framework, _: Any, folder: Path) -> None:
    fw.FastAPI().frontend("/", directory=folder, fallback="other.html")


@begins("Frontend directory '/no/such/place' does not exist. Resolved absolute path: '/no/such/pla")
def a_frontend_without_a_directory(fw: Framework, *_: Any) -> None:
    fw.FastAPI().frontend("/", directory="/no/such/place")


@begins("Frontend directory '/no/such/place' does not exist. Resolved absolute path: '/no/such/pla")
def a_frontend_that_is_not_built_yet(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setenv("FASTAPI_ENV", "development")
    fw.FastAPI().frontend("/", directory="/no/such/place")


@begins("Frontend fallback file 'index.html' does not exist in directory '")
def a_frontend_without_its_fallback(fw: Framework, _: Any, folder: Path) -> None:
    fw.FastAPI().frontend("/", directory=folder, fallback="index.html")


@begins("Frontend fallback file '404.html' does not exist in directory '")
def a_frontend_whose_fallback_is_gone(fw: Framework, _: Any, folder: Path) -> None:
    app = fw.FastAPI()
    app.frontend("/", directory=folder, fallback="404.html", check_dir=False)
    get(fw, app, "/page", headers={"accept": "text/html"})


# Telemetry

FAILED = "FastAPI automatic telemetry configuration failed: "


def start(fw: Framework, patch: pytest.MonkeyPatch, endpoint: str, **variables: str) -> None:
    """Start an application where the environment asks for an export of traces."""
    patch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
    patch.setenv("OTEL_SDK_DISABLED", "false")
    for name, value in variables.items():
        patch.setenv(name, value)
    telemetry = {"auto_configure": True, "metrics": False, "logs": False}
    telemetry["tracer_provider"] = object()
    with fw.module("testclient").TestClient(fw.FastAPI(telemetry=telemetry)):
        pass


@begins(FAILED + "FastAPI automatic telemetry supports OTEL_TRACES_EXPORTER=otlp or none")
def an_exporter_of_another_kind(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    start(fw, patch, "http://localhost", OTEL_TRACES_EXPORTER="console")


@begins(FAILED + "FastAPI automatic telemetry requires the OTLP http/protobuf protocol")
def an_exporter_by_another_protocol(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    start(fw, patch, "http://localhost", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")


@begins(FAILED + "Invalid OTLP traces endpoint")
def an_exporter_to_a_relative_address(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    start(fw, patch, "localhost")


@begins(FAILED + "The configured OpenTelemetry tracer provider does not support adding an OTLP ex")
def a_provider_that_takes_no_exporter(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    start(fw, patch, "http://localhost")


@begins(
    FAILED + "Automatic OpenTelemetry export requires fastapi[opentelemetry] or fastapi[standard]"
)
def exporters_that_are_missing(fw: Framework, patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.delitem(sys.modules, "rapide.telemetry.exporters", raising=False)
    for exporter in ("_log_exporter", "metric_exporter", "trace_exporter"):
        patch.setitem(sys.modules, f"opentelemetry.exporter.otlp.proto.http.{exporter}", None)
    start(fw, patch, "http://localhost")


def heard(root: str, row: Row, folder: Path) -> list[Said]:
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch, listening() as said:
        row.provoke(Framework(root), patch, folder)
    return said


@pytest.mark.parametrize("name", TABLE)
def test_a_message_is_of_the_same_kind_and_begins_with_the_same_words(
    name: str, tmp_path: Path
) -> None:
    phrase = TABLE[name].phrase
    theirs, ours = (
        [said for said in heard(root, TABLE[name], tmp_path / root) if phrase in said.text]
        for root in (ORACLE, SUBJECT)
    )
    assert theirs, "the table is wrong"
    assert [said.text[: len(phrase)] for said in ours] == [phrase] * len(theirs)
    for their, our in zip(theirs, ours, strict=True):
        kinds = [kind for kind in our.kinds if kind in their.kinds]
        assert kinds == their.kinds
        assert (our.file == __file__) >= (their.file == __file__)


#: What the table leaves out: where it is, how it begins, and why.
LEFT_OUT = {
    "dependant.call must be a function": "what FastAPI assures itself of",
    "fastapi_middleware_astack not found": "routers answer without an application",
    "fastapi_inner_astack not found": "routers answer without an application",
    "fastapi_function_astack not found": "routers answer without an application",
    "Cannot specify multiple FastAPI annotations": "other assertions come before it",
    "Params must be subclasses of Param": "what FastAPI assures itself of",
    "request_body_to_args() should be called": "what FastAPI assures itself of",
    "A request body must be a Pydantic Field": "what FastAPI assures itself of",
    "email-validator not installed": "it depends on what is installed at import",
    "FastAPI telemetry cleanup failed": "it needs exporters that fail at exit",
}

#: Functions that take a message.
SAYING = {"warnings.warn", "logger.warning", "logger.error", "logger.exception"}


def literal_beginnings(source: Path) -> Iterator[str]:
    """Give the literal beginnings of the messages in a module."""
    for node in ast.walk(ast.parse(source.read_text())):
        for message in messages_of(node):
            text = message.values[0] if isinstance(message, ast.JoinedStr) else message
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value.partition("%s")[0]


def messages_of(node: ast.AST) -> Iterator[ast.expr | None]:
    """Give what a statement, a call or a decorator says."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from node.exc.args[:1]
    elif isinstance(node, ast.Assert):
        yield node.msg
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in SAYING:
        yield from node.args[:1]
        yield from (word.value for word in node.keywords if word.arg == "message")
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        decorators = [item for item in node.decorator_list if isinstance(item, ast.Call)]
        for decorator in decorators:
            if ast.unparse(decorator.func) == "deprecated":
                yield from decorator.args[:1]


def test_the_table_has_every_message_that_fastapi_has(tmp_path: Path) -> None:
    said = "\n".join(
        said.text for name, row in TABLE.items() for said in heard(ORACLE, row, tmp_path / name)
    )
    package = Path(importlib.import_module(ORACLE).__file__ or "").parent
    missing = {
        f"{path.relative_to(package)}: {text}"
        for path in package.rglob("*.py")
        for text in literal_beginnings(path)
        if text not in said and not text.startswith(tuple(LEFT_OUT))
    }
    assert missing == set()

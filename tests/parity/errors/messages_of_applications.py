"""Messages about applications, values, documents, frontends and telemetry."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from ..harness import Framework
from .messages import begins, get

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

"""Documents against FastAPI's, for the same applications."""

import functools
import importlib
import inspect
import json
import warnings
from types import SimpleNamespace

import pytest
from pydantic import BaseModel, ValidationError

from rapide import APIRouter, FastAPI
from rapide.openapi import utils
from rapide.responses import JSONResponse

from .samples import SAMPLES

SUBMODULES = ("responses", "security", "sse")


def framework(name):
    package = importlib.import_module(name)
    modules = {module: importlib.import_module(f"{name}.{module}") for module in SUBMODULES}
    return SimpleNamespace(**vars(package) | modules)


def document(sample, name):
    """The document as JSON, and what was warned of while it was made."""
    app = sample(framework(name))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        text = json.dumps(app.openapi())
    return text, sorted(str(warning.message) for warning in caught)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_the_document_of_an_application_is_fastapis(sample):
    ours, our_warnings = document(sample, "rapide")
    theirs, their_warnings = document(sample, "fastapi")
    assert json.loads(ours) == json.loads(theirs)
    assert ours == theirs, "the same content in another order"
    assert our_warnings == their_warnings


@pytest.mark.parametrize(
    "name",
    [
        "get_openapi",
        "get_openapi_path",
        "get_fields_from_routes",
        "get_openapi_operation_metadata",
        "get_openapi_operation_request_body",
        "generate_operation_id",
        "generate_operation_summary",
    ],
)
def test_a_function_takes_the_arguments_of_fastapis(name):
    theirs = importlib.import_module("fastapi.openapi.utils")

    def arguments(module):
        parameters = inspect.signature(getattr(module, name)).parameters.values()
        return [(p.name, p.default, p.kind) for p in parameters]

    assert arguments(utils) == arguments(theirs)


@pytest.mark.parametrize(
    "name",
    ["validation_error_definition", "validation_error_response_definition", "status_code_ranges"],
)
def test_a_public_value_is_fastapis(name):
    theirs = importlib.import_module("fastapi.openapi.utils")
    assert getattr(utils, name) == getattr(theirs, name)


class Thing(BaseModel):
    name: str


def things():
    app = FastAPI()

    @app.put("/things/{key}", tags=["t"], deprecated=True)
    def put_thing(key: int, thing: Thing) -> Thing: ...

    return app


def test_one_route_is_described_alone():
    (route,) = (route for route in things().routes if route.name == "put_thing")
    fields = utils.get_fields_from_routes([route])
    mapping, definitions = utils.get_definitions(fields=fields, model_name_map={})
    operation_ids = set()
    operations, schemes, added = utils.get_openapi_path(
        route=route, operation_ids=operation_ids, model_name_map={}, field_mapping=mapping
    )
    assert list(operations) == ["put"]
    assert operations["put"]["requestBody"] == utils.get_openapi_operation_request_body(
        body_field=route.body_field, model_name_map={}, field_mapping=mapping
    )
    assert list(definitions) == ["Thing"]
    assert set(added) == {"ValidationError", "HTTPValidationError"}
    assert schemes == {}
    assert operation_ids == {route.unique_id}


def test_a_route_without_a_body_has_no_request_body():
    described = utils.get_openapi_operation_request_body(
        body_field=None, model_name_map={}, field_mapping={}
    )
    assert described is None


def test_metadata_warns_of_an_operation_id_that_is_taken():
    (route,) = (route for route in things().routes if route.name == "put_thing")
    with pytest.warns(UserWarning, match=f"Duplicate Operation ID {route.unique_id} for function"):
        operation = utils.get_openapi_operation_metadata(
            route=route, method="PUT", operation_ids={route.unique_id}
        )
    assert operation == {
        "tags": ["t"],
        "summary": "Put Thing",
        "operationId": route.unique_id,
        "deprecated": True,
    }


def test_an_operation_id_can_still_be_generated_with_a_warning():
    (route,) = (route for route in things().routes if route.name == "put_thing")
    with pytest.warns(UserWarning, match="deprecated"):
        identifier = utils.generate_operation_id(route=route, method="PUT")
    assert identifier == "put_thing_things__key__put"
    assert utils.generate_operation_summary(route=route, method="PUT") == "Put Thing"


def test_a_document_that_is_not_openapi_is_refused():
    app = FastAPI(openapi_tags=[{"description": "no name"}])
    with pytest.raises(ValidationError, match="name"):
        app.openapi()


def test_routes_need_no_application():
    router = APIRouter(prefix="/r")

    @router.get("/a")
    def a() -> int: ...

    outer = APIRouter()
    outer.include_router(router, prefix="/p")
    made = utils.get_openapi(title="T", version="1", routes=outer.routes)
    assert list(made["paths"]) == ["/p/r/a"]
    assert "components" not in made


def test_adding_to_the_schema_of_one_route_changes_no_other():
    app = FastAPI()
    extra = {"responses": {"422": {"description": "Own"}}}

    @app.get("/a/{a}", openapi_extra=extra)
    def a(a: int) -> None: ...

    @app.get("/b/{b}")
    def b(b: int) -> None: ...

    paths = app.openapi()["paths"]
    assert paths["/a/{a}"]["get"]["responses"]["422"]["description"] == "Own"
    assert paths["/b/{b}"]["get"]["responses"]["422"]["description"] == "Validation Error"


def test_importing_the_package_does_not_import_the_models_of_the_document():
    import subprocess
    import sys

    program = (
        "import rapide, sys; print([m for m in sys.modules if m.startswith('rapide.openapi')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def _with_keyword(self, content=None, *, status_code=203): ...


def _with_other_default(self, content=None, status_code=202, headers=None): ...


@functools.wraps(_with_other_default)
def _wrapped(self, *args, **kwargs): ...


@pytest.mark.parametrize(
    ("init", "status"),
    [
        (_with_keyword, 203),
        (_with_other_default, 202),
        (_wrapped, 202),
        (lambda self, status_code: None, 200),
        (lambda self, status_code=None: None, 200),
        (functools.partialmethod(_with_other_default, status_code=201), 201),
    ],
)
def test_the_default_status_is_that_of_the_response_class(init, status):
    cls = type("Answer", (JSONResponse,), {"__init__": init})
    app = FastAPI()
    app.get("/", response_class=cls)(lambda: 1)
    assert list(app.openapi()["paths"]["/"]["get"]["responses"]) == [str(status)]

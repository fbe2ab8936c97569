"""Private functions of FastAPI that mean the same here give the same results."""

from io import BytesIO
from typing import Annotated, Any

from anyio import run
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, Json

from ..harness import Framework, same_value

# The same results


class Choice(BaseModel):
    a: int = 1
    b: list[str] = Field([], validation_alias=AliasChoices("b", "bb"))


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")
    c: str = "c"


def fields_of(fw: Framework) -> dict[str, Any]:
    """Body fields of several shapes, by name."""

    def endpoint(
        single: Annotated[str, fw.Form()],
        many: Annotated[list[int], fw.Form(alias="m")],
        text: Annotated[Json[list[int]], fw.Form()],
        file: Annotated[bytes, fw.File()],
        files: Annotated[tuple[bytes, ...], fw.File()],
        upload: fw.UploadFile,
        model: Annotated[Choice, fw.Form()],
        optional: Annotated[Choice | None, fw.Form()] = None,
        union: Annotated[Choice | Extra, fw.Form()] = None,
        body: Annotated[dict[str, int], fw.Body()] = {},  # noqa: B006
    ) -> None: ...

    get_dependant = fw.dependencies.utils.get_dependant
    dependant = get_dependant(path="/", call=endpoint)
    return {field.name: field for field in dependant.body_params}


def forms(fw: Framework) -> list[Any]:
    """Forms with what may stand in them."""
    FormData = fw.datastructures.FormData

    def file(name: str, content: bytes) -> Any:
        return fw.UploadFile(BytesIO(content), size=len(content), filename=name)

    return [
        FormData([]),
        FormData([("single", "x"), ("m", "1"), ("m", "2"), ("text", "[1]"), ("extra", "e")]),
        FormData([("single", ""), ("m", ""), ("extra", "1"), ("extra", "2")]),
        FormData(
            [("file", file("f", b"1")), ("files", file("g", b"2")), ("upload", file("", b""))]
        ),
        FormData([("files", file("", b"")), ("files", file("g", b"22")), ("b", "1"), ("bb", "2")]),
        FormData([("a", "5"), ("c", "6"), ("d", "7"), ("d", "8")]),
    ]


def shown(value: Any) -> Any:
    """A value as data: files by their name, models by their class, what is missing by name."""
    if isinstance(value, (list, tuple, set)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, (str, int, float, bytes, type(None))):
        return repr(value)
    for attribute in ("filename", "name"):
        if hasattr(value, attribute):
            return [type(value).__name__, getattr(value, attribute)]
    return repr(value)


@same_value
def test_questions_about_form_fields_are_answered_alike(fw):
    utils = fw.dependencies.utils
    return {
        name: shown(
            [
                utils._get_form_models(field),
                utils._get_form_model(field),
                utils._is_json_field(field),
                utils._get_param_model(field),
                utils._get_model_type(field.field_info.annotation),
                utils._get_form_union_models(field.field_info.annotation),
                utils._get_param_aliases(field),
                utils._should_embed_body_fields([field]),
            ]
        )
        for name, field in fields_of(fw).items()
    }


@same_value
def test_forms_are_taken_apart_alike(fw):
    utils = fw.dependencies.utils
    fields = fields_of(fw)
    found: list[Any] = []

    async def extract() -> None:
        for form in forms(fw):
            found.append(
                [shown(item) for item in utils._extract_form_items([*fields.values()], form)]
            )
            found.append(
                [shown(item) async for item in utils._extract_form_body([*fields.values()], form)]
            )
            for name, field in fields.items():
                found.append(
                    [name, shown(utils._get_multidict_value(field, form, alias=field.alias))]
                )
                models = utils._get_form_models(field)
                if models:
                    content = await utils._extract_form_model(field, models, form)
                    found.append(shown(content))
            found.append(shown(list(utils._get_multidict_extras(form, {"extra"}))))
            for model in (Choice, Extra):
                found.append(utils._is_form_model_supplied(model, form))
            for value in form.values():
                found.append(utils._is_empty_file_input(value))
                if hasattr(value, "filename"):
                    found.append(shown(await utils._read_file_bytes(value)))

    run(extract)
    return found


@same_value
def test_values_are_validated_alike(fw):
    utils = fw.dependencies.utils
    fields = fields_of(fw)
    Undefined = utils.Undefined
    found = []
    for name in ("single", "many", "optional", "body"):
        for value in (Undefined, "1", ["1"], {"a": "2"}, {"a": "x"}):
            result = utils._validate_value_with_model_field(
                field=fields[name], value=value, values={}, loc=("body", name)
            )
            found.append(shown(result))
    for value in ({"a": ["1"], "b": "2", "d": None}, {"bb": ["1", "2"], "b": []}, "text", None):
        found.append(shown(utils._normalize_form_model(value, model=Choice)))

    def endpoint(
        query: Annotated[Choice, fw.Query()], header: Annotated[Extra | None, fw.Header()] = None
    ) -> None: ...

    dependant = utils.get_dependant(path="/", call=endpoint)
    for received in ("", "a=1&b=2&bb=3", "b=1&b=2", "a=x"):
        params = fw.datastructures.QueryParams(received)
        args = utils._request_param_model_to_args(dependant.query_params[0], Choice, params)
        found.append(shown(args))
    for headers in ({}, {"c": "1", "x-y": "2"}):
        received = fw.datastructures.Headers(headers)
        args = utils._request_param_model_to_args(dependant.header_params[0], Extra, received)
        found.append(shown(args))
    union = utils._add_form_union_validators(Choice | None | Extra)
    found.append([getattr(item, "__origin__", item).__name__ for item in union.__args__])
    found.append(
        fw._compat.v2._regenerate_error_with_loc(errors=[{"loc": ("a",)}], loc_prefix=("b",))
    )
    found.append([fw._compat.v2._has_computed_fields(fields[name]) for name in ("body", "model")])
    return shown(found)


@same_value
def test_the_parts_of_an_operation_are_described_alike(fw):
    scheme = fw.security.OAuth2PasswordBearer("token", scopes={"a": "A"})

    def dependency(
        q: int, x_token: Annotated[str, fw.Header(description="d")], token: str = fw.Depends(scheme)
    ) -> None: ...

    def endpoint(
        i: Annotated[int, fw.Path(examples=[1])],
        q: Annotated[int, fw.Query(deprecated=True)],
        model: Annotated[Extra, fw.Query()],
        hidden: Annotated[int, fw.Query(include_in_schema=False)] = 1,
        d: Any = fw.Security(dependency, scopes=["a"]),
        session: Annotated[str | None, fw.Cookie()] = None,
    ) -> None: ...

    app = fw.FastAPI()
    app.get("/{i}")(endpoint)
    utils = fw.openapi.utils
    data = utils._get_openapi_dependency_data(app.routes[-1].dependant)
    fields = utils.get_fields_from_routes(app.routes)
    names = fw._compat.get_model_name_map(
        fw._compat.get_flat_models_from_fields(fields, known_models=set())
    )
    mapping, _ = fw._compat.get_definitions(
        fields=fields, model_name_map=names, separate_input_output_schemas=True
    )
    parameters = utils._get_openapi_operation_parameters(
        dependency_data=data, model_name_map=names, field_mapping=mapping
    )
    kinds = ("path_params", "query_params", "header_params", "cookie_params")
    return {
        "fields": {kind: [field.name for field in getattr(data, kind)] for kind in kinds},
        "security": [[item.call is scheme, scopes] for item, scopes in data.security_dependencies],
        "definitions": list(utils._get_openapi_security_definitions(data.security_dependencies)),
        "parameters": parameters,
        "empty": vars(utils._OpenAPIDependencyData()),
        "described": [
            utils._get_api_route_for_openapi(context) is not None
            for context in fw.routing.iter_route_contexts(app.routes)
        ],
    }


@same_value
def test_the_scope_and_paths_of_frontends_are_read_alike(fw):
    routing = fw.routing
    scope: dict[str, Any] = {"type": "http"}
    found: list[Any] = [routing._get_fastapi_scope(scope) is scope["fastapi"]]
    routing._update_scope(scope, {"a": 1, "fastapi": {"included_router": "r"}})
    routing._apply_router_form_limits(scope, {"max_files": 1})
    routing._apply_router_form_limits(scope, {"max_fields": 2})
    found += [scope, routing._get_scope_included_router(scope)]
    found.append(routing._resolve_form_limits(scope["fastapi"], {"max_files": 3}))
    for path in ("/", "/a", "/a/"):
        normal = routing._normalize_frontend_path(path)
        found.append([normal, routing._frontend_path_specificity(normal)])
        found.append([routing._join_frontend_paths(prefix, normal) for prefix in ("", "/p")])
    found.append(routing._get_resolved_absolute_path("/a/../b"))
    found.append(routing._resolve_frontend_check_dir(directory="/no", check_dir="auto"))
    keys = "EFFECTIVE_ROUTE_CONTEXT FORM_LIMITS FRONTEND_PATH FRONTEND_SPECIFICITY INCLUDED_ROUTER"
    found += [getattr(routing, f"_FASTAPI_{key}_KEY") for key in keys.split()]
    return found


@same_value
def test_routes_that_are_put_behind_all_others_are_served_last(fw):
    app = fw.FastAPI()

    def answer(request: Any) -> Any:
        return fw.responses.PlainTextResponse("last")

    router = app.router
    before = router._get_routes_version()
    from starlette.routing import Route

    router._low_priority_routes.append(Route("/{path:path}", answer))
    app.get("/x")(lambda: "first")
    client = fw.testclient.TestClient(app)
    answers = [client.get(path).text for path in ("/x", "/y")] + [client.post("/y").status_code]
    router._mark_routes_changed()
    return [answers, router._get_routes_version() > before, router._frontend_routes]


@same_value
def test_callables_are_looked_through_alike(fw):
    from functools import partial, wraps

    def one(q: int = 1) -> int:
        return q

    @wraps(one)
    def two() -> int:
        return 2

    models, routing = fw.dependencies.models, fw.routing
    dependant, body, embed = routing._build_dependant_with_parameterless_dependencies(
        path="/", call=one, dependencies=[fw.Depends(two)]
    )
    return [
        models._unwrapped_call(partial(two)) is one,
        models._impartial(partial(partial(one))) is one,
        [len(dependant.dependencies), dependant.dependencies[0].call is two, body, embed],
        routing._extract_endpoint_context(one)["function"],
        fw.openapi.docs._html_safe_json("<a>&"),
        isinstance(fw.Depends(one, max_concurrency=2).concurrency, models._DependencyConcurrency),
    ]


@same_value
def test_exporters_from_the_environment_have_their_functions(fw):
    runtime = fw.module("telemetry._runtime")
    from opentelemetry import trace

    return [
        runtime._export_endpoint("TRACES"),
        runtime._registration_provider("provider"),
        [runtime._owned, runtime._configured],
        runtime._unconfigured(trace.ProxyTracerProvider()),
        runtime._configure_from_environment({"auto_configure": False}),
    ]

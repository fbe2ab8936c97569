"""Names that FastAPI's modules have only because they import them for their own use.

COMPAT: FastAPI 0.165. Applications import them from there too (`from fastapi.routing import
Request`), often because an editor suggested it. `ProblemDetails` is ours: it is in an annotation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any

#: The modules that the names come from. `HTTPBase=HTTPBaseModel` is imported under another name.
_HOMES = {
    "anyio": "CancelScope CapacityLimiter Semaphore",
    "anyio.abc": "ObjectReceiveStream",
    "anyio.lowlevel": "RunVar checkpoint_if_cancelled",
    "collections.abc": """AsyncGenerator AsyncIterable AsyncIterator Awaitable Callable Collection
        Coroutine Generator Iterable Iterator Mapping Sequence""",
    "contextlib": """AbstractAsyncContextManager AbstractContextManager AsyncExitStack
        asynccontextmanager contextmanager""",
    "contextvars": "ContextVar",
    "copy": "copy deepcopy",
    "dataclasses": "dataclass field",
    "enum": "Enum IntEnum",
    "functools": "lru_cache partial",
    "pydantic": """AfterValidator AliasChoices AliasPath AnyUrl BaseModel BeforeValidator ConfigDict
        Discriminator Field GetJsonSchemaHandler GetPydanticSchema Json NameEmail
        PydanticSchemaGenerationError Tag create_model model_validator""",
    "pydantic.fields": "FieldInfo",
    "pydantic_core": "CoreSchema",
    "pydantic_core.core_schema": "with_info_plain_validator_function",
    "rapide._body_limit": """AppBodyLimitMiddleware MAX_BODY_SIZE_SCOPE_KEY get_body_limit_error
        get_body_size_limit validate_max_body_size wrap_app_with_body_limit""",
    "rapide._compat": """ModelField RequiredParam Undefined annotation_is_pydantic_v1
        copy_field_info create_body_model evaluate_forwardref field_annotation_is_scalar
        field_annotation_is_scalar_sequence field_annotation_is_sequence get_cached_model_fields
        get_missing_field_error get_schema_from_model_field is_bytes_or_nonable_bytes_annotation
        is_bytes_sequence_annotation is_pydantic_v1_model_instance is_scalar_field
        is_uploadfile_or_nonable_uploadfile_annotation is_uploadfile_sequence_annotation
        lenient_issubclass sequence_types serialize_sequence_value value_is_sequence""",
    "rapide.background": "BackgroundTasks",
    "rapide.cli": "main=cli_main",
    "rapide.concurrency": "contextmanager_in_threadpool",
    "rapide.datastructures": "Default DefaultPlaceholder",
    "rapide.dependencies.models": "Dependant",
    "rapide.dependencies.utils": """get_flat_params get_parameterless_sub_dependant
        get_stream_item_type get_typed_return_annotation""",
    "rapide.exception_handlers": """http_exception_handler request_validation_exception_handler
        websocket_request_validation_exception_handler""",
    "rapide.exceptions": """DependencyScopeError EndpointContext FastAPIDeprecationWarning
        FastAPIError PydanticV1NotSupportedError RequestValidationError ResponseValidationError
        WebSocketRequestValidationError""",
    "rapide.logger": "logger",
    "rapide.middleware.asyncexitstack": "AsyncExitStackMiddleware",
    "rapide.openapi.constants": "METHODS_WITH_BODY REF_PREFIX",
    "rapide.openapi.docs": """get_redoc_html get_swagger_ui_html
        get_swagger_ui_oauth2_redirect_html""",
    "rapide.openapi.models": """APIKey APIKeyIn Example HTTPBase=HTTPBaseModel
        HTTPBearer=HTTPBearerModel OAuth2=OAuth2Model OAuthFlows=OAuthFlowsModel OpenAPI
        OpenIdConnect=OpenIdConnectModel SecurityBase=SecurityBaseModel""",
    "rapide.openapi.utils": "get_openapi",
    "rapide.params": "Body Depends ParamTypes",
    "rapide.problems": "ProblemDetails",
    "rapide.security.base": "SecurityBase",
    "rapide.security.scopes": "SecurityScopes",
    "rapide.sse": "EventSourceResponse KEEPALIVE_COMMENT ServerSentEvent format_sse_event",
    "rapide.telemetry": "TelemetryConfig get_telemetry_data",
    "rapide.types": "DecoratedCallable DependencyCacheKey IncEx UnionType",
    "rapide.utils": """create_model_field deep_dict_update generate_operation_id_for_path
        generate_unique_id get_path_param_names get_value_or_default
        is_body_allowed_for_status_code""",
    "starlette._exception_handler": "wrap_app_handling_exceptions",
    "starlette._utils": "get_route_path is_async_callable iscoroutinefunction",
    "starlette.background": "BackgroundTasks=StarletteBackgroundTasks",
    "starlette.concurrency": "iterate_in_threadpool run_in_threadpool",
    "starlette.datastructures": """FormData Headers ImmutableMultiDict QueryParams URL URLPath
        UploadFile""",
    "starlette.exceptions": "HTTPException",
    "starlette.middleware": "Middleware",
    "starlette.middleware.base": "BaseHTTPMiddleware",
    "starlette.middleware.errors": "ServerErrorMiddleware",
    "starlette.middleware.exceptions": "ExceptionMiddleware",
    "starlette.requests": "HTTPConnection Request",
    "starlette.responses": """HTMLResponse JSONResponse PlainTextResponse RedirectResponse Response
        StreamingResponse""",
    "starlette.routing": "BaseRoute NoMatchFound",
    "starlette.staticfiles": "StaticFiles",
    "starlette.status": "HTTP_401_UNAUTHORIZED",
    "starlette.types": "ASGIApp AppType ExceptionHandler Lifespan Receive Scope Send",
    "starlette.websockets": "WebSocket",
    "typing": """Annotated Any ForwardRef Literal Optional Protocol TYPE_CHECKING TypeVar Union cast
        get_args get_origin""",
    "typing_extensions": "Doc deprecated deprecated=typing_deprecated",
    "typing_inspection.typing_objects": "is_typealiastype",
}

#: The imported names of each module.
_NAMES = {
    "applications": """Annotated AppBodyLimitMiddleware AsyncExitStackMiddleware Awaitable
        BaseHTTPMiddleware Coroutine DefaultPlaceholder Depends Doc Enum ExceptionHandler
        ExceptionMiddleware HTMLResponse HTTPException IncEx Lifespan ProblemDetails
        RequestValidationError ServerErrorMiddleware TelemetryConfig WebSocketRequestValidationError
        get_openapi get_redoc_html get_swagger_ui_html get_swagger_ui_oauth2_redirect_html
        http_exception_handler request_validation_exception_handler
        websocket_request_validation_exception_handler""",
    "background": "Annotated Doc",
    "cli": "cli_main",
    "concurrency": """AbstractAsyncContextManager CancelScope CapacityLimiter RunVar Semaphore
        checkpoint_if_cancelled""",
    "datastructures": "Annotated Any Callable Doc GetJsonSchemaHandler Mapping TypeVar cast",
    "dependencies.models": """Any Callable DependencyCacheKey Literal ModelField SecurityBase
        dataclass field iscoroutinefunction lru_cache partial""",
    "dependencies.utils": """AliasChoices AliasPath Annotated AsyncExitStack AsyncGenerator
        AsyncIterable AsyncIterator BackgroundTasks BaseModel BeforeValidator Callable CancelScope
        ConfigDict CoreSchema DependencyCacheKey DependencyScopeError FieldInfo FormData ForwardRef
        Generator GetJsonSchemaHandler GetPydanticSchema HTTPConnection Headers ImmutableMultiDict
        Iterable Iterator Json Literal Mapping ModelField QueryParams Request RequiredParam Response
        SecurityScopes Sequence StarletteBackgroundTasks Tag Undefined Union UnionType UploadFile
        WebSocket asynccontextmanager cast contextmanager contextmanager_in_threadpool copy
        copy_field_info create_body_model create_model_field dataclass deepcopy evaluate_forwardref
        field_annotation_is_scalar field_annotation_is_scalar_sequence field_annotation_is_sequence
        get_args get_cached_model_fields get_missing_field_error get_origin get_path_param_names
        is_bytes_or_nonable_bytes_annotation is_bytes_sequence_annotation is_scalar_field
        is_typealiastype is_uploadfile_or_nonable_uploadfile_annotation
        is_uploadfile_sequence_annotation logger partial run_in_threadpool
        sequence_types serialize_sequence_value value_is_sequence""",
    "encoders": """Annotated AnyUrl Color Doc NameEmail PyExtraColor
        is_pydantic_v1_model_instance""",
    "exception_handlers": "is_body_allowed_for_status_code",
    "exceptions": "Annotated BaseModel Doc create_model",
    "openapi.docs": "Annotated Doc",
    "openapi.models": """Callable Iterable Mapping Optional Union logger typing_deprecated
        with_info_plain_validator_function""",
    "openapi.utils": """get_flat_params Body DefaultPlaceholder Dependant DependencyCacheKey
        FastAPIDeprecationWarning JSONResponse Literal METHODS_WITH_BODY ModelField OpenAPI
        ParamTypes REF_PREFIX Response cast dataclass deep_dict_update field
        generate_operation_id_for_path get_schema_from_model_field is_body_allowed_for_status_code
        lenient_issubclass""",
    "param_functions": """AliasChoices AliasPath Annotated Discriminator Doc Example
        deprecated""",
    "params": "Annotated Example deprecated",
    "responses": "Any FastAPIDeprecationWarning Protocol cast deprecated orjson ujson",
    "routing": """ASGIApp AbstractAsyncContextManager AbstractContextManager Annotated Any AppType
        AsyncExitStack AsyncIterator Awaitable BaseRoute Callable Collection ContextVar Coroutine
        DecoratedCallable Default DefaultPlaceholder Dependant Doc EndpointContext Enum
        EventSourceResponse FastAPIError Generator HTTPException IncEx IntEnum Iterator JSONResponse
        KEEPALIVE_COMMENT Lifespan Literal MAX_BODY_SIZE_SCOPE_KEY Mapping Middleware ModelField
        NoMatchFound ObjectReceiveStream PlainTextResponse Protocol Receive RedirectResponse Request
        RequestValidationError Response ResponseValidationError Scope Send Sequence ServerSentEvent
        StaticFiles StreamingResponse TypeVar URL URLPath Undefined WebSocket
        WebSocketRequestValidationError asynccontextmanager cast create_model_field dataclass
        deprecated field format_sse_event generate_unique_id get_body_limit_error
        get_body_size_limit get_parameterless_sub_dependant get_route_path get_stream_item_type
        get_telemetry_data get_typed_return_annotation get_value_or_default is_async_callable
        is_body_allowed_for_status_code iterate_in_threadpool lenient_issubclass
        validate_max_body_size wrap_app_handling_exceptions wrap_app_with_body_limit""",
    "security.api_key": """APIKey APIKeyIn Annotated Doc HTTPException HTTP_401_UNAUTHORIZED
        SecurityBase""",
    "security.base": "SecurityBaseModel",
    "security.http": """Annotated Doc HTTPBaseModel HTTPBearerModel HTTP_401_UNAUTHORIZED
        SecurityBase""",
    "security.oauth2": "Doc HTTP_401_UNAUTHORIZED OAuth2Model OAuthFlowsModel SecurityBase cast",
    "security.open_id_connect_url": """Annotated Doc HTTPException HTTP_401_UNAUTHORIZED
        OpenIdConnectModel SecurityBase""",
    "sse": "AfterValidator Annotated BaseModel Doc Field model_validator",
    "types": "BaseModel Union",
    "utils": """FieldInfo Literal ModelField PydanticSchemaGenerationError
        PydanticV1NotSupportedError TYPE_CHECKING Undefined annotation_is_pydantic_v1""",
}

#: The modules that each module imports.
_MODULES = {
    "dependencies.models": "inspect sys",
    "dependencies.utils": "dataclasses inspect params sys",
    "openapi.utils": "copy http inspect routing",
    "param_functions": "re",
    "responses": "importlib",
    "routing": """anyio contextlib copy email errno functools inspect json math os params routing
        stat threading types warnings""",
    "security.http": "binascii",
    "utils": "fastapi",
}
_RENAMED_MODULES = {
    ("dependencies.utils", "params"): "rapide.params",
    ("openapi.utils", "routing"): "rapide.routing",
    ("routing", "params"): "rapide.params",
    ("routing", "routing"): "starlette.routing",
    ("utils", "fastapi"): "rapide",
}

#: Names that a module makes when they are first used.
_MADE_LATER = {
    "encoders": "ENCODERS_BY_TYPE encoders_by_class_tuples",
    "exceptions": "RequestErrorModel WebSocketErrorModel",
    "types": "IncEx ModelNameMap",
    "sse": "ServerSentEvent",
}


def _module_or_none(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None


def _color(module: str) -> Any:
    """Return a class of an optional package, or a class without instances if it is missing."""
    found = _module_or_none(module)
    return type("Color", (), {}) if found is None else found.Color


_OPTIONAL: dict[str, Callable[[], object]] = {
    "Color": partial(_color, "pydantic.color"),
    "PyExtraColor": cache(partial(_color, "pydantic_extra_types.color")),
    "orjson": partial(_module_or_none, "orjson"),
    "ujson": partial(_module_or_none, "ujson"),
}


@cache
def _homes() -> dict[str, tuple[str, str]]:
    found = {}
    for module, names in _HOMES.items():
        for entry in names.split():
            original, _, renamed = entry.partition("=")
            found[renamed or original] = module, original
    return found


def _find(name: str) -> Any:
    if name in _OPTIONAL:
        return _OPTIONAL[name]()
    home, original = _homes()[name]
    return getattr(import_module(home), original)


def add_imported_names(module: str) -> None:
    """Add to a module of Rapide the names that FastAPI's module of the same name imports.

    They are looked up at each use and hidden from type checkers, as in FastAPI. `dir` and
    `from … import *` know them too.
    """
    namespace = vars(sys.modules[module])
    find_own = namespace.get("__getattr__")
    path = module.partition(".")[2]
    names = _NAMES.get(path, "")
    modules = _MODULES.get(path, "")

    def find(name: str) -> Any:
        if name in names.split():
            return _find(name)
        if name in modules.split():
            return import_module(_RENAMED_MODULES.get((path, name), name))
        if name.startswith("_") and not name.endswith("__"):
            from rapide._private_names import find_private

            found = find_private(path, name)
            if found is not None:
                return found
        if name == "__all__":
            return [known for known in list_names() if not known.startswith("_")]
        if find_own is not None:
            return find_own(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    def list_names() -> list[str]:
        lazy = f"{names} {modules} {_MADE_LATER.get(path, '')}"
        return sorted({*namespace, *lazy.split()})

    namespace["__getattr__"] = find
    namespace["__dir__"] = list_names
    if "__all__" in namespace:
        namespace["__all__"] += [*names.split(), *modules.split()]

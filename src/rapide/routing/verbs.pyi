# Made from `verbs.py` by `scripts/write_stubs.py`: change that, not this.
"""The methods of applications and routers that add routes with the options of `options.py`."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from rapide import params
from rapide._form_limits import FormLimits
from rapide.datastructures import Default
from rapide.distributed.cache import Cache
from rapide.distributed.idempotency import Idempotency
from rapide.limits import RequestLimits
from rapide.routing import APIRouter
from rapide.types import Decorator, JsonObject
from rapide.types import IncEx as IncEx
from rapide.utils import generate_unique_id

_C = TypeVar("_C", bound=type)

def with_verbs(verbs: type) -> Callable[[_C], _C]:
    """Return a decorator that puts the methods of `verbs` into a class.

    COMPAT: FastAPI's classes have them in their own dictionaries, and no further base.
    """

class RouterVerbs:
    """The methods of `APIRouter` that add routes."""
    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        methods: set[str] | list[str] | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        route_class_override: Any = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        strict_content_type: bool = Default(True),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> None:
        """Add a route.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            endpoint: Function that answers requests; its parameters say what it reads of them.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            methods: HTTP methods, in any case; GET by default. Other methods are answered with 405.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            route_class_override: Subclass of `APIRoute` for this route, instead of the router's `route_class`.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            strict_content_type: Whether a body is read as JSON only if its `Content-Type` says that it is JSON.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.

        Raises:
            DeclarationError: The endpoint, or one of its dependencies, cannot be served.
        """
    def api_route(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        methods: set[str] | list[str] | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for any methods.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            methods: HTTP methods, in any case; GET by default. Other methods are answered with 405.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.

        Raises:
            DeclarationError: The function, or one of its dependencies, cannot be served.
        """
    def get(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for GET.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def put(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for PUT.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def post(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for POST.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def delete(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for DELETE.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def options(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for OPTIONS.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def head(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for HEAD.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def patch(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for PATCH.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def trace(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for TRACE.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def include_router(
        self,
        router: APIRouter,
        *,
        prefix: str = "",
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        default_response_class: type[Response] = Default(JSONResponse),
        responses: dict[int | str, JsonObject] | None = None,
        callbacks: list[BaseRoute] | None = None,
        deprecated: bool | None = None,
        include_in_schema: bool = True,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        threads: str | None = None,
    ) -> None:
        """Serve the routes of another router here, including routes that it gets later.

        Args:
            router: Router whose routes are served, with those that it gets later.
            prefix: Path in front of the paths of all routes. It begins with `/` and ends without.
            tags: Tags in the document, before those of the included router.
            dependencies: Dependencies of every route, called before those of the included router.
            default_response_class: Class of responses, if neither the route nor its router sets one.
            responses: Further responses of every route in the document; those of the routes prevail.
            callbacks: Routes that describe callbacks of every route (OpenAPI 3.1 section 4.8.18).
            deprecated: Whether the document marks every route as deprecated.
            include_in_schema: Whether the routes are in the document. They are served in either case.
            generate_unique_id_function: Takes a route that sets no function of its own, and returns its id.
            max_body_size: Largest request body of every route in bytes; a larger one is answered with 413. The innermost limit applies.
            form_limits: Limits of form parsing of every route: `max_fields`, `max_files`, `max_part_size` in bytes.
            threads: Name of the lane in whose threads the `def` functions of every route run; the innermost name applies. Not in FastAPI.

        Raises:
            NotARouterError: The object is not a router. It may be an application.
            AssertionError: The prefix is malformed, or the router would contain itself.
            FastAPIError: A route would have neither prefix nor path.
        """

class ApplicationVerbs:
    """The methods of `FastAPI` that add routes."""
    def __init__(self) -> None:
        """An application: routes, their document, middleware and exception handlers.

        Args:
            telemetry: Configuration of OpenTelemetry. Nothing is observed until a provider is set.
            debug: Whether clients see the traceback of an unhandled error. Never set it in production.
            routes: Routes to start with. Deprecated.
            title: Title of the API in the document and on its pages; not empty.
            summary: Short text about the API in the document (OpenAPI 3.1 section 4.8.2).
            description: Text about the API in the document and on its pages (CommonMark).
            version: Version of your API in the document, not of OpenAPI; not empty.
            openapi_url: Path of the document. None disables the document and its pages.
            openapi_tags: Tag Objects in the order of the document (OpenAPI 3.1 section 4.8.22).
            servers: Server Objects, each with a `url` (OpenAPI 3.1 section 4.8.5).
            dependencies: Dependencies, as `Depends(…)`, that every route calls before its own.
            default_response_class: Class of the responses of routes that set none.
            redirect_slashes: Whether 307 redirects `/items/` to `/items`, or back, if only that exists.
            docs_url: Path of Swagger UI. None disables it.
            redoc_url: Path of ReDoc. None disables it.
            swagger_ui_oauth2_redirect_url: Path to which OAuth2 servers redirect Swagger UI.
            swagger_ui_init_oauth: Arguments of Swagger UI's `initOAuth`. Clients can read them.
            middleware: Middleware, the outermost first, as `Middleware(Class, option=…)`.
            exception_handlers: Handlers by exception class or status. Each returns a response.
            on_startup: Functions that are called at the start. Deprecated: use `lifespan`.
            on_shutdown: Functions that are called at the end. Deprecated: use `lifespan`.
            lifespan: Async context manager around serving; a mapping that it yields is `request.state`.
            terms_of_service: URL of the terms of service in the document.
            contact: Contact Object: `name`, `url`, `email` (OpenAPI 3.1 section 4.8.3).
            license_info: License Object: `name`, `identifier` or `url` (OpenAPI 3.1 section 4.8.4).
            root_path: Path prefix that a proxy removes. Deprecated: pass it to the server.
            root_path_in_servers: Whether the document lists the root path as a server.
            responses: Further responses of every route in the document, by status or range.
            callbacks: Routes that describe callbacks of every route (OpenAPI 3.1 section 4.8.18).
            webhooks: Router whose routes describe webhooks in the document. They serve nothing.
            deprecated: Whether the document marks every route as deprecated.
            include_in_schema: Whether the routes are in the document. They are served in either case.
            swagger_ui_parameters: Options of Swagger UI, which prevail over the defaults.
            generate_unique_id_function: Takes a route and returns the id of its operation.
            separate_input_output_schemas: Whether a model has two schemas if input and output differ.
            openapi_external_docs: External Documentation Object (OpenAPI 3.1 section 4.8.11).
            strict_content_type: Whether a body is JSON only if its `Content-Type` says so.
            max_body_size: Largest request body in bytes; 413 answers a larger one. None: no limit.
            limits: Time limit of requests, and how many run at once. Off by default. Not in FastAPI.
            document_errors: Whether the document has the errors that the code raises. Not in FastAPI.
            problem_details: Whether, or how, errors are problem documents (RFC 9457). Not in FastAPI.
            console: Whether `/-/dev` shows requests, by default in `rapide dev` only. Not in FastAPI.
            threads: Number of threads of each lane by its name, as `{"reports": 4}`. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes.

        Raises:
            AssertionError: `title` or `version` is empty, although there is a document.
            ValueError: A limit is out of its range.
        """
    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        methods: set[str] | list[str] | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> None:
        """Add a route.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            endpoint: Function that answers requests; its parameters say what it reads of them.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            methods: HTTP methods, in any case; GET by default. Other methods are answered with 405.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.

        Raises:
            DeclarationError: The endpoint, or one of its dependencies, cannot be served.
        """
    def api_route(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        methods: set[str] | list[str] | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for any methods.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            methods: HTTP methods, in any case; GET by default. Other methods are answered with 405.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.

        Raises:
            DeclarationError: The function, or one of its dependencies, cannot be served.
        """
    def get(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for GET.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def put(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for PUT.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def post(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for POST.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def delete(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for DELETE.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def options(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for OPTIONS.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def head(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for HEAD.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def patch(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for PATCH.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def trace(
        self,
        path: str,
        *,
        response_model: Any = Default(None),
        status_code: int | None = None,
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        summary: str | None = None,
        description: str | None = None,
        response_description: str = "Successful Response",
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        operation_id: str | None = None,
        response_model_include: IncEx | None = None,
        response_model_exclude: IncEx | None = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: type[Response] = Default(JSONResponse),
        name: str | None = None,
        callbacks: list[BaseRoute] | None = None,
        openapi_extra: JsonObject | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: str | None = None,
        cache: Cache | None = None,
        idempotency: Idempotency | bool | None = None,
    ) -> Decorator:
        """Add the decorated function as a route for TRACE.

        Args:
            path: Path below the prefixes, from its first slash on; `{name}` is a path parameter.
            response_model: Type that validates and filters the result, and is in the document. Defaults to the return annotation; None for no model.
            status_code: Status of the response if the endpoint sets none; 200 by default.
            tags: Tags of the operation in the document, after those of the routers above.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used. Those of the routers above are called first.
            summary: Short title of the operation in the document. Defaults to the name in words.
            description: Text of the operation in the document (CommonMark). Defaults to the docstring of the endpoint up to a form feed.
            response_description: Text of the successful response in the document, where it is required.
            responses: Further responses in the document by status, such as 404, or by range, such as "4XX" (OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema.
            deprecated: Whether the document marks the operation as deprecated. Requests are served alike.
            operation_id: Id of the operation, unique in the document. Client generators name methods by it.
            response_model_include: Names of the only members of the result to send, nested ones as a dictionary.
            response_model_exclude: Names of members of the result that are not sent, nested ones as a dictionary.
            response_model_by_alias: Whether members of the result are sent under their aliases.
            response_model_exclude_unset: Whether members that the endpoint has not set are left out of the response.
            response_model_exclude_defaults: Whether members that equal their default are left out of the response.
            response_model_exclude_none: Whether members that are None are left out of the response.
            include_in_schema: Whether the route is in the document. It is served in either case.
            response_class: Class that makes the response from the result, and gives it its media type. A result that is a response is sent as it is.
            name: Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name.
            callbacks: Routes that describe requests which the application makes to its client (OpenAPI 3.1 section 4.8.18). They serve nothing.
            openapi_extra: Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours.
            generate_unique_id_function: Takes the route and returns the id of its operation in the document.
            max_body_size: Largest request body in bytes; a larger one is answered with 413. 0 allows only an empty body. The innermost limit applies.
            limits: Limits of time, concurrency and rates. Those of the application apply too. Not in FastAPI.
            form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. A form that exceeds one is answered with 400.
            threads: Name of the lane in whose threads the `def` functions of the route run; the innermost name applies. Not in FastAPI.
            cache: Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI.
            idempotency: Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. Not in FastAPI.
        """
    def include_router(
        self,
        router: APIRouter,
        *,
        prefix: str = "",
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        responses: dict[int | str, JsonObject] | None = None,
        deprecated: bool | None = None,
        include_in_schema: bool = True,
        default_response_class: type[Response] = Default(JSONResponse),
        callbacks: list[BaseRoute] | None = None,
        generate_unique_id_function: Callable[[Any], str] = Default(generate_unique_id),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        threads: str | None = None,
    ) -> None:
        """Serve the routes of a router, including routes that it gets later.

        Args:
            router: Router whose routes are served, with those that it gets later.
            prefix: Path in front of the paths of all routes. It begins with `/` and ends without.
            tags: Tags in the document, before those of the included router.
            dependencies: Dependencies of every route, called before those of the included router.
            responses: Further responses of every route in the document; those of the routes prevail.
            deprecated: Whether the document marks every route as deprecated.
            include_in_schema: Whether the routes are in the document. They are served in either case.
            default_response_class: Class of responses, if neither the route nor its router sets one.
            callbacks: Routes that describe callbacks of every route (OpenAPI 3.1 section 4.8.18).
            generate_unique_id_function: Takes a route that sets no function of its own, and returns its id.
            max_body_size: Largest request body of every route in bytes; a larger one is answered with 413. The innermost limit applies.
            form_limits: Limits of form parsing of every route: `max_fields`, `max_files`, `max_part_size` in bytes.
            threads: Name of the lane in whose threads the `def` functions of every route run; the innermost name applies. Not in FastAPI.

        Raises:
            NotARouterError: The object is not a router. It may be an application.
            AssertionError: The prefix is malformed.
            FastAPIError: A route would have neither prefix nor path.
        """

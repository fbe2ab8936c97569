# Made from `constructed.py` by `scripts/write_stubs.py`: change that, not this.
"""The constructor of `APIRoute`, which takes the options of `options.py`."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from rapide import params
from rapide._form_limits import FormLimits
from rapide.datastructures import Default
from rapide.distributed.cache import Cache
from rapide.distributed.idempotency import Idempotency
from rapide.limits import RequestLimits
from rapide.types import IncEx as IncEx
from rapide.types import JsonObject, UserCallable
from rapide.utils import generate_unique_id

class ConstructedRoute:
    """A route that is made of a path, an endpoint and options."""
    def __init__(
        self,
        path: str,
        endpoint: UserCallable,
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
        dependency_overrides_provider: object = None,
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
        """Make a route.

        Args:
            path: Path with its parameters, as `/books/{book_id}`.
            endpoint: The function that answers.
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
            dependency_overrides_provider: The object, usually the application, whose `dependency_overrides` apply.
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
    def _rapide_construct(self, path: str, endpoint: UserCallable, said: dict[str, Any]) -> None:
        """Keep the options."""

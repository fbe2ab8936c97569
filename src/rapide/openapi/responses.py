"""Responses Objects: the possible responses of an operation (OpenAPI 3.1 section 4.8.16)."""

from copy import deepcopy
from http import HTTPStatus
from inspect import signature
from types import FunctionType
from typing import TYPE_CHECKING, Final, cast

from starlette.responses import JSONResponse, Response

from rapide.datastructures import DefaultPlaceholder
from rapide.openapi.routes import DocumentedRoute
from rapide.openapi.schemas import FieldSchemas
from rapide.sse import _SSE_EVENT_SCHEMA
from rapide.types import JsonObject
from rapide.utils import deep_dict_update, is_body_allowed_for_status_code

if TYPE_CHECKING:
    from rapide.schema import ModelField

status_code_ranges: dict[str, str] = {
    "1XX": "Information",
    "2XX": "Success",
    "3XX": "Redirection",
    "4XX": "Client Error",
    "5XX": "Server Error",
    "DEFAULT": "Default Response",
}


def describe_responses(route: DocumentedRoute, schemas: FieldSchemas) -> JsonObject:
    """Return the route's own response by status, and the additional responses that it declares."""
    response_class = _response_class(route)
    response: JsonObject = {"description": route.response_description}
    if is_body_allowed_for_status_code(route.status_code) and (
        content := _describe_content(route, response_class, schemas)
    ):
        response["content"] = content
    status = route.status_code
    responses = {str(_default_status(response_class) if status is None else status): response}
    media_type = response_class.media_type or "application/json"
    for declared, additional in (route.responses or {}).items():
        model = route.response_fields.get(declared)
        described = _describe_additional(additional, model, media_type, schemas)
        _add_response(responses, declared, described)
    return responses


def _response_class(route: DocumentedRoute) -> type[Response]:
    declared = route.response_class
    if isinstance(declared, DefaultPlaceholder):
        declared = cast(type[Response], declared.value)
    assert declared, "A response class is needed to generate OpenAPI"
    return declared


def _default_status(response_class: type[Response]) -> int:
    # Response classes state their status as a default of `__init__`: 307 for a redirect.
    declared = _plain_default(response_class.__init__, "status_code")
    if declared is _NOT_PLAIN:
        parameter = signature(response_class.__init__).parameters.get("status_code")
        declared = parameter.default if parameter else None
    return declared if isinstance(declared, int) else 200


_NOT_PLAIN: Final = object()


def _plain_default(function: object, name: str) -> object:
    """Return the default of a positional parameter of a function that has no other signature.

    PERF: startup. `inspect.signature` takes longer than the rest of a route's description.
    """
    if type(function) is not FunctionType or function.__dict__:
        return _NOT_PLAIN
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount][code.co_argcount - len(defaults) :]
    return defaults[names.index(name)] if name in names else _NOT_PLAIN


def _describe_content(
    route: DocumentedRoute, response_class: type[Response], schemas: FieldSchemas
) -> JsonObject:
    """Return the Media Type Object of the route's own response, by media type."""
    item = schemas.schema(route.stream_item_field) if route.stream_item_field else None
    if route.is_json_stream:
        return {"application/jsonl": {"itemSchema": item or {}}}
    if route.is_sse_stream:
        return {"text/event-stream": {"itemSchema": _describe_event(item)}}
    if not response_class.media_type:
        return {}
    schema: JsonObject = {"type": "string"}
    if issubclass(response_class, JSONResponse):
        schema = schemas.schema(route.response_field) if route.response_field else {}
    return {response_class.media_type: {"schema": schema}}


def _describe_event(data: JsonObject | None) -> JsonObject:
    """Describe a server-sent event. If `data` has a schema, it is JSON and required."""
    event = deepcopy(_SSE_EVENT_SCHEMA)
    if data is not None:
        event["required"] = ["data"]
        event["properties"]["data"] |= {
            "contentMediaType": "application/json",
            "contentSchema": data,
        }
    return event


def _describe_additional(
    additional: JsonObject,
    model: "ModelField | None",
    media_type: str,
    schemas: FieldSchemas,
) -> JsonObject:
    """Return a declared response in OpenAPI's form, with the schema of its model in its content."""
    assert isinstance(additional, dict), "An additional response must be a dict"
    described = deepcopy(additional)
    described.pop("model", None)
    if model:
        content = described.setdefault("content", {}).setdefault(media_type, {})
        deep_dict_update(content.setdefault("schema", {}), schemas.schema(model))
    return described


def _add_response(responses: JsonObject, declared: int | str, additional: JsonObject) -> None:
    """Merge a declared response into those of the operation, and make sure it has a description.

    Raises:
        ValueError: The key is neither a status nor a range of them.
    """
    status = str(declared).upper()
    response = responses.setdefault("default" if status == "DEFAULT" else status, {})
    meaning = status_code_ranges.get(status) or _PHRASES.get(int(declared))
    description = (
        additional.get("description")
        or response.get("description")
        or meaning
        or "Additional Response"
    )
    deep_dict_update(response, additional)
    response["description"] = description


_PHRASES = {status.value: status.phrase for status in HTTPStatus}

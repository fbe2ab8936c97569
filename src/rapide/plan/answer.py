"""The operations that make a response from the result of an endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import JSONResponse, Response

from rapide._statuses import allows_body
from rapide.datastructures import DefaultPlaceholder
from rapide.plan.facts import RouteFacts
from rapide.plan.operations import (
    BuildResponse,
    CallKind,
    Operation,
    PrepareHead,
    RenderContent,
    SendContent,
    SendResponse,
    SerializeData,
    SerializeJson,
    SerializeModel,
    StreamForm,
    StreamItems,
    WrittenType,
)
from rapide.plan.pure import is_checked_without_user_code
from rapide.plan.rendering import known_rendering
from rapide.plan.values import validator_of
from rapide.schema import ModelField, lenient_issubclass
from rapide.schema.writing import describe, is_valid_by_class
from rapide.signature.callables import (
    is_async_gen_callable,
    is_coroutine_callable,
    is_gen_callable,
)
from rapide.sse import EventSourceResponse
from rapide.types import UserCallable

_DEFAULT_OPTIONS = {
    "include": None,
    "exclude": None,
    "by_alias": True,
    "exclude_unset": False,
    "exclude_defaults": False,
    "exclude_none": False,
}


def plan_answer(route: RouteFacts, call: UserCallable) -> tuple[CallKind, list[Operation]]:
    """Decide how the endpoint is called and how its result becomes a response."""
    declared = route.response_class
    is_default = isinstance(declared, DefaultPlaceholder)
    render: type[Response] = declared.value if is_default else declared
    is_async = is_async_gen_callable(call)
    form: StreamForm | None = None
    if lenient_issubclass(render, EventSourceResponse):
        form = "events"
    elif is_async or is_gen_callable(call):
        form = "json lines" if route.is_json_stream else "chunks"
    if form is not None:
        kind: CallKind = "async generator" if is_async else "generator"
        return kind, [_stream(route, form, is_async, render), SendResponse()]
    kind = call_kind(call)
    return kind, list(_single_answer(route, kind, render, is_default))


def call_kind(call: UserCallable) -> CallKind:
    """Return how a callable that returns a single result is called."""
    return "async" if is_coroutine_callable(call) else "sync"


def _stream(
    route: RouteFacts, form: StreamForm, is_async: bool, render: type[Response]
) -> StreamItems:
    status = route.status_code
    if form == "chunks":
        return StreamItems(form, is_async, status, render)
    item = route.stream_item_field
    if item is None:
        return StreamItems(form, is_async, status)
    validate, (serializer, options) = validator_of(item), _serialization(route, item)
    return StreamItems(form, is_async, status, None, validate, serializer, options)


def _single_answer(
    route: RouteFacts, kind: CallKind, render: type[Response], is_default: bool
) -> Iterator[Operation]:
    """Yield the operations that serialize a result, prepare the head and send both."""
    field = route.response_field
    status = route.status_code or 200
    is_plain = status <= 999 and allows_body(status)
    media_type = "application/json"
    if field is not None:
        validate, (serializer, options) = validator_of(field), _serialization(route, field)
        written = _written_type(field, options) if is_default else None
        in_thread = kind == "sync"
        yield SerializeModel(
            *(validate, serializer, options, is_default, in_thread, written),
            is_builtin=is_checked_without_user_code(field, written),
        )
    elif render is JSONResponse and is_plain:
        yield SerializeJson()
    else:
        yield SerializeData()
    is_rendered = is_default if field is not None else render is JSONResponse
    known = None if is_rendered else known_rendering(render)
    if is_plain and (is_rendered or known is not None):
        if known is not None:
            form, media_type = known
            yield RenderContent(form)
        yield PrepareHead(status, media_type)
        yield SendContent(status)
        return
    if is_default and field is not None:
        yield BuildResponse(Response, route.status_code, media_type)
    else:
        yield BuildResponse(render, route.status_code)
    yield SendResponse()


def _written_type(field: ModelField, options: tuple[tuple[str, object], ...]) -> WrittenType | None:
    """Describe the type of the response to the encoder; None if only Pydantic can write it."""
    flags = {name: value for name, value in options if isinstance(value, bool)}
    is_known = {"by_alias"} <= flags.keys() <= {"by_alias", "exclude_none", "exclude_unset"}
    if not is_known or len(flags) < len(options) or not field.is_pydantics_own:
        return None
    schema = field.types.core_schema
    nodes = describe(schema, by_alias=flags.pop("by_alias"))
    if nodes is None:
        return None
    return WrittenType(nodes, tuple(flags.items()), is_valid_by_class(schema))


def _serialization(
    route: RouteFacts, field: ModelField
) -> tuple[Any, tuple[tuple[str, object], ...]]:
    """Return the serializer of a field and the options with which it is called."""
    options = tuple(
        (name, getattr(route, f"response_model_{name}"))
        for name, default in _DEFAULT_OPTIONS.items()
        if name == "by_alias" or getattr(route, f"response_model_{name}") != default
    )
    plain = field.types.plain_serializer
    if plain is not None and options == (("by_alias", True),):
        return plain, ()
    return field.serializer, options

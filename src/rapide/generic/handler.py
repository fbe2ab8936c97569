"""The generic request handler and its parts, under the names that FastAPI gives them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack
from functools import partial
from typing import Any, cast

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette._utils import is_async_callable
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from rapide import params
from rapide._form_limits import FormLimits
from rapide._replaced import used
from rapide._statuses import allows_body
from rapide.datastructures import Default, DefaultPlaceholder
from rapide.encoders import jsonable_encoder
from rapide.exceptions import (
    EndpointContext,
    RequestValidationError,
    ResponseValidationError,
    WebSocketRequestValidationError,
)
from rapide.generic import seams
from rapide.generic.context import endpoint_context
from rapide.generic.journal import Journal
from rapide.generic.sessions import websocket_session
from rapide.generic.solve import SolvedDependency, run_in_threadpool, solve_dependencies
from rapide.runtime import instrumentation
from rapide.runtime.bodies import is_json
from rapide.runtime.body_signals import get_body_limit_error
from rapide.runtime.errors import response_not_sent
from rapide.runtime.extraction import UNREAD
from rapide.runtime.lanes import current_lane, in_lane
from rapide.runtime.recalling import recalled_or
from rapide.schema import ModelField, Undefined, lenient_issubclass
from rapide.scope_keys import (
    FASTAPI,
    FILE_STACK,
    FORM_LIMITS,
    FUNCTION_STACK,
    JOURNAL,
    OPEN_SPAN,
    REQUEST_STACK,
)
from rapide.signature.callables import (
    is_async_gen_callable,
    is_coroutine_callable,
    is_gen_callable,
)
from rapide.signature.models import Dependant
from rapide.sse import EventSourceResponse
from rapide.types import CoroutineOf, IncEx


def request_response(func: Callable[[Request], Awaitable[Response] | Response]) -> ASGIApp:
    """Return an ASGI application for a function from request to response.

    The application opens the exit stacks of dependencies: those of scope "function" exit before the
    response is sent, those of scope "request" after it.
    """
    handler = cast(
        Callable[[Request], Awaitable[Response]],
        func if is_async_callable(func) else partial(run_in_threadpool, func),
    )

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request = seams.current["Request"](scope, receive, send)

        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            await run_handler(handler, request, scope, receive, send)

        serve = wrap_app_handling_exceptions(respond, request)
        if FILE_STACK in scope:
            await serve(scope, receive, send)
            return
        # Routers and routes can serve requests without an application.
        async with AsyncExitStack() as files:
            scope[FILE_STACK] = files
            await serve(scope, receive, send)

    return application


async def run_handler(
    handler: Callable[[Request], Awaitable[Response]],
    request: Request,
    scope: Scope,
    receive: Receive,
    send: Send,
    request_stack: AsyncExitStack | None = None,
    function_stack: AsyncExitStack | None = None,
) -> None:
    """Run a handler inside its exit stacks, or new ones, and send its response."""
    sent = False
    if current_lane.get() is not None:
        # A function of another request, whose lane that is, has called the application.
        handler = in_lane(lambda: None, handler)
    async with request_stack or AsyncExitStack() as request_stack:
        scope[REQUEST_STACK] = request_stack
        async with function_stack or AsyncExitStack() as function_stack:
            scope[FUNCTION_STACK] = function_stack
            response = await handler(request)
        await response(scope, receive, send)
        sent = True
    if not sent:
        raise response_not_sent()


async def serialize_response(
    *,
    field: ModelField | None = None,
    response_content: object,
    include: IncEx | None = None,
    exclude: IncEx | None = None,
    by_alias: bool = True,
    exclude_unset: bool = False,
    exclude_defaults: bool = False,
    exclude_none: bool = False,
    is_coroutine: bool = True,
    endpoint_ctx: EndpointContext | None = None,
    dump_json: bool = False,
) -> object:
    """Validate the result of an endpoint, and turn it into JSON bytes or JSON-native data.

    Raises:
        ResponseValidationError: The value does not fit the response model.
    """
    if field is None:
        return seams.current["jsonable_encoder"](response_content)
    if is_coroutine:
        value, errors = field.validate(response_content, loc=("response",))
    else:
        run = seams.current["run_in_threadpool"]
        value, errors = await run(field.validate, response_content, loc=("response",))
    if errors:
        raise ResponseValidationError(
            errors=errors, body=response_content, endpoint_ctx=endpoint_ctx or EndpointContext()
        )
    return (field.serialize_json if dump_json else field.serialize)(
        value,
        include=include,
        exclude=exclude,
        by_alias=by_alias,
        exclude_unset=exclude_unset,
        exclude_defaults=exclude_defaults,
        exclude_none=exclude_none,
    )


async def run_endpoint_function(
    *, dependant: Dependant, values: dict[str, object], is_coroutine: bool
) -> object:
    """Call an endpoint, in a worker thread if it is a plain function."""
    assert dependant.call is not None, "dependant.call must be a function"
    observation = instrumentation.active.current()
    if is_coroutine:
        with observation.span("endpoint", dependant.call):
            return await dependant.call(**values)
    call = dependant.call
    if observation is not instrumentation.UNOBSERVED:
        call = partial(_run_traced, observation, call)
    return await seams.current["run_in_threadpool"](call, **values)


def _run_traced(
    observation: instrumentation.Observation, call: Callable[..., object], /, **values: object
) -> object:
    """Call an endpoint in its span, in a worker thread."""
    with observation.span("endpoint", call):
        return call(**values)


def get_request_handler(
    dependant: Dependant,
    body_field: ModelField | None = None,
    status_code: int | None = None,
    response_class: type[Response] | DefaultPlaceholder = Default(JSONResponse),
    response_field: ModelField | None = None,
    response_model_include: IncEx | None = None,
    response_model_exclude: IncEx | None = None,
    response_model_by_alias: bool = True,
    response_model_exclude_unset: bool = False,
    response_model_exclude_defaults: bool = False,
    response_model_exclude_none: bool = False,
    dependency_overrides_provider: object = None,
    embed_body_fields: bool = False,
    strict_content_type: bool | DefaultPlaceholder = Default(True),
    stream_item_field: ModelField | None = None,
    is_json_stream: bool = False,
    form_limits: FormLimits | None = None,
) -> Callable[[Request], CoroutineOf[Response]]:
    """Return the generic handler of a route: a coroutine function from request to response."""
    assert dependant.call is not None, "dependant.call must be a function"
    call = dependant.call
    is_default = isinstance(response_class, DefaultPlaceholder)
    render = (
        response_class.value if isinstance(response_class, DefaultPlaceholder) else response_class
    )
    strict = bool(getattr(strict_content_type, "value", strict_content_type))
    serialization: dict[str, object] = {
        "include": response_model_include,
        "exclude": response_model_exclude,
        "by_alias": response_model_by_alias,
        "exclude_unset": response_model_exclude_unset,
        "exclude_defaults": response_model_exclude_defaults,
        "exclude_none": response_model_exclude_none,
    }
    answer = _Answer(call, render, is_default, response_field, serialization, status_code)
    stream = None
    is_event_stream = lenient_issubclass(render, EventSourceResponse)
    if is_gen_callable(call) or is_async_gen_callable(call) or is_event_stream:
        # PERF: import time. Most applications have no streams.
        from rapide.generic.streams import StreamPlan

        stream = StreamPlan.of(call, render, is_json_stream, stream_item_field, serialization)

    async def app(request: Request) -> Response:
        observation = instrumentation.active.current()
        observation.received(request)
        context = request_context(request.scope, dependant, request)
        body: object = Undefined
        journal: Journal | None = request.scope.get(JOURNAL)
        if journal is not None and journal.body is not UNREAD:
            body = journal.body
        elif body_field is not None:
            body = await _read_body(request, body_field, strict, form_limits, context)
        observation.body_read(None if body is Undefined else body)
        solved = await _solve(
            request,
            context,
            dependant=dependant,
            body=body,
            dependency_overrides_provider=dependency_overrides_provider,
            embed_body_fields=embed_body_fields,
        )
        if stream is not None:
            options = _response_options(status_code, solved)
            return await stream.respond(solved, options, request.scope, context)
        result = await recalled_or(seams.current["run_endpoint_function"], request.scope)(
            dependant=dependant, values=solved.values, is_coroutine=answer.is_coroutine
        )
        return await answer.respond(result, solved, context, dependant)

    return app


async def _solve(
    request: Request,
    context: EndpointContext,
    *,
    dependant: Dependant,
    body: object,
    **options: object,
) -> SolvedDependency:
    """Solve the dependency graph of a request.

    Raises:
        RequestValidationError: Values are missing or wrong.
    """
    observation = instrumentation.active.current()
    with _solving(observation, request.scope, dependant):
        solved: SolvedDependency = await seams.current["solve_dependencies"](
            request=request,
            dependant=dependant,
            body=body,
            async_exit_stack=request.scope[REQUEST_STACK],
            **options,
        )
        observation.solved(solved.values, solved.errors)
    if solved.errors:
        received = None if body is Undefined else body
        invalid = RequestValidationError(solved.errors, body=received, endpoint_ctx=context)
        observation.refused(invalid)
        raise invalid
    return solved


class _Answer:
    """How the result of an endpoint becomes a response."""

    def __init__(
        self,
        call: Callable[..., object],
        render: type[Response],
        is_default: bool,
        field: ModelField | None,
        serialization: dict[str, object],
        status_code: int | None,
    ) -> None:
        self.is_coroutine = is_coroutine_callable(call)
        self.render = render
        self.dump_json = is_default and field is not None
        self.field = field
        self.serialization = serialization
        self.status_code = status_code

    async def respond(
        self,
        result: object,
        solved: SolvedDependency,
        context: EndpointContext,
        dependant: Dependant,
    ) -> Response:
        """Make the response, with the headers of the injected one and the background tasks.

        Raises:
            ResponseValidationError: The result does not fit the response model.
        """
        response: Response
        if isinstance(result, seams.current["Response"]):
            response = cast(Response, result)
            if response.background is None:
                response.background = solved.background_tasks
            return response
        # The endpoint may have set the status.
        options = _response_options(self.status_code, solved)
        with instrumentation.active.current().span("serialization", dependant.call):
            content = await seams.current["serialize_response"](
                field=self.field,
                response_content=result,
                is_coroutine=self.is_coroutine,
                endpoint_ctx=context,
                dump_json=self.dump_json,
                **self.serialization,
            )
        if self.dump_json:
            response = seams.current["Response"](
                content=content, media_type="application/json", **options
            )
        else:
            response = self.render(content, **options)
        if not used("routing.is_body_allowed_for_status_code", allows_body)(response.status_code):
            response.body = b""
        response.headers.raw.extend(solved.response.headers.raw)
        return response


def _solving(
    observation: instrumentation.Observation, scope: Scope, dependant: Dependant
) -> AbstractContextManager[object]:
    """Return the span of dependencies: the one that compiled code handed over, or a new one."""
    handed_over: AbstractContextManager[object] | None = scope.pop(OPEN_SPAN, None)
    return handed_over or observation.span("dependencies", dependant.call)


def request_context(
    scope: Scope, dependant: Dependant, request: Request | None = None
) -> EndpointContext:
    """Return the place of a request's endpoint, for the messages of validation errors.

    The method comes from the `request` object, because tools may have replaced it there.
    """
    context = endpoint_context(dependant.call)
    if dependant.path:
        mount = scope.get("root_path", "").rstrip("/")
        if request is not None:
            method = request.method
        else:
            method = scope["method"] if scope["type"] == "http" else "WS"
        context["path"] = f"{method} {mount}{dependant.path}"
    return context


def _response_options(status_code: int | None, solved: SolvedDependency) -> dict[str, Any]:
    """Return the arguments of the response. The injected status overrides the declared one."""
    options: dict[str, object] = {"background": solved.background_tasks}
    status = solved.response.status_code or status_code
    if status:
        options["status_code"] = status
    return options


async def _read_body(
    request: Request,
    field: ModelField,
    strict: bool,
    form_limits: FormLimits | None,
    context: EndpointContext,
) -> object:
    """Read the request's body: a form, parsed JSON, bytes, or `Undefined` if it is empty.

    Raises:
        RequestValidationError: The content type is JSON, but the body is not.
        HTTPException: 400 if the body cannot be read or parsed, 413 if it is too large.
    """
    is_form = isinstance(field.field_info, params.Form)
    # A missing key is our own bug, not an error of the body.
    files: AsyncExitStack | None = request.scope[FILE_STACK] if is_form else None
    try:
        if files is not None:
            inherited = request.scope.get(FASTAPI, {}).get(FORM_LIMITS, {})
            form = await request.form(**{**inherited, **(form_limits or {})})
            files.push_async_callback(form.close)
            return form
        body = await request.body()
        if not body:
            return Undefined
        content_type = request.headers.get("content-type")
        if is_json(content_type) if content_type else not strict:
            return await request.json()
        return body
    except json.JSONDecodeError as error:
        invalid = RequestValidationError(
            [
                {
                    "type": "json_invalid",
                    "loc": ("body", error.pos),
                    "msg": "JSON decode error",
                    "input": {},
                    "ctx": {"error": error.msg},
                }
            ],
            body=error.doc,
            endpoint_ctx=context,
        )
        instrumentation.active.current().refused(invalid)
        raise invalid from error
    except HTTPException:
        raise
    except Exception as error:
        if MAX_BODY_SIZE_SCOPE_KEY in request.scope and (limit := get_body_limit_error(error)):
            raise limit from error
        raise HTTPException(400, detail="There was an error parsing the body") from error


def get_websocket_app(
    dependant: Dependant,
    dependency_overrides_provider: object = None,
    embed_body_fields: bool = False,
) -> Callable[[WebSocket], CoroutineOf[None]]:
    """Return the handler of a WebSocket route.

    Raises (when called):
        WebSocketRequestValidationError: A parameter is missing or wrong.
    """

    async def app(websocket: WebSocket) -> None:
        observation = instrumentation.active.current()
        observation.received(websocket)
        context = request_context(websocket.scope, dependant)
        with observation.span("dependencies", dependant.call):
            solved: SolvedDependency = await seams.current["solve_dependencies"](
                request=websocket,
                dependant=dependant,
                dependency_overrides_provider=dependency_overrides_provider,
                async_exit_stack=websocket.scope[REQUEST_STACK],
                embed_body_fields=embed_body_fields,
            )
            observation.solved(solved.values, solved.errors)
        if solved.errors:
            invalid = WebSocketRequestValidationError(solved.errors, endpoint_ctx=context)
            observation.refused(invalid)
            raise invalid
        assert dependant.call is not None, "dependant.call must be a function"
        with observation.span("endpoint", dependant.call):
            await dependant.call(**solved.values)

    return app


for _name, _function in {
    "get_request_handler": get_request_handler,
    "get_websocket_app": get_websocket_app,
    "solve_dependencies": solve_dependencies,
    "run_endpoint_function": run_endpoint_function,
    "serialize_response": serialize_response,
    "request_response": request_response,
    "websocket_session": websocket_session,
    "run_in_threadpool": run_in_threadpool,
    "jsonable_encoder": jsonable_encoder,
    "Request": Request,
    "Response": Response,
    "StreamingResponse": StreamingResponse,
}.items():
    seams.register(_name, _function)

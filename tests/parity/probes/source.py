"""Write the description of an application as Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .classes import FIXED
from .description import (
    Application,
    Endpoint,
    Function,
    Handler,
    Middleware,
    Model,
    Parameter,
    Use,
    Validator,
)

INJECTED = {
    "request": "Request",
    "connection": "HTTPConnection",
    "response": "Response",
    "tasks": "BackgroundTasks",
    "security_scopes": "SecurityScopes",
}
SIGNATURES = {
    "before": "value", "after": "value", "plain": "value", "wrap": "value, handler",
    "factory": "", "factory data": "data", "serializer": "value",
}  # fmt: skip


def source(app: Application) -> str:
    """Return the source of an application."""
    written = "\n".join(_lines(app))
    used = [part for name, part in FIXED.items() if re.search(rf"\b{name}\b", written)]
    return "\n".join([*used, written, ""])


def _lines(app: Application) -> Iterator[str]:
    for validator in app.validators:
        yield from _validator(validator)
    for model in app.models:
        yield from _model(model)
    for function in app.background:
        yield from _background(function)
    for function in app.dependencies:
        yield from _dependency(function)
    options = [*app.options, *_required(app.required)]
    yield f"app = FastAPI({', '.join(options)})"
    yield f"router = APIRouter({', '.join([*app.router_options, *_required(app.router_required)])})"
    for handler in app.handlers:
        yield from _handler(handler)
    for middleware in app.middleware:
        yield from _middleware(middleware)
    for endpoint in app.endpoints:
        yield from _endpoint(endpoint)
    included = ", ".join(["router", 'prefix="/r"', *_required(app.inclusion_required)])
    yield f"app.include_router({included})"
    for replaced, by in app.overrides:
        yield f"app.dependency_overrides[{replaced}] = {by}"


def _required(uses: Sequence[Use]) -> list[str]:
    if not uses:
        return []
    return [f"dependencies=[{', '.join(_marker(use) for use in uses)}]"]


def _marker(use: Use) -> str:
    return f"{use.marker}({', '.join([use.dependency, *use.options])})"


def _validator(validator: Validator) -> Iterator[str]:
    name, mode = validator.name, validator.mode
    given = SIGNATURES[mode] + (", info: ValidationInfo" if validator.takes_info else "")
    seen = [f"{word}={word}" for word in ("value", "data") if word in given.split(", ")]
    if validator.takes_info:
        seen.append("mode=info.mode, field=info.field_name, context=info.context, data=info.data")
    yield ""
    yield f"def {name}({given}):"
    yield f"    J.call({', '.join([repr(name), *seen])})"
    yield from _raise(name)
    yield from (f"    {step}" for step in validator.steps)
    if "wrap" in mode:
        yield "    try:"
        yield "        result = handler(value)"
        yield "    except Exception as error:"
        yield f"        J.caught({name!r}, error)"
        yield "        raise"
        yield f"    J.call({name + ' after'!r}, result=result)"
        yield "    return result"
    elif not validator.steps or not validator.steps[-1].startswith("return"):
        yield "    return value" if "value" in given else "    return [7]"


def _raise(name: str, indent: str = "    ") -> Iterator[str]:
    yield f"{indent}if J.wants({name!r}):"
    yield f"{indent}    raise J.error({name!r})"


def _model(model: Model) -> Iterator[str]:
    yield ""
    yield f"class {model.name}(BaseModel):"
    if model.config:
        yield f"    model_config = ConfigDict({model.config})"
    for field in model.fields:
        options = [field.default, *field.options] if field.default else list(field.options)
        value = f" = Field({', '.join(options)})" if options else ""
        yield f"    {field.name}: {field.type.annotation}{value}"
    if not model.fields:
        yield "    pass"
    for method in model.methods:
        yield ""
        yield from (f"    {line}" for line in method.lines)


def _parameters(function: Function) -> list[str]:
    first, last = [], []
    for name in function.injected:
        first.append(f"{name}: {INJECTED[name]}")
    for use in function.uses:
        first.append(f"{use.name}: Annotated[Any, {_marker(use)}]")
    for parameter in function.parameters:
        text = _parameter(parameter)
        (last if " = " in text.rpartition("]")[2] else first).append(text)
    return first + last


def _parameter(parameter: Parameter) -> str:
    annotation = parameter.type.annotation
    if parameter.marker:
        marker = f"{parameter.marker}({', '.join(parameter.options)})"
        annotation = f"Annotated[{annotation}, {marker}]"
    default = f" = {parameter.default}" if parameter.default else ""
    return f"{parameter.name}: {annotation}{default}"


def _names(function: Function) -> list[str]:
    names = [*function.injected, *(use.name for use in function.uses)]
    return names + [parameter.name for parameter in function.parameters]


def _seen(function: Function) -> str:
    shown = []
    for name in _names(function):
        value = f"{name}.scopes" if name == "security_scopes" else name
        shown.append(f"{name}={value}")
    return ", ".join([repr(function.name), *shown])


def _dependency(function: Function) -> Iterator[str]:
    """Write a dependency of one of the kinds."""
    name, kind = function.name, function.kind
    parameters = ", ".join(_parameters(function))
    result = function.result or repr(name)
    yield ""
    if kind == "class":
        yield f"class {name}:"
        yield f"    def __init__({', '.join(['self', *_parameters(function)])}):"
        yield from (f"    {line}" for line in _before(function))
        return
    if kind == "instance":
        yield f"class {name}_class:"
        yield f"    async def __call__({', '.join(['self', *_parameters(function)])}):"
        yield from (f"    {line}" for line in _before(function))
        yield f"        return {result}"
        yield f"{name} = {name}_class()"
        return
    if kind == "partial":
        yield f"def {name}_function({', '.join(['given', *_parameters(function)])}):"
        yield from _before(function)
        yield f"    return {result}"
        yield f"{name} = partial({name}_function, 'given')"
        return
    prefix = "async " if kind.startswith("async") else ""
    yield f"{prefix}def {name}({parameters}):"
    yield from _before(function)
    if "generator" not in kind:
        yield f"    return {result}"
        return
    yield "    try:"
    yield f"        yield {result}"
    if function.catches:
        yield f"    except {function.catches} as error:"
        yield f"        J.caught({name!r}, error)"
        yield from (f"        {step}" for step in function.steps_caught)
        if not function.steps_caught or function.steps_caught[-1] != "pass":
            yield "        raise"
    yield "    finally:"
    yield f"        J.call({_seen(function).replace(repr(name), repr(name + ' finally'), 1)})"
    yield from (f"        {step}" for step in function.steps_after)
    yield from _raise(f"{name} finally", "        ")


def _before(function: Function) -> Iterator[str]:
    yield f"    J.call({_seen(function)})"
    yield from (f"    {step}" for step in function.steps)
    yield from _raise(function.name)


def _background(function: Function) -> Iterator[str]:
    prefix = "async " if function.kind == "async" else ""
    yield ""
    yield f"{prefix}def {function.name}(*args, **kwargs):"
    yield f"    J.call({function.name!r}, args=args, kwargs=kwargs)"
    yield from (f"    {step}" for step in function.steps)
    yield from _raise(function.name)


def _endpoint(endpoint: Endpoint) -> Iterator[str]:
    function = endpoint.function
    options = [repr(endpoint.path), *endpoint.options, *_required(endpoint.required)]
    yield ""
    yield f"@{endpoint.where}.{endpoint.method}({', '.join(options)})"
    prefix = "async " if function.kind.startswith("async") else ""
    returned = f" -> {endpoint.annotation}" if endpoint.annotation else ""
    yield f"{prefix}def {function.name}({', '.join(_parameters(function))}){returned}:"
    yield from _before(function)
    if "generator" in function.kind:
        yield f"    yield {function.result}"
        yield from _raise(f"{function.name} stream")
        yield f"    yield {function.result}"
        yield f"    J.call({function.name + ' ends'!r})"
    else:
        yield f"    return {function.result}"


def _handler(handler: Handler) -> Iterator[str]:
    yield ""
    yield f"@app.exception_handler({handler.of})"
    yield f"{'async ' if handler.is_async else ''}def {handler.name}(request, exc):"
    yield f"    J.call({handler.name!r}, request=request, exc=exc)"
    yield from (f"    {step}" for step in handler.steps)
    yield from _raise(handler.name)
    yield f"    return {handler.answer}"


def _middleware(middleware: Middleware) -> Iterator[str]:
    yield ""
    match middleware.kind:
        case "cors":
            yield "app.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)"
        case "gzip":
            yield "app.add_middleware(GZipMiddleware, minimum_size=1)"
        case "asgi":
            yield from _asgi(middleware)
        case "http":
            yield '@app.middleware("http")'
            yield from _around(middleware, middleware.name, "")
        case "class":
            yield f"class {middleware.name}(BaseHTTPMiddleware):"
            yield from (f"    {line}" for line in _around(middleware, "dispatch", "self, "))
            yield f"app.add_middleware({middleware.name})"


def _around(middleware: Middleware, function: str, first: str) -> Iterator[str]:
    name = middleware.name
    yield f"async def {function}({first}request, call_next):"
    yield f"    J.call({name!r}, request=request)"
    yield from (f"    {step}" for step in middleware.steps)
    yield from _raise(name)
    yield "    try:"
    yield "        response = await call_next(request)"
    yield "    except Exception as error:"
    yield f"        J.caught({name!r}, error)"
    yield f"        {middleware.catches or 'raise'}"
    yield f"    J.call({name + ' after'!r}, request=request, status=response.status_code, "
    yield "           headers=response.raw_headers)"
    yield from (f"    {step}" for step in middleware.steps_after)
    yield from _raise(f"{name} after")
    yield "    return response"


def _asgi(middleware: Middleware) -> Iterator[str]:
    name = middleware.name
    yield f"class {name}:"
    yield "    def __init__(self, app):"
    yield "        self.app = app"
    yield ""
    yield "    async def __call__(self, scope, receive, send):"
    yield f"        J.call({name!r}, path=scope['path'])"
    yield from (f"        {step}" for step in middleware.steps)
    yield from _raise(name, "        ")
    yield ""
    yield "        async def hear():"
    yield "            message = await receive()"
    yield "            if message['type'] == 'http.request':"
    yield f"                J.call({name + ' heard'!r}, body=message['body'])"
    yield "            return message"
    yield ""
    yield "        async def tell(message):"
    yield f"            J.call({name + ' tells'!r}, kind=message['type'])"
    yield "            await send(message)"
    yield ""
    yield "        try:"
    yield "            await self.app(scope, hear, tell)"
    yield "        except Exception as error:"
    yield f"            J.caught({name!r}, error)"
    yield f"            {middleware.catches or 'raise'}"
    yield f"        J.call({name + ' after'!r}, params=scope.get('path_params'), "
    yield "               endpoint=scope.get('endpoint'), state=sorted(scope['state']))"
    yield f"app.add_middleware({name})"

"""What the parts of a random application are chosen from."""

from __future__ import annotations

from .description import Kind, Type

PLAIN_TYPES = (
    Type("int", ("3", "-7"), ("x", "")),
    Type("str", ("ab", "")),
    Type("float", ("1.5",), ("x",)),
    Type("bool", ("true",), ("2",)),
    Type("Color", ("red", "scarlet"), ("green",)),
    Type("Optional[int]", ("3",), ("x",)),
    Type("Literal['a', 'b']", ("a",), ("c",)),
    Type("Annotated[int, Field(ge=1)]", ("3",), ("0",)),
)
LIST_TYPES = (Type("list[int]", ("3",), ("x",)), Type("list[str]", ("a",)))
JSON_TYPES = (
    Type("dict", ({"a": 1}, {}), ([], "x")),
    Type("dict[str, int]", ({"a": 1}, {}), ({"a": "x"},)),
    Type("Any", ({"a": [1, None]}, [1], "x", None)),
    Type("list[int]", ([1, 2], []), (["x"], {})),
    Type("int", (1,), ("x", None)),
    Type("str", ("ab",), (1,)),
    Type("Color", ("red", "scarlet"), ("green",)),
)
NAMES = ("a", "b", "c", "limit", "item", "x_token", "value", "user_agent")
PLACES_MARKERS = {
    "path": "Path", "query": "Query", "header": "Header", "cookie": "Cookie", "body": "Body",
    "form": "Form", "file": "File",
}  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "async", "sync", "generator", "async generator", "class", "instance", "partial",
)  # fmt: skip
HANDLED = (
    "RequestValidationError", "HTTPException", "StarletteHTTPException", "Mine", "Exception",
    "ValueError", "500", "404", "418", "ResponseValidationError", "405", "400", "LookupError",
)  # fmt: skip

#: What a callable may do to a request that it has.
TO_REQUEST = (
    'request.state.marked = "{name}"',
    "request.mark_{index} = '{name}'",
    'request.scope["headers"].append((b"x-token", b"4"))',
    'request.scope["headers"].append((b"cookie", b"b=9; a=8"))',
    'request.scope["headers"] = [*request.scope["headers"], (b"x-token", b"5")]',
    'request.cookies["a"] = "6"',
    'J.call("{name} cookies", cookies=request.cookies)',
    'request.scope["query_string"] = b"a=1&b=2&c=3&limit=4"',
    'J.call("{name} query", query=str(request.query_params))',
    'request.scope["path_params"]["p"] = "5"',
    'request.scope["path_params"] = {{"p": "6"}}',
    'J.call("{name} path", params=request.path_params)',
    'J.call("{name} headers", token=request.headers.get("x-token"), n=len(request.headers))',
    'J.call("{name} route", path=request.scope["route"].path, endpoint=request.scope["endpoint"])',
    'J.call("{name} body", body=getattr(request, "_body", "none"))',
    'request._body = b\'{{"a": 1, "b": 2}}\'',
    'J.call("{name} url", url=str(request.url))',
    'request.scope["state"]["more"] = "{name}"',
)
TO_READ = (
    'await J.read("{name}", request, "body")',
    'await J.read("{name}", request, "json")',
    'await J.read("{name}", request, "form")',
    'await J.read("{name}", request, "stream")',
)
TO_RESPONSE = (
    'response.headers["x-{name}"] = "1"',
    "response.status_code = 20{index}",
    'response.set_cookie("{name}", "1")',
    'J.call("{name} response", headers=response.raw_headers, status=response.status_code)',
)
ANYWHERE = (
    'VAR_0.set("{name}")',
    'VAR_1.set("{name}")',
    'warnings.warn("warned by {name}", UserWarning)',
)
RESPONSES = (
    'PlainTextResponse("text", headers={"x-b": "1"})',
    'JSONResponse({"a": 1}, status_code=201)',
    'Shown({"a": 1})',
    'StreamingResponse(iter([b"a", b"b"]), media_type="text/plain")',
    "Response(status_code=204)",
    'HTMLResponse("<b>")',
)


EXCLUSIONS = (
    "response_model_exclude_unset=True",
    "response_model_exclude_none=True",
    "response_model_by_alias=False",
    "response_model_include={'a'}",
    "response_model_exclude_defaults=True",
)
AFTER = (
    'response.headers["x-after"] = "1"',
    'response = PlainTextResponse("other", 299)',
    'J.call("{name} variables")',
    'await J.read("{name} after", request, "body")',
    "response.status_code = 298",
)
METHODS = {
    "before": """
@model_validator(mode="before")
@classmethod
def start(cls, data):
    J.call("{name}.start", data=data)
    if isinstance(data, dict): data.pop("{other}", None)
    if isinstance(data, dict): data["new"] = 1
    if J.wants("{name}.start"): raise J.error("{name}.start")
    return data
""",
    "after": """
@model_validator(mode="after")
def end(self):
    J.call("{name}.end", model=self)
    if J.wants("{name}.end"): raise J.error("{name}.end")
    return self
""",
    "wrap": """
@model_validator(mode="wrap")
@classmethod
def around(cls, data, handler):
    J.call("{name}.around", data=data)
    result = handler(data)
    J.call("{name}.around after", result=result)
    return result
""",
    "field": """
@field_validator("{field}", mode="before")
@classmethod
def check(cls, value):
    J.call("{name}.check", value=value)
    if J.wants("{name}.check"): raise J.error("{name}.check")
    return value
""",
    "field after": """
@field_validator("{field}")
@classmethod
def check_after(cls, value, info):
    J.call("{name}.check_after", value=value, data=info.data)
    return value
""",
    "computed": """
@computed_field
@property
def total(self) -> int:
    J.call("{name}.total", model=self)
    if J.wants("{name}.total"): raise J.error("{name}.total")
    return 1
""",
    "serializer": """
@field_serializer("{field}")
def show(self, value):
    J.call("{name}.show", value=value)
    if J.wants("{name}.show"): raise J.error("{name}.show")
    return value
""",
    "model serializer": """
@model_serializer(mode="wrap")
def show_all(self, handler):
    J.call("{name}.show_all", model=self)
    return handler(self)
""",
    "post init": """
def model_post_init(self, context):
    J.call("{name}.model_post_init", model=self, context=context)
""",
}

"""Emitters for what handlers read from the request."""

from __future__ import annotations

from rapide.codegen.context import Context
from rapide.plan import operations as op
from rapide.scope_keys import FILE_STACK, FUNCTION_STACK, REQUEST_STACK

#: How the values of a source are indexed: by helper, local name and key type.
_INDEXES = {
    ("query", False): ("query_values", "query"),
    ("query", True): ("query_lists", "query_many"),
    ("header", False): ("header_values", "headers"),
    ("header", True): ("header_lists", "headers_many"),
    ("cookie", False): ("cookie_values", "cookies"),
    ("form", False): ("form_values", "fields"),
    ("form", True): ("form_lists", "fields_many"),
}


#: How the query is indexed if user code has the request: by helper and argument.
_SHOWN = {
    ("query", False): ("shown_query_values", "request"),
    ("query", True): ("shown_query_lists", "request"),
}


#: The expressions of the objects that the framework provides.
_GIVEN = {
    "request": "request",
    "connection": "connection",
    "response": "response",
    "background tasks": "background",
    "no credentials": "None",
}

#: What makes the Request object: by whether user code gets it, and before the body is read.
_MAKERS = {
    (False, False): "make_request",
    (True, False): "show_request",
    (True, True): "show_headers",
}


def expose_request(context: Context, operation: op.ExposeRequest) -> None:
    """Write the creation of the Request object, with the exit stacks in its scope."""
    out = context.out
    out.comment("the request, for code that asks for it")
    make = context.tool(_MAKERS[operation.to_user_code, operation.before_body])
    connection = ", ".join(context.dialect.connection)
    out.line(f"request = {make}({connection})")
    if operation.to_user_code:
        scope = context.dialect.scope
        out.line("file_stack.kept = request")
        out.line(f'{scope}["{FILE_STACK}"] = file_stack')
        out.line(f'{scope}["{REQUEST_STACK}"] = request_stack')
        out.line(f'{scope}["{FUNCTION_STACK}"] = function_stack')
        context.state["request"] = "request"


def show_parameters(context: Context, operation: op.ShowParameters) -> None:
    """Write the reading of the query and the cookies for the Request object."""
    context.out.line(f"{context.tool('show_parameters')}(request)")


def prepare_response(context: Context, operation: op.PrepareResponse) -> None:
    """Write the creation of the injected response."""
    context.out.line(f"response = {context.tool('empty_response')}()")
    context.state["response"] = "response"


def prepare_background(context: Context, operation: op.PrepareBackground) -> None:
    """Write the creation of the background tasks."""
    context.out.line(f"background = {context.tool('BackgroundTasks')}()")
    context.state["background"] = "background"


def read_body(context: Context, operation: op.ReadBody) -> None:
    """Write the reading of the body's bytes and, if it is JSON, of its value."""
    out, dialect = context.out, context.dialect
    out.comment("read the body")
    if "request" in context.state:
        out.line(f"raw_body = await {context.tool('read_request_body')}(request)")
    else:
        context.tool("read_body")
        out.line(f"raw_body = {dialect.body}")
    context.state["raw_body"] = "raw_body"
    strict = operation.strict_content_type
    if operation.decode is not None:
        _decode_body_as(context, operation)
        return
    if operation.validate is None:
        _decode_body(context, operation)
    else:
        validate = context.constant("validate", operation.validate, "document")
        document = context.tool("valid_document")
        headers, missing = dialect.headers, context.tool("MISSING")
        out.line(f"valid_body = {document}({validate}, raw_body, {headers}, {strict})")
        out.line(f"body = {context.tool('UNPARSED')}")
        with out.block(f"if valid_body is {missing}:"):
            _decode_body(context, operation)
    if "request" not in context.state:
        out.line(f"{dialect.kept_body} = raw_body, body")
    context.state["body"] = "body"


def _decode_body(context: Context, operation: op.ReadBody) -> None:
    out, dialect, strict = context.out, context.dialect, operation.strict_content_type
    with context.or_hand_over("(ValueError, RecursionError)"):
        if "request" in context.state:
            decode = context.tool("decode_request_body")
            out.line(f"body = {decode}(request, raw_body, {strict})")
        else:
            decode = context.tool("decode_body")
            out.line(f"body = {decode}(raw_body, {dialect.headers}, {strict})")


def _decode_body_as(context: Context, operation: op.ReadBody) -> None:
    """Write the decoding of the body into the value of the only body parameter."""
    out = context.out
    decode = context.constant("decode", operation.decode, "body")
    headers = "request.headers.raw" if "request" in context.state else context.dialect.headers
    arguments = f"{decode}, raw_body, {headers}, {operation.strict_content_type}"
    if "request" not in context.state:
        out.line(f"{context.dialect.kept_body} = raw_body, {context.tool('MISSING')}")
    with context.or_hand_over("ValueError", with_error=True):
        out.line(f"body = {context.tool('decode_body_as')}({arguments})")


def read_form(context: Context, operation: op.ReadForm) -> None:
    """Write the reading of the form. The outermost exit stack closes its files."""
    context.out.comment("read the form")
    limits = "{}"
    if operation.limits:
        limits = context.constant("limits", dict(operation.limits), "form")
    request = ["request"] if "request" in context.state else []
    context.out.call("form = await file_stack.read_form(", [limits, *request])
    context.state["body"] = "form"


def read_values(context: Context, operation: op.ReadValues) -> None:
    """Write the indexing of one part of the request."""
    source = operation.source
    if source == "path":
        context.out.line(f"path = {_received(context, source)}")
        return
    helper, name = _INDEXES[source, operation.many]
    raw = {"query": context.dialect.query, "form": "form"}.get(source, context.dialect.headers)
    if context.shows_request and source != "form":
        # The request caches what is read first, whatever happens to its scope later.
        if source == "cookie":
            context.out.line(f"{name} = request.cookies")
            return
        helper, raw = _SHOWN.get((source, operation.many), (helper, "request.headers.raw"))
    context.out.line(f"{name} = {context.tool(helper)}({raw})")


def read_credentials(context: Context, operation: op.ReadCredentials) -> None:
    """Write the reading of the credentials for a security scheme."""
    context.out.comment("security scheme")
    target = context.slot(operation.into)
    check = context.constant("check", operation.check, operation.into.name)
    context.out.line(f"{target} = {check}({_values(context, operation.source)})")
    context.journal.append(target)


def _values(context: Context, source: op.Source) -> str:
    """Return the expression of the fields of the head, or of a mapping of other values."""
    if source == "header":
        return "request.headers.raw" if context.shows_request else context.dialect.headers
    helper, _ = _INDEXES[source, False]
    raw = context.dialect.query if source == "query" else context.dialect.headers
    if context.shows_request:
        if source == "cookie":
            return "request.cookies"
        helper, raw = _SHOWN[source, False]
    return f"{context.tool(helper)}({raw})"


def _received(context: Context, source: str) -> str:
    """Return the expression of a part of the request, as the generic path reads it."""
    if context.shows_request:
        shown = {"path": "path_params", "query": "query_params", "header": "headers"}
        return f"request.{shown.get(source, 'cookies')}"
    dialect = context.dialect
    if source == "path":
        return dialect.path
    if source == "query":
        return f"{context.tool('QueryParams')}({dialect.query})"
    if source == "header":
        return f"{context.tool('Headers')}(raw={dialect.headers})"
    return f"{context.tool('cookie_values')}({dialect.headers})"


def validate_group(context: Context, operation: op.ValidateGroup) -> None:
    """Write the reading of all parameters of one callable."""
    out = context.out
    out.comment("read and validate parameters")
    names = [context.slot(read.into) for read in operation.reads]
    if len(names) > 1:
        out.assign(names[:-1], context.tool("UNREAD"))
    refuse = context.refusal(operation)
    with context.or_hand_over("Exception", names[:-1], with_error=True, unless=refuse):
        for read in operation.reads:
            if isinstance(read, op.ReadParameter):
                _read_parameter(context, read)
            elif isinstance(read, op.ReadModel):
                _read_model(context, read)
            else:
                _read_body_value(context, read)
    context.journal.extend(names)


def reuse_dependency(context: Context, operation: op.ReuseDependency) -> None:
    """Write nothing: the parameters have the same values as the first time."""
    context.journal.extend(context.slot(slot) for slot in operation.first)


def provide(context: Context, operation: op.Provide) -> None:
    """Write the creation of an object that the framework provides."""
    name = context.slot(operation.into)
    if operation.what == "security scopes":
        scopes = context.constant("scopes", operation.scopes, "scopes")
        context.out.line(f"{name} = {context.tool('SecurityScopes')}(list({scopes}))")
        return
    context.slots[operation.into] = _GIVEN[operation.what]


def _read_parameter(context: Context, read: op.ReadParameter) -> None:
    target = context.slot(read.into)
    keys = [context.names.literal(_key(read.source, key)) for key in read.keys]
    if not keys:
        context.out.line(f"{target} = {_default(context, read)}")
        return
    source = source_of(context, read)
    decode = '.decode("latin-1")' if read.source == "header" and not read.many else ""
    default = _default(context, read)
    if len(keys) > 1 or read.contents:
        keys_read = f"({', '.join(keys)}{',' if len(keys) == 1 else ''})"
        context.out.line(f"found = {context.tool('first_present')}({source}, {keys_read})")
        if read.contents:
            context.out.line(f"found = await {context.tool('file_content')}(found)")
        _write_found(context, read, "found", default, decode)
        return
    # A user's validator may change the list, which other parameters may share.
    copy = ".copy()" if read.many and not read.is_builtin else ""
    value = _validated(context, read, f"{source}[{keys[0]}]{decode}{copy}")
    if default is None:
        context.out.line(f"{target} = {value}")
    else:
        context.out.choice(target, value, f"{keys[0]} in {source}", default)


def source_of(context: Context, read: op.ReadParameter) -> str:
    """Return the name of the values that a parameter is read from."""
    whole = {"path": "path", "argument": "arguments"}
    return whole.get(read.source) or _INDEXES[read.source, read.many][1]


def _write_found(
    context: Context,
    read: op.ReadParameter | op.ReadBodyValue,
    found: str,
    default: str | None,
    decode: str = "",
) -> None:
    """Write the handling of a value that was looked up and may be `MISSING`."""
    target = context.slot(read.into)
    missing = context.tool("MISSING")
    value = _validated(context, read, found + decode)
    if default is not None:
        context.out.choice(target, value, f"{found} is not {missing}", default)
        return
    with context.out.block(f"if {found} is {missing}:"):
        context.out.line(f"raise {context.tool('ValueMissing')}")
    if value != target:
        context.out.line(f"{target} = {value}")


def _key(source: str, key: str) -> str | bytes:
    return key.lower().encode("latin-1") if source == "header" else key


def _validated(context: Context, read: op.ReadParameter | op.ReadBodyValue, value: str) -> str:
    if read.validator is None:
        return value
    # Files are objects with attributes; the error of a whole body must be FastAPI's.
    is_body = isinstance(read, op.ReadBodyValue) or read.source == "form"
    options = ", from_attributes=True" if is_body else ""
    return f"{context.constant('validate', read.validator, read.into.name)}({value}{options})"


def _default(context: Context, read: op.ReadParameter | op.ReadBodyValue) -> str | None:
    default = read.default
    if default.kind == "required":
        return None
    if default.kind == "made":
        return f"{context.constant('make', default.value, read.into.name)}()"
    if default.kind == "copied":
        value = context.constant("default", default.value, read.into.name)
        return f"{context.tool('deepcopy')}({value})"
    if default.value is None or type(default.value) in (bool, int, str):
        return context.names.literal(default.value)
    return context.constant("default", default.value, read.into.name)


def _read_model(context: Context, read: op.ReadModel) -> None:
    target = context.slot(read.into)
    if read.source == "form":
        # What to read from the form is decided once.
        read_form = context.tools["form_reader"](read.model)
        context.out.line(
            f"{target} = await {context.constant('read', read_form, read.into.name)}(form)"
        )
        return
    model = context.constant("model", read.model, read.into.name)
    read_model = context.tool("read_model")
    context.out.line(f"{target} = {read_model}({model}, {_received(context, read.source)})")


def _is_validated(context: Context) -> bool:
    return any(isinstance(item, op.ReadBody) and item.validate for item in context.plan.operations)


def _is_decoded(context: Context) -> bool:
    return any(isinstance(item, op.ReadBody) and item.decode for item in context.plan.operations)


def _read_body_value(context: Context, read: op.ReadBodyValue) -> None:
    if _is_validated(context):
        with context.out.block(f"if valid_body is {context.tool('MISSING')}:"):
            _write_found(context, read, "body", _default(context, read))
        with context.out.block("else:"):
            context.out.line(f"{context.slot(read.into)} = valid_body")
        return
    if "body" not in context.state and not _is_decoded(context):
        # An override has a body parameter, and the route that uses it has none.
        _write_found(context, read, context.tool("MISSING"), _default(context, read))
        return
    found = "body"
    if read.keys:
        found = "found"
        keys = "".join(f"{context.names.literal(key)}, " for key in read.keys).rstrip()
        context.out.line(f"found = {context.tool('body_member')}(body, ({keys}))")
    _write_found(context, read, found, _default(context, read))

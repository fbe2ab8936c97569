"""Strategies that draw the description of an application."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from . import catalogue, values
from .description import (
    Application,
    Endpoint,
    Function,
    Kind,
    Marker,
    Model,
    Parameter,
    Place,
    Style,
    Type,
    Use,
)

T = TypeVar("T")

NAMES = (
    "a", "b", "c", "limit", "item_id", "x_token", "user_agent", "naïve", "value", "values",
    "errors", "scope", "receive", "send", "body", "headers", "call", "endpoint",
    "str", "len", "id", "Exception",
)  # fmt: skip
PATH_NAMES = ("p", "r", "path", "query")
ALIASES = ("x-a", "B", "with space", "é", "it's", '"q"', "back\\slash", "a_b", "class", "request")
CONSTRAINED_MARKERS = frozenset({"path", "query", "header", "cookie", "body", "form", "field"})
DOCUMENTED = (
    'title="T"',
    'description="What it is for."',
    "deprecated=True",
    'examples=["one"]',
    'json_schema_extra={"x-extra": 1}',
)
DOCUMENTED_PARAMETER = (
    *DOCUMENTED,
    "include_in_schema=False",
    'openapi_examples={"one": {"value": 1}}',
)
REFUSALS = (
    'HTTPException(418, "refused", headers={"x-why": "teapot"})',
    'HTTPException(404, {"why": [1]})',
    'ValueError("a bad value")',
    'Refused("odd")',
)
SCHEMES = (
    'APIKeyHeader(name="x-key")',
    'APIKeyQuery(name="key", auto_error=False)',
    'APIKeyCookie(name="key", scheme_name="Biscuit")',
    "HTTPBearer()",
    "HTTPBearer(auto_error=False)",
    'HTTPBasic(realm="r")',
    'OAuth2PasswordBearer("/token", scopes={"read": "Read.", "write": "Write."}, auto_error=False)',
)
KINDS: tuple[Kind, ...] = (
    "async", "sync", "generator", "async generator", "class", "instance", "partial", "scheme",
)  # fmt: skip
APPLICATION_OPTIONS = (
    "strict_content_type=False",
    "redirect_slashes=False",
    "default_response_class=JSONResponse",
    "separate_input_output_schemas=False",
)
MODEL_CONFIGS = (
    "extra='forbid'",
    "extra='allow'",
    "populate_by_name=True",
    "validate_by_alias=False, validate_by_name=True",
    "strict=True",
    "title='Titled'",
    "str_strip_whitespace=True",
)
METHODS = ("get", "post", "put", "delete", "patch", "head", "options")
ROUTE_OPTIONS = (
    'tags=["t"]',
    'summary="A summary"',
    'description="Written *here*."',
    'response_description="As asked"',
    "deprecated=True",
    'operation_id="chosen"',
    'name="named"',
    "include_in_schema=False",
    'responses={404: {"description": "Absent"}, "5XX": {"description": "Broken"}}',
    'openapi_extra={"x-route": [1]}',
)
MODEL_ROUTE_OPTIONS = (
    "response_model_exclude_unset=True",
    "response_model_exclude_defaults=True",
    "response_model_exclude_none=True",
    "response_model_by_alias=False",
    "response_model_include={'a'}",
    "response_model_exclude={'a', 'limit'}",
)
STATUS_CODES = (201, 202, 400, 204, 304)
RESPONSES = (
    'JSONResponse({"a": 1}, status_code=201)',
    'PlainTextResponse("é", headers={"x-b": "1"})',
    'RedirectResponse("/elsewhere?a=é")',
    'StreamingResponse(iter([b"a", b"b"]), media_type="text/plain")',
    "Response(status_code=204)",
)
SIMPLE_ANSWERS = ("None", "1.5", '"text"', "[1, None]", 'float("nan")', "Decimal('1.50')", "b'ab'")


@dataclass
class Context:
    """What the parts drawn so far offer to the next one."""

    models: list[Model] = field(default_factory=list)
    dependencies: list[Function] = field(default_factory=list)
    depths: dict[str, int] = field(default_factory=dict)
    body_places: tuple[Place, ...] = ("body",)

    def named(self, *kinds: Kind) -> set[str]:
        """Return the names of the dependencies of some kinds."""
        return {function.name for function in self.dependencies if function.kind in kinds}

    def body_types(self) -> tuple[Type, ...]:
        """Return the types that have models in them."""
        names = [model.name for model in self.models]
        return tuple(t for name in names for t in catalogue.of_model(name, names[-1]))


def rarely(draw: DrawFn, one_in: int) -> bool:
    """Decide for the unusual; shrinking leads to the usual."""
    return bool(draw(st.integers(0, one_in - 1)) == one_in - 1)


def coin(draw: DrawFn) -> bool:
    return draw(st.booleans())


def some(draw: DrawFn, choices: Sequence[T], most: int) -> tuple[T, ...]:
    """Draw a few different items."""
    return tuple(draw(st.lists(st.sampled_from(choices), max_size=most, unique=True)))


def one(draw: DrawFn, choices: Sequence[T]) -> T:
    return draw(st.sampled_from(choices))


@st.composite
def applications(draw: DrawFn) -> Application:
    """Draw an application that may well refuse to be built."""
    family: tuple[Place, ...] = one(draw, (("body",), ("body",), ("form", "file"), ()))
    context = Context(body_places=family)
    for index in range(draw(st.integers(0, 3))):
        context.models.append(model(draw, f"M{index}", context))
    for index in range(draw(st.integers(0, 5))):
        add_dependency(draw, f"dep_{index}", context)
    endpoints = [endpoint(draw, f"e{i}", context) for i in range(draw(st.integers(1, 3)))]
    overrides = []
    for index in range(1, len(context.dependencies)):
        if rarely(draw, 12):
            overrides.append((f"dep_{index}", f"dep_{draw(st.integers(0, index - 1))}"))
    return Application(
        endpoints=tuple(endpoints),
        dependencies=tuple(context.dependencies),
        models=tuple(context.models),
        options=some(draw, APPLICATION_OPTIONS, 1) if rarely(draw, 3) else (),
        required=uses(draw, context, (), 1) if rarely(draw, 5) else (),
        router_prefix=one(draw, ("", "/r", "/r/{r}")),
        router_options=one(draw, ((), ('tags=["router"]',), ("deprecated=True",))),
        router_required=uses(draw, context, (), 1) if rarely(draw, 5) else (),
        overrides=tuple(overrides),
        postponed=coin(draw),
    )


def model(draw: DrawFn, name: str, context: Context) -> Model:
    types = tuple(type_ for type_ in catalogue.BODY_TYPES if type_.annotation)
    for earlier in context.models:
        types += catalogue.of_model(earlier.name) * 4
    names = one_name_each(draw, NAMES[:10], draw(st.integers(1, 4)))
    fields = [parameter(draw, name, "field", one(draw, types)) for name in names]
    return Model(name, tuple(fields), some(draw, MODEL_CONFIGS, 1) if rarely(draw, 3) else ())


def one_name_each(draw: DrawFn, names: Sequence[str], count: int) -> list[str]:
    return draw(st.lists(st.sampled_from(names), min_size=count, max_size=count, unique=True))


def parameter(draw: DrawFn, name: str, place: Place, type_: Type) -> Parameter:
    """Draw how a parameter is declared."""
    inferred_place = "query" if type_ in catalogue.PARAMETER_TYPES else "body"
    inferred = place in ("path", "field", inferred_place) or "UploadFile" in type_.annotation
    styles: tuple[Style, ...] = ("annotated", "assigned", *((("plain",) * 2) if inferred else ()))
    style = one(draw, styles if type_.annotation else styles[1:])
    options: tuple[str, ...] = ()
    if style != "plain":
        options = marker_options(draw, place, type_)
    default = ""
    if place != "path" and not coin(draw):
        if type_.defaults and not rarely(draw, 5):
            default = one(draw, type_.defaults)
        elif style != "plain" and type_.defaults:
            options += (f"default_factory=lambda: {one(draw, type_.defaults)}",)
    elif style == "assigned" and coin(draw):
        default = "..."
    if default and style != "plain" and rarely(draw, 6):
        options += ("validate_default=True",)
    return Parameter(
        name,
        place,
        type_,
        style,
        options,
        default,
        sent_as(name, place, options),
        "embed=True" in options,
    )


def marker_options(draw: DrawFn, place: Place, type_: Type) -> tuple[str, ...]:
    """Draw the arguments of `Query(…)` and its sisters."""
    options: tuple[str, ...] = ()
    if type_.options and coin(draw):
        options += some(draw, type_.options, 1 + rarely(draw, 3))
    if rarely(draw, 4):
        options += naming(draw)
    if rarely(draw, 4):
        options += some(draw, DOCUMENTED if place == "field" else DOCUMENTED_PARAMETER, 2)
    if place == "header" and rarely(draw, 5):
        options += ("convert_underscores=False",)
    if place == "body" and rarely(draw, 5):
        options += ("embed=True",)
    return tuple({option.partition("=")[0]: option for option in options}.values())


def naming(draw: DrawFn) -> tuple[str, ...]:
    first, second = repr(one(draw, ALIASES)), repr(one(draw, ALIASES))
    forms: tuple[tuple[str, ...], ...] = (
        (f"alias={first}",),
        (f"validation_alias={first}",),
        (f"validation_alias=AliasChoices({first}, {second})",),
        (f"alias={first}", f"validation_alias={second}"),
        (f"serialization_alias={first}",),
        (f"validation_alias=AliasPath({first}, 0)",),
        (f"validation_alias=AliasChoices({first}, AliasPath({second}, 0))",),
    )
    return one(draw, forms)


def sent_as(name: str, place: Place, options: Sequence[str]) -> tuple[str, ...]:
    """Tell by which names a parameter can be sent, the right ones first."""
    given = dict(option.split("=", 1) for option in options)
    names = [alias for alias in ALIASES if repr(alias) in given.get("validation_alias", "")]
    names += [alias for alias in ALIASES if repr(alias) == given.get("alias")]
    if place == "header":
        names.append(name.replace("_", "-"))
    return (*names, name)


def uses(
    draw: DrawFn, context: Context, names: Sequence[str], most: int, deepest: int = 3
) -> tuple[Use, ...]:
    """Draw parameters that are dependencies, one for each name, or nameless ones."""
    allowed = [name for name, depth in context.depths.items() if depth < deepest]
    if not allowed:
        return ()
    used = [one(draw, allowed) for _ in names or range(draw(st.integers(0, most)))]
    padded = names or [""] * len(used)
    return tuple(use(draw, context, name, call) for name, call in zip(padded, used, strict=True))


def use(draw: DrawFn, context: Context, name: str, dependency: str) -> Use:
    """Draw how a parameter asks for a dependency."""
    options = ["use_cache=False"] if rarely(draw, 5) else []
    marker: Marker = "Security" if rarely(draw, 6) else "Depends"
    if marker == "Security":
        options += some(draw, ('scopes=["read"]', 'scopes=["write", "read"]'), 1)
    elif rarely(draw, 2 if dependency in context.named("generator", "async generator") else 9):
        # A request that uses it more often at once waits for itself for ever.
        options.append(one(draw, ('scope="function"', 'scope="request"', "max_concurrency=4")))
    by_type = bool(name) and dependency in context.named("class") and coin(draw)
    return Use(name, dependency, tuple(options), marker, coin(draw), by_type)


def add_dependency(draw: DrawFn, name: str, context: Context) -> None:
    kind = one(draw, KINDS)
    if kind == "scheme":
        context.dependencies.append(Function(name, kind, scheme=one(draw, SCHEMES)))
    else:
        function = callable_(draw, name, kind, context, deepest=2)
        if kind in ("generator", "async generator") and rarely(draw, 20):
            function = replace(function, raises_at_exit=one(draw, REFUSALS))
        if rarely(draw, 10):
            # In the path of some routes, in the query of others.
            at_hand = Parameter("p", "path", catalogue.INTEGER, sent_as=("p",))
            function = replace(function, parameters=(at_hand, *function.parameters))
        context.dependencies.append(function)
    used = [context.depths[use.dependency] for use in context.dependencies[-1].uses]
    context.depths[name] = 1 + max(used, default=-1)


def callable_(
    draw: DrawFn,
    name: str,
    kind: Kind,
    context: Context,
    deepest: int = 3,
    path_parameters: tuple[Parameter, ...] = (),
) -> Function:
    """Draw a function with parameters of all sorts."""
    names = one_name_each(draw, NAMES, draw(st.integers(0, 4)))
    used = draw(st.integers(0, min(3, len(names)))) if context.dependencies else 0
    places: tuple[Place, ...] = ("query", "query", "header", "cookie", *context.body_places)
    parameters = list(path_parameters)
    for parameter_name in names[used:]:
        place = one(draw, places)
        parameters.append(parameter(draw, parameter_name, place, type_for(draw, place, context)))
    injected = ("request", "connection", "response", "tasks", "security_scopes")
    return Function(
        name,
        kind,
        tuple(parameters),
        uses(draw, context, names[:used], 0, deepest) if used else (),
        some(draw, injected, 2) if rarely(draw, 3) else (),
        keyword_only=coin(draw),
        raises=one(draw, REFUSALS) if rarely(draw, 20) else "",
    )


def type_for(draw: DrawFn, place: Place, context: Context) -> Type:
    """Draw a type that can stand in that place."""
    if place == "file":
        return one(draw, catalogue.FILES)
    if place == "path":
        return one(draw, catalogue.SCALARS)
    if place == "body":
        return one(draw, context.body_types() * 8 + catalogue.BODY_TYPES)
    flat = [m.name for m in context.models if not any(f.type.model for f in m.fields)]
    if flat and rarely(draw, 8):
        types = catalogue.of_model(one(draw, flat), flat[-1])[:3]
        return one(draw, types if place == "form" else types[1:])
    return one(draw, catalogue.PARAMETER_TYPES * 2 + catalogue.LIST_TYPES)


def endpoint(draw: DrawFn, name: str, context: Context) -> Endpoint:
    path, path_parameters = path_of(draw, name)
    kind: Kind = one(draw, KINDS[2:4] if rarely(draw, 10) else KINDS[:2])
    function = callable_(draw, name, kind, context, path_parameters=path_parameters)
    answer, annotation, options = answer_of(draw, function, context)
    if "generator" in kind:
        annotation, options = as_stream(draw, kind, annotation, options)
    if rarely(draw, 5):
        options += some(draw, ROUTE_OPTIONS, 3)
    if rarely(draw, 5):
        options += (f"status_code={one(draw, STATUS_CODES[: 3 if annotation else 5])}",)
    return Endpoint(
        function,
        one(draw, METHODS[:5]) if not rarely(draw, 20) else one(draw, METHODS),
        path,
        answer,
        annotation,
        options,
        uses(draw, context, (), 2) if rarely(draw, 4) else (),
        on_router=coin(draw),
    )


def path_of(draw: DrawFn, name: str) -> tuple[str, tuple[Parameter, ...]]:
    """Draw a path and the parameters in it."""
    path = one(draw, (f"/{name}", f"/{name}", "/shared", "/it's", '/"q" é'))
    parameters = []
    for parameter_name in some(draw, PATH_NAMES[:1] + PATH_NAMES[2:], 2):
        declared = parameter(draw, parameter_name, "path", type_for(draw, "path", Context()))
        convertor = one(draw, (":int", ":path", ":float", ":uuid")) if rarely(draw, 8) else ""
        path += f"/{{{parameter_name}{convertor}}}" + one(draw, ("", "", "/end"))
        parameters.append(declared)
    return path + ("/" if rarely(draw, 10) else ""), tuple(parameters)


def as_stream(
    draw: DrawFn, kind: Kind, item: str, options: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """Make a stream of what an endpoint returns: JSON lines, server-sent events or raw chunks."""
    streams = (
        ("Iterable", "Iterator") if kind == "generator" else ("AsyncIterable", "AsyncIterator")
    )
    classes = ("", "", "response_class=EventSourceResponse", "response_class=StreamingResponse")
    kept = [option for option in options if option.startswith("response_model_")]
    annotation = f"{one(draw, streams)}[{item}]" if item else ""
    return annotation, tuple(filter(None, (*kept, one(draw, classes))))


def answer_of(
    draw: DrawFn, function: Function, context: Context
) -> tuple[str, str, tuple[str, ...]]:
    """Draw what is returned: the expression, the return annotation, and route options."""
    forms = ["received", "received", "simple", "response"]
    match one(draw, forms + ["model"] * 4 if context.models else forms):
        case "received":
            names = [p.name for p in function.parameters if p.place != "file"]
            received = ", ".join(f"{name!r}: {name}" for name in names)
            annotation = one(draw, ("", "", "dict", "dict[str, Any]", "Any"))
            return f"{{{received}}}", annotation, response_class(draw)
        case "simple":
            annotation = one(draw, ("", "str", "int | None", "Decimal | float", "list[int | None]"))
            return one(draw, SIMPLE_ANSWERS), annotation, response_class(draw)
        case "response":
            return one(draw, RESPONSES), one(draw, ("", "Response")), ()
        case _:
            return model_answer(draw, function, context)


def model_answer(
    draw: DrawFn, function: Function, context: Context
) -> tuple[str, str, tuple[str, ...]]:
    type_ = one(draw, context.body_types())
    models = {model.name: model for model in context.models}
    answer = repr(values.fitting(draw, type_, models, by_name=coin(draw)))
    received = [p.name for p in function.parameters if p.place == "body" and p.type.model]
    if received and coin(draw):
        answer = one(draw, received)
    options = some(draw, MODEL_ROUTE_OPTIONS, 2) + response_class(draw)
    if coin(draw):
        return answer, type_.annotation, options
    return (
        answer,
        one(draw, ("", "", "dict", "Any")),
        (f"response_model={type_.annotation}", *options),
    )


def response_class(draw: DrawFn) -> tuple[str, ...]:
    if not rarely(draw, 8):
        return ()
    return (f"response_class={one(draw, ('JSONResponse', 'PlainTextResponse', 'HTMLResponse'))}",)

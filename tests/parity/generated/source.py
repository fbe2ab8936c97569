"""From a description to the text of a Python module, the same for each framework.

The text needs nothing else, so that a failing example can be kept in a file and run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from .description import Application, Endpoint, Function, Model, Parameter, Use

PREAMBLE = '''\
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from functools import partial
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

from {framework} import (
    APIRouter, BackgroundTasks, Body, Cookie, Depends, FastAPI, File, Form, Header,
    HTTPException, Path, Query, Request, Response, Security, UploadFile,
)
from {framework}.requests import HTTPConnection
from {framework}.responses import (
    EventSourceResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse,
    StreamingResponse,
)
from {framework}.security import (
    APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPBasic, HTTPBearer, OAuth2PasswordBearer,
    SecurityScopes,
)
from pydantic import (
    AfterValidator, AliasChoices, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, Json,
    StringConstraints,
)
from typing_extensions import TypeAliasType

Bounded = TypeAliasType("Bounded", Annotated[int, Field(gt=1)])


class Color(str, Enum):
    red = "red"
    blue = "blue"


class Level(IntEnum):
    low = 1
    high = 2


class Refused(Exception):
    pass


def refuse_odd(value: int) -> int:
    if value % 2:
        raise ValueError("must be even")
    return value


def grow(values):
    """Change what is mutable: no later request may see it."""
    for value in values:
        if isinstance(value, list):
            value.append("grown")
        elif isinstance(value, (dict, set)):
            value.update({{"grown": 1}})


def show(value):
    """Tell a value and its type, the same in every run."""
    if isinstance(value, (set, frozenset)):
        return f"{{type(value).__name__}} {{sorted(map(show, value))}}"
    if isinstance(value, SecurityScopes):
        return f"scopes {{value.scopes}}"
    if isinstance(value, UploadFile):
        content = value.file.read()
        value.file.seek(0)
        return f"file {{value.filename!r}} {{value.content_type!r}} {{value.size}} {{content!r}}"
    if isinstance(value, (Request, HTTPConnection, Response, BackgroundTasks)):
        return type(value).__name__
    return repr(value)


LOG = []


def log(event, arguments):
    """Record an event; return a token that differs from that of every other call."""
    LOG.append(f"{{event}} {{ {{name: show(value) for name, value in arguments.items()}} }}")
    return f"{{event}}#{{len(LOG)}}"
'''

INJECTED = {
    "request": "Request",
    "connection": "HTTPConnection",
    "response": "Response",
    "tasks": "BackgroundTasks",
    "security_scopes": "SecurityScopes",
}
EFFECTS = {
    "response": (
        'response.headers["x-{name}"] = "set"',
        'response.set_cookie("{name}", "set")',
    ),
    "tasks": ('tasks.add_task(log, "task of {name}", {{}})',),
}
MARKERS = {
    "path": "Path",
    "query": "Query",
    "header": "Header",
    "cookie": "Cookie",
    "body": "Body",
    "form": "Form",
    "file": "File",
    "field": "Field",
}


def load(application: Application, framework: str) -> Any:
    """Execute the module of an application under a framework; its `app` is ready to be called."""
    text = module_text(application, framework)
    module = ModuleType("generated_application")
    sys.modules[module.__name__] = module  # Pydantic looks there for postponed annotations.
    exec(compile(text, f"<{module.__name__}>", "exec", dont_inherit=True), module.__dict__)
    return module


def module_text(application: Application, framework: str) -> str:
    """Write the whole module."""
    postponed = "from __future__ import annotations\n" if application.postponed else ""
    router_options = [f"prefix={application.router_prefix!r}", *application.router_options]
    sections = [
        postponed + PREAMBLE.format(framework=framework),
        *map(model_text, application.models),
        *map(dependency_text, application.dependencies),
        f"app = FastAPI({arguments(application.options, application.required)})\n"
        f"router = APIRouter({arguments(router_options, application.router_required)})",
        *map(endpoint_text, application.endpoints),
        "app.include_router(router)",
        "\n".join(f"app.dependency_overrides[{a}] = {b}" for a, b in application.overrides),
    ]
    return "\n\n\n".join(section.rstrip() for section in sections if section) + "\n"


def model_text(model: Model) -> str:
    lines = [f"class {model.name}(BaseModel):"]
    if model.config:
        lines.append(f"    model_config = ConfigDict({', '.join(model.config)})")
    lines += [f"    {declaration(field)}" for field in model.fields] or ["    pass"]
    return "\n".join(lines)


def dependency_text(function: Function) -> str:
    name = function.name
    match function.kind:
        case "scheme":
            return f"{name} = {function.scheme}"
        case "class":
            lines = [f"class {name}:", *indented(function_lines(function, "def __init__", "self"))]
            return "\n".join([*lines, "", "    def __repr__(self):", "        return self.token"])
        case "instance":
            lines = [f"class Callable_{name}:"]
            lines += indented(function_lines(function, "async def __call__", "self"))
            return "\n".join([*lines, "", "", f"{name} = Callable_{name}()"])
        case "partial":
            lines = function_lines(function, f"def whole_{name}", "bound")
            return "\n".join([*lines, "", "", f"{name} = partial(whole_{name}, 'bound')"])
        case "sync" | "generator":
            return "\n".join(function_lines(function, f"def {name}"))
        case "async" | "async generator":
            return "\n".join(function_lines(function, f"async def {name}"))


def endpoint_text(endpoint: Endpoint) -> str:
    options = [repr(endpoint.path), *endpoint.options]
    owner = "router" if endpoint.on_router else "app"
    head = "async def" if "async" in endpoint.function.kind else "def"
    head = f"{head} {endpoint.function.name}"
    lines = function_lines(endpoint.function, head, result=endpoint.answer)
    if endpoint.annotation:
        lines[0] = lines[0].removesuffix(":") + f" -> {endpoint.annotation}:"
    decorator = f"@{owner}.{endpoint.method}({arguments(options, endpoint.dependencies)})"
    return "\n".join([decorator, *lines])


def function_lines(
    function: Function, head: str, first: str = "", result: str = "token"
) -> list[str]:
    """Write a function that records what it received and gives its own token, or a result."""
    names = [parameter.name for parameter in function.parameters]
    names += [*(use.name for use in function.uses), *function.injected]
    seen = ", ".join(f"{name!r}: {name}" for name in names)
    lines = [f"{head}({signature(function, first)}):"]
    lines.append(f"    token = log({function.name!r}, {{{seen}}})")
    if function.parameters:
        lines.append(
            f"    grow([{', '.join(parameter.name for parameter in function.parameters)}])"
        )
    for name in function.injected:
        lines += [f"    {text.format(name=function.name)}" for text in EFFECTS.get(name, ())]
    if function.raises:
        lines.append(f"    raise {function.raises}")
    return lines + indented(ending(function, result))


def ending(function: Function, result: str = "token") -> Iterator[str]:
    """Write how a function gives its token to who depends on it."""
    if function.kind == "class":
        yield "self.token = token"
    elif "generator" not in function.kind:
        yield f"return {result}"
    else:
        yield "try:"
        yield f"    yield {result}"
        yield "except BaseException as error:"
        yield f"    log('{function.name} caught ' + type(error).__name__, {{}})"
        yield "    raise"
        yield "finally:"
        yield f"    log('{function.name} exit', {{}})"
        if function.raises_at_exit:
            yield f"raise {function.raises_at_exit}"


def signature(function: Function, first: str = "") -> str:
    """Write the parameters in an order that Python accepts."""
    items = [(parameter.has_default(), declaration(parameter)) for parameter in function.parameters]
    items += [(not use.annotated, use_declaration(use)) for use in function.uses]
    items += [(False, f"{name}: {INJECTED[name]}") for name in function.injected]
    if not function.keyword_only:
        items.sort(key=lambda item: item[0])
    star = ["*"] if function.keyword_only and items else []
    return ", ".join([*filter(None, [first]), *star, *(text for _, text in items)])


def declaration(parameter: Parameter) -> str:
    annotation, default = parameter.type.annotation, parameter.default
    options = list(parameter.options)
    if parameter.style == "annotated":
        annotation = f"Annotated[{annotation}, {MARKERS[parameter.place]}({', '.join(options)})]"
    elif parameter.style == "assigned":
        if default:
            options.insert(0, default)
        default = f"{MARKERS[parameter.place]}({', '.join(options)})"
    text = f"{parameter.name}: {annotation}" if annotation else parameter.name
    return f"{text} = {default}" if default else text


def use_declaration(use: Use) -> str:
    annotation = use.dependency if use.by_type else "Any"
    if use.annotated:
        return f"{use.name}: Annotated[{annotation}, {use_text(use)}]"
    return f"{use.name}: {annotation} = {use_text(use)}"


def use_text(use: Use) -> str:
    dependency = () if use.by_type else (use.dependency,)
    return f"{use.marker}({', '.join([*dependency, *use.options])})"


def arguments(options: Iterable[str], dependencies: Iterable[Use]) -> str:
    """Write the options of an application, a router or a route."""
    listed = ", ".join(map(use_text, dependencies))
    return ", ".join([*options, *([f"dependencies=[{listed}]"] if listed else [])])


def indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]

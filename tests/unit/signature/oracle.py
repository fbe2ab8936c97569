"""Describes a dependency graph so that two packages' readings of one declaration compare."""

import re
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

FUNCTIONS = ("Path", "Query", "Header", "Cookie", "Body", "Form", "File", "Depends", "Security")
SAMPLES: tuple[Any, ...] = (
    "1",
    "abc",
    "",
    "true",
    "2020-01-01",
    "1.5",
    b"raw",
    None,
    3,
    [],
    ["1", "2"],
    ["x"],
    {},
    {"a": "1"},
    {"a": "x", "extra": 1},
    {"name": "n", "kind": "cat"},
)


def interface(package: str) -> SimpleNamespace:
    """Give the public names that declarations use, from `fastapi` or `rapide`."""
    functions = import_module(f"{package}.param_functions")
    names = {name: getattr(functions, name) for name in FUNCTIONS}
    return SimpleNamespace(
        **names,
        UploadFile=import_module(f"{package}.datastructures").UploadFile,
        BackgroundTasks=import_module(f"{package}.background").BackgroundTasks,
        SecurityScopes=import_module(f"{package}.security.oauth2").SecurityScopes,
        OAuth2PasswordBearer=import_module(f"{package}.security.oauth2").OAuth2PasswordBearer,
        HTTPBearer=import_module(f"{package}.security.http").HTTPBearer,
        params=import_module(f"{package}.params"),
    )


def readable(value: Any) -> str:
    """Give a representation without package names, addresses and serial names."""
    text = re.sub(r" at 0x[0-9a-f]+", "", repr(value))
    text = re.sub(r"functools\.partial\(<function \w+>", "functools.partial(…", text)
    text = re.sub(r"(fastapi|rapide)\.[\w.]+\.(?=Body_)", "", text)
    return re.sub(r"\b(fastapi|rapide)\b", "package", text)


def describe_field(field: Any) -> dict[str, Any]:
    info = field.field_info
    return {
        "name": field.name,
        "kind": type(info).__name__,
        "in": getattr(getattr(info, "in_", None), "value", None),
        "alias": field.alias,
        "aliases": (readable(info.validation_alias), field.validation_alias),
        "serialization_alias": field.serialization_alias,
        "required": info.is_required(),
        "default": readable(info.default),
        "annotation": readable(info.annotation),
        "metadata": readable(info.metadata),
        "embed": getattr(info, "embed", None),
        "media_type": getattr(info, "media_type", None),
        "include_in_schema": getattr(info, "include_in_schema", None),
        "schema": readable(outcome(lambda: field._type_adapter.json_schema(mode=field.mode))),
        "outcomes": [
            readable(outcome(lambda sample=sample: field.validate(sample, loc=("query", "it"))))
            for sample in SAMPLES
        ],
    }


def outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:
        return type(error).__name__, str(error)


def describe(dependant: Any, models: Any) -> dict[str, Any]:
    """Describe a dependant of a package, given that package's `dependencies.models`."""
    kinds = ("path_params", "query_params", "header_params", "cookie_params", "body_params")
    plain = (
        "name",
        "request_param_name",
        "websocket_param_name",
        "http_connection_param_name",
        "response_param_name",
        "background_tasks_param_name",
        "security_scopes_param_name",
        "own_oauth_scopes",
        "parent_oauth_scopes",
        "use_cache",
        "path",
        "scope",
    )
    return {
        **{kind: [describe_field(field) for field in getattr(dependant, kind)] for kind in kinds},
        **{name: getattr(dependant, name) for name in plain},
        "call": readable(dependant.call),
        "limit": getattr(dependant.concurrency, "max_concurrency", None),
        "cache_key": readable(models._get_cache_key(dependant=dependant)[1:]),
        "all_scopes": models._get_oauth_scopes(dependant=dependant),
        "uses_scopes": models._uses_scopes(dependant=dependant),
        "is_security_scheme": models._is_security_scheme(dependant=dependant),
        "kind_of_callable": (
            models._is_gen_callable(dependant.call),
            models._is_async_gen_callable(dependant.call),
            models._is_coroutine_callable(dependant.call),
        ),
        "dependencies": [describe(sub, models) for sub in dependant.dependencies],
    }

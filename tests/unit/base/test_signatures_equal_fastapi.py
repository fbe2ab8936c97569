"""The leaf modules have FastAPI's names and signatures, but for the differences listed here."""

import importlib
import inspect
import re
import typing
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Annotated, Any

import pytest

MODULES = [
    "background",
    "concurrency",
    "datastructures",
    "encoders",
    "exception_handlers",
    "exceptions",
    "logger",
    "middleware",
    "middleware.asyncexitstack",
    "middleware.cors",
    "middleware.gzip",
    "middleware.httpsredirect",
    "middleware.trustedhost",
    "middleware.wsgi",
    "param_functions",
    "params",
    "requests",
    "responses",
    "security",
    "security.api_key",
    "security.base",
    "security.http",
    "security.oauth2",
    "security.open_id_connect_url",
    "security.utils",
    "sse",
    "staticfiles",
    "templating",
    "testclient",
    "types",
    "websockets",
]

# Names that FastAPI's modules import for their own use.
NOT_PART_OF_THE_INTERFACE = {
    "background": {"P", "StarletteBackgroundTasks"},
    "concurrency": {"CancelScope", "CapacityLimiter", "Semaphore", "RunVar"}
    | {"checkpoint_if_cancelled"},
    "encoders": {"AnyUrl", "NameEmail", "Color", "PyExtraColor", "is_pydantic_v1_model_instance"},
    "datastructures": {"GetJsonSchemaHandler"},
    "exceptions": {"BaseModel", "create_model"},
    "exception_handlers": {"is_body_allowed_for_status_code", "jsonable_encoder"},
    "security.api_key": {"APIKey", "APIKeyIn", "HTTPException", "HTTP_401_UNAUTHORIZED"}
    | {"SecurityBase"},
    "security.base": {"SecurityBaseModel"},
    "security.http": {"HTTPBaseModel", "HTTPBearerModel", "HTTP_401_UNAUTHORIZED"}
    | {"SecurityBase", "binascii"},
    "security.oauth2": {"OAuth2Model", "OAuthFlowsModel", "HTTP_401_UNAUTHORIZED"}
    | {"SecurityBase"},
    "security.open_id_connect_url": {"HTTPException", "HTTP_401_UNAUTHORIZED"}
    | {"OpenIdConnectModel", "SecurityBase"},
    "param_functions": {"AliasChoices", "AliasPath", "Discriminator", "Example", "deprecated"},
    "params": {"Example", "deprecated"},
    "types": {"BaseModel"},
    "responses": {"importlib", "cast", "Protocol", "orjson", "ujson"},
    "sse": {"BaseModel", "Field", "model_validator", "AfterValidator"},
}

# Signatures that differ on purpose, with the reason.
DIFFERENT_SIGNATURES = {
    "params.Depends": "the private field `_concurrency` has a public class",
    "params.Security": "the private field `_concurrency` has a public class",
    "security.OAuth2": "the default of `flows` is None, because a model would be built at import",
    "security.oauth2.OAuth2": "the default of `flows` is None, for the same reason",
    "security.api_key.APIKeyBase": "`location` may also be a string",
}


def modules(name: str) -> tuple[ModuleType, ModuleType]:
    with warnings.catch_warnings():
        # Starlette deprecates `starlette.middleware.wsgi`.
        warnings.simplefilter("ignore")
        return importlib.import_module(f"rapide.{name}"), importlib.import_module(f"fastapi.{name}")


def own_names(name: str, module: ModuleType) -> set[str]:
    hidden = NOT_PART_OF_THE_INTERFACE.get(name, set()) | {"Annotated", "Any", "Doc"}
    return {
        public
        for public, value in vars(module).items()
        if not public.startswith("_")
        and public not in hidden
        and not inspect.ismodule(value)
        and getattr(value, "__module__", None) not in ("typing", "collections.abc", "pydantic")
    }


def plain(annotation: Any) -> str:
    """The text of an annotation, without documentation and names of packages."""
    text = repr(without_docs(annotation))
    text = re.sub(r"ForwardRef\('([^']*)'\)|'([A-Z][^']*)'", r"\1\2", text)
    text = re.sub(r"<class '([^']*)'>", r"\1", text)
    text = re.sub(r"<function .*?>", "function", text)
    text = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text)
    return re.sub(r"Optional\[(.*)\]$", r"\1 | None", text).strip("'")


def without_docs(annotation: Any) -> Any:
    if typing.get_origin(annotation) is Annotated:
        kept = [m for m in annotation.__metadata__ if type(m).__name__ not in ("Doc", "deprecated")]
        inner = annotation.__origin__
        return Annotated[(inner, *kept)] if kept else inner
    return annotation


def plain_signature(function: Any) -> dict[str, tuple[str, str, str]]:
    try:
        signature = inspect.signature(function)
    except ValueError:  # an exception without a constructor of its own
        return {}
    return {
        parameter.name: (
            parameter.kind.name,
            plain(parameter.annotation),
            re.sub(
                r"<\w+\.datastructures\.DefaultPlaceholder .*>", "unset", repr(parameter.default)
            ),
        )
        for parameter in signature.parameters.values()
    }


def callables() -> Iterator[tuple[str, Any, Any]]:
    for name in MODULES:
        ours, theirs = modules(name)
        for public in sorted(own_names(name, theirs)):
            expected = getattr(theirs, public)
            is_own = getattr(expected, "__module__", "").startswith(f"fastapi.{name}")
            if is_own and callable(expected) and not isinstance(expected, typing.TypeVar):
                yield f"{name}.{public}", getattr(ours, public, None), expected


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_of_fastapi_exists(name: str) -> None:
    ours, theirs = modules(name)
    assert [n for n in sorted(own_names(name, theirs)) if not hasattr(ours, n)] == []


CALLABLES = [pytest.param(*case, id=case[0]) for case in callables()]
CLASSES = [
    pytest.param(ours, theirs, id=name)
    for name, ours, theirs in callables()
    if isinstance(theirs, type)
]


@pytest.mark.parametrize(("name", "ours", "theirs"), CALLABLES)
def test_signatures_are_equal(name: str, ours: Any, theirs: Any) -> None:
    if isinstance(theirs, type) and issubclass(theirs, dict):
        assert plain(ours.__annotations__) == plain(theirs.__annotations__)
    elif name in DIFFERENT_SIGNATURES:
        assert list(plain_signature(ours)) == list(plain_signature(theirs))
        assert plain_signature(ours) != plain_signature(theirs)
    else:
        assert plain_signature(ours) == plain_signature(theirs)


@pytest.mark.parametrize(("ours", "theirs"), CLASSES)
def test_classes_have_the_same_bases_and_methods(ours: type, theirs: type) -> None:
    bases = {base.__name__ for base in theirs.__mro__}
    assert bases <= {base.__name__ for base in ours.__mro__}
    for method, value in vars(theirs).items():
        is_public = not method.startswith("_") or method == "__call__"
        if is_public and inspect.isfunction(value):
            assert plain_signature(getattr(ours, method)) == plain_signature(value), method

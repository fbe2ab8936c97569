"""What the source of each application finds in its namespace."""

from __future__ import annotations

import enum
import functools
import importlib
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal, Optional, Union

import pydantic
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.base import BaseHTTPMiddleware

from .journal import VARIABLES, Journal


class Mine(Exception):
    """An exception that only some applications handle."""


class Other(Mine):
    """A more special one."""


def maker(fw: Any) -> Any:
    """Return what makes the exceptions of a framework by their kind."""

    def make(kind: str, name: str) -> BaseException:
        match kind:
            case "http":
                return fw.HTTPException(418, {"at": name}, headers={"x-at": name})
            case "http404":
                return fw.HTTPException(404)
            case "starlette":
                return StarletteHTTPException(418, name)
            case "mine":
                return Mine(name)
            case "other":
                error = Other(name)
                error.add_note(f"noted at {name}")
                return error
            case "invalid":
                return fw.exceptions.RequestValidationError([{"at": name}], body=name)
            case "custom":
                return PydanticCustomError("probed", "probed {n}", {"n": 1})
            case "assertion":
                return AssertionError(name)
            case "key":
                return KeyError(name)
            case _:
                return ValueError(name)

    return make


def namespace(fw: Any, journal: Journal) -> dict[str, Any]:
    """Return the names that an application is written with."""
    root = fw.root
    names: dict[str, Any] = {"J": journal, "Mine": Mine, "Other": Other, "warnings": warnings}
    names |= {"enum": enum, "partial": functools.partial}
    names |= {"Annotated": Annotated, "Any": Any, "Literal": Literal, "Optional": Optional}
    names |= {"Union": Union, "Iterator": Iterator, "AsyncIterator": AsyncIterator}
    names |= {f"VAR_{n}": variable for n, variable in enumerate(VARIABLES)}
    names |= {name: getattr(pydantic, name) for name in PYDANTIC}
    names |= {name: getattr(fw, name) for name in FRAMEWORK}
    for module, picked in MODULES.items():
        loaded = importlib.import_module(f"{root}.{module}")
        names |= {name: getattr(loaded, name) for name in picked}
    names |= {"BaseHTTPMiddleware": BaseHTTPMiddleware}
    names["StarletteHTTPException"] = StarletteHTTPException
    journal.make = maker(fw)
    return names


PYDANTIC = (
    "BaseModel", "ConfigDict", "Field", "BeforeValidator", "AfterValidator", "WrapValidator",
    "PlainValidator", "PlainSerializer", "WrapSerializer", "field_validator", "model_validator",
    "field_serializer", "model_serializer", "computed_field", "ValidationInfo",
)  # fmt: skip
FRAMEWORK = (
    "FastAPI", "APIRouter", "Depends", "Security", "Query", "Header", "Cookie", "Path", "Body",
    "Form", "File", "UploadFile", "Request", "Response", "BackgroundTasks", "HTTPException",
)  # fmt: skip
MODULES = {
    "responses": ("JSONResponse", "PlainTextResponse", "HTMLResponse", "StreamingResponse"),
    "sse": ("EventSourceResponse", "ServerSentEvent"),
    "routing": ("APIRoute",),
    "requests": ("HTTPConnection",),
    "security": ("APIKeyHeader", "HTTPBearer", "SecurityScopes", "OAuth2PasswordBearer"),
    "exceptions": ("RequestValidationError", "ResponseValidationError"),
    "middleware.cors": ("CORSMiddleware",),
    "middleware.gzip": ("GZipMiddleware",),
}

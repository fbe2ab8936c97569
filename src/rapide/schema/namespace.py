"""Make and use Pydantic's adapters in a module that has the names of FastAPI's.

COMPAT: FastAPI 0.165. An annotation may have a name that its own module does not define at run
time, such as one that is imported for type checkers only. Pydantic then looks the name up in the
module that makes or calls the adapter. So an application works if FastAPI's module happens to have
the name. This module has the same names of types, and no others.
"""

from __future__ import annotations

import re as re
import warnings as warnings
from collections.abc import Sequence as Sequence
from dataclasses import dataclass as dataclass
from enum import Enum as Enum
from typing import Annotated as Annotated
from typing import Any as Any
from typing import Literal as Literal
from typing import Union as Union

from pydantic import BaseModel as BaseModel
from pydantic import ConfigDict as ConfigDict
from pydantic import Field as Field
from pydantic import GetJsonSchemaHandler as GetJsonSchemaHandler
from pydantic import PydanticSchemaGenerationError as PydanticSchemaGenerationError
from pydantic import PydanticUndefinedAnnotation as PydanticUndefinedAnnotation
from pydantic import TypeAdapter as TypeAdapter
from pydantic import ValidationError as ValidationError
from pydantic.fields import FieldInfo as FieldInfo
from pydantic.json_schema import GenerateJsonSchema as GenerateJsonSchema
from pydantic.json_schema import JsonSchemaValue as JsonSchemaValue
from pydantic_core import CoreSchema as CoreSchema
from pydantic_core import Url as Url

from rapide.types import IncEx as IncEx
from rapide.types import ModelNameMap as ModelNameMap
from rapide.types import UnionType as UnionType


def make_adapter(type_: Any, config: ConfigDict | None) -> TypeAdapter[object]:
    """Make the adapter of a type."""
    return TypeAdapter(type_, config=config)


def rebuild_adapter(adapter: TypeAdapter[object], *, force: bool, raise_errors: bool) -> None:
    """Look for the names of a type again.

    Raises:
        PydanticUndefinedAnnotation: With `raise_errors`: a name is not defined.
    """
    adapter.rebuild(force=force, raise_errors=raise_errors)


def validate_unsettled(adapter: TypeAdapter[object], value: object) -> object:
    """Validate by an adapter whose type has names that were not defined when it was made."""
    return adapter.validate_python(value, from_attributes=True)

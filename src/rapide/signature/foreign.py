"""Read FastAPI's own declarations in a signature as if they were ours.

Packages that import `fastapi` put its `Depends`, `Query` and so on into the signatures of
applications that import Rapide. Ray Serve does so for the methods of a class. This module does not
import FastAPI: if it is not in the process, no signature can have its declarations.
"""

import dataclasses
import sys
from typing import Annotated, Any, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from rapide import params
from rapide.datastructures import Default, _Unset

_PARAMS, _DATA = "fastapi.params", "fastapi.datastructures"


def is_fastapi_loaded() -> bool:
    """Return whether FastAPI itself is loaded, not only Rapide under its name."""
    return sys.modules.get(_PARAMS) not in (None, params)


def own_declarations(annotation: object, value: object) -> tuple[object, object]:
    """Return a parameter's annotation and default, with FastAPI's declarations replaced by ours."""
    if get_origin(annotation) is Annotated:
        type_, *metadata = get_args(annotation)
        own = [own_declaration(item) for item in metadata]
        if any(one is not other for one, other in zip(own, metadata, strict=True)):
            annotation = cast(Any, Annotated)[(type_, *own)]
    return annotation, own_declaration(value)


def own_declaration(value: object) -> Any:
    """Return our equivalent of a FastAPI declaration, and any other value unchanged."""
    theirs = next((cls for cls in type(value).__mro__ if cls.__module__ == _PARAMS), None)
    own: Any = None if theirs is None else getattr(params, theirs.__name__, None)
    if own is None:
        return value
    if issubclass(own, FieldInfo):
        return _own_field_info(value, own)
    return own(**{field.name: getattr(value, field.name) for field in dataclasses.fields(own)})


def _own_field_info(value: object, own: type[FieldInfo]) -> FieldInfo:
    made: FieldInfo = own.__new__(own)
    for name in FieldInfo.__slots__:
        if hasattr(value, name):
            setattr(made, name, getattr(value, name))
    vars(made).update({name: _own_attribute(name, item) for name, item in vars(value).items()})
    return made


def _own_attribute(name: str, value: Any) -> object:
    if name == "in_":
        return params.ParamTypes(value.value)
    return _Unset if is_foreign_default(value) and value.value is None else value


def is_foreign_default(value: object) -> bool:
    """Return whether a value is FastAPI's marker of a default."""
    return type(value).__module__ == _DATA and type(value).__name__ == "DefaultPlaceholder"


def own_default(value: Any) -> Any:
    """Return our equivalent of FastAPI's marker of a default, and any other value unchanged."""
    return Default(value.value) if is_foreign_default(value) else value

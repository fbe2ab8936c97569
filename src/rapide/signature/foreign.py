"""Declarations of FastAPI itself, where a signature has them: they are read as if they were ours.

Packages that import `fastapi` put its `Depends`, `Query` and so on into signatures of applications
that import Rapide; Ray Serve does so for the methods of a class. FastAPI is not imported for it:
without FastAPI in the process, there are none.
"""

import dataclasses
import sys
from typing import Annotated, Any, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from rapide import params
from rapide.datastructures import Default, _Unset

_PARAMS, _DATA = "fastapi.params", "fastapi.datastructures"


def is_fastapi_loaded() -> bool:
    """Whether FastAPI itself is in this process, and not only Rapide under its name."""
    return sys.modules.get(_PARAMS) not in (None, params)


def own_declarations(annotation: Any, value: Any) -> tuple[Any, Any]:
    """Give annotation and default of a parameter, with our declarations for FastAPI's."""
    if get_origin(annotation) is Annotated:
        type_, *metadata = get_args(annotation)
        own = [own_declaration(item) for item in metadata]
        if any(one is not other for one, other in zip(own, metadata, strict=True)):
            annotation = cast(Any, Annotated)[(type_, *own)]
    return annotation, own_declaration(value)


def own_declaration(value: Any) -> Any:
    """Give our declaration for one of FastAPI, and anything else as it is."""
    theirs = next((cls for cls in type(value).__mro__ if cls.__module__ == _PARAMS), None)
    own: Any = None if theirs is None else getattr(params, theirs.__name__, None)
    if own is None:
        return value
    if issubclass(own, FieldInfo):
        return _own_field_info(value, own)
    return own(**{field.name: getattr(value, field.name) for field in dataclasses.fields(own)})


def _own_field_info(value: Any, own: type[FieldInfo]) -> FieldInfo:
    made: FieldInfo = own.__new__(own)
    for name in FieldInfo.__slots__:
        if hasattr(value, name):
            setattr(made, name, getattr(value, name))
    vars(made).update({name: _own_attribute(name, item) for name, item in vars(value).items()})
    return made


def _own_attribute(name: str, value: Any) -> Any:
    if name == "in_":
        return params.ParamTypes(value.value)
    return _Unset if is_foreign_default(value) and value.value is None else value


def is_foreign_default(value: Any) -> bool:
    """Whether a value is FastAPI's mark of a default."""
    return type(value).__module__ == _DATA and type(value).__name__ == "DefaultPlaceholder"


def own_default(value: Any) -> Any:
    """Give our mark of a default for FastAPI's, and anything else as it is."""
    return Default(value.value) if is_foreign_default(value) else value

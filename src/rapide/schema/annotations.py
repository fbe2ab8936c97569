"""Classify annotations by FastAPI's rules: scalar, sequence, file and so on.

The functions have the names of `fastapi._compat`, because tools import them from there.
"""

import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import lru_cache, update_wrapper
from types import UnionType
from typing import Annotated, TypeGuard, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from starlette.datastructures import UploadFile

_T = TypeVar("_T")
Predicate = Callable[[object], bool]

sequence_annotation_to_type: dict[type, type] = {
    Sequence: list,
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    deque: deque,
}
sequence_types: tuple[type, ...] = tuple(sequence_annotation_to_type)


def _memoised(predicate: Predicate) -> Predicate:
    """Cache the results of a predicate, except for unhashable annotations."""
    # PERF: the generic path calls these per request, and subclass checks of ABCs are slow.
    remembered = lru_cache(maxsize=1024)(predicate)

    def ask(annotation: object) -> bool:
        try:
            return remembered(annotation)
        except TypeError:
            return predicate(annotation)

    update_wrapper(ask, predicate)
    return ask


def is_union(annotation: object) -> bool:
    """Return whether the annotation is `Union[…]`, `Optional[…]` or `X | Y`."""
    origin = get_origin(annotation)
    return origin is Union or origin is UnionType


def lenient_issubclass(
    cls: object, class_or_tuple: type[_T] | tuple[type[_T], ...]
) -> TypeGuard[type[_T]]:
    """Return `issubclass(…)`, or False for an object that is not a class."""
    return isinstance(cls, type) and issubclass(cls, class_or_tuple)


def value_is_sequence(value: object) -> bool:
    """Return whether a value is a list, tuple, set or similar, but not a string or bytes."""
    return isinstance(value, sequence_types) and not isinstance(value, (str, bytes))


def _is_sequence_class(annotation: object) -> bool:
    return lenient_issubclass(annotation, sequence_types) and not issubclass(
        annotation, (str, bytes)
    )


def _is_complex_class(annotation: object) -> bool:
    return (
        lenient_issubclass(annotation, (BaseModel, Mapping, UploadFile))
        or _is_sequence_class(annotation)
        or is_dataclass(annotation)
    )


@_memoised
def field_annotation_is_sequence(annotation: object) -> bool:
    """Return whether the annotation allows a sequence."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return field_annotation_is_sequence(get_args(annotation)[0])
    if is_union(annotation):
        return any(field_annotation_is_sequence(arg) for arg in get_args(annotation))
    return _is_sequence_class(annotation) or _is_sequence_class(origin)


@_memoised
def field_annotation_is_complex(annotation: object) -> bool:
    """Return whether an undeclared parameter with this annotation is read from the body."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return field_annotation_is_complex(get_args(annotation)[0])
    if is_union(annotation):
        return any(field_annotation_is_complex(arg) for arg in get_args(annotation))
    return (
        _is_complex_class(annotation)
        or _is_complex_class(origin)
        or hasattr(origin, "__pydantic_core_schema__")
        or hasattr(origin, "__get_pydantic_core_schema__")
    )


def field_annotation_is_scalar(annotation: object) -> bool:
    """Return whether a single string can represent the value."""
    # The ellipsis of tuple[int, ...] counts as a scalar.
    return annotation is ... or not field_annotation_is_complex(annotation)


@_memoised
def field_annotation_is_scalar_sequence(annotation: object) -> bool:
    """Return whether the annotation is a sequence of scalars, or a union that only adds scalars."""
    if get_origin(annotation) is Annotated:
        return field_annotation_is_scalar_sequence(get_args(annotation)[0])
    if is_union(annotation):
        args = get_args(annotation)
        sequences = [arg for arg in args if field_annotation_is_scalar_sequence(arg)]
        return bool(sequences) and all(
            arg in sequences or field_annotation_is_scalar(arg) for arg in args
        )
    return field_annotation_is_sequence(annotation) and all(
        field_annotation_is_scalar(arg) for arg in get_args(annotation)
    )


def _is_or_allows(annotation: object, wanted: type) -> bool:
    if lenient_issubclass(annotation, wanted):
        return True
    return is_union(annotation) and any(
        lenient_issubclass(arg, wanted) for arg in get_args(annotation)
    )


def _is_sequence_of(annotation: object, is_item: Predicate) -> bool:
    if is_union(annotation):
        return any(_is_sequence_of(arg, is_item) for arg in get_args(annotation))
    return field_annotation_is_sequence(annotation) and all(
        is_item(arg) for arg in get_args(annotation)
    )


@_memoised
def is_bytes_or_nonable_bytes_annotation(annotation: object) -> bool:
    """Return whether the annotation is `bytes` or a union with it."""
    return _is_or_allows(annotation, bytes)


@_memoised
def is_uploadfile_or_nonable_uploadfile_annotation(annotation: object) -> bool:
    """Return whether the annotation is an upload file or a union with it."""
    return _is_or_allows(annotation, UploadFile)


@_memoised
def is_bytes_sequence_annotation(annotation: object) -> bool:
    """Return whether the annotation is a sequence of `bytes`, or a union with one."""
    return _is_sequence_of(annotation, is_bytes_or_nonable_bytes_annotation)


@_memoised
def is_uploadfile_sequence_annotation(annotation: object) -> bool:
    """Return whether the annotation is a sequence of upload files, or a union with one."""
    return _is_sequence_of(annotation, is_uploadfile_or_nonable_uploadfile_annotation)


def is_msgspec_class(cls: object) -> bool:
    """Return whether `cls` is a Struct of msgspec or an attrs class: Pydantic refuses these.

    A class that describes itself to Pydantic is not one of them.
    """
    if not isinstance(cls, type) or hasattr(cls, "__get_pydantic_core_schema__"):
        return False
    # A Struct exists only if msgspec is imported, which this function does not do.
    struct: type | None = getattr(sys.modules.get("msgspec"), "Struct", None)
    return hasattr(cls, "__attrs_attrs__") or (struct is not None and issubclass(cls, struct))


def _pydantic_v1_base() -> type | None:
    # A pydantic.v1 class exists only if that module is imported. So this function does not import
    # it, which is slow, and warns on Python 3.14.
    return getattr(sys.modules.get("pydantic.v1"), "BaseModel", None)


def is_pydantic_v1_model_class(cls: object) -> bool:
    """Return whether `cls` is a model class of `pydantic.v1`."""
    base = _pydantic_v1_base()
    return base is not None and lenient_issubclass(cls, base)


def is_pydantic_v1_model_instance(obj: object) -> bool:
    """Return whether `obj` is an instance of a `pydantic.v1` model."""
    base = _pydantic_v1_base()
    return base is not None and isinstance(obj, base)


def annotation_is_pydantic_v1(annotation: object) -> bool:
    """Return whether the annotation is, or directly holds, a `pydantic.v1` model."""
    if _pydantic_v1_base() is None:
        return False
    if is_pydantic_v1_model_class(annotation):
        return True
    args = get_args(annotation)
    if is_union(annotation) and any(is_pydantic_v1_model_class(arg) for arg in args):
        return True
    return field_annotation_is_sequence(annotation) and any(
        annotation_is_pydantic_v1(arg) for arg in args
    )

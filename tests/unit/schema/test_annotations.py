"""Annotations are judged as the installed FastAPI judges them."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, List, NamedTuple, Optional, Union  # noqa: UP035

import pytest
from pydantic import BaseModel, RootModel
from starlette.datastructures import UploadFile

from rapide.datastructures import UploadFile as RapideUploadFile
from rapide.schema import annotations

theirs = import_module("fastapi._compat.shared")


class Model(BaseModel):
    a: int


class Root(RootModel[list[int]]):
    pass


@dataclass
class Data:
    a: int


class Pair(NamedTuple):
    a: int


class Text(str):
    pass


class Unhashable:
    __hash__ = None  # type: ignore[assignment]


ITEMS = [
    int,
    str,
    Text,
    bytes,
    bytearray,
    dict,
    Any,
    None,
    Model,
    Root,
    Data,
    Pair,
    UploadFile,
    RapideUploadFile,
    "text",
    ...,
]
FORMS = [
    lambda item: item,
    lambda item: item | None if isinstance(item, type) else item,
    lambda item: Union[item, int] if isinstance(item, type) else item,  # noqa: UP007
    lambda item: Optional[list[item]],  # noqa: UP045
    lambda item: list[item],
    lambda item: List[item],  # noqa: UP006
    lambda item: set[item],
    lambda item: tuple[item, ...],
    lambda item: tuple[int, item],
    lambda item: Sequence[item],
    lambda item: deque[item],
    lambda item: frozenset[item] | list[str],
    lambda item: list[item] | str,
    lambda item: list[list[item]],
    lambda item: dict[str, item],
    lambda item: Mapping[str, item],
    lambda item: item if item is ... else Annotated[item, 1],
    lambda item: Annotated[list[item], Unhashable()],
    lambda item: list[item] if item is ... else list[Annotated[item, 1]],
    lambda item: Annotated[item, 1] | None if isinstance(item, type) else item,
]
PREDICATES = [
    "field_annotation_is_sequence",
    "field_annotation_is_complex",
    "field_annotation_is_scalar",
    "field_annotation_is_scalar_sequence",
    "is_bytes_or_nonable_bytes_annotation",
    "is_uploadfile_or_nonable_uploadfile_annotation",
    "is_bytes_sequence_annotation",
    "is_uploadfile_sequence_annotation",
    "annotation_is_pydantic_v1",
]


@pytest.mark.parametrize("name", PREDICATES)
@pytest.mark.parametrize("form", FORMS)
def test_a_predicate_answers_as_fastapis(name: str, form: Any) -> None:
    formed = [form(item) for item in ITEMS]

    assert [getattr(annotations, name)(one) for one in formed] == [
        getattr(theirs, name)(one) for one in formed
    ]


@pytest.mark.parametrize("value", ["a", b"a", [1], (1,), {1}, deque([1]), {"a": 1}, 1, None])
def test_a_value_is_a_sequence_as_for_fastapi(value: Any) -> None:
    assert annotations.value_is_sequence(value) == theirs.value_is_sequence(value)


def test_what_is_no_class_is_no_subclass() -> None:
    assert not annotations.lenient_issubclass(list[int], list)
    assert not annotations.lenient_issubclass("text", str)
    assert annotations.lenient_issubclass(bool, (int, str))


def test_a_class_of_pydantic_v1_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    old = type("BaseModel", (), {})
    child = type("Child", (old,), {})
    module = type("module", (), {"BaseModel": old})
    monkeypatch.setitem(__import__("sys").modules, "pydantic.v1", module)

    assert annotations.annotation_is_pydantic_v1(child)
    assert annotations.annotation_is_pydantic_v1(child | None)
    assert annotations.annotation_is_pydantic_v1(list[child])  # type: ignore[valid-type]
    assert not annotations.annotation_is_pydantic_v1(dict[str, child])  # type: ignore[valid-type]
    assert annotations.is_pydantic_v1_model_instance(child())
    assert not annotations.is_pydantic_v1_model_instance(child)

"""How callables are classified and their signatures read."""

import functools
import gc
import inspect
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable, Iterator
from importlib import import_module
from typing import Annotated, Any

import pytest

from rapide.signature import callables

fastapi_models = import_module("fastapi.dependencies.models")
fastapi_utils = import_module("fastapi.dependencies.utils")


def plain() -> int:
    return 1


async def coroutine() -> int:
    return 1


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> AsyncGenerator[int]:
    yield 1


def instance_of(call: Callable[..., Any]) -> Any:
    return type("Instance", (), {"__call__": call})()


def class_with(call: Callable[..., Any]) -> Any:
    return type("Class", (), {"__call__": call})


def wrapped_in_plain(call: Callable[..., Any]) -> Any:
    @functools.wraps(call)
    def wrapper() -> Any:
        return call()

    return wrapper


def wrapped_in_coroutine(call: Callable[..., Any]) -> Any:
    @functools.wraps(call)
    async def wrapper() -> Any:
        return call()

    return wrapper


def wrapped_in_instance(call: Callable[..., Any]) -> Any:
    return functools.update_wrapper(instance_of(lambda self: call()), call)


FORMS = [
    lambda call: call,
    functools.partial,
    lambda call: functools.partial(functools.partial(call)),
    instance_of,
    class_with,
    wrapped_in_plain,
    wrapped_in_coroutine,
    wrapped_in_instance,
    lambda call: wrapped_in_plain(functools.partial(call)),
    lambda call: functools.partial(wrapped_in_coroutine(call)),
    lambda call: instance_of(wrapped_in_plain(call)),
    # Python 3.13 warns that a partial function in a class will take the instance one day.
    lambda call: instance_of(staticmethod(functools.partial(call))),
    lambda call: wrapped_in_plain(instance_of(call)),
    lambda call: instance_of(call).__call__,
]


@pytest.mark.parametrize("call", [plain, coroutine, generator, async_generator])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_callable_is_classified_as_by_fastapi(form: Any, call: Any) -> None:
    formed = form(call)

    assert (
        callables.is_gen_callable(formed),
        callables.is_async_gen_callable(formed),
        callables.is_coroutine_callable(formed),
    ) == (
        fastapi_models._is_gen_callable(formed),
        fastapi_models._is_async_gen_callable(formed),
        fastapi_models._is_coroutine_callable(formed),
    )


def test_nothing_is_no_kind_of_callable() -> None:
    assert not callables.is_gen_callable(None)
    assert not callables.is_async_gen_callable(None)
    assert not callables.is_coroutine_callable(None)


ANNOTATIONS = [
    "int",
    "list[int]",
    "None",
    "Unknown",
    "list[Unknown]",
    "list['int']",
    "Annotated[int, 'x']",
    "int | None",
    int,
    None,
    list["int"],
]


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=repr)
def test_an_annotation_is_evaluated_as_by_fastapi(annotation: Any) -> None:
    names = {"Annotated": Annotated}

    assert callables.get_typed_annotation(annotation, names) == fastapi_utils.get_typed_annotation(
        annotation, names
    )


def with_unknown_return(a: "int", b: "Unknown" = 1) -> "Unknown":  # type: ignore[name-defined]  # noqa: F821
    return a


def with_known_return(a: "int", *, b: "str" = "x") -> "list[int]":
    return [a]


SIGNATURES = [
    with_unknown_return,
    with_known_return,
    functools.partial(with_known_return, b="z"),
    wrapped_in_plain(with_known_return),
    instance_of(lambda self, q, r=1: None),
    lambda: None,
    weakref.ref,
]


@pytest.mark.parametrize("call", SIGNATURES)
def test_a_signature_is_read_as_by_fastapi(call: Any) -> None:
    def read(module: Any) -> Any:
        try:
            return module.get_typed_signature(call), module.get_typed_return_annotation(call)
        except ValueError as error:
            return str(error)

    assert read(callables) == read(fastapi_utils)
    assert read(callables) == read(fastapi_utils)


STREAMS = [
    AsyncIterable[int],
    Iterable[str],
    Iterator[Annotated[int, 1]],
    AsyncGenerator[int, None],
    Generator[bytes, None, None],
    Iterable,
    list[int],
    int,
    None,
    Annotated[Iterable[int], 1],
]


@pytest.mark.parametrize("annotation", STREAMS, ids=repr)
def test_the_item_type_of_a_stream_is_that_of_fastapi(annotation: Any) -> None:
    assert callables.get_stream_item_type(annotation) == fastapi_utils.get_stream_item_type(
        annotation
    )


def test_a_signature_assigned_between_two_readings_counts() -> None:
    def endpoint(a: int) -> None: ...

    assert list(callables.get_typed_signature(endpoint).parameters) == ["a"]
    parameter = inspect.Parameter("b", inspect.Parameter.KEYWORD_ONLY)
    endpoint.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]

    assert list(callables.get_typed_signature(endpoint).parameters) == ["b"]


def test_an_annotation_changed_between_two_readings_counts() -> None:
    def endpoint(a: int) -> None: ...

    callables.get_typed_signature(endpoint)
    endpoint.__annotations__["a"] = str

    assert callables.get_typed_signature(endpoint).parameters["a"].annotation is str


def test_a_default_changed_between_two_readings_counts() -> None:
    def endpoint(a: int = 1) -> None: ...

    callables.get_typed_signature(endpoint)
    endpoint.__defaults__ = (2,)

    assert callables.get_typed_signature(endpoint).parameters["a"].default == 2


def test_a_name_defined_after_the_first_reading_is_found() -> None:
    names: dict[str, Any] = {}
    exec("def endpoint(a: 'Later'): ...", names)
    callables.get_typed_signature(names["endpoint"])
    names["Later"] = int

    assert callables.get_typed_signature(names["endpoint"]).parameters["a"].annotation is int


def test_notes_are_about_one_object_only() -> None:
    cache = callables.CallableCache()
    one, other = lambda: None, lambda: None

    assert cache.about(one) is cache.about(one)
    assert cache.about(one) is not cache.about(other)


def test_notes_go_with_their_callable() -> None:
    cache = callables.CallableCache()
    call = instance_of(lambda self: None)
    cache.about(call)
    assert len(cache) == 1

    del call
    gc.collect()

    assert len(cache) == 0


@pytest.mark.parametrize(
    "call",
    [functools.partial(plain), instance_of(plain).__call__, int, print],
    ids=["partial", "bound method", "builtin class", "builtin function"],
)
def test_notes_about_what_cannot_be_followed_are_not_kept(call: Any) -> None:
    cache = callables.CallableCache()

    assert cache.about(call) is not cache.about(call)
    assert len(cache) == 0


def test_a_callable_is_described_by_name_and_place() -> None:
    name, place = callables.describe_callable(functools.partial(plain))

    assert name == "plain"
    assert place == f"{__file__}:{plain.__code__.co_firstlineno}"


def test_an_instance_is_described_by_its_class() -> None:
    class Checker:
        def __call__(self) -> None: ...

    name, place = callables.describe_callable(Checker())

    assert name == "Checker"
    assert place.startswith(f"{__file__}:")


def test_a_builtin_is_described_without_a_place() -> None:
    assert callables.describe_callable(print) == ("print", "")

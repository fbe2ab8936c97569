"""The plans of routes with forms and of routes that stream, and routes that cannot be planned."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest

from rapide import Cookie, Depends, File, Form, UploadFile
from rapide.plan.build import build_plan
from rapide.plan.facts import NotCompilableError
from rapide.plan.operations import (
    CallEndpoint,
    CloseCleanup,
    Default,
    OpenCleanup,
    ReadBody,
    ReadForm,
    ReadModel,
    ReadValues,
    StreamItems,
    ValidateGroup,
    callable_name,
)
from rapide.responses import PlainTextResponse, StreamingResponse
from rapide.sse import EventSourceResponse

from .plans import Item, Paging, find, kinds, plan_of, reads, route_of


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> int:
        return 1


async def stream() -> AsyncIterator[int]:
    yield 1


def stream_sync() -> Iterator[int]:
    yield 1


def give_iterator() -> Any:
    return iter([1])


def read_cookies(c: Annotated[list[str], Cookie()]) -> Any: ...


def test_a_form_is_read_before_its_fields_and_closed_at_the_very_end() -> None:
    def read(name: Annotated[str, Form()], tags: Annotated[list[str], Form()] = []) -> Any: ...  # noqa: B006

    plan = plan_of(read, method="POST", form_limits={"max_fields": 3})
    assert kinds(plan)[:4] == [OpenCleanup, ReadForm, ReadValues, ReadValues]
    assert find(plan, OpenCleanup) == OpenCleanup("file", "form")
    assert find(plan, ReadForm) == ReadForm((("max_fields", 3),))
    assert [find(plan, ReadValues, number).many for number in (0, 1)] == [False, True]
    name, tags = reads(plan)
    assert (name.source, name.keys, name.many, name.default) == (
        "form",
        ("name",),
        False,
        Default("required"),
    )
    assert (tags.keys, tags.many, tags.contents) == (("tags",), True, False)
    assert plan.operations[-1] == CloseCleanup("file")


def test_a_form_of_a_dependency_is_that_of_the_route() -> None:
    def check(token: Annotated[str, Form()]) -> Any: ...

    def read(item: Annotated[Any, Depends(check)]) -> Any: ...

    plan = plan_of(read, method="POST")
    assert [group.owner for group in plan.every if isinstance(group, ValidateGroup)] == [
        callable_name(check)
    ]
    assert plan.has(ReadForm)
    assert not plan.has(ReadBody)


def test_bytes_are_read_from_files_only_where_files_are_declared() -> None:
    def read(
        file: Annotated[bytes, File()],
        files: Annotated[list[bytes], File()],
        upload: UploadFile,
        text: Annotated[bytes, Form()],
    ) -> Any: ...

    plan = plan_of(read, method="POST")
    assert [read.contents for read in reads(plan)] == [True, True, False, False]


def test_models_and_odd_sequences_are_read_from_the_whole_form() -> None:
    def read(
        item: Annotated[Item, Form()],
        choice: Annotated[Item | Paging, Form()],
        files: Annotated[set[bytes], File()],
    ) -> Any: ...

    plan = plan_of(read, method="POST")
    assert [(type(read), read.source) for read in reads(plan)] == [(ReadModel, "form")] * 3


@pytest.mark.parametrize(
    ("endpoint", "options", "form", "kind"),
    [
        (stream, {}, "json lines", "async generator"),
        (stream_sync, {}, "json lines", "generator"),
        (stream, {"response_class": EventSourceResponse}, "events", "async generator"),
        (stream_sync, {"response_class": EventSourceResponse}, "events", "generator"),
        (give_iterator, {"response_class": EventSourceResponse}, "events", "generator"),
        (stream, {"response_class": StreamingResponse}, "chunks", "async generator"),
        (stream_sync, {"response_class": PlainTextResponse}, "chunks", "generator"),
    ],
)
def test_what_a_generator_yields_is_streamed_in_the_form_of_its_response_class(
    endpoint: Any, options: dict[str, Any], form: str, kind: str
) -> None:
    plan = plan_of(endpoint, status_code=201, **options)
    (call,) = (item for item in plan.every if isinstance(item, CallEndpoint))
    (items,) = (item for item in plan.every if isinstance(item, StreamItems))
    assert (call.kind, items.form, items.status) == (kind, form, 201)
    assert items.is_async == (kind == "async generator")
    assert items.response_class == (options["response_class"] if form == "chunks" else None)


def test_items_are_validated_where_the_endpoint_says_what_it_yields() -> None:
    (typed,) = (item for item in plan_of(stream).operations if isinstance(item, StreamItems))
    assert typed.validator("1") == 1
    assert typed.serializer.to_json(1) == b"1"

    async def untyped():  # type: ignore[no-untyped-def]
        yield

    (bare,) = (item for item in plan_of(untyped).operations if isinstance(item, StreamItems))
    assert bare.validator is None


def test_events_end_with_the_request() -> None:
    """The request's exit stack is there, although no dependency enters it."""
    plan = plan_of(stream, response_class=EventSourceResponse)
    assert OpenCleanup("request", "generator") in plan.operations
    assert not plan_of(stream).has(OpenCleanup)


@pytest.mark.parametrize(
    ("endpoint", "options", "reason"),
    [
        (read_cookies, {}, "the cookie parameter c is a sequence"),
    ],
)
def test_a_route_that_needs_the_generic_path_says_why(
    endpoint: Any, options: dict[str, Any], reason: str
) -> None:
    route = route_of(endpoint, method="POST", **options)
    with pytest.raises(NotCompilableError) as caught:
        build_plan(route, {})
    assert str(caught.value) == reason
    assert route.fallback_reason == reason


def test_a_dependency_that_cannot_be_hashed_needs_the_generic_path() -> None:
    call = Unhashable()

    def read(d: Annotated[int, Depends(call)]) -> Any: ...

    with pytest.raises(NotCompilableError, match=r"\.Unhashable cannot be hashed$"):
        build_plan(route_of(read), {})

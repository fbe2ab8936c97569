"""Reading a form once and exactly, and closing its files on every way out."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import pytest
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.requests import Request

from rapide.runtime.errors import answer_error
from rapide.runtime.forms import FormStack, file_content, form_lists, form_values
from rapide.scope_keys import UNANSWERED

pytestmark = pytest.mark.anyio

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nEmma\r\n'
    b'--b\r\nContent-Disposition: form-data; name="cover"; filename="e.png"\r\n\r\nPNG\r\n--b--\r\n'
)
MULTIPART = "multipart/form-data; boundary=b"
ENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Client:
    """What a server knows of a client that sends a body in parts, and perhaps leaves."""

    def __init__(
        self,
        *parts: bytes,
        content_type: str = MULTIPART,
        length: int | None = -1,
        leaves: bool = False,
    ) -> None:
        headers = [(b"content-type", content_type.encode())]
        if length is not None:
            announced = sum(map(len, parts)) if length < 0 else length
            headers.append((b"content-length", str(announced).encode()))
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "headers": headers,
            "query_string": b"",
            "app": None,
        }
        self.messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": leaves or number < len(parts)}
            for number, part in enumerate(parts, start=1)
        ]
        self.messages.append({"type": "http.disconnect"})
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        return self.messages.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def stack(self) -> FormStack:
        return FormStack(self.scope, self.receive, self.send)


async def refused(client: Client, **limits: int) -> tuple[int, str]:
    with pytest.raises(HTTPException) as caught:
        await client.stack().read_form(limits)
    return caught.value.status_code, caught.value.detail


def of(values: Any, name: str) -> Any:
    return values[name]


@pytest.mark.parametrize("parts", [(BODY,), (BODY[:50], BODY[50:90], BODY[90:]), (BODY, b"")])
@pytest.mark.parametrize("length", [-1, None, 9_000_000, 10])
async def test_a_form_is_read_however_its_body_comes(
    parts: tuple[bytes, ...], length: int | None
) -> None:
    client = Client(*parts, length=length)
    stack = client.stack()
    form = await stack.read_form({})
    cover = of(form, "cover")
    assert (form["title"], cover.filename, await cover.read()) == ("Emma", "e.png", b"PNG")
    await stack.aclose()
    assert cover.file.closed
    assert client.messages == [{"type": "http.disconnect"}]


async def test_regular_forms_do_not_need_starlettes_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "parse", None)
    async with Client(BODY).stack() as stack:
        assert (await stack.read_form({}))["title"] == "Emma"
        assert (await refused(Client(b"preamble\r\n" + BODY)))[0] == 400


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
async def test_another_kind_of_body_is_an_empty_form_and_stays_unread(content_type: str) -> None:
    client = Client(b"{}", content_type=content_type)
    request = Request(client.scope, client.receive)
    async with client.stack() as stack:
        assert await stack.read_form({}, request) == FormData()
    assert await request.body() == b"{}"


async def test_a_request_has_the_form_that_was_read_from_it() -> None:
    client = Client(BODY)
    request = Request(client.scope, client.receive)
    async with client.stack() as stack:
        form = await stack.read_form({}, request)
        assert await request.form() is form
        with pytest.raises(RuntimeError, match="Stream consumed"):
            await request.body()


@pytest.mark.parametrize(
    ("limits", "detail"),
    [
        ({"max_fields": 0}, "Too many fields. Maximum number of fields is 0."),
        ({"max_files": 0}, "Too many files. Maximum number of files is 0."),
        ({"max_part_size": 1}, "Part exceeded maximum size of 0KB."),
    ],
)
async def test_a_form_over_a_limit_is_refused_in_starlettes_words(limits: Any, detail: str) -> None:
    assert await refused(Client(BODY), **limits) == (400, detail)
    above = Client(BODY)
    above.scope["fastapi"] = {"form_limits": limits}
    assert await refused(above) == (400, detail)


async def test_the_limits_of_a_route_win_over_those_above() -> None:
    client = Client(BODY)
    client.scope["fastapi"] = {"form_limits": {"max_fields": 0}}
    async with client.stack() as stack:
        assert len(await stack.read_form({"max_fields": 1})) == 2


@pytest.mark.parametrize(
    ("client", "detail"),
    [
        (Client(b"garbage"), "Invalid multipart data."),
        (Client(BODY, content_type="multipart/form-data"), "Missing boundary in multipart."),
        (Client(BODY[:60], leaves=True), "There was an error parsing the body"),
        (Client(b"a=1", content_type=ENCODED, leaves=True), "There was an error parsing the body"),
    ],
)
async def test_a_body_that_is_no_whole_form_is_refused(client: Client, detail: str) -> None:
    assert await refused(client) == (400, detail)


async def test_files_are_closed_when_a_part_that_comes_later_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Any] = []

    def make(**options: Any) -> UploadFile:
        made.append(options["file"])
        return UploadFile(**options)

    monkeypatch.setattr("starlette.formparsers.UploadFile", make)
    body = BODY.replace(b"--b--\r\n", b"--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--\r\n")
    assert (await refused(Client(body)))[0] == 400
    assert [file.closed for file in made] == [True]


async def test_files_are_closed_when_the_request_is_cancelled() -> None:
    client = Client(BODY)
    files = []

    async def serve() -> None:
        async with client.stack() as stack:
            files.append(of(await stack.read_form({}), "cover").file)
            await asyncio.sleep(100)

    task = asyncio.create_task(serve())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [file.closed for file in files] == [True]
    assert client.sent == []


async def test_files_are_open_while_an_error_is_answered_and_closed_then() -> None:
    client = Client(BODY)
    files: list[Any] = []
    seen = []

    async def answer(request: Any, error: Exception) -> None:
        seen.append(files[0].closed)

    client.scope["starlette.exception_handlers"] = ({LookupError: answer}, {})
    async with client.stack() as stack:
        files.append(of(await stack.read_form({}), "cover").file)
        raise LookupError
    assert (seen, files[0].closed) == ([False], True)


async def test_an_error_that_nobody_answers_is_raised_and_not_tried_again() -> None:
    client = Client(BODY)
    error = LookupError()
    files = []

    async def serve() -> None:
        async with client.stack() as stack:
            files.append(of(await stack.read_form({}), "cover").file)
            raise error

    with pytest.raises(LookupError) as caught:
        await serve()
    assert caught.value is error
    assert [file.closed for file in files] == [True]
    assert client.scope[UNANSWERED] is error

    async def answer(request: Any, error: Exception) -> None:
        raise AssertionError

    client.scope["starlette.exception_handlers"] = ({LookupError: answer}, {})
    with pytest.raises(LookupError):
        await answer_error(error, client.scope, client.receive, client.send)
    assert UNANSWERED not in client.scope


def upload(content: bytes = b"x", filename: str = "f") -> UploadFile:
    return UploadFile(BytesIO(content), size=len(content), filename=filename)


def test_of_a_repeated_field_the_last_value_counts_even_if_it_is_empty() -> None:
    empty = upload(b"", "")
    form = FormData(
        [("a", "1"), ("a", "2"), ("b", "1"), ("b", ""), ("c", empty), ("d", upload(b""))]
    )
    assert list(form_values(form)) == ["a", "d"]
    assert form_values(form)["a"] == "2"


def test_lists_have_all_values_but_file_inputs_without_a_file() -> None:
    form = FormData([("a", "1"), ("b", upload(b"", "")), ("a", ""), ("c", "x")])
    assert form_lists(form) == {"a": ["1", ""], "c": ["x"]}


async def test_reading_the_content_of_files_keeps_their_position() -> None:
    one, other = upload(b"abc"), upload(b"de")
    await one.seek(1)
    assert await file_content([one, "text", other]) == [b"bc", "text", b"de"]
    assert (one.file.tell(), other.file.tell()) == (1, 0)

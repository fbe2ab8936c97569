"""The part of each Python client that is the same for all; it is copied, not imported."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.cookies import SimpleCookie
from typing import IO, Any, ClassVar, Generic, Protocol, TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

# --- the copied part begins here ---

T = TypeVar("T")
Status = TypeVar("Status", bound=int)
Content = TypeVar("Content")
Reader = Callable[[httpx.Response], Any]
Decoder = Callable[[list[str]], Iterator[T]]


class Model(BaseModel):
    """A JSON object. Fields are set by their Python names.

    Only those that you set are sent, and those that say which type of object it is.
    """

    model_config = ConfigDict(populate_by_name=True, protected_namespaces=())
    model_always_sent: ClassVar[tuple[str, ...]] = ()

    def model_post_init(self, context: Any, /) -> None:
        """Count fields that are always sent as set."""
        self.model_fields_set.update(self.model_always_sent)


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "unset"


UNSET = Unset.UNSET
"""An argument that is left out, where None would be sent as null."""


@dataclass
class Upload:
    """A file with a name and a media type, where the bytes alone do not suffice."""

    content: bytes | IO[bytes]
    name: str = "upload"
    media_type: str = "application/octet-stream"


@dataclass
class Event(Generic[T]):
    """A server-sent event."""

    data: T
    event: str = "message"
    id: str | None = None
    retry: int | None = None


class ApiError(Exception, Generic[Status, Content]):
    """An answer that is an error, with its status, its body and the whole response."""

    answers: ClassVar[str]
    reads: ClassVar[tuple[Reader]]

    def __init__(self, status: Status, body: Content, response: httpx.Response) -> None:
        super().__init__(f"{status} {response.reason_phrase}: {response.text[:200]}")
        self.status = status
        self.body = body
        self.response = response


class UnexpectedAnswer(ApiError[int, Any]):
    """An answer with a status or a body that the application's document does not have."""


@dataclass
class Answers(Generic[T]):
    """How the answers of an operation are read: each by its status, else by "4XX", or "default"."""

    successes: Mapping[str, Reader]
    errors: tuple[type[ApiError[Any, Any]], ...] = ()
    decoder: Callable[[], Decoder[T]] | None = None

    def read(self, response: httpx.Response) -> T:
        """Return the body of an answer, or raise the error that it is."""
        try:
            for key in _keys(response.status_code):
                if key in self.successes:
                    body: T = self.successes[key](response)
                    return body
                for error in self.errors:
                    if error.answers == key:
                        raise error(response.status_code, error.reads[0](response), response)
        except (ValidationError, ValueError) as invalid:
            raise _unexpected(response) from invalid
        raise _unexpected(response)

    def is_stream(self, response: httpx.Response) -> bool:
        """Return whether an answer is the stream that was asked for."""
        return self.decoder is not None and 200 <= response.status_code < 300


def _keys(status: int) -> tuple[str, str, str]:
    return (str(status), f"{status // 100}XX", "default")


def _unexpected(response: httpx.Response) -> UnexpectedAnswer:
    return UnexpectedAnswer(response.status_code, whatever(response), response)


def json_as(type_: Any) -> Reader:
    """Return what reads a JSON body as a type."""
    return lambda response: _adapter(type_).validate_json(response.content)


def text(response: httpx.Response) -> str:
    """Read a body as text."""
    return response.text


def content(response: httpx.Response) -> bytes:
    """Read a body as bytes."""
    return response.content


def nothing(response: httpx.Response) -> None:
    """Read no body."""


def whatever(response: httpx.Response) -> Any:
    """Read a body as its media type says: JSON, text, or bytes."""
    media_type = response.headers.get("content-type", "")
    try:
        if "json" in media_type:
            return response.json()
    except ValueError:
        return response.text
    return response.text if media_type.startswith("text/") else response.content or None


def by_media_type(readers: Mapping[str, Reader]) -> Reader:
    """Return what reads a body by its media type."""

    def read(response: httpx.Response) -> Any:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return readers.get(media_type, whatever)(response)

    return read


_adapters: dict[str, TypeAdapter[Any]] = {}


def _adapter(type_: Any) -> TypeAdapter[Any]:
    return _adapters.setdefault(repr(type_), TypeAdapter(type_))


def json_lines(type_: Any) -> Callable[[], Decoder[Any]]:
    """Return what decodes JSON Lines."""

    def decode(lines: list[str]) -> Iterator[Any]:
        for line in lines:
            if line.strip():
                yield _adapter(type_).validate_json(line)

    return lambda: decode


def events(type_: Any = None) -> Callable[[], Decoder[Any]]:
    """Return what decodes server-sent events, whose data is JSON of a type, or else text."""
    return lambda: _EventDecoder(type_).decode


class _EventDecoder:
    def __init__(self, type_: Any) -> None:
        self.type = type_
        self.fields: dict[str, str] = {}

    def decode(self, lines: list[str]) -> Iterator[Event[Any]]:
        for line in lines:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data" and "data" in self.fields:
                self.fields["data"] += f"\n{value}"
            elif name:
                self.fields[name] = value
            elif not line:
                yield from self._event()

    def _event(self) -> Iterator[Event[Any]]:
        found, self.fields = self.fields, {}
        if "data" in found:
            data: Any = found["data"]
            if self.type is not None:
                data = _adapter(self.type).validate_json(data)
            retry = found.get("retry", "")
            yield Event(
                data,
                found.get("event") or "message",
                found.get("id"),
                int(retry) if retry.isdecimal() else None,
            )


class _Lines:
    """The lines of bytes that come in parts."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, part: bytes) -> list[str]:
        *lines, self.rest = re.split(rb"\r\n|\n|\r(?!\Z)", self.rest + part)
        return [line.decode() for line in lines]

    def end(self) -> list[str]:
        return [self.rest.decode().rstrip("\r"), ""] if self.rest else []


_plain = TypeAdapter[Any](Any)


def _to_plain(value: object) -> Any:
    """Return a value as JSON-compatible data, with of each model what was set."""
    return _plain.dump_python(value, mode="json", by_alias=True, exclude_unset=True)


def _to_text(value: object) -> str:
    plain = _to_plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain)


def segment(value: object) -> str:
    """Return a value as one segment of a path."""
    written = quote(_to_text(value), safe="")
    if written in (".", ".."):
        raise ValueError(f"{written!r} would lead to another path")
    return written


@dataclass
class Request:
    """A request, part by part. A part that is None is left out."""

    method: str
    path: str
    security: tuple[str, ...] = ()
    queries: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    forms: dict[str, list[str]] = field(default_factory=dict)
    files: list[tuple[str, tuple[str, bytes | IO[bytes], str]]] = field(default_factory=list)
    fields: dict[str, object] | None = None
    content: bytes | None = None

    def query(self, name: str, value: object, between: str = "") -> None:
        """Add a query parameter, once for each item of a list unless something is between them."""
        items = _items(value)
        if between == "deep" and value is not None:
            for key, item in _to_plain(value).items():
                self.query(f"{name}[{key}]", item)
        elif between and items:
            self.queries.append((name, between.join(items)))
        else:
            self.queries += [(name, item) for item in items]

    def header(self, name: str, value: object) -> None:
        """Add a header, once for each item of a list."""
        self.headers += [(name, item) for item in _items(value)]

    def cookie(self, name: str, value: object) -> None:
        """Add a cookie."""
        for item in _items(value):
            self.cookies.append(SimpleCookie({name: item}).output(header="").strip())

    def form(self, name: str, value: object) -> None:
        """Add a field of a form, once for each item of a list."""
        if items := _items(value):
            self.forms[name] = items

    def form_of(self, values: Mapping[str, object] | None) -> None:
        """Add all fields of a form."""
        for name, value in (values or {}).items():
            self.form(name, value)

    def file(self, name: str, value: Any) -> None:
        """Add a file, or each file of a list."""
        for item in value if isinstance(value, list | tuple) else () if value is None else (value,):
            upload = item if isinstance(item, Upload) else Upload(item)
            self.files.append((name, (upload.name, upload.content, upload.media_type)))

    def json(
        self, value: object, *, null: bool = False, media_type: str = "application/json"
    ) -> None:
        """Set the body to JSON."""
        if value is not None or null:
            self.raw(_plain.dump_json(value, by_alias=True, exclude_unset=True), media_type)

    def member(self, name: str, value: object, *, null: bool = False) -> None:
        """Add a property of a JSON body."""
        if value is not UNSET and (value is not None or null):
            self.fields = {**(self.fields or {}), name: value}
            self.json(self.fields)

    def raw(self, value: str | bytes | None, media_type: str) -> None:
        """Set the body to text or bytes."""
        if value is not None:
            self.content = value.encode() if isinstance(value, str) else value
            self.headers = [pair for pair in self.headers if pair[0] != "content-type"]
            self.headers.append(("content-type", media_type))

    def finish(self, base_url: str) -> dict[str, Any]:
        """Return the arguments for httpx."""
        cookies = [("cookie", "; ".join(self.cookies))] if self.cookies else []
        query = f"?{urlencode(self.queries)}" if self.queries else ""
        return {
            "method": self.method,
            "url": f"{base_url}{self.path}{query}",
            "headers": [*self.headers, *cookies],
            "content": self.content,
            "data": self.forms or None,
            "files": self.files or None,
        }


def _items(value: object) -> list[str]:
    if value is None:
        return []
    return [_to_text(item) for item in (value if isinstance(value, list | tuple) else (value,))]


def basic(name: str, password: str) -> str:
    """Return the header Authorization for a name and a password (RFC 7617)."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


class Presented(Protocol):
    """Credentials, which know where they belong."""

    def present(self, request: Request) -> None:
        """Add those that the request asks for."""


class Sender:
    """What sends requests and reads answers."""

    def __init__(self, base_url: str, credentials: Presented, http: httpx.Client) -> None:
        self.base_url = base_url.rstrip("/")
        self.credentials = credentials
        self.http = http

    def send(self, request: Request, answers: Answers[T]) -> T:
        """Send a request and return the answer's body."""
        self.credentials.present(request)
        return answers.read(
            self.http.send(self.http.build_request(**request.finish(self.base_url)))
        )

    def stream(self, request: Request, answers: Answers[T]) -> Iterator[T]:
        """Send a request and yield the items of the answer as they come."""
        self.credentials.present(request)
        built = self.http.build_request(
            **request.finish(self.base_url), timeout=_patient(self.http.timeout)
        )
        response = self.http.send(built, stream=True)
        try:
            if answers.decoder is None or not answers.is_stream(response):
                response.read()
                answers.read(response)
                return
            decode, lines = answers.decoder(), _Lines()
            for part in response.iter_bytes():
                yield from decode(lines.feed(part))
            yield from decode(lines.end())
        finally:
            response.close()


class AsyncSender:
    """What sends requests and reads answers, for asynchronous code."""

    def __init__(self, base_url: str, credentials: Presented, http: httpx.AsyncClient) -> None:
        self.base_url = base_url.rstrip("/")
        self.credentials = credentials
        self.http = http

    async def send(self, request: Request, answers: Answers[T]) -> T:
        """Send a request and return the answer's body."""
        self.credentials.present(request)
        built = self.http.build_request(**request.finish(self.base_url))
        return answers.read(await self.http.send(built))

    async def stream(self, request: Request, answers: Answers[T]) -> AsyncIterator[T]:
        """Send a request and yield the items of the answer as they come."""
        self.credentials.present(request)
        built = self.http.build_request(
            **request.finish(self.base_url), timeout=_patient(self.http.timeout)
        )
        response = await self.http.send(built, stream=True)
        try:
            if answers.decoder is None or not answers.is_stream(response):
                await response.aread()
                answers.read(response)
                return
            decode, lines = answers.decoder(), _Lines()
            async for part in response.aiter_bytes():
                for item in decode(lines.feed(part)):
                    yield item
            for item in decode(lines.end()):
                yield item
        finally:
            await response.aclose()


def _patient(timeout: httpx.Timeout) -> httpx.Timeout:
    """Return a timeout for streams, which may be silent for long."""
    return httpx.Timeout(connect=timeout.connect, read=None, write=timeout.write, pool=timeout.pool)

"""Read forms as a whole if that is safe, and close their files after the response.

Theory of operation. Starlette's parsers are exact and streaming. Most forms are small, complete and
of regular shape. A `FormStack` reads those at once, with the same result as Starlette
(`regular_forms.py`). Everything else (long or chunked bodies, unusual or broken parts, exceeded
limits) goes to Starlette's parser from the first byte, and that parser decides.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartParser
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from rapide._form_values import is_empty_file
from rapide.patches import requests
from rapide.runtime.bodies import unreadable_body
from rapide.runtime.body_signals import get_body_limit_error
from rapide.runtime.errors import answer_error
from rapide.runtime.regular_forms import Announced, FormLimitValues, announced_form
from rapide.runtime.requests import FileStack, keep_form
from rapide.scope_keys import FASTAPI, FILE_STACK, FORM_LIMITS, UNANSWERED

#: The maximal length in bytes of a body that is read at once. Starlette keeps files in memory up to
#: the same size, so this takes no more memory than Starlette.
LONGEST: Final = 1024 * 1024


class FormStack(FileStack):
    """An exit stack that reads the form of a request and closes the form's files at its exit.

    Errors are answered before the exit, because exception handlers may look at the files.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__()
        self.connection = scope, receive, send

    async def read_form(
        self, own_limits: FormLimitValues, request: Request | None = None
    ) -> FormData:
        """Read the form of the request.

        `own_limits` are the route's limits; those of outer routers are in the scope. If user code
        has the `request`, that object keeps the form, as after `await request.form()`.

        Raises:
            HTTPException: 400 if it cannot be read or parsed, 413 if the body is too large.
        """
        scope = self.connection[0]
        limits = own_limits
        if FASTAPI in scope:
            limits = {**scope[FASTAPI].get(FORM_LIMITS, {}), **own_limits}
        try:
            announced = None if _is_replaced() else announced_form(scope["headers"], LONGEST)
            if announced is None:
                form = await self._request(request).form(**limits)
            else:
                form = await self._read_announced(announced, limits, request)
        except HTTPException:
            raise
        except Exception as error:
            if MAX_BODY_SIZE_SCOPE_KEY in scope and (limit := get_body_limit_error(error)):
                raise limit from error
            raise unreadable_body() from error
        self.push_async_callback(form.close)
        return form

    async def _read_announced(
        self, announced: Announced, limits: FormLimitValues, request: Request | None
    ) -> FormData:
        """Read a form at once if it is regular, else let Starlette read the same messages."""
        receive = self.connection[1]
        messages: list[Message] = []
        body = await _read_whole(receive, announced.length, messages)
        form = None if body is None else announced.read(body, limits)
        if form is None:
            request = self._request(request)
            request._receive = _replaying(messages, receive)
            return await request.form(**limits)
        if request is None:
            self.kept = form
        else:
            keep_form(request, form)
        return form

    def _request(self, request: Request | None) -> Request:
        """Return the request object that user code has, or the one that handlers will get."""
        if request is None:
            request = self.kept = Request(*self.connection)
        return request

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Answer an error, then exit the stack.

        Raises:
            Exception: No exception handler accepts the error.
        """
        if not isinstance(error, Exception):
            return bool(await super().__aexit__(kind, error, traceback))
        scope, receive, send = self.connection
        scope[FILE_STACK] = self
        try:
            await answer_error(error, scope, receive, send)
        except BaseException as unanswered:
            scope[UNANSWERED] = unanswered
            await super().__aexit__(type(unanswered), unanswered, unanswered.__traceback__)
            raise
        await super().__aexit__(None, None, None)
        return True


def _is_replaced() -> bool:
    """Return whether a tool has replaced Starlette's parsers."""
    return (
        requests.FormParser is not FormParser
        or requests.MultiPartParser is not MultiPartParser
        or requests.FormData is not FormData
    )


async def _read_whole(receive: Receive, length: int, messages: list[Message]) -> bytes | None:
    """Read the whole body and its messages. Return None if it is longer than announced."""
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > length:
                return None
            if not message.get("more_body", False):
                break
        elif message["type"] == "http.disconnect":
            raise ClientDisconnect
    if len(messages) == 1:
        return bytes(message.get("body", b""))
    return b"".join([message.get("body", b"") for message in messages])


def _replaying(messages: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that returns these messages first."""
    remaining = iter(messages)

    async def replay() -> Message:
        message = next(remaining, None)
        return await receive() if message is None else message

    return replay


def form_values(form: FormData) -> dict[str, object]:
    """Return the form as a mapping, with the last value of a repeated name.

    Empty strings and file inputs without a file are omitted, as in FastAPI.
    """
    return {
        name: value
        for name, value in form.items()
        if (value if isinstance(value, str) else not is_empty_file(value))
    }


def form_lists(form: FormData) -> dict[str, list[object]]:
    """Return the form as a mapping from each name to all its values, in order.

    File inputs without a file are omitted, as in FastAPI.
    """
    values: dict[str, list[object]] = {}
    for name, value in form.multi_items():
        if not is_empty_file(value):
            values.setdefault(name, []).append(value)
    return values


async def file_content(value: object) -> Any:
    """Read the bytes of a file, or of each file in a list. Return other values unchanged.

    The position of a file stays the same for other parameters that share the file.
    """
    if isinstance(value, list):
        return [await file_content(item) for item in value]
    if not isinstance(value, UploadFile):
        return value
    position = value.file.tell()
    try:
        return await value.read()
    finally:
        await value.seek(position)

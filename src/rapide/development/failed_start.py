"""The application that is served until another one can be imported and started."""

from __future__ import annotations

import json
from dataclasses import replace
from secrets import token_hex
from threading import Lock
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rapide.development.accepted import accepted_form
from rapide.development.html_page import asset
from rapide.development.page import read_report, respond
from rapide.development.report import Report

#: The header field that tells the page whether the same failed start answers.
FIELD: Final = "rapide-failed-start"
_ADVICE: Final = "This page loads again when a change lets the application start."
_ADVICE_FOR_TEXT: Final = "Send the request again when a change lets the application start."


class FailedStart:
    """Answers all requests with the status 503 and a page that says what is wrong.

    Args:
        title: What is wrong, in a few words.
        error: The exception, if there is one.
        message: What is wrong if there is none.
    """

    def __init__(self, title: str, error: BaseException | None, message: str = "") -> None:
        self._title = title
        self._error = error
        self._message = message
        self._number = token_hex(8)
        self._report: Report | None = None
        self._reading = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1012, "reason": self._title})
            return
        request = Request(scope)
        response = await self._response_to(request)
        await response(scope, receive, send)

    async def _response_to(self, request: Request) -> Response:
        headers = {FIELD: self._number}
        if request.method == "OPTIONS":
            return Response(status_code=503, headers=headers)
        report = await anyio.to_thread.run_sync(self._read)
        form = accepted_form(request.headers.get("accept", ""))
        if form != "html":
            advice = "\n".join(filter(None, [report.advice, _ADVICE_FOR_TEXT]))
            return respond(replace(report, advice=advice), form, 503, headers=headers)
        facts = {"field": FIELD, "number": self._number, "method": request.method}
        script = f"const start = {json.dumps(facts)};\n{asset('waiting.js')}"
        script = script.replace("</", "<\\/")  # the method may be any word
        advice = "\n".join(filter(None, [report.advice, _ADVICE]))
        return respond(replace(report, advice=advice), form, 503, script, headers)

    def _read(self) -> Report:
        with self._reading:
            if self._report is None:
                error, advice = self._error, self._message
                if error is None:
                    self._report = Report(self._title, advice, [])
                else:
                    self._report = read_report(error, title=self._title, advice=advice)
            return self._report

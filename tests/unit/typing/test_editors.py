"""Editors show type, default and documentation of each parameter of the public interface.

Pyright's language server answers VS Code, Neovim, Zed and others. jedi answers editors without one.
"""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jedi
import pytest
from typing_extensions import Doc

from rapide._documented import read_arguments
from rapide.server.options import declared

CALLS = """
    Body Cookie Depends File Form Header Path Query Security
    FastAPI APIRouter HTTPException WebSocketException UploadFile RequestLimits
    app.get app.api_route app.add_api_route app.include_router app.add_api_websocket_route
    app.websocket app.frontend app.middleware app.exception_handler app.on_event
    router.post router.api_route router.add_api_route router.include_router router.route
    router.add_route router.websocket_route router.add_websocket_route router.add_event_handler
    tasks.add_task upload.read upload.write upload.seek
    APIKeyCookie APIKeyHeader APIKeyQuery HTTPBasic HTTPBearer HTTPDigest OAuth2
    OAuth2AuthorizationCodeBearer OAuth2PasswordBearer OAuth2PasswordRequestForm
    OAuth2PasswordRequestFormStrict OpenIdConnect SecurityScopes
    ServerSentEvent format_sse_event jsonable_encoder get_redoc_html get_swagger_ui_html
    APIRoute APIWebSocketRoute EventSourceResponse ProblemDetails ProblemResponse get_openapi
    RequestValidationError ResponseValidationError http_exception_handler is_shutting_down
    mark_not_ready add_readiness_check iter_route_contexts app.job Outbox MemoryKeys RedisKeys
    Rooms rooms.join rooms.listen rooms.broadcast rooms.present Streams
    rapide.run rapide.Server serve contract_tests
"""

PREPARATION = """\
import rapide
from io import BytesIO
from rapide import *
from rapide.distributed.rooms import Rooms
from rapide.distributed.streams import Streams
from rapide.encoders import jsonable_encoder
from rapide.exception_handlers import http_exception_handler
from rapide.exceptions import RequestValidationError, ResponseValidationError
from rapide.jobs import MemoryKeys, Outbox, RedisKeys
from rapide.limits import RequestLimits
from rapide.openapi.docs import get_redoc_html, get_swagger_ui_html
from rapide.openapi.utils import get_openapi
from rapide.problems import ProblemDetails, ProblemResponse
from rapide.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from rapide.security import *
from rapide.server.health import add_readiness_check, mark_not_ready
from rapide.shutdown import is_shutting_down
from rapide.sse import EventSourceResponse, ServerSentEvent, format_sse_event
from rapide.testing import contract_tests, serve

app, router, tasks, upload = FastAPI(), APIRouter(), BackgroundTasks(), UploadFile(BytesIO())
rooms = Rooms()
"""


def parameters(call: str) -> dict[str, inspect.Parameter]:
    """The parameters that a call has keywords for."""
    shown = inspect.signature(OBJECTS[call]).parameters
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {name: found for name, found in shown.items() if found.kind not in variadic}


def documentation(call: str) -> dict[str, str]:
    """What the annotations of a signature say, or the docstring where it is another package's.

    The options of the server have their texts in one list, from which stubs are made.
    """
    found = {option.name: f"{option.about.help}." for option in declared()}
    for documented in (OBJECTS[call].__init__, OBJECTS[call]):
        found |= read_arguments(inspect.getdoc(documented))
    for name, parameter in parameters(call).items():
        for item in getattr(parameter.annotation, "__metadata__", ()):
            if isinstance(item, Doc):
                found[name] = item.documentation
    return found


def objects() -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(PREPARATION, namespace)
    return {call: eval(call, namespace) for call in CALLS.split()}


OBJECTS = objects()
EACH_PARAMETER = [(call, name) for call in OBJECTS for name in parameters(call)]
APPLICATION = "\n".join(
    [
        PREPARATION,
        *(f"{call}()" for call in OBJECTS),
        *(f"{call}({name}=)" for call, name in EACH_PARAMETER),
    ]
)
FIRST = PREPARATION.count("\n") + 1


def without_brackets(text: str) -> str:
    """A text without what stands between brackets."""
    while (shorter := re.sub(r"[\[({][^\[\](){}]*[\])}]", "|", text)) != text:
        text = shorter
    return text


def check_parameters(call: str, labels: list[str], documented: str | None) -> None:
    """Check what an editor shows beside a call; None if it shows no documentation."""
    texts = documentation(call)
    for name, parameter in parameters(call).items():
        (label,) = (label for label in labels if label.partition(":")[0] == name)
        kind, _, default = without_brackets(label.partition(":")[2]).partition("=")
        assert kind.strip() not in ("", "Unknown"), label
        has_default = parameter.default is not parameter.empty
        assert bool(default) == has_default, label
        assert (default.strip() == "...") == (parameter.default is ...), label
        sentence = f"{name}: {texts[name].partition('. ')[0].rstrip('.')}."
        assert documented is None or sentence in documented, name


class LanguageServer:
    """Pyright's language server, which is asked one question after the other (LSP 3.17)."""

    def __init__(self, folder: Path) -> None:
        self.asked = 0
        self.file = folder / "application.py"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        help_ = {"parameterInformation": {"labelOffsetSupport": False}}
        self.ask(
            "initialize",
            processId=None,
            rootUri=folder.as_uri(),
            workspaceFolders=[{"uri": folder.as_uri(), "name": "test"}],
            capabilities={
                "textDocument": {
                    "hover": {"contentFormat": ["plaintext"]},
                    "signatureHelp": {
                        "signatureInformation": {"documentationFormat": ["plaintext"], **help_}
                    },
                },
                "workspace": {"configuration": True},
            },
        )
        self.send(method="initialized", params={})
        document = {"uri": self.file.as_uri(), "languageId": "python", "version": 1}
        self.send(
            method="textDocument/didOpen",
            params={"textDocument": {**document, "text": APPLICATION}},
        )

    def send(self, **message: Any) -> None:
        assert self.process.stdin is not None
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline()) != b"\r\n":
            assert line, "the language server has ended"
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and return its result; answer what the server asks meanwhile."""
        self.asked += 1
        self.send(id=self.asked, method=method, params=params)
        while True:
            message = self.receive()
            if "method" not in message:
                assert message["id"] == self.asked
                return message["result"]
            if "id" in message:
                items = message.get("params", {}).get("items", [])
                python = {"pythonPath": sys.executable}
                self.send(
                    id=message["id"],
                    result=[python if item["section"] == "python" else {} for item in items],
                )

    def ask_at(self, method: str, line: int, character: int) -> Any:
        return self.ask(
            f"textDocument/{method}",
            textDocument={"uri": self.file.as_uri()},
            position={"line": line, "character": character},
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    server = LanguageServer(tmp_path_factory.mktemp("editor"))
    yield server
    server.process.kill()
    server.process.communicate()


def test_the_language_server_shows_each_parameter(server: LanguageServer) -> None:
    for line, call in enumerate(OBJECTS, FIRST):
        (signature,) = server.ask_at("signatureHelp", line, len(call) + 1)["signatures"]
        labels = [parameter["label"] for parameter in signature["parameters"]]
        check_parameters(call, labels, signature["documentation"]["value"])
        hovered = server.ask_at("hover", line, len(call) - 1)["contents"]["value"]
        # Of a model, it shows the docstring of Pydantic's constructor.
        if call != "ServerSentEvent":
            listed = read_arguments(hovered + "\n\n")
            assert [name for name in parameters(call) if name not in listed] == [], hovered


def test_the_language_server_shows_a_sentence_for_the_argument_under_the_cursor(
    server: LanguageServer,
) -> None:
    """It shows one line of the docstring."""
    wrong = []
    for line, (call, name) in enumerate(EACH_PARAMETER, FIRST + len(OBJECTS)):
        (signature,) = server.ask_at("signatureHelp", line, len(f"{call}({name}="))["signatures"]
        shown = signature["parameters"][signature["activeParameter"]]["documentation"]["value"]
        expected = f"{name}: {documentation(call)[name]}"
        if not shown.endswith(".") or not expected.startswith(shown):
            wrong.append((call, name, shown))
    assert wrong == []


def test_jedi_shows_each_parameter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jedi.settings, "cache_directory", tmp_path)
    environment = jedi.InterpreterEnvironment()
    script = jedi.Script(APPLICATION, path=tmp_path / "x.py", environment=environment)
    for line, call in enumerate(OBJECTS, FIRST + 1):
        # It shows a decorated function a second time as what the decorator returns.
        signature = script.get_signatures(line, len(call) + 1)[0]
        labels = [parameter.to_string() for parameter in signature.params]
        # Of a constructor that a class inherits, it shows the parameters only.
        is_inherited = call == "APIRoute"
        check_parameters(call, labels, None if is_inherited else signature.docstring(raw=True))

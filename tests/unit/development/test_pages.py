import json
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Annotated, Any

import fastapi
import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient as StarletteClient

from rapide import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from rapide.development.accepted import accepted_form
from rapide.development.html import Markup, element, joined
from rapide.development.install import install_in
from rapide.testclient import TestClient

from .conftest import Ask

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Login(BaseModel):
    name: str
    password: str


def failing_application() -> FastAPI:
    app = FastAPI()
    router = APIRouter(prefix="/v1")

    def get_count(page: int = 0) -> int:
        return page

    @router.get("/books/{book_id}")
    async def read_book(
        book_id: int,
        count: Annotated[int, Depends(get_count)],
        x_api_key: Annotated[str | None, Header()] = None,
    ) -> float:
        login = Login(name="<script>alert(1)</script>", password="swordfish")
        shown = f"{login.name}"
        try:
            return book_id / count
        except ZeroDivisionError as error:
            error.add_note("count the <b>pages</b>")
            raise ValueError(f"{shown} has {login.password} and {x_api_key}") from error

    app.include_router(router)
    return app


class Opened(HTMLParser):
    """The elements of a page, and a check that each one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.append(tag)
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_shows_the_users_lines_first_and_the_others_folded(ask: Ask) -> None:
    page = ask(failing_application(), "/v1/books/3", HTML)
    names = Opened(page).names
    assert names.count("script") == 1, "what was sent is none"
    assert "&lt;script&gt;alert(1)&lt;/script&gt; has" in page
    assert "count the &lt;b&gt;pages&lt;/b&gt;" in page
    own, _, others = page.partition("<details")
    assert "test_pages.py:" in own
    assert "starlette/middleware/errors.py" not in own
    assert "starlette/middleware/errors.py" in others
    assert "direct cause" in page
    assert "<mark>book_id / count</mark>" in page


def test_no_secret_is_on_a_page_in_any_form(ask: Ask) -> None:
    for accept in (HTML, "*/*", "application/json"):
        page = ask(
            failing_application(),
            "/v1/books/3?api_key=query-secret&page=0",
            accept,
            authorization="Bearer bearer-secret",
            cookie="session=cookie-secret",
            **{"x-api-key": "header-secret", "x-name": "shown"},
        )
        places = ("query", "bearer", "cookie", "header")
        for secret in ("swordfish", *(f"{place}-secret" for place in places)):
            assert secret not in page, (accept, secret)
        assert "shown" in page
        assert "[hidden]" in page


def test_json_has_everything_that_the_page_has(ask: Ask) -> None:
    found = json.loads(ask(failing_application(), "/v1/books/3?page=0", "application/json"))
    assert found["detail"].startswith("ValueError: <script>")
    first, second = found["chain"]
    assert second["kind"] == "ZeroDivisionError"
    assert second["notes"] == ["count the <b>pages</b>"]
    (frame,) = [frame for frame in second["frames"] if frame["is_own"]]
    assert frame["function"] == "read_book"
    assert frame["values"]["book_id"] == "3"
    assert [line["text"].strip() for line in frame["lines"] if line["is_current"]] == [
        "return book_id / count"
    ]
    request, route = found["request"], found["route"]
    assert request["url"] == "http://testserver/v1/books/3?page=0"
    assert request["path_params"] == {"book_id": "'3'"}
    assert request["query"] == [["page", "0"]]
    assert route["label"] == "GET /v1/books/{book_id}"
    failed = [step["text"] for step in route["steps"] if step["state"] == "failed"]
    assert [text.split()[0] for text in failed] == ["CallEndpoint"]
    assert [line["text"] for line in route["source"] if line["is_current"]]
    assert first["frames"]


def test_text_begins_with_the_error_and_its_line(ask: Ask) -> None:
    lines = ask(failing_application(), "/v1/books/3").splitlines()
    assert lines[0].startswith("500 Internal Server Error: ValueError: ")
    assert "test_pages.py:" in lines[2]
    assert any(line.endswith("<- failed here") and "CallEndpoint" in line for line in lines)


def test_text_has_no_characters_that_a_terminal_obeys(ask: Ask) -> None:
    app = FastAPI()

    @app.get("/")
    def echo(q: str) -> None:
        raise ValueError(f"{q}\r\n\tthe second line \u202e")

    text = ask(app, "/?q=%1b[2J%07", **{"x-sent": "\x1b]0;title"})
    assert "ValueError: \\x1b[2J\\x07\\r\n" in text
    assert "\n\tthe second line \\u202e\n" in text
    assert [
        character for character in text if not character.isprintable() | (character in "\n\t")
    ] == []


def fail() -> Any:
    raise LookupError("here")


def leave() -> Iterator[int]:
    yield 1
    fail()


def wrong() -> Iterator[int]:
    yield fail()


async def wrong_async() -> int:
    return int(fail())


@pytest.mark.parametrize(
    ("dependency", "step"),
    [
        (fail, "CallDependency"),
        (wrong_async, "CallDependency"),
        (wrong, "EnterDependency"),
        (leave, "CloseCleanup"),
    ],
)
def test_the_step_that_has_failed_is_marked(ask: Ask, dependency: Any, step: str) -> None:
    app = FastAPI()

    @app.get("/")
    async def root(value: Annotated[Any, Depends(dependency)]) -> int:
        return 3

    # A dependency that fails behind the response cannot change it.
    if dependency is leave:
        app.router.routes.pop()

        @app.get("/")
        async def scoped(value: Annotated[Any, Depends(dependency, scope="function")]) -> int:
            return 3

    route = json.loads(ask(app, accept="application/json"))["route"]
    states = [(item["text"].split()[0], item["state"]) for item in route["steps"]]
    failed = [name for name, state in states if state == "failed"]
    assert failed == [step]
    place = [state for _, state in states].index("failed")
    assert {state for _, state in states[:place]} <= {"done"}
    assert {state for _, state in states[place + 1 :]} <= {"open"}


def test_a_result_of_the_wrong_type_fails_in_serialization(ask: Ask) -> None:
    app = FastAPI()

    @app.get("/")
    async def root() -> int:
        return "three"  # type: ignore[return-value]

    found = json.loads(ask(app, accept="application/json"))
    assert found["chain"][0]["kind"] == "rapide.exceptions.ResponseValidationError"
    failed = [step["text"] for step in found["route"]["steps"] if step["state"] == "failed"]
    assert [text.split()[0] for text in failed] == ["SerializeModel"]


def test_an_error_in_a_middleware_has_no_route(ask: Ask) -> None:
    class Failing:
        def __init__(self, app: Any) -> None:
            pass

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                fail()

    app = FastAPI(middleware=[Middleware(Failing)])
    found = json.loads(ask(app, accept="application/json"))
    assert found["route"] is None
    assert found["request"]["method"] == "GET"


PAGES = {"emma": 3, "token": "abcdefgh"}


def test_global_variables_are_shown_if_they_are_on_the_line(ask: Ask) -> None:
    app = FastAPI()

    @app.get("/")
    async def root() -> Any:
        return PAGES["walden"]

    assert "PAGES = {'emma': 3, 'token': [hidden]}" in ask(app)


def test_groups_show_their_exceptions(ask: Ask) -> None:
    app = FastAPI()

    @app.get("/")
    async def root() -> None:
        raise ExceptionGroup("several", [ValueError("one"), ExceptionGroup("in", [OSError("two")])])

    page = ask(app)
    assert "Exception 1 of the group:\n    ValueError: one" in page
    assert "OSError: two" in page
    Opened(ask(app, accept=HTML))


def test_a_large_group_is_cut(ask: Ask) -> None:
    app = FastAPI()

    @app.get("/")
    async def root() -> None:
        raise ExceptionGroup("many", [ValueError(number) for number in range(1200)])

    page = ask(app)
    assert page.count("of the group:") == 10
    assert "[1,190 more exceptions of the group are not shown]" in page


def test_a_chain_that_refers_to_itself_ends(ask: Ask) -> None:
    app = FastAPI()

    @app.get("/")
    async def root() -> None:
        first, second = ValueError("first"), ValueError("second")
        first.__cause__, second.__context__ = second, first
        raise first

    assert ask(app).count("ValueError: ") == 3


def test_an_exception_may_be_as_odd_as_it_likes(ask: Ask) -> None:
    class OddError(Exception):
        __notes__ = [3, None]  # type: ignore[assignment]

        def __str__(self) -> str:
            raise RuntimeError

        def __repr__(self) -> str:
            raise RuntimeError

    app = FastAPI()

    @app.get("/{name}")
    async def root(name: str, request: Request) -> None:
        lone = "\ud800"
        raise OddError(lone)

    for accept in (HTML, "*/*", "application/json"):
        page = ask(app, "/%ff%00%3Cb%3E?%3Ci%3E=%00&a&&=", accept, **{"x-odd": "<u>"})
        assert "its __str__ raised RuntimeError" in page
    Opened(ask(app, "/a", HTML))


@pytest.mark.parametrize("accept", [HTML, "*/*", "application/json"])
def test_a_message_may_contain_halves_of_characters(ask: Ask, accept: str) -> None:
    app = FastAPI()

    @app.get("/")
    async def root() -> None:
        raise ValueError("half \ud800 of a character \x00")

    assert "\\ud800" in ask(app, accept=accept)


def test_a_deep_recursion_is_cut(ask: Ask) -> None:
    app = FastAPI()

    def down(number: int) -> int:
        return down(number + 1)

    @app.get("/")
    async def root() -> int:
        return down(0)

    page = ask(app, accept=HTML)
    assert "more are left out" in page
    assert len(page) < 500_000


def test_what_an_application_answers_itself_stays(installed: None) -> None:
    async def answer(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("ours", 500)

    for key in (500, Exception):
        app = FastAPI(exception_handlers={key: answer})
        app.add_api_route("/", fail)
        assert TestClient(app, raise_server_exceptions=False).get("/").text == "ours"
    app = FastAPI(debug=True)
    app.add_api_route("/", fail)
    page = TestClient(app, raise_server_exceptions=False).get("/").text
    assert page.startswith("Traceback (most recent call last)")


def test_an_application_of_fastapi_has_the_page_unless_it_answers_itself(
    installed: None,
) -> None:
    ours: Any = FastAPI()
    install_in(ours)
    assert Exception not in ours.exception_handlers
    for handlers, begin in (
        ({}, "500 Internal"),
        ({500: lambda *_: PlainTextResponse("own")}, "own"),
    ):
        app = fastapi.FastAPI(exception_handlers=handlers)
        app.add_api_route("/", fail)
        install_in(app)
        answer = StarletteClient(app, raise_server_exceptions=False).get("/")
        assert answer.text.startswith(begin)
    install_in(object())


def test_mounted_applications_of_others_have_the_page(installed: None) -> None:
    ours = FastAPI()
    theirs = fastapi.FastAPI()
    plain = Starlette(routes=[Route("/", lambda request: fail()), Mount("/theirs", theirs)])
    theirs.add_api_route("/", fail)
    theirs.mount("/again", theirs)
    ours.mount("/plain", plain)
    install_in(ours)
    client = StarletteClient(ours, raise_server_exceptions=False)
    for path in ("/plain/", "/plain/theirs/", "/plain/theirs/again/"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert answer.text.startswith("500 Internal Server Error: LookupError: here")


def test_answers_that_are_no_errors_of_the_application_stay(installed: None) -> None:
    app = FastAPI()

    @app.get("/")
    async def root(number: int) -> None:
        raise HTTPException(500, "meant")

    client = TestClient(app)
    assert client.get("/?number=1").json() == {"detail": "meant"}
    assert client.get("/").status_code == 422


def test_programs_get_problem_documents_from_applications_that_have_them(
    installed: None,
) -> None:
    app = FastAPI(problem_details=True)
    app.add_api_route("/", fail)
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get("/", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert "here" not in answer.text
    assert "LookupError" in client.get("/", headers={"accept": HTML}).text


def test_the_exception_is_still_raised(installed: None) -> None:
    app = FastAPI()
    app.add_api_route("/", fail)
    with pytest.raises(LookupError, match="here"):
        TestClient(app).get("/")


def test_the_page_loads_nothing_from_elsewhere(installed: None) -> None:
    app = FastAPI()
    app.add_api_route("/", fail)
    answer = TestClient(app, raise_server_exceptions=False).get("/", headers={"accept": HTML})
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "http" not in answer.text.partition("<main>")[0]


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_pages_of_the_document_say_why_there_is_none(
    ask: Ask, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = FastAPI()

    def openapi() -> Any:
        raise TypeError("no schema for <Thing>")

    app.openapi = openapi  # type: ignore[method-assign]
    page = ask(app, path, HTML)
    assert "The OpenAPI document cannot be made" in page
    assert "no schema for &lt;Thing&gt;" in page
    assert "no schema for <Thing>" in caplog.text
    assert "no schema for" in ask(app, "/openapi.json", "application/json,*/*")


def test_the_pages_of_a_document_that_can_be_made_stay(installed: None) -> None:
    client = TestClient(FastAPI())
    assert "swagger-ui" in client.get("/docs").text
    assert "redoc" in client.get("/redoc").text


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (HTML, "html"),
        ("", "text"),
        ("*/*", "text"),
        ("application/json", "json"),
        ("application/json,*/*", "json"),
        ("application/json, text/plain, */*", "json"),
        ("application/problem+json", "json"),
        ("text/html;q=0.5, application/json;q=0.9", "json"),
        ("TEXT/HTML", "html"),
        ("text/html;q=0", "text"),
        ("text/html;q=x", "text"),
        ("image/png", "text"),
        (",;,=", "text"),
    ],
)
def test_the_form_is_the_one_that_is_accepted(accept: str, form: str) -> None:
    assert accepted_form(accept) == form


def test_html_is_escaped_unless_it_is_markup() -> None:
    assert element("p", "<b>", element("i", "&"), title='"x"', open=True, hidden=False) == (
        '<p title="&quot;x&quot;" open>&lt;b&gt;<i>&amp;</i></p>'
    )
    assert joined(Markup("<br>"), "<br>") == "<br>&lt;br&gt;"


def test_a_process_that_runs_an_application_imports_no_pages() -> None:
    program = (
        "import sys, rapide.cli.commands.run, rapide.server.worker, rapide.applications, "
        "rapide.compiler, rapide.server.observer; "
        "rooms = ('rapide.development', 'rapide.console', 'rapide.server.failed_start', "
        "'rapide.plan.measure', 'rapide.codegen.emit_measure', 'rapide.runtime.measuring'); "
        "print([name for name in sys.modules if name.startswith(rooms)])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"

"""Each difference that docs/differences.md names, on FastAPI and on Rapide."""

import contextlib
import importlib
import inspect
import os
import re
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest

from .pages import ROOT


class Framework:
    """The modules of one framework, as attributes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        package = importlib.import_module(self.name)
        return getattr(package, name) if hasattr(package, name) else self.module(name)

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.name}.{name}")

    def client(self, app: Any, **options: Any) -> Any:
        return self.module("testclient").TestClient(app, **options)


JSON = {"Content-Type": "application/json"}
FASTAPI, RAPIDE = Framework("fastapi"), Framework("rapide")


def on_both(observe: Callable[[Framework], Any]) -> tuple[Any, Any]:
    return observe(FASTAPI), observe(RAPIDE)


def test_the_document_is_sent_again_only_when_it_changed() -> None:
    def observe(fw: Framework) -> tuple[int, int]:
        app = fw.FastAPI()
        client = fw.client(app)
        first = client.get("/openapi.json")
        known = {"If-None-Match": first.headers.get("etag", '"none"')}
        second = client.get("/openapi.json", headers=known)
        assert second.content in (b"", first.content)
        app.openapi()["info"]["title"] = "changed"
        return second.status_code, client.get("/openapi.json", headers=known).status_code

    assert on_both(observe) == ((200, 200), (304, 200))


def loaded_urls(fw: Framework) -> list[str]:
    client = fw.client(fw.FastAPI(docs_url="/help/"))
    return [
        url
        for page in ("/help/", "/redoc")
        for url in re.findall(r'(?:src|href)="([^"]*)"', client.get(page).text)
    ]


def test_the_pages_load_only_what_the_application_serves() -> None:
    theirs, ours = on_both(loaded_urls)
    assert len({url.split("/")[2] for url in theirs}) == 3
    assert {url.partition("?")[0] for url in ours} == {"/help/", "/redoc"}
    assert all("&" not in url for url in ours)
    client = RAPIDE.client(RAPIDE.FastAPI(docs_url="/help/"))
    assert {client.get(url).status_code for url in ours} == {200}


def test_the_assets_are_listed_nowhere_and_hide_no_route() -> None:
    def observe(fw: Framework) -> Any:
        app = fw.FastAPI()
        app.get("/docs/{path:path}")(lambda path: path)
        paths = [route.path for route in app.routes]
        client = fw.client(app)
        page = client.get("/docs")
        others = [client.get(f"/docs?asset={name}").text for name in ("", "x", "x/y.js", "3")]
        return paths, client.get("/docs/swagger-ui.css").json(), others == [page.text] * 4

    theirs, ours = on_both(observe)
    assert ours == theirs


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", r'"\ud800"'])
def test_an_error_that_quotes_an_odd_value_is_a_422(value: str) -> None:
    def observe(fw: Framework) -> int:
        app = fw.FastAPI()

        def endpoint(body: dict[str, int]) -> None: ...

        app.post("/")(endpoint)
        client = fw.client(app, raise_server_exceptions=False)
        status: int = client.post("/", content=f'{{"n": {value}}}', headers=JSON).status_code
        return status

    assert on_both(observe) == (500, 422)


@pytest.mark.parametrize("value", ["NaN", "1e999", "-Infinity", r'"\ud800"'])
def test_an_answer_that_holds_an_odd_value_of_the_request_is_a_422(value: str) -> None:
    def observe(fw: Framework) -> tuple[int, int]:
        app = fw.FastAPI()

        @app.post("/theirs")
        def echo(body: dict[str, Any]):
            return body

        @app.post("/own")
        def own(body: dict[str, int]):
            return body | {"n": float("nan")}

        client = fw.client(app, raise_server_exceptions=False)
        theirs = client.post("/theirs", content=f'{{"n": {value}}}', headers=JSON)
        return theirs.status_code, client.post("/own", json={"n": 1}).status_code

    assert on_both(observe) == ((500, 500), (422, 500))


@pytest.mark.parametrize("value", ["inf", "nan", "1e999"])
def test_an_answer_that_holds_an_odd_number_of_the_query_is_a_422(value: str) -> None:
    def observe(fw: Framework) -> int:
        app = fw.FastAPI()

        @app.get("/")
        def echo(f: float):
            return f

        client = fw.client(app, raise_server_exceptions=False)
        status: int = client.get(f"/?f={value}").status_code
        return status

    assert on_both(observe) == (500, 422)


def path_as_query(fw: Framework) -> Any:
    def endpoint(name: Annotated[str, fw.Query()]) -> None: ...

    return fw.FastAPI().get("/{name}")(endpoint)


def unknown_class(fw: Framework) -> Any:
    def endpoint(lock: threading.Thread) -> None: ...

    return fw.FastAPI().get("/")(endpoint)


@pytest.mark.parametrize("declare", [path_as_query, unknown_class])
def test_declaration_errors_are_subclasses_with_the_place(
    declare: Callable[[Framework], Any],
) -> None:
    with pytest.raises((AssertionError, RuntimeError)) as theirs:
        declare(FASTAPI)
    with pytest.raises((AssertionError, RuntimeError)) as ours:
        declare(RAPIDE)
    assert theirs.type.__name__ in {base.__name__ for base in ours.type.__mro__}
    assert ours.type.__name__ != theirs.type.__name__
    from rapide.signature.errors import DeclarationError

    assert isinstance(ours.value, DeclarationError)
    assert f"{__file__}:" in str(ours.value)
    assert "route: GET /" in str(ours.value)
    assert "GET /" not in str(theirs.value)


def declare_deprecated(fw: Framework) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fw.FastAPI().on_event("startup")(lambda: None)
        with contextlib.suppress(AssertionError):  # orjson is not installed
            fw.module("responses").ORJSONResponse({})
    return caught


def test_deprecation_warnings_point_at_the_line_of_use() -> None:
    theirs, ours = on_both(declare_deprecated)
    assert [w.category.__name__ for w in ours] == [w.category.__name__ for w in theirs]
    # An application warns, and so does its router, which it asks.
    assert [w.filename == __file__ for w in ours] == [True, False, True]
    assert [w.filename == __file__ for w in theirs[:2]] == [True, False]
    assert theirs[2].lineno != ours[2].lineno


def fail(fw: Framework) -> tuple[str, str]:
    app = fw.FastAPI()

    def swallow() -> Any:
        with contextlib.suppress(ValueError):
            yield

    async def endpoint(_: Any = fw.Depends(swallow)) -> None:
        raise ValueError

    app.get("/fail")(endpoint)
    with pytest.raises(fw.exceptions.FastAPIError) as raised:
        fw.client(app).get("/fail")
    files = [frame.filename for frame in traceback.extract_tb(raised.value.__traceback__)]
    return str(raised.value), files[-1]


def test_errors_of_an_application_are_in_our_words_and_show_the_generated_function() -> None:
    theirs, ours = on_both(fail)
    assert theirs[0].startswith("Response not awaited")
    assert ours[0].startswith("Response not awaited")
    assert theirs[0] != ours[0]
    assert theirs[1].endswith("routing.py")
    # A number follows where another application has the same route.
    assert ours[1].removesuffix(">").split(" #")[0] == "<rapide GET /fail"


def test_routes_and_overrides_are_a_list_and_a_dictionary() -> None:
    app = RAPIDE.FastAPI()
    assert isinstance(app.routes, list)
    assert isinstance(app.dependency_overrides, dict)

    def get_one() -> int:
        return 1

    def endpoint(number: Annotated[int, RAPIDE.Depends(get_one)]) -> int:
        return number

    app.get("/")(endpoint)
    client = RAPIDE.client(app)
    assert client.get("/").json() == 1
    app.dependency_overrides |= {get_one: lambda: 2}
    assert client.get("/").json() == 2
    app.dependency_overrides = {get_one: lambda: 3}
    assert client.get("/").json() == 3
    app.router.routes = list(app.routes[:-1])
    assert client.get("/").status_code == 404


def test_sync_endpoints_run_in_anyio_worker_threads_within_its_limit() -> None:
    import anyio
    from anyio.to_thread import current_default_thread_limiter

    def observe(fw: Framework) -> tuple[str, int]:
        app = fw.FastAPI()

        def endpoint() -> tuple[str, int]:
            borrowed = anyio.from_thread.run_sync(
                lambda: current_default_thread_limiter().borrowed_tokens
            )
            return threading.current_thread().name, borrowed

        app.get("/")(endpoint)
        name, borrowed = fw.client(app).get("/").json()
        return name, borrowed

    theirs, ours = on_both(observe)
    assert ours == theirs


def test_security_schemes_make_their_model_when_it_is_read() -> None:
    def observe(fw: Framework) -> list[str]:
        steps = []
        try:
            scheme = fw.security.OAuth2(flows={"password": {"tokenUrl": 5}})
            steps.append("declared")
            scheme.model  # noqa: B018
        except ValueError:
            steps.append("refused")
        return steps

    assert on_both(observe) == (["refused"], ["declared", "refused"])


def test_oauth2_has_the_same_empty_flows_by_default() -> None:
    theirs, ours = on_both(lambda fw: fw.security.OAuth2().model.model_dump(mode="json"))
    assert ours == theirs
    default = inspect.signature(RAPIDE.security.OAuth2).parameters["flows"].default
    assert default is None


def test_the_location_of_an_api_key_may_be_text() -> None:
    api_key = RAPIDE.module("security.api_key")
    options = dict(name="key", description=None, scheme_name=None, auto_error=True)
    scheme = api_key.APIKeyBase(location="header", **options)
    assert scheme.model.in_.value == "header"


def run_after_import(fw: Framework, expression: str) -> str:
    program = f"import gc, sys; from {fw.name} import *; print({expression})"
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_lines_that_come_quickly_share_messages() -> None:
    def observe(fw: Framework) -> tuple[bytes, bool]:
        app = fw.FastAPI()
        parts: list[bytes] = []

        @app.get("/")
        async def lines():  # type: ignore[no-untyped-def]
            for number in range(1000):
                yield number

        async def listen(scope: Any, receive: Any, send: Any) -> None:
            async def note(message: Any) -> None:
                parts.append(message.get("body", b""))
                await send(message)

            await app(scope, receive, note)

        body = fw.client(listen).get("/").content
        assert b"".join(parts) == body
        return body, len(parts) < 1000

    (body, is_shared), (same_body, shared_here) = on_both(observe)
    assert body == same_body
    assert (is_shared, shared_here) == (False, True)


def test_functions_around_requests_are_of_a_class_below_that_of_starlette() -> None:
    from starlette.middleware.base import BaseHTTPMiddleware

    def observe(fw: Framework) -> tuple[bool, bool]:
        app = fw.FastAPI()
        app.middleware("http")(lambda request, call_next: call_next(request))
        added = app.user_middleware[0].cls
        return added is BaseHTTPMiddleware, issubclass(added, BaseHTTPMiddleware)

    assert on_both(observe) == ((True, True), (False, True))


def test_importing_loads_less() -> None:
    names = "[m for m in ('opentelemetry', 'email_validator') if m in sys.modules]"
    seen = on_both(lambda fw: run_after_import(fw, names))
    assert seen == ("['opentelemetry', 'email_validator']", "[]")


def test_importing_keeps_modules_from_the_garbage_collector_until_told_otherwise() -> None:
    seen = on_both(lambda fw: run_after_import(fw, "gc.isenabled(), gc.get_freeze_count() > 0"))
    assert seen == ("True False", "True True")
    after = "gc.unfreeze(), gc.get_freeze_count()"
    assert run_after_import(RAPIDE, after) == "None 0"


def test_routes_can_be_asked_how_they_are_executed() -> None:
    app = RAPIDE.FastAPI()
    app.get("/")(lambda: None)
    route = app.routes[-1]
    assert route.fallback_reason is None
    assert route.source.startswith("async def handle_request(")
    assert str(route.plan).startswith("GET / -> ")


class Binding(int, Enum):
    """An `Enum` whose number is not its value."""

    def __new__(cls, number: int, label: str) -> "Binding":
        member = int.__new__(cls, number)
        member._value_ = label
        return member

    PAPER = 1, "paperback"


class Shelf(str, Enum):  # noqa: UP042 - `StrEnum` takes text alone
    """An `Enum` whose text is not its value."""

    def __new__(cls, text: str, label: str) -> "Shelf":
        member = str.__new__(cls, text)
        member._value_ = label
        return member

    TOP = "top", "the top shelf"


@dataclass
class Entry(dict[str, int]):
    """A dataclass that is also a dictionary."""

    number: int = 1


@pytest.mark.parametrize(
    ("value", "theirs", "ours"),
    [
        (Binding.PAPER, "paperback", 1),
        ([Shelf.TOP], ["the top shelf"], ["top"]),
        (Entry(), {"number": 1}, {}),
    ],
)
def test_three_odd_types_without_a_response_model(value: Any, theirs: Any, ours: Any) -> None:
    def observe(fw: Framework) -> Any:
        app = fw.FastAPI()
        app.get("/")(lambda: value)
        return fw.client(app).get("/").json()

    assert on_both(observe) == (theirs, ours)


@pytest.mark.parametrize("value", [Shelf.TOP, Entry()])
def test_odd_types_with_a_return_type_are_written_alike(value: Any) -> None:
    def observe(fw: Framework) -> Any:
        app = fw.FastAPI()
        app.get("/", response_model=type(value))(lambda: value)
        return fw.client(app).get("/").json()

    theirs, ours = on_both(observe)
    assert ours == theirs


def test_routers_answer_without_an_application() -> None:
    def observe(fw: Framework) -> Any:
        router = fw.APIRouter()
        router.get("/")(lambda: 1)
        try:
            return fw.client(router).get("/").json()
        except AssertionError:
            return "asserts"

    assert on_both(observe) == ("asserts", 1)


def test_warnings_about_the_model_of_a_body_come_when_it_is_made() -> None:
    def observe(fw: Framework) -> tuple[int, int]:
        app = fw.FastAPI()

        def endpoint(copy: Annotated[int, fw.Form()], other: Annotated[int, fw.Form()]) -> None: ...

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            app.post("/")(endpoint)
            declared = len(caught)
            app.openapi()
        assert {str(warning.message).split(" shadows")[0] for warning in caught} == {
            'Field name "copy" in "Body_endpoint__post"'
        }
        return declared, len(caught)

    assert on_both(observe) == ((1, 1), (0, 1))


def test_another_of_two_mistakes_may_be_told_first() -> None:
    def observe(fw: Framework) -> str:
        def per_function() -> Any:
            yield

        def per_request(
            _: Annotated[Any, fw.Depends(per_function, scope="function")],
            tags: Annotated[dict[str, str], fw.Query()],
        ) -> Any:
            yield

        with pytest.raises((AssertionError, fw.exceptions.FastAPIError)) as raised:
            fw.FastAPI().get("/")(lambda _=fw.Depends(per_request): None)
        return "scope" if isinstance(raised.value, fw.exceptions.DependencyScopeError) else "query"

    assert on_both(observe) == ("scope", "query")


@pytest.mark.parametrize("name", ["ExceptionTelemetryMiddleware", "NativeTelemetry"])
def test_two_names_of_how_fastapi_observes_are_missing(name: str) -> None:
    seen = on_both(lambda fw: hasattr(fw.module("applications"), name))
    assert seen == (True, False)


def test_two_signatures_differ_by_a_private_parameter() -> None:
    def observe(fw: Framework) -> list[str]:
        field, solve = fw.module("_compat").ModelField, fw.module("routing").solve_dependencies
        names = {*inspect.signature(field).parameters, *inspect.signature(solve).parameters}
        return sorted(names & {"known_good", "_uses_scopes_cache"})

    assert on_both(observe) == (["_uses_scopes_cache"], ["known_good"])


def test_handlers_of_all_inclusions_are_made_together() -> None:
    def observe(fw: Framework) -> list[int]:
        made = []

        class Counting(fw.routing.APIRoute):  # type: ignore[misc]
            def get_route_handler(self) -> Any:
                made.append(self.path)
                return super().get_route_handler()

        router = fw.APIRouter(route_class=Counting)
        router.get("/")(lambda: 1)
        app = fw.FastAPI()
        app.include_router(router, prefix="/first")
        app.include_router(router, prefix="/second")
        client, counts = fw.client(app), [len(made)]
        for path in ("/first/", "/second/", "/second/"):
            client.get(path)
            counts.append(len(made))
        return counts

    assert on_both(observe) == ([1, 2, 3, 3], [1, 3, 3, 3])


def test_the_list_of_routes_of_an_included_router_counts_at_the_next_request() -> None:
    def observe(fw: Framework) -> list[int]:
        router = fw.APIRouter()
        router.get("/")(lambda: 1)
        app = fw.FastAPI()
        app.include_router(router, prefix="/included")
        client = fw.client(app)
        answers = [client.get("/included/").status_code]
        router.routes.clear()
        answers.append(client.get("/included/").status_code)
        router.get("/other")(lambda: 1)
        return [*answers, client.get("/included/").status_code]

    assert on_both(observe) == ([200, 200, 404], [200, 404, 404])


def test_what_a_route_calls_may_become_a_function_of_another_kind() -> None:
    def observe(fw: Framework) -> int:
        app = fw.FastAPI()

        @app.get("/")
        async def read() -> int:
            return 1

        app.routes[-1].dependant.call = lambda: 2
        return int(fw.client(app, raise_server_exceptions=False).get("/").status_code)

    assert on_both(observe) == (500, 200)


STACKS = {"fastapi_middleware_astack", "fastapi_inner_astack", "fastapi_function_astack"}


def test_the_stacks_of_dependencies_are_in_the_scope_where_the_request_is_seen() -> None:
    def observe(fw: Framework) -> list[bool]:
        seen = []

        class Looking:
            def __init__(self, app: Any) -> None:
                self.app = app

            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                await self.app(scope, receive, send)
                seen.append(scope.keys() >= STACKS)

        app = fw.FastAPI()
        app.add_middleware(Looking)

        async def look(request: Any) -> bool:
            return request.scope.keys() >= STACKS

        look.__annotations__["request"] = fw.Request
        app.get("/looking")(look)
        app.get("/plain")(lambda: None)
        client = fw.client(app)
        return [client.get("/looking").json(), client.get("/plain").is_success, *seen]

    assert on_both(observe) == ([True, True, True, True], [True, True, True, False])


def test_limits_is_the_one_parameter_that_fastapi_does_not_have() -> None:
    def parameters(fw: Framework) -> list[set[str]]:
        takers = fw.FastAPI, fw.FastAPI.get, fw.APIRouter, fw.APIRouter.get, fw.routing.APIRoute
        return [set(inspect.signature(taker).parameters) for taker in takers]

    theirs, ours = on_both(parameters)
    more = [mine - others for mine, others in zip(ours, theirs, strict=True)]
    assert {"limits"} in more
    assert all(names <= {"limits"} for names in more)
    assert not any(others - mine for mine, others in zip(ours, theirs, strict=True))


def test_an_error_of_the_applications_code_is_shown_without_its_traceback(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("1 / 0\n")

    def observe(fw: Framework) -> tuple[int, bool]:
        command = "fastapi_cli.cli" if fw.name == "fastapi" else "rapide.cli"
        run = subprocess.run(
            [sys.executable, "-c", f"from {command} import main; main()", "run", "main.py"],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return run.returncode, "Traceback" in run.stdout + run.stderr

    assert on_both(observe) == ((1, True), (1, False))


def test_packages_that_import_fastapi_bring_its_classes() -> None:
    from strawberry.fastapi import GraphQLRouter

    seen = on_both(lambda fw: issubclass(GraphQLRouter, fw.APIRouter))
    assert seen == (True, False)

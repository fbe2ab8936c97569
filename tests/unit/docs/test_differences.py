"""Each difference that docs/differences.md names, on FastAPI and on Rapide."""

import inspect
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

import pytest

from .frameworks import RAPIDE, Framework, on_both
from .pages import ROOT


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


OF_ROUTES = frozenset({"limits", "threads", "cache", "idempotency"})
OF_APPLICATIONS = frozenset({"limits", "threads", "document_errors", "problem_details", "console"})


def test_seven_parameters_are_all_that_fastapi_does_not_have() -> None:
    def parameters(fw: Framework) -> list[set[str]]:
        takers = fw.FastAPI, fw.FastAPI.get, fw.APIRouter, fw.APIRouter.get, fw.routing.APIRoute
        return [set(inspect.signature(taker).parameters) for taker in takers]

    theirs, ours = on_both(parameters)
    more = [mine - others for mine, others in zip(ours, theirs, strict=True)]
    assert {*map(frozenset, more)} == {OF_APPLICATIONS, OF_ROUTES, frozenset({"threads"})}
    assert not any(others - mine for mine, others in zip(ours, theirs, strict=True))


def test_packages_that_import_fastapi_bring_its_classes() -> None:
    from strawberry.fastapi import GraphQLRouter

    seen = on_both(lambda fw: issubclass(GraphQLRouter, fw.APIRouter))
    assert seen == (True, False)


def test_signatures_and_annotations_are_subclasses_with_fastapis_parameters() -> None:
    def observe(fw: Framework) -> Any:
        shown, annotations = inspect.signature(fw.FastAPI.get), fw.FastAPI.get.__annotations__
        assert isinstance(shown, inspect.Signature)
        assert isinstance(annotations, dict)
        names = [name for name in shown.parameters if name not in OF_ROUTES]
        return names, type(shown) is inspect.Signature, type(annotations) is dict

    theirs, ours = on_both(observe)
    assert theirs[0] == ours[0]
    assert (theirs[1:], ours[1:]) == ((True, True), (False, False))

"""docs/explain.md names every operation of a plan, and every reason for the generic path."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any
from unittest.mock import patch

import pytest

import rapide.routing
from rapide import APIRouter, Cookie, Depends, FastAPI, Request
from rapide.direct import eligibility
from rapide.http11 import server
from rapide.http11.outcomes import Reason, ViaAsgi
from rapide.middleware.http import BaseHTTPMiddleware
from rapide.plan import instrument, operations

from .pages import ROOT


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> int:
        return 1


class OwnRoute(rapide.routing.APIRoute):
    def get_route_handler(self) -> Any:
        return super().get_route_handler()


def read_cookies(names: Annotated[list[str], Cookie()]) -> None: ...


def read_unknown(name: "Unknown" = None) -> None: ...  # type: ignore[name-defined] # noqa: F821


def call_unhashable(number: Annotated[int, Depends(Unhashable())]) -> None: ...


def do_nothing() -> None: ...


def reason(endpoint: Callable[..., Any], **options: Any) -> str | None:
    app = FastAPI()
    app.post("/", **options)(endpoint)
    found: str | None = app.routes[-1].fallback_reason  # type: ignore[attr-defined]
    return found


def own_route_class() -> str | None:
    router = APIRouter(route_class=OwnRoute)
    router.get("/")(do_nothing)
    found: str | None = router.routes[0].fallback_reason  # type: ignore[attr-defined]
    return found


def replaced_function() -> str | None:
    with patch.object(rapide.routing, "run_endpoint_function", do_nothing):
        return reason(do_nothing)


def replaced_method() -> str | None:
    with patch.object(Request, "body", do_nothing):
        return reason(do_nothing)


CASES: dict[str, Callable[[], str | None]] = {
    "cookies": lambda: reason(read_cookies),
    "undefined name": lambda: reason(read_unknown),
    "unhashable": lambda: reason(call_unhashable),
    "route class": own_route_class,
    "replaced": replaced_function,
    "replaced in Starlette": replaced_method,
}


def reasons_on_the_page() -> list[str]:
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    table = page.partition("| reason | what to do |\n|---|---|\n")[2].partition("\n\n")[0]
    return [line.split("|")[1].strip() for line in table.splitlines()]


def test_the_page_names_the_operations_that_exist_and_no_others() -> None:
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    table = page.partition("| in the plan | in the source |\n|---|---|\n")[2].partition("\n\n")[0]
    later = page.partition("observes a request")[2].partition("\n\n")[0]
    existing = {
        name
        for module in (operations, instrument)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, operations.Operation) and kind is not operations.Operation
    }
    named = set(re.findall(r"`([A-Z]\w+)`", table + later))
    assert named - existing - {"Request", "Response", "BackgroundTasks"} == set()
    assert existing - named == set()


class OwnCall(FastAPI):
    async def __call__(self, *connection: Any) -> None: ...


def reasons_for_asgi() -> Iterator[str]:
    """Reasons of each kind, in the words of `rapide explain`."""
    for module in (eligibility, server):
        for value in vars(module).values():
            reason = value.reason if isinstance(value, ViaAsgi) else value
            if isinstance(reason, Reason) and reason not in NOT_ON_THE_PAGE:
                yield reason.sentence
    with patch.object(Request, "body", do_nothing):
        apps = FastAPI(), OwnCall()
        found = [eligibility.refusal_of(app, FastAPI.__call__) for app in apps]
    yield from (refusal.reason.sentence for refusal in found if refusal is not None)
    for layer in ((type("Own", (), {}), None), (BaseHTTPMiddleware, object())):
        of_layer = eligibility.refusal_of_layers([layer])
        assert of_layer is not None
        yield of_layer.sentence


#: What follows from the other table, or is said of single requests and not of a route.
NOT_ON_THE_PAGE = (
    eligibility.GENERIC,
    eligibility.NO_API_ROUTE,
    eligibility.FAILED,
    eligibility.OTHER_METHOD,
    eligibility.MISSING,
)


def test_the_page_names_the_reasons_for_asgi_and_no_others() -> None:
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    section = page.partition("## When requests go by ASGI")[2]
    table = section.partition("| reason | what to do |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()]
    patterns = {row: re.escape(row).replace("…", ".+") for row in rows}
    named = []
    for given in set(reasons_for_asgi()):
        fitting = [row for row, pattern in patterns.items() if re.fullmatch(pattern, given)]
        assert len(fitting) == 1, given
        named += fitting
    assert sorted(named) == sorted(rows)


def test_every_reason_on_the_page_has_a_case_here() -> None:
    assert len(reasons_on_the_page()) == len(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_reason_is_on_the_page(name: str) -> None:
    given = CASES[name]()
    assert given is not None
    patterns = [re.escape(row).replace("…", ".+") for row in reasons_on_the_page()]
    assert [pattern for pattern in patterns if re.fullmatch(pattern, given)] != [], given


def test_a_route_without_any_of_these_is_compiled() -> None:
    assert reason(do_nothing) is None

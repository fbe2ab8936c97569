"""The route table, against asking Starlette's routes one after the other."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.convertors import CONVERTOR_TYPES, Convertor, StringConvertor
from starlette.routing import BaseRoute, Host, Match, Mount, Route, WebSocketRoute, compile_path

from rapide import APIRouter
from rapide.routing import APIRoute
from rapide.routing.dispatch import Dispatcher
from rapide.routing.table import Entry, Found, Later, RouteTable

METHODS = ["GET", "POST", "HEAD", "BREW", ""]


class Shout(StringConvertor):
    """A convertor of the user's own that stays within a segment."""

    def convert(self, value: str) -> str:
        return value.upper()


class Wide(Convertor[str]):
    """A convertor of the user's own that may span segments, or match nothing."""

    regex = "(a/?)*"

    def convert(self, value: str) -> str:
        return value


@pytest.fixture(scope="module", autouse=True)
def _own_convertors() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CONVERTOR_TYPES, "shout", Shout())
        patch.setitem(CONVERTOR_TYPES, "wide", Wide())
        yield


PLAIN = ["", "a", "b", "a.b", "1", "{}", "{x y}", "a+", "a\n", "ä", "%61"]
PARAMETERS = ["{?}", "{?:str}", "{?:int}", "{?:float}", "{?:path}", "{?:shout}", "{?:wide}"]
MIXED = ["a{?}", "{?}a", "a{?:path}", "a{?:int}.b", "{?:int}{?}", "{?}.{?}", "{?:uuid}"]


@st.composite
def route_paths(draw: st.DrawFn) -> str:
    segments = draw(st.lists(st.sampled_from([*PLAIN, *PARAMETERS * 2, *MIXED]), max_size=4))
    path = "/" + "/".join(segments)
    names = draw(st.permutations(["p", "pa", "paths", "q", "q1", "r", "s", "t"]))
    for name in names:
        path = path.replace("?", name, 1)
    return path


async def serve(scope: Any, receive: Any, send: Any) -> None:
    """Tests only look for routes."""


@st.composite
def routes(draw: st.DrawFn) -> BaseRoute:
    path = draw(route_paths())
    others = ["any", "mount", "host", "own", "socket"]
    kind = draw(st.sampled_from(["route"] * 3 + ["ours"] * 6 + others))
    if kind == "mount":
        return Mount(path, app=serve)
    if kind == "host":
        return Host(draw(st.sampled_from(["a.test", "{sub}.test"])), app=serve)
    if kind == "own":
        return OwnRoute(path, serve, methods=["GET"])
    if kind == "socket":
        return WebSocketRoute(path, serve)
    methods = None if kind == "any" else draw(st.sampled_from([["GET"], ["POST"], ["GET", "POST"]]))
    if kind == "ours":
        return APIRoute(path, answer, methods=methods)
    return Route(path, serve, methods=methods)


async def answer() -> None:
    """Serve a route of ours, which waits for its place in the table."""


class OwnRoute(Route):
    """A route of a class that may have its own way of matching: only every other path."""

    def matches(self, scope: Any) -> Any:
        match, child = super().matches(scope)
        return (match, child) if len(scope["path"]) % 2 else (Match.NONE, {})


WORDS = ["", "a", "b", "ab", "a.b", "1", "12", "1.5", "1.b", "{}", "{x y}", "a+", "\n", "a\n", "ä"]
WORDS += ["%61", "A", "aa", "00000000-0000-0000-0000-000000000001"]
ENDS = ["", "", "", "/", "\n", "\n\n", "/a"]
VALUES = ["a", "1", "1.5", "a/a", "", "a\n", "a\nb", "ä", WORDS[-1]]
free_paths = st.lists(st.sampled_from(WORDS), max_size=5).map(lambda words: "/" + "/".join(words))


@st.composite
def paths_for(draw: st.DrawFn, all_routes: list[BaseRoute]) -> str:
    """A path that one of the routes may well match, or any path."""
    declared = [str(route.path) for route in all_routes if hasattr(route, "path")]
    if not declared or draw(st.integers(0, 3)) == 0:
        return draw(free_paths) + draw(st.sampled_from(ENDS))
    pieces = re.split(r"\{\w+(?::\w+)?\}", draw(st.sampled_from(declared)))
    path = pieces[0]
    for piece in pieces[1:]:
        path += draw(st.sampled_from(VALUES)) + piece
    return path + draw(st.sampled_from(ENDS))


def make_scope(method: str, path: str, kind: str = "http") -> dict[str, Any]:
    return {
        "type": kind,
        "method": method,
        "path": path,
        "root_path": "",
        "headers": [(b"host", b"a.test")],
    }


@st.composite
def routes_and_requests(draw: st.DrawFn) -> tuple[list[BaseRoute], list[tuple[str, str]]]:
    all_routes = draw(st.lists(routes(), max_size=8))
    request = st.tuples(st.sampled_from(METHODS), paths_for(all_routes))
    return all_routes, draw(st.lists(request, min_size=1, max_size=6))


def scan(all_routes: list[BaseRoute], scope: dict[str, Any]) -> tuple[int, bool, Any] | None:
    """What Starlette's router does: the first full match, else the first partial one."""
    partial = None
    for number, route in enumerate(all_routes):
        match, child = route.matches(scope)
        if match is Match.FULL:
            return number, True, child["path_params"]
        if match is Match.PARTIAL and partial is None:
            partial = number, False, child["path_params"]
    return partial


def shown(found: Found | None) -> tuple[int, bool, Any] | None:
    return found and (found.entry.number, found.is_full, found.path_params)


@settings(max_examples=300)
@given(routes_and_requests())
@example(([Route("/{p}/b", serve)], [("GET", "/v/b\n"), ("GET", "/v\n/b")]))
@example(([Route("/{p}", serve)], [("GET", "/\n"), ("GET", "/v\n"), ("GET", "/v\n\n")]))
@example(([Route("/a/{p:path}", serve)], [("GET", "/a"), ("GET", "/a/"), ("GET", "/a/x\ny")]))
@example(([Route("/{p}/", serve), Route("/", serve)], [("GET", "//"), ("GET", "/"), ("GET", "")]))
@example(([Mount("/a", serve), Route("/a/b", serve)], [("GET", "/a/b"), ("GET", "/a/b")]))
@example(([Route("/a", serve), Host("a.test", serve)], [("BREW", "/a"), ("GET", "/a")]))
@example(([OwnRoute("/a", serve), Route("/a", serve)], [("GET", "/a"), ("GET", "/a\n")]))
def test_the_route_is_the_one_that_asking_them_in_turn_would_find(
    case: tuple[list[BaseRoute], list[tuple[str, str]]],
) -> None:
    all_routes, requests = case
    dispatcher = Dispatcher(APIRouter(routes=all_routes))
    # Twice: what was remembered the first time must be right as well.
    for method, path in requests * 2:
        found = dispatcher.table("http").find(method, path, make_scope(method, path))
        assert shown(found) == scan(all_routes, make_scope(method, path))


@given(routes_and_requests())
def test_web_sockets_are_found_as_asking_the_routes_in_turn_would_find_them(
    case: tuple[list[BaseRoute], list[tuple[str, str]]],
) -> None:
    all_routes, requests = case
    dispatcher = Dispatcher(APIRouter(routes=all_routes))
    for _, path in requests:
        scope = make_scope("", path, "websocket")
        del scope["method"]
        found = dispatcher.table("websocket").find("", path, dict(scope))
        assert shown(found) == scan(all_routes, scope)


def entry(number: int, path: str, *methods: str) -> Entry:
    pattern, _, convertors = compile_path(path)
    return Entry(number, path, path, pattern, convertors, frozenset(methods) or None)


def test_values_are_converted_as_the_path_declares() -> None:
    table = RouteTable([entry(0, "/{a}/{b:int}/{c:float}/{d:uuid}/{e:path}")])
    path = "/1/2/3/00000000-0000-0000-0000-000000000001/x/y"
    found = table.find("GET", path, {})
    assert found is not None
    assert [type(value).__name__ for value in found.path_params.values()] == [
        "str", "int", "float", "UUID", "str",
    ]  # fmt: skip
    assert list(found.path_params) == ["a", "b", "c", "d", "e"]


def test_a_route_that_is_a_dead_end_in_the_tree_does_not_hide_another() -> None:
    table = RouteTable([entry(0, "/a/x/c"), entry(1, "/{p}/x/{q}"), entry(2, "/a/{r}/d")])
    numbers = [shown(table.find("GET", path, {})) for path in ("/a/x/c", "/a/x/d", "/a/y/d")]
    assert numbers == [(0, True, {}), (1, True, {"p": "a", "q": "d"}), (2, True, {"r": "y"})]


@pytest.mark.parametrize("methods", [("GET",), ()])
def test_nothing_that_a_client_can_invent_is_remembered(methods: tuple[str, ...]) -> None:
    table = RouteTable([entry(0, "/fixed", *methods), entry(1, "/{p}/x", *methods)])
    for number in range(100):
        table.find(f"M{number}", "/fixed", {})
        table.find("GET", f"/{number}", {})
        table.find("GET", f"/{number}/x", {})
        table.find("GET", "/fixed" + "\n" * number, {})
        table.find("GET", "/fixed", {})
    # The fixed path, and the same before a line feed, which a pattern's `$` takes as well.
    assert len(table._remembered) == (2 if methods else 0)


def test_an_exact_path_behind_a_route_that_must_be_asked_is_not_remembered() -> None:
    answers = iter([(Match.NONE, {}), (Match.FULL, {"path_params": {"asked": True}})])
    table = RouteTable(
        [Entry(0, "asked", None, ask=lambda scope: next(answers)), entry(1, "/a", "GET")]
    )
    assert shown(table.find("GET", "/a", {})) == (1, True, {})
    assert shown(table.find("GET", "/a", {})) == (0, True, {"asked": True})


def test_only_the_entries_near_a_request_are_made() -> None:
    made: list[int] = []
    paths = dict(enumerate(f"/api/r{n % 4}/e{n}/{{key}}" for n in range(40)))
    paths |= {40: "/api/r1/{any}/1", 41: "/api/r1/e5", 42: "/api/r1/e5"}

    def make(number: int) -> Entry:
        made.append(number)
        return entry(number, paths[number], "GET" if number != 5 else "POST")

    table = RouteTable([entry(43, "/api/{rest:path}")], Later(paths, make))
    assert repr(table) == "<RouteTable: 44 routes, 2 by exact path, 0 for any path>"
    found = [table.find("GET", path, {}) for path in ("/api/r1/e5/1", "/api/r1/e5", "/api/r9/x")]
    assert [item and item.entry.number for item in found] == [40, 41, 43]
    assert sorted(made) == [5, 40, 41, 42]
    assert shown(table.find("POST", "/api/r1/e5/1", {})) == (5, True, {"key": "1"})
    assert len(made) == 4


def test_what_routes_and_servers_give_may_have_other_types() -> None:
    params = MappingProxyType({"asked": "b"})
    pattern, _, convertors = compile_path("/{n:int}")
    table = RouteTable(
        [
            Entry(0, "asked", None, ask=lambda scope: [scope["match"], {"path_params": params}]),
            Entry(
                1, "mapped", "/{n:int}", pattern, MappingProxyType(convertors), frozenset({b"GET"})
            ),
        ]
    )
    assert shown(table.find("GET", "/b", {"match": Match.FULL})) == (0, True, params)
    assert shown(table.find(b"GET", "/7", {"match": Match.NONE})) == (1, True, {"n": 7})
    assert shown(table.find(None, "/7", {"match": Match.NONE})) == (1, False, {"n": 7})


def test_a_remembered_route_is_found_without_looking() -> None:
    table = RouteTable([entry(0, "/a", "GET")])
    assert table.find("GET", "/a", {}) is table.find("GET", "/a", {})
    assert table.find("POST", "/a", {}) is not table.find("POST", "/a", {})


def test_a_table_and_its_dispatcher_show_what_they_hold() -> None:
    router = APIRouter(routes=[Route("/a", serve), Route("/a/{n}", serve), Host("a.test", serve)])
    dispatcher = Dispatcher(router)
    assert repr(dispatcher) == f"<Dispatcher of {router!r}: no tables yet>"
    table = dispatcher.table("http")
    assert repr(table) == "<RouteTable: 3 routes, 1 by exact path, 1 for any path>"
    assert f"http: {table!r}, websocket: <RouteTable: 1 routes" in repr(dispatcher)

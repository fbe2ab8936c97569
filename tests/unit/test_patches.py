"""What replaces Starlette's methods and names is noticed, whenever and whoever does it."""

import ctypes
import functools
import json
import subprocess
import sys
from collections.abc import Mapping

import pytest
import starlette.requests
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from rapide import FastAPI, _watch, patches
from rapide.testclient import TestClient

FIRST = """\
import functools
from starlette.requests import Request
from starlette.responses import JSONResponse

original = Request.body

@functools.wraps(original)
async def watched(self):
    return await original(self)

Request.body = watched
JSONResponse.media_type = "application/problem+json"

from rapide import FastAPI

app = FastAPI()

@app.post("/model")
def model(item: dict) -> dict:
    return item

@app.post("/any")
def any_body(item: dict):
    return item

for route in app.routes[-2:]:
    print(route.fallback_reason)
"""


@pytest.fixture(autouse=True)
def unpatched():
    """Begin and end with nothing replaced."""
    patches.look()
    assert patches.found == []
    yield
    patches.look()
    assert patches.found == []


#: What the interpreter lets nobody assign, or takes for something else.
UNASSIGNABLE = {"__dict__", "__weakref__", "__doc__", "__module__", "__abstractmethods__"}


@pytest.mark.parametrize("cls", list(patches._CLASSES), ids=lambda cls: cls.__qualname__)
def test_a_change_of_any_method_is_noticed(cls, monkeypatch):
    for name, value in list(vars(cls).items()):
        is_method = callable(value) or hasattr(type(value), "__get__")
        if name in UNASSIGNABLE or not is_method:
            continue
        patches.look()
        assert not patches.has_changed()
        with monkeypatch.context() as patch:
            patch.setattr(cls, name, lambda *args, **kwargs: None)
            assert patches.has_changed(), name
            patches.look()
            assert [patch.name.rpartition(".")[2] for patch in patches.found] == [name]
            assert not patches.has_changed()
        assert patches.has_changed(), name


@pytest.mark.parametrize("name", ["__setattr__", "__getattribute__", "headers", "extra"])
def test_a_method_that_the_class_did_not_have_is_noticed(name, monkeypatch):
    monkeypatch.setattr(Request, name, lambda *args: None, raising=False)
    assert patches.has_changed()
    patches.look()
    assert [str(patch) for patch in patches.found] == [
        f"starlette.requests.Request.{name} was replaced by <lambda> of {__name__}"
    ]


@pytest.mark.parametrize(
    ("cls", "name", "value", "words"),
    [
        (JSONResponse, "media_type", "text/json", "'text/json'"),
        (HTMLResponse, "charset", "latin-1", "'latin-1'"),
        (HTTPConnection, "headers", None, "None"),
        (Request, "body", functools.partial(len), "len of builtins"),
        (Response, "render", json.dumps, "dumps of json"),
        (JSONResponse, "render", Response.render, "render of starlette.responses"),
    ],
)
def test_the_words_say_what_is_there_instead(cls, name, value, words, monkeypatch):
    monkeypatch.setattr(cls, name, value, raising=False)
    patches.look()
    where = f"{cls.__module__}.{cls.__qualname__}.{name}"
    assert [str(patch) for patch in patches.found] == [f"{where} was replaced by {words}"]


@pytest.mark.parametrize(("namespace", "name"), patches._GLANCED, ids=lambda item: str(item)[:20])
def test_a_name_that_concerns_every_request_is_noticed_at_once(namespace, name, monkeypatch):
    assert not patches.has_changed()
    monkeypatch.setitem(namespace, name, None)
    assert patches.has_changed()
    monkeypatch.undo()
    assert not patches.has_changed()
    monkeypatch.delitem(namespace, name)
    assert patches.has_changed()


def test_a_name_of_a_module_is_found(monkeypatch):
    class Decoder:
        loads = json.loads

    monkeypatch.setattr(starlette.requests, "json", Decoder)
    monkeypatch.setattr(json, "dumps", lambda *args, **kwargs: "")
    patches.look()
    assert [patch.name for patch in patches.found] == ["starlette.requests.json", "json.dumps"]


def test_data_of_their_own_on_classes_is_nobodys_business(monkeypatch):
    monkeypatch.setattr(Request, "calls", 3, raising=False)
    patches.look()
    assert patches.found == []


def test_a_question_about_abstract_bases_hides_no_change(monkeypatch):
    monkeypatch.setattr(HTTPConnection, "url", property(lambda self: "…"))
    # Python asks all subclasses, once for each class.
    assert not isinstance(type("Asked", (), {})(), Mapping)
    assert not issubclass(type("Asked", (), {}), Headers)
    assert patches.has_changed()


def test_a_change_is_noticed_once(monkeypatch):
    before = patches.changes.version
    monkeypatch.setattr(Request, "body", lambda self: None)
    patches.look()
    patches.look()
    assert patches.changes.version == before + 1


@pytest.fixture
def markless(monkeypatch):
    """Watch as on interpreters that neither mark classes nor report their changes."""
    with monkeypatch.context() as patch:
        patch.setattr(_watch, "_has_marks", lambda: False)
        patch.setattr(_watch, "_reports", lambda: None)
        patches._seen.watch_classes()
        yield
    patches._seen.watch_classes()


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        *[(Request, name) for name in ("body", "json", "form", "_get_form")],
        *[(HTTPConnection, name) for name in ("headers", "cookies", "query_params")],
        *[(Response, name) for name in ("render", "init_headers", "__call__")],
        *[(JSONResponse, name) for name in ("render", "media_type")],
        (Starlette, "__call__"),
    ],
)
@pytest.mark.usefixtures("markless")
def test_interpreters_that_mark_no_classes_compare_the_important_names(cls, name, monkeypatch):
    assert isinstance(patches._seen.watch, _watch._Comparison)
    assert not patches.has_changed()
    monkeypatch.setattr(cls, name, None)
    assert patches.has_changed()
    patches.look()
    assert not patches.has_changed()
    monkeypatch.undo()
    assert patches.has_changed()


@pytest.mark.usefixtures("markless")
def test_other_names_are_found_when_anything_changes_there(monkeypatch):
    monkeypatch.setattr(Headers, "getlist", lambda self, name: [])
    assert not patches.has_changed()
    patches.look()
    assert [patch.name for patch in patches.found] == ["starlette.datastructures.Headers.getlist"]


def test_an_interpreter_that_gives_no_marks_back_is_asked_each_time(monkeypatch):
    if isinstance(patches._seen.watch, _watch._Reported):
        monkeypatch.setattr(_watch._Reports, "expect", lambda self, heir: False)
    else:
        monkeypatch.setattr(_watch, "_UNCHANGED", 1 << 60)
    assert _watch.renew(patches._seen.watch) == -1


def test_an_interpreter_without_reports_of_changes_compares_attributes(monkeypatch):
    monkeypatch.setattr(ctypes, "pythonapi", object())
    assert _watch._reports.__wrapped__() is None


def test_what_came_before_rapide_is_found_and_named_for_the_routes_that_it_concerns():
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True)
    body = "starlette.requests.Request.body was replaced by watched of __main__"
    media_type = "starlette.responses.JSONResponse.media_type was replaced by"
    assert done.stdout.splitlines() == [
        body,
        f"{body}; {media_type} 'application/problem+json'",
    ], done.stderr


def test_only_routes_that_a_replacement_concerns_leave_compiled_code(monkeypatch):
    app = FastAPI()

    @app.get("/")
    def read(): ...

    @app.get("/model")
    def model() -> int:
        return 1

    with monkeypatch.context() as patch:
        patch.setattr(JSONResponse, "render", lambda self, content: b"other")
        assert TestClient(app).get("/").content == b"other"
        plain, modelled = app.routes[-2:]
        assert "JSONResponse.render" in plain.fallback_reason
        assert modelled.fallback_reason is None
        assert TestClient(app).get("/model").content == b"1"
    assert plain.fallback_reason is None


def test_a_method_that_its_own_module_decorates_is_no_replacement():
    """Pydantic before 2.10 decorates methods so."""

    def decorated(function):
        @functools.wraps(function)
        def wrapped(self):
            return function(self)

        return wrapped

    class Adapter:
        @decorated
        def validate(self):
            return True

        @functools.cached_property
        @decorated
        def schema(self):
            return {}

        @functools.wraps(Response.render)
        def foreign(self):
            return None

    patches.add(Adapter, patches.ALL)
    try:
        assert patches.found == []
        Adapter.validate = decorated(Response.render)
        patches.look()
        assert [patch.name.rpartition(".")[2] for patch in patches.found] == ["validate"]
    finally:
        del patches._CLASSES[Adapter]
        patches._seen.watch_classes()
        patches.look()

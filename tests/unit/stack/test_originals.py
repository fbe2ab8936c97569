"""Tools that watch Starlette's classes are noticed, also when they come first."""

import functools
import subprocess
import sys

from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware

from rapide import FastAPI
from rapide.stack.originals import are_layers_watched, has_own
from rapide.telemetry.layers import ObservingErrors, observe_errors

WATCHING = """\
import functools
from starlette.applications import Starlette

calls = []
original = Starlette.__call__

@functools.wraps(original)
async def watched(self, scope, receive, send):
    calls.append(scope["path"])
    await original(self, scope, receive, send)

Starlette.__call__ = watched

from rapide import FastAPI
from rapide.testclient import TestClient

TestClient(FastAPI()).get("/nowhere")
print(calls)
"""


def test_a_tool_that_watches_applications_before_the_import_is_called():
    done = subprocess.run([sys.executable, "-c", WATCHING], capture_output=True, text=True)
    assert done.stdout == "['/nowhere']\n", done.stderr


def test_a_method_wrapped_under_its_own_name_is_not_the_class_s_own(monkeypatch):
    original = ServerErrorMiddleware.__call__

    @functools.wraps(original)
    async def wrapped(*args):
        await original(*args)

    assert not are_layers_watched()
    monkeypatch.setattr(ServerErrorMiddleware, "__call__", wrapped)
    assert are_layers_watched()


def test_an_object_that_behaves_like_the_method_is_not_the_class_s_own(monkeypatch):
    class Proxy:
        def __init__(self, wrapped):
            self._wrapped = wrapped

        def __getattr__(self, name):
            return getattr(self._wrapped, name)

    monkeypatch.setattr(ExceptionMiddleware, "__init__", Proxy(ExceptionMiddleware.__init__))
    assert not has_own(ExceptionMiddleware, "__init__")


def test_telemetry_finds_the_layers_behind_a_watched_call():
    app = FastAPI()
    app.middleware_stack = stack = app.build_middleware_stack()
    observe_errors(Starlette.__call__.__get__(app))
    assert isinstance(stack.app, ObservingErrors)


def test_telemetry_notes_errors_in_the_layers_that_tools_watch(monkeypatch):
    monkeypatch.setattr("rapide.stack.build.are_layers_watched", lambda: True)
    stack = FastAPI().build_middleware_stack()
    assert type(stack) is ServerErrorMiddleware
    observe_errors(stack)
    observe_errors(stack)
    assert isinstance(stack.app, ObservingErrors)
    assert not isinstance(stack.app.app, ObservingErrors)

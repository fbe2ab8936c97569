"""`rapide explain` names the code that holds routes on the generic path, and a way out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

APPLICATION = """\
{before}
from fastapi import FastAPI
import fastapi.routing

app = FastAPI(openapi_url=None)


@app.get("/items")
def list_items() -> list[str]:
    return []


{after}
"""

WRAPPED = """\
import functools
import fastapi.routing

original = fastapi.routing.run_endpoint_function

@functools.wraps(original)
async def patched(**options):
    return await original(**options)

fastapi.routing.run_endpoint_function = patched
"""

PROXIED = """\
import fastapi.routing

class FunctionWrapper:
    def __init__(self, wrapped, wrapper):
        self._self_wrapper = wrapper
        self._wrapped = wrapped

    def __call__(self, **options):
        return self._self_wrapper(self._wrapped, options)

    def __getattr__(self, name):
        return getattr(self._wrapped, name)

def trace(wrapped, options):
    return wrapped(**options)

for name in ("run_endpoint_function", "serialize_response"):
    wrapped = getattr(fastapi.routing, name)
    setattr(fastapi.routing, name, FunctionWrapper(wrapped, trace))
"""

SENTRY = """\
import sentry_sdk
{imports}
sentry_sdk.init("https://key@sentry.invalid/1"{options})
"""


def explain(
    folder: Path, before: str, after: str = "", *route: str, as_fastapi: bool = True
) -> str:
    (folder / "main.py").write_text(APPLICATION.format(before=before, after=after))
    option = ["--as-fastapi"] if as_fastapi else []
    finished = subprocess.run(
        [sys.executable, "-m", "rapide", "explain", *option, "main.py", *route],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_sentrys_function_is_named_with_what_to_do(tmp_path: Path) -> None:
    output = explain(tmp_path, SENTRY.format(imports="", options=""))
    assert (
        "generic, by ASGI: rapide.routing.get_request_handler was replaced by "
        "_sentry_get_request_handler of sentry_sdk.integrations.fastapi; "
    ) in output
    assert "\nTo keep routes compiled with Sentry: call sentry_sdk.init(disabled_" in output


def test_what_is_said_of_sentry_keeps_routes_compiled(tmp_path: Path) -> None:
    imports = "from sentry_sdk.integrations.fastapi import FastApiIntegration"
    options = ", disabled_integrations=[FastApiIntegration]"
    output = explain(tmp_path, SENTRY.format(imports=imports, options=options))
    row, _, _ = output.partition("\n")
    assert row.startswith("GET  /items  main.list_items  compiled, by ASGI: starlette.")
    assert "Middleware.__init__ was replaced by _sentry_middleware_init of sentry_sdk." in row


@pytest.mark.parametrize("route", [(), ("GET /items",)])
def test_a_wrapper_that_poses_as_the_original_is_seen_through(
    tmp_path: Path, route: tuple[str, ...]
) -> None:
    (tmp_path / "logfire").mkdir()
    (tmp_path / "logfire" / "__init__.py").write_text(WRAPPED)
    output = explain(tmp_path, "import logfire", "", *route)
    name = "rapide.routing.run_endpoint_function"
    assert f"generic, by ASGI: {name} was replaced by patched of logfire\n" in output
    assert output.count("To keep routes compiled with Logfire: call logfire.configure()") == 1


def test_a_proxy_is_named_by_its_wrapper_and_each_function_is_told(tmp_path: Path) -> None:
    (tmp_path / "newrelic").mkdir()
    (tmp_path / "newrelic" / "__init__.py").write_text(PROXIED)
    output = explain(tmp_path, "import newrelic")
    assert (
        "generic, by ASGI: rapide.routing.run_endpoint_function was replaced by trace of newrelic; "
        "rapide.routing.serialize_response was replaced by trace of newrelic\n"
    ) in output
    assert output.count("To keep routes compiled with New Relic: ") == 1
    assert "[import-hook:fastapi.routing]" in output


def test_a_tool_that_is_not_known_is_named_by_its_module(tmp_path: Path) -> None:
    (tmp_path / "company_tracing.py").write_text(WRAPPED)
    output = explain(tmp_path, "import company_tracing")
    assert "To keep routes compiled with company_tracing: do the same in a middleware" in output
    assert "leave rapide.routing.run_endpoint_function as it is" in output


@pytest.mark.parametrize(
    ("replacement", "said"),
    [
        ("unittest.mock.AsyncMock()", "AsyncMock of unittest.mock"),
        ("functools.partial(patched, 1)", "patched of main"),
        ("Tool().patched", "patched of main"),
        ("Tool()", "Tool of main"),
        ("lambda **options: None", "<lambda> of main"),
    ],
)
def test_any_callable_is_named(tmp_path: Path, replacement: str, said: str) -> None:
    before = "import functools, unittest.mock\ndef patched(self, **options): ...\n"
    before += "class Tool:\n    patched = patched\n    def __call__(self, **options): ..."
    after = f"fastapi.routing.run_endpoint_function = {replacement}"
    assert f"was replaced by {said}\n" in explain(tmp_path, before, after)


def test_a_wrapped_middleware_stack_leaves_routes_compiled(tmp_path: Path) -> None:
    # as opentelemetry-instrumentation-fastapi does it
    after = "build = app.build_middleware_stack\napp.build_middleware_stack = lambda: build()"
    assert explain(tmp_path, "", after).startswith(
        "GET  /items  main.list_items  compiled, direct or by ASGI: "
        "the application builds its layers itself"
    )


def test_an_application_of_fastapi_itself_is_pointed_to_the_option(tmp_path: Path) -> None:
    output = explain(tmp_path, "", as_fastapi=False)
    assert "  not compiled, by ASGI: a route of FastAPI itself (see --as-fastapi)\n" in output
    assert output.endswith(": let Rapide stand in for FastAPI, or import from rapide.\n")
